"""Drafts of people who have not signed in: sealed with a key that only their browser has.

The row in the database holds nothing that we could read. The cookie holds the number of the row and the key; without
it the draft is lost, and an old one is deleted unread.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.http import HttpRequest, HttpResponse

KEPT_FOR = 7 * 24 * 60 * 60  # seconds


@dataclass(frozen=True)
class BrowserKey:
    """What the browser holds for one service: which row, and the key to it."""

    draft_id: UUID
    key: str

    @classmethod
    def new(cls, draft_id: UUID) -> "BrowserKey":
        return cls(draft_id, Fernet.generate_key().decode())

    def seal(self, content: dict[str, Any]) -> bytes:
        return Fernet(self.key).encrypt(json.dumps(content).encode())

    def open(self, sealed: bytes) -> dict[str, Any] | None:
        """The content, or None if the key does not fit."""
        try:
            content: dict[str, Any] = json.loads(Fernet(self.key).decrypt(bytes(sealed)))
        except (InvalidToken, ValueError):
            return None
        return content


def read_key(request: HttpRequest, service_key: str) -> BrowserKey | None:
    """The browser's key for a service, if it has one that looks like one."""
    number, _, key = request.COOKIES.get(_cookie(service_key), "").partition(".")
    try:
        return BrowserKey(UUID(number), key) if key else None
    except ValueError:
        return None


def give_key(request: HttpRequest, response: HttpResponse, service_key: str, key: BrowserKey) -> None:
    """Let the browser keep the key."""
    response.set_cookie(
        _cookie(service_key),
        f"{key.draft_id}.{key.key}",
        max_age=KEPT_FOR,
        path="/antrag/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def take_key(response: HttpResponse, service_key: str) -> None:
    """Let the browser forget the key."""
    response.delete_cookie(_cookie(service_key), path="/antrag/", samesite="Lax")


def _cookie(service_key: str) -> str:
    return f"entwurf-{service_key}"
