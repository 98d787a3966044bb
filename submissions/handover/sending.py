"""Sending one application to one target, in the way of its kind."""

import hashlib
import hmac
import json
from datetime import datetime
from email.utils import make_msgid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from submissions.bundle import as_json
from submissions.handover.fit_connect import sending as fit_connect
from submissions.handover.parcels import NotArrived, Parcel, answers, documents, links
from submissions.handover.states import Kind
from tenants import network, sealing
from tenants.context import current_town

PURPOSE = "submissions.handover"  # of what is sealed
RECEIVED = "submission.received"


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
        case Kind.FIT_CONNECT:
            return fit_connect.send(parcel)


def try_out(parcel: Parcel) -> int | None:
    """Send something made up, or where that would be an application, only ask whether it would be taken. As `send`."""
    if parcel.target.kind == Kind.FIT_CONNECT:
        fit_connect.try_out(parcel)
        return None
    return send(parcel)


# --- E-mail --------------------------------------------------------------------------------------------------


def _send_mail(parcel: Parcel) -> None:
    """A notice with a link. What was answered is attached only where the mailbox is inside the administration."""
    town, submission, target = current_town(), parcel.submission, parcel.target
    context = {
        "town": town,
        "number": submission.number,
        "title": submission.service_title,
        "link": links(submission)["case"],
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
        application, *attached = documents(submission)
        mail.attach(application.name, application.content, application.content_type)
        mail.attach(f"{submission.number}.json", as_json(answers(submission)), "application/json")
        for one in attached:
            mail.attach(one.name, one.content, one.content_type)
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
        "submission": answers(submission),
        "links": links(submission),
    }
    return told | ({"documents": [one.as_json() for one in documents(submission)]} if parcel.target.is_whole else {})
