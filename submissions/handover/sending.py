"""Sending one application to one target, in the way of its kind."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.forms.current import form_definition
from submissions.bundle import as_json
from submissions.documents import application_pdf
from submissions.export import answers_as_json
from submissions.handover.models import Target
from submissions.handover.states import Kind
from submissions.models import Submission, Upload
from submissions.uploads.content import file_of
from submissions.uploads.states import Scan
from tenants import network, sealing
from tenants.context import current_town

PURPOSE = "submissions.handover"  # of what is sealed
RECEIVED = "submission.received"


class NotArrived(Exception):
    """It did not get there, or not surely; the message says why, in German."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Parcel:
    """What is sent: `id` is the same each time that the same application goes to the same target."""

    id: UUID
    target: Target
    submission: Submission
    at: datetime
    is_test: bool = False


def send(parcel: Parcel) -> int | None:
    """Send it; returns the status of the answer where there is one. Raises NotArrived."""
    if parcel.submission.is_protected:
        raise NotArrived(_("Für die Person gilt eine Auskunftssperre. Bitte geben Sie den Vorgang selbst weiter."))
    match Kind(parcel.target.kind):
        case Kind.EMAIL:
            _send_mail(parcel)
            return None
        case Kind.WEBHOOK:
            return _post(parcel)


# --- E-mail --------------------------------------------------------------------------------------------------


def _send_mail(parcel: Parcel) -> None:
    """A notice with a link. What was answered is attached only where the mailbox is inside the administration."""
    town, submission, target = current_town(), parcel.submission, parcel.target
    context = {
        "town": town,
        "number": submission.number,
        "title": submission.service_title,
        "link": _links(submission)["case"],
        "is_whole": target.is_whole,
        "is_test": parcel.is_test,
    }
    text = render_to_string("handover/mail/application.txt", context)
    subject = _("Neuer Antrag %(number)s – %(town)s") % {"number": submission.number, "town": town.full_name}
    domain = settings.BASE_HOST
    # The same each time: a mailbox that has it already may leave out the second one.
    headers = {"Message-ID": f"<weitergabe-{parcel.id}@{domain}>"} if not parcel.is_test else {}
    if parcel.is_test:
        subject = _("Probe: %(subject)s") % {"subject": subject}
        headers = {"Message-ID": make_msgid(domain=domain)}
    mail = EmailMessage(subject, text, None, [target.address], headers=headers)
    if target.is_whole:
        mail.attach(f"{submission.number}.pdf", application_pdf(submission), "application/pdf")
        mail.attach(f"{submission.number}.json", as_json(_answers(submission)), "application/json")
        for upload in _files(submission):
            with file_of(upload) as file:
                mail.attach(upload.name, file.read(), upload.content_type)
    try:
        mail.send()
    except OSError as problem:  # SMTP's own exceptions are such
        raise NotArrived(_("Der Mailserver hat die E-Mail nicht angenommen.")) from problem


# --- Webhook -------------------------------------------------------------------------------------------------


def _post(parcel: Parcel) -> int:
    """The answers as JSON, signed. Only a status of 2xx says that it has arrived."""
    try:
        secret = sealing.unseal(parcel.target.sealed_secret, purpose=PURPOSE)
    except KeyError as problem:
        raise NotArrived(_("Das Geheimnis lässt sich nicht mehr lesen. Bitte erzeugen Sie ein neues.")) from problem
    body = json.dumps(payload(parcel), ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stadttor-Delivery": str(parcel.id),
        "Stadttor-Signature": signature(secret, body, at=parcel.at),
    }
    try:
        status = network.post(parcel.target.address, body, headers)
    except (network.AddressRefused, network.Unreachable) as problem:
        raise NotArrived(str(problem)) from problem
    if 300 <= status < 400:
        raise NotArrived(_("Die Gegenstelle leitet weiter. Bitte tragen Sie die Adresse ein, an der es endet."), status)
    if not 200 <= status < 300:
        raise NotArrived(_("Die Gegenstelle hat es nicht angenommen."), status)
    return status


def signature(secret: str, body: bytes, *, at: datetime) -> str:
    """What proves that we have sent just that, then: HMAC-SHA256 over seconds since 1970, a dot and the raw body."""
    seconds = int(at.timestamp())
    proof = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={proof}"


def payload(parcel: Parcel) -> dict[str, Any]:
    """What a webhook says: the application as the case page gives it, and where the case is."""
    submission = parcel.submission
    told = {
        "id": str(parcel.id),
        "type": RECEIVED,
        "is_test": parcel.is_test,
        "submission": _answers(submission),
        "links": _links(submission),
    }
    return told | ({"documents": _documents(submission)} if parcel.target.is_whole else {})


def _answers(submission: Submission) -> dict[str, Any]:
    definition = form_definition(submission.service_key, submission.form_version)
    schema = reverse("api:form_schema", args=[definition.key, definition.version], urlconf=settings.ROOT_URLCONF)
    return {"$schema": current_town().url + schema, **answers_as_json(submission, definition)}


def _links(submission: Submission) -> dict[str, str]:
    """Pages of the case, for people who have signed in."""
    pages = {"case": "casework:case", "pdf": "casework:pdf", "json": "casework:data"}
    return {
        name: current_town().url + reverse(page, args=[submission.number], urlconf=settings.ROOT_URLCONF)
        for name, page in pages.items()
    }


def _files(submission: Submission) -> list[Upload]:
    """What was attached, without what has a virus. Raises NotArrived while the scanner has not looked at all of it."""
    found = list(submission.uploads.filter(request=None).exclude(scan=Scan.INFECTED))
    if any(one.is_held_back for one in found):
        raise NotArrived(_("Eine Datei wird noch auf Viren geprüft."))
    return found


def _documents(submission: Submission) -> list[dict[str, Any]]:
    """The application as PDF, then what was attached to it."""
    found = [_document(f"{submission.number}.pdf", "application/pdf", application_pdf(submission))]
    for upload in _files(submission):
        with file_of(upload) as file:
            found.append({"id": str(upload.pk), **_document(upload.name, upload.content_type, file.read())})
    return found


def _document(name: str, content_type: str, content: bytes) -> dict[str, Any]:
    return {
        "name": name,
        "content_type": content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
    }


# --- What is made up to try it -------------------------------------------------------------------------------

_MADE_UP = {
    "vorname": "Erika",
    "nachname": "Mustermann",
    "strasse": "Musterweg",
    "hausnummer": "1",
    "email": "erika@example.org",
}


def made_up(service_key: str, title: str, *, now: datetime) -> Submission:
    """An application that nobody has sent. It is never saved."""
    definition = form_definition(service_key)
    town = current_town()
    known = {one.id for one in definition.all_fields()}
    return Submission(
        number=f"PROBE-{timezone.localtime(now).year}-000000",
        service_key=service_key,
        service_title=title,
        form_version=definition.version,
        applicant="Erika Mustermann",
        email="erika@example.org",
        trust_level=0,
        answers={field: value for field, value in _MADE_UP.items() if field in known},
        surroundings={"town": town.name, "full_town": town.full_name},
        fee_total=0,
        frozen_at=now,
        received_at=now,
    )
