"""Drafts of people who have not signed in: sealed with a key that only their browser has.

The row in the database holds nothing that we could read. The cookie holds the number of the row and the key; without
it the draft is lost, and an old one is deleted unread.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from cryptography.fernet import Fernet, InvalidToken
from django.http import HttpRequest, HttpResponse

KEPT_FOR = 7 * 24 * 60 * 60  # seconds


class Kept(StrEnum):
    """What a browser can hold the key to, for each service."""

    DRAFT = "entwurf"  # of somebody who has not signed in
    TYPED = "getippt"  # a page that somebody typed when her session had ended
    BROUGHT = "mitgebracht"  # a draft from another town, until she says that she wants it


@dataclass(frozen=True)
class BrowserKey:
    """What the browser holds for one service: which row, and the key to it."""

    draft_id: UUID
    key: str

    @classmethod
    def new(cls) -> "BrowserKey":
        return cls(uuid4(), Fernet.generate_key().decode())

    def seal(self, content: dict[str, Any]) -> bytes:
        return Fernet(self.key).encrypt(json.dumps(content).encode())

    def open(self, sealed: bytes) -> dict[str, Any] | None:
        """The content, or None if the key does not fit."""
        try:
            content: dict[str, Any] = json.loads(Fernet(self.key).decrypt(bytes(sealed)))
        except (InvalidToken, ValueError):
            return None
        return content


def read_key(request: HttpRequest, service_key: str, what: Kept = Kept.DRAFT) -> BrowserKey | None:
    """The browser's key for a service, if it has one that looks like one."""
    number, _dot, key = request.COOKIES.get(_cookie(service_key, what), "").partition(".")
    try:
        Fernet(key)
        return BrowserKey(UUID(number), key)
    except ValueError:
        return None


def give_key(
    request: HttpRequest, response: HttpResponse, service_key: str, key: BrowserKey, what: Kept = Kept.DRAFT
) -> None:
    """Let the browser keep the key."""
    response.set_cookie(
        _cookie(service_key, what),
        f"{key.draft_id}.{key.key}",
        max_age=KEPT_FOR,
        path="/antrag/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def take_key(response: HttpResponse, service_key: str, what: Kept = Kept.DRAFT) -> None:
    """Let the browser forget the key."""
    response.delete_cookie(_cookie(service_key, what), path="/antrag/", samesite="Lax")


def _cookie(service_key: str, what: Kept) -> str:
    return f"{what}-{service_key}"
