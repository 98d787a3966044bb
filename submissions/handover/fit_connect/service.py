"""The delivery service (Zustelldienst), as who sends there sees it: Submission API v2 over HTTP, nothing of our tables.

One API client of the operator serves all towns (ADR 0033). Its token is kept until it ends, in each process.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from submissions.handover.parcels import NotArrived
from tenants import network

LARGEST_ANSWER = 4 * 1024 * 1024  # bytes
EARLY = 30  # seconds before its end a token is not used any more
_tokens: dict["Service", tuple[str, float]] = {}  # with the moment until which it is good (time.monotonic)


@dataclass(frozen=True)
class Service:
    """Where the service is, and as whom we come there. Addresses are without a slash at their end."""

    submissions: str
    destinations: str
    token: str
    client_id: str
    client_secret: str = field(repr=False)
    trust_store: str = ""  # a PEM file

    # --- Destinations ----------------------------------------------------------------------------------------

    def destination(self, identifier: str) -> Mapping[str, Any]:
        """What is publicly known of a destination. Raises NotArrived."""
        try:
            return self._object("GET", f"{self.destinations}/v2/destinations/{identifier}")
        except NotArrived as problem:
            if problem.status in (400, 404):
                text = _("Diesen Zustellpunkt gibt es nicht. Bitte prüfen Sie die Zustellpunkt-ID.")
                raise NotArrived(text, problem.status) from problem
            raise

    def destination_key(self, destination: str, kid: str) -> Any:
        """One of its public keys, as JWK. Raises NotArrived."""
        return self._object("GET", f"{self.destinations}/v2/destinations/{destination}/keys/{_path(kid)}")

    def own_keys(self) -> Any:
        """The public keys of the service itself, as JWKs. Raises NotArrived."""
        return self._object("GET", f"{self.submissions}/.well-known/jwks.json").get("keys") or []

    # --- Submissions -----------------------------------------------------------------------------------------

    def announce(
        self, *, destination: str, attachments: Iterable[str], service: Mapping[str, str]
    ) -> tuple[UUID, UUID]:
        """Say what comes; nobody sees it yet. `service` has name and identifier. Returns both ids."""
        told = {
            "destinationId": destination,
            "announcedAttachments": list(attachments),
            "publicService": dict(service),
        }
        answer = self._object("POST", f"{self.submissions}/v2/submissions", json.dumps(told).encode())
        try:
            return UUID(answer["submissionId"]), UUID(answer["caseId"])
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise _unreadable() from problem

    def put_attachment(self, submission: UUID, attachment: str, content: bytes) -> None:
        """Lay down an attachment (JWE). Raises NotArrived."""
        url = f"{self.submissions}/v2/submissions/{submission}/attachments/{attachment}"
        self._ask("PUT", url, content, "application/jose")

    def submit(self, submission: UUID, *, metadata: str, data: str) -> int:
        """Lay down the rest (JWE): now it is there for whom it is for. Returns the status. Raises NotArrived."""
        told = json.dumps({"encryptedMetadata": metadata, "encryptedData": data}).encode()
        return self._ask("PUT", f"{self.submissions}/v2/submissions/{submission}", told).status

    def events(self, case: UUID) -> list[str]:
        """What happened to a case, as signed tokens (SET), the oldest first. Raises NotArrived."""
        answer = self._object("GET", f"{self.submissions}/v2/cases/{case}/events?offset=0&limit=500")
        found = answer.get("eventLog")
        if not isinstance(found, list):
            raise _unreadable()
        return [str(one) for one in found]

    # --- Asking ----------------------------------------------------------------------------------------------

    def _object(self, method: str, url: str, body: bytes | None = None) -> dict[str, Any]:
        try:
            found = json.loads(self._ask(method, url, body).body)
        except ValueError as problem:
            raise _unreadable() from problem
        if not isinstance(found, dict):
            raise _unreadable()
        return found

    def _ask(
        self, method: str, url: str, body: bytes | None = None, content_type: str = "application/json"
    ) -> network.Answer:
        """Ask with our token; if it is not good any more, once with a new one. Only 2xx is an answer."""
        headers = {"Accept": "application/json"} | ({"Content-Type": content_type} if body is not None else {})
        for is_last in (False, True):
            token = self._token(is_new=is_last)
            answer = _request(method, url, body, {**headers, "Authorization": f"Bearer {token}"})
            if answer.status != 401:
                break
        if not 200 <= answer.status < 300:
            raise NotArrived(_meaning(answer.status), answer.status)
        return answer

    def _token(self, *, is_new: bool) -> str:
        """A token (OAuth 2.0, client credentials in the body)."""
        known = _tokens.get(self)
        if known and not is_new and time.monotonic() < known[1]:
            return known[0]
        given = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        answer = _request("POST", self.token, urlencode(given).encode(), headers)
        if answer.status in (400, 401, 403):
            raise NotArrived(_meaning(401), answer.status)
        if answer.status != 200:
            raise NotArrived(_meaning(answer.status), answer.status)
        try:
            told = json.loads(answer.body)
            token, seconds = str(told["access_token"]), float(told.get("expires_in", 0))
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise _unreadable() from problem
        _tokens[self] = token, time.monotonic() + seconds - EARLY
        return token


def service() -> Service | None:
    """What the operator has configured; None if nothing."""
    if not settings.FIT_CONNECT_URL:
        return None
    base = settings.FIT_CONNECT_URL.rstrip("/")
    return Service(
        submissions=base,
        destinations=(settings.FIT_CONNECT_DESTINATION_URL or base).rstrip("/"),
        token=settings.FIT_CONNECT_TOKEN_URL,
        client_id=settings.FIT_CONNECT_CLIENT_ID,
        client_secret=settings.FIT_CONNECT_CLIENT_SECRET,
        trust_store=settings.FIT_CONNECT_TRUST_STORE,
    )


def _request(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> network.Answer:
    try:
        return network.request(method, url, body=body, headers=headers, largest=LARGEST_ANSWER)
    except (network.AddressRefused, network.Unreachable) as problem:
        raise NotArrived(_("Zustelldienst FIT-Connect: %(why)s") % {"why": problem}) from problem


def _meaning(status: int) -> str:
    """What a refusal means to people in a town hall."""
    if status == 401:
        return _("Der Zustelldienst FIT-Connect erkennt das Portal nicht an. Das kann nur der Betreiber beheben.")
    if status == 403:
        return _("Das Portal darf an diesen Zustellpunkt nicht senden. Das kann nur der Betreiber beheben.")
    if status == 429 or status >= 500:
        return _("Der Zustelldienst FIT-Connect hat gerade eine Störung.")
    return _("Der Zustelldienst FIT-Connect hat es nicht angenommen.")


def _unreadable() -> NotArrived:
    return NotArrived(_("Die Antwort des Zustelldienstes FIT-Connect ist nicht zu verstehen."))


def _path(text: str) -> str:
    """A key id as part of an address."""
    if not text or not all(letter.isalnum() or letter in "-_." for letter in text) or text.startswith("."):
        raise _unreadable()
    return text
