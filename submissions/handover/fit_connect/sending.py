"""Sending an application through FIT-Connect, so that however often it is tried it is there for the receiver once.

It is announced, its attachments are laid down, then the rest; only with that does the receiver see it. How far it got
is written down in between (`transmissions`). Whoever goes on first asks the service what it has.
"""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from joserfc import jwe
from joserfc.jwk import RSAKey

from catalogue.content import LeikaEntry
from submissions.handover.fit_connect import events, transmissions
from submissions.handover.fit_connect.keys import KeyRefused, encryption_key
from submissions.handover.fit_connect.metadata import VERSION, metadata
from submissions.handover.fit_connect.service import Service, service
from submissions.handover.models import Transmission
from submissions.handover.parcels import Document, NotArrived, Parcel, answers, documents, schema_address
from submissions.handover.states import TransmissionState
from townhall.shopfront import shopfront

logger = logging.getLogger(__name__)

URN = "urn:de:fim:leika:leistung:"
_GONE = (404, 409, 410)  # the service has no such submission any more, or takes nothing for it
_ALGORITHMS = ["RSA-OAEP-256", "A256GCM", "DEF"]


@dataclass(frozen=True)
class Destination:
    """A destination that takes applications for a service now, with the key to encrypt for it."""

    id: UUID
    kid: str
    key: RSAKey
    service: Mapping[str, str]  # name and identifier, as it offers it


def reason_against(service_key: str) -> str:
    """Why applications for a service cannot go through FIT-Connect, in German; nothing if they can."""
    if service() is None:
        return _("FIT-Connect ist in diesem Portal noch nicht eingerichtet. Das macht der Betreiber des Portals.")
    if not leika_of(service_key):
        return _("FIT-Connect geht nicht: Diese Leistung hat im Katalog keinen LeiKa-Schlüssel.")
    return ""


def leika_of(service_key: str) -> tuple[LeikaEntry, ...]:
    """The service's entries of the Leistungskatalog."""
    found = shopfront().catalogue.services.get(service_key)
    return found.leika if found else ()


def try_out(parcel: Parcel) -> None:
    """Ask whether the destination would take such an application. Nothing is sent. Raises NotArrived."""
    _destination(_service(), parcel)


def send(parcel: Parcel) -> int | None:
    """Send it, or go on with what was begun; the status of the last answer, None if it was there. Raises NotArrived."""
    to = _service()
    begun = transmissions.live(parcel.id)
    if begun and (begun.state != TransmissionState.ANNOUNCED or _is_there(to, begun)):
        return None
    destination = _destination(to, parcel)
    enclosed = {str(one.upload.pk) if one.upload else "": one for one in documents(parcel.submission)}
    if begun and (begun.destination != destination.id or set(begun.attachments) != set(enclosed)):
        transmissions.move(begun, TransmissionState.ABANDONED)
        begun = None
    current = begun or _announce(to, destination, parcel, enclosed)
    try:
        return _lay_down(to, destination, parcel, current, enclosed)
    except NotArrived as problem:
        if problem.status in _GONE:
            transmissions.move(current, TransmissionState.ABANDONED)
        raise


def _service() -> Service:
    found = service()
    if found is None:
        raise NotArrived(
            _("FIT-Connect ist in diesem Portal nicht mehr eingerichtet. Das kann nur der Betreiber beheben.")
        )
    return found


def _is_there(to: Service, begun: Transmission) -> bool:
    """Whether the service has the whole submission, though we did not hear its answer."""
    try:
        happened = what_happened(to, begun)
    except NotArrived as problem:
        if problem.status not in _GONE:
            raise
        transmissions.move(begun, TransmissionState.ABANDONED)
        return False
    if begun.state == TransmissionState.ANNOUNCED and any(one.name == events.SUBMITTED for one in happened):
        transmissions.move(begun, TransmissionState.SUBMITTED)
    return begun.state == TransmissionState.SUBMITTED


def what_happened(to: Service, transmission: Transmission) -> list[events.Event]:
    """The events of a transmission, the oldest first; forged ones are logged. Raises NotArrived."""

    def log(problem: events.Forged) -> None:
        logger.warning("an event of transmission %s is not believed: %s", transmission.pk, problem)

    return events.events_of(
        to,
        submission=transmission.pk,
        case=transmission.case_id,
        destination=transmission.destination,
        on_forgery=log,
    )


# --- The destination -----------------------------------------------------------------------------------------


