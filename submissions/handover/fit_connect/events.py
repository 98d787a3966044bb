"""What happened to a submission, as the service and the receiver have signed it (Security Event Token, RFC 8417).

Source: docs.fitko.de/fit-connect, "Prüfung eines Security Event Token (SET)". A token of the receiver is checked with a
key of the destination, any other with a key of the service.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from joserfc import jws
from joserfc.errors import JoseError

from submissions.handover.fit_connect.keys import SIGNING, KeyRefused, signature_key
from submissions.handover.fit_connect.service import Service
from submissions.handover.parcels import NotArrived

_PREFIX = "https://schema.fitko.de/fit-connect/events/"
SUBMITTED, ACCEPTED, REJECTED = "submit-submission", "accept-submission", "reject-submission"
_REGISTRY = jws.JWSRegistry(algorithms=[SIGNING])
_REGISTRY.max_payload_length = 256 * 1024  # bytes: there is a tag for each attachment


class Forged(Exception):
    """A token that nobody may believe. The message is for the log, without personal details."""


@dataclass(frozen=True)
class Event:
    """Something that happened to our submission."""

    name: str  # such as accept-submission
    is_of_receiver: bool  # else of the service
    problems: tuple[str, ...]  # in the receiver's words
    tags: Mapping[str, Any]  # authenticationTags of what the receiver has seen, if it says so

    def fits(self, sent: Mapping[str, Any]) -> bool:
        """Whether the receiver has seen what we have sent."""
        return all(self.tags.get(name, tag) == tag for name, tag in sent.items())


class _Keys:
    """Whose signatures we believe, asked for as they are needed."""

    def __init__(self, service: Service, destination: UUID) -> None:
        self.service, self.destination = service, str(destination)
        self._known: dict[tuple[bool, str], Any] = {}

    def of(self, kid: str, *, is_of_receiver: bool) -> Any:
        """A key as JWK; None if there is none. Raises NotArrived."""
        if (is_of_receiver, kid) not in self._known:
            self._known[is_of_receiver, kid] = self._of_receiver(kid) if is_of_receiver else self._of_service(kid)
        return self._known[is_of_receiver, kid]

    def _of_service(self, kid: str) -> Any:
        return next((one for one in self.service.own_keys() if isinstance(one, dict) and one.get("kid") == kid), None)

    def _of_receiver(self, kid: str) -> Any:
        try:
            return self.service.destination_key(self.destination, kid)
        except NotArrived as problem:
            if problem.status == 404:
                return None
            raise


def events_of(
    service: Service, *, submission: UUID, case: UUID, destination: UUID, on_forgery: Callable[[Forged], None]
) -> list[Event]:
    """What happened to a submission, the oldest first. What is forged is reported and left out. Raises NotArrived."""
    keys, found = _Keys(service, destination), []
    for token in service.events(case):
        try:
            claims = _claims(keys, token)
            if claims.get("txn") != f"case:{case}":
                raise Forged("another case")
            if claims.get("sub") == f"submission:{submission}":
                found.append(_event(claims, destination))
        except Forged as problem:
            on_forgery(problem)
    return found


def _claims(keys: _Keys, token: str) -> Mapping[str, Any]:
    """What a token says, once its signature is right."""
    try:
        seen = jws.extract_compact(token.encode(), registry=_REGISTRY)
        headers, said = seen.headers(), json.loads(seen.payload or b"")
        if (headers.get("alg"), headers.get("typ")) != (SIGNING, "secevent+jwt") or not isinstance(said, dict):
            raise Forged("not a security event token")
        told = keys.of(str(headers.get("kid", "")), is_of_receiver=said.get("iss") == keys.destination)
        jws.deserialize_compact(token, signature_key(told), registry=_REGISTRY)
    except (JoseError, KeyRefused, ValueError) as problem:
        raise Forged(type(problem).__name__) from problem
    return said


def _event(claims: Mapping[str, Any], destination: UUID) -> Event:
    events = claims.get("events")
    if not isinstance(events, dict) or len(events) != 1:
        raise Forged("not one event")
    [(name, details)] = events.items()
    if not name.startswith(_PREFIX) or not isinstance(details, dict):
        raise Forged("unknown kind of event")
    tags = details.get("authenticationTags")
    return Event(
        name=name.removeprefix(_PREFIX),
        is_of_receiver=claims.get("iss") == str(destination),
        problems=tuple(_problem(one) for one in details.get("problems") or [] if isinstance(one, dict)),
        tags=tags if isinstance(tags, dict) else {},
    )


def _problem(told: Mapping[str, Any]) -> str:
    """A problem (RFC 7807) in the receiver's words."""
    words = [str(told[name]).strip() for name in ("title", "detail") if told.get(name)]
    text = ": ".join(words) or _("ohne Begründung")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