def _destination(to: Service, parcel: Parcel) -> Destination:
    """Raises NotArrived if it would not take such an application, or its key is not one to encrypt with."""
    address, submission = parcel.target.address, parcel.submission
    told = to.destination(address)
    if told.get("status") != "active":
        raise NotArrived(_("Der Zustellpunkt nimmt zurzeit nichts an. Fragen Sie, wer das Fachverfahren betreut."))
    if VERSION not in (told.get("metadataVersions") or []):
        text = _("Der Zustellpunkt versteht unsere Metadaten (Version %(version)s) nicht.")
        raise NotArrived(text % {"version": VERSION})
    schema = schema_address(submission.service_key, submission.form_version)
    offered = _offered(told.get("publicServices") or [], submission.service_key, schema)
    kid = str(told.get("encryptionKid") or "")
    try:
        found = to.destination_key(address, kid)
        if found.get("kid") != kid:
            raise NotArrived(_("Der Zustelldienst nennt einen anderen Schlüssel als den des Zustellpunkts."))
        key = encryption_key(found, trust_store=to.trust_store, now=parcel.at)
    except KeyRefused as problem:
        raise NotArrived(str(problem)) from problem
    return Destination(UUID(address), kid, key, offered)


def _offered(services: Iterable[Any], service_key: str, schema: str) -> dict[str, str]:
    """Name and identifier of the service there. Raises NotArrived if it, or the form of our answers, is not taken."""
    offered = {str(one.get("identifier")): one for one in services if isinstance(one, dict)}
    entries = leika_of(service_key)
    ours = next((one for one in entries if URN + one.key in offered), None)
    if ours is None:
        keys = ", ".join(one.key for one in entries)
        raise NotArrived(
            _("Der Zustellpunkt ist für diese Leistung nicht eingerichtet (LeiKa: %(keys)s).") % {"keys": keys}
        )
    schemas = offered[URN + ours.key].get("submissionSchemas") or []
    if schemas and schema not in [one.get("schemaUri") for one in schemas if isinstance(one, dict)]:
        raise NotArrived(
            _("Der Zustellpunkt kennt das Datenformat dieses Formulars nicht: %(schema)s") % {"schema": schema}
        )
    return {"name": ours.name, "identifier": URN + ours.key}


# --- The application -----------------------------------------------------------------------------------------


def _announce(to: Service, destination: Destination, parcel: Parcel, enclosed: Iterable[str]) -> Transmission:
    attachments = {name: str(uuid4()) for name in enclosed}
    submission, case = to.announce(
        destination=str(destination.id), attachments=attachments.values(), service=destination.service
    )
    return transmissions.announced(
        handover=parcel.id,
        submission=submission,
        case=case,
        destination=destination.id,
        attachments=attachments,
        now=parcel.at,
    )


def _lay_down(
    to: Service, destination: Destination, parcel: Parcel, current: Transmission, enclosed: Mapping[str, Document]
) -> int:
    tags = {}
    for name, document in enclosed.items():
        identifier = current.attachments[name]
        sealed = _encrypted(document.content, document.content_type, destination)
        to.put_attachment(current.pk, identifier, sealed.encode())
        tags[identifier] = _tag(sealed)
    told = answers(parcel.submission)
    data = json.dumps(_renamed(told, current.attachments), ensure_ascii=False).encode()
    about = metadata(
        parcel.submission,
        data=data,
        schema=told["$schema"],
        attachments=[(current.attachments[name], one) for name, one in enclosed.items()],
    )
    sealed_data = _encrypted(data, "application/json", destination)
    sealed_metadata = _encrypted(json.dumps(about, ensure_ascii=False).encode(), "application/json", destination)
    tags_of_all = {"metadata": _tag(sealed_metadata), "data": _tag(sealed_data), "attachments": tags}
    transmissions.about_to_submit(current, tags=tags_of_all)
    status = to.submit(current.pk, metadata=sealed_metadata, data=sealed_data)
    transmissions.move(current, TransmissionState.SUBMITTED)
    return status


def _renamed(told: Any, names: Mapping[str, str]) -> Any:
    """The answers, in which files are called by the ids of their attachments."""
    if isinstance(told, list):
        return [_renamed(one, names) for one in told]
    if not isinstance(told, dict):
        return told
    found = {name: _renamed(value, names) for name, value in told.items()}
    return found | ({"id": names[found["id"]]} if found.get("id") in names else {})


def _encrypted(content: bytes, content_type: str, destination: Destination) -> str:
    """JWE in compact serialization (RFC 7516)."""
    headers = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF", "kid": destination.kid, "cty": content_type}
    return jwe.encrypt_compact(headers, content, destination.key, algorithms=_ALGORITHMS)


def _tag(sealed: str) -> str:
    return sealed.rpartition(".")[2]
