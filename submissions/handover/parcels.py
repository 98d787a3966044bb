"""What is sent to other systems: an application, its documents, and what is made up to try a target."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.forms.current import form_definition
from submissions.documents import application_pdf
from submissions.export import answers_as_json
from submissions.handover.models import Target
from submissions.models import Submission, Upload
from submissions.uploads.content import file_of
from submissions.uploads.states import Scan
from tenants.context import current_town


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


# --- An application ------------------------------------------------------------------------------------------


def schema_address(service_key: str, version: int) -> str:
    """Where the JSON Schema of `answers` lies."""
    path = reverse("api:form_schema", args=[service_key, version], urlconf=settings.ROOT_URLCONF)
    return current_town().url + path


def answers(submission: Submission) -> dict[str, Any]:
    """The application as the API gives it, with the address of its schema."""
    definition = form_definition(submission.service_key, submission.form_version)
    schema = schema_address(definition.key, definition.version)
    return {"$schema": schema, **answers_as_json(submission, definition)}


def links(submission: Submission) -> dict[str, str]:
    """Pages of the case, for people who have signed in."""
    pages = {"case": "casework:case", "pdf": "casework:pdf", "json": "casework:data"}
    return {
        name: current_town().url + reverse(page, args=[submission.number], urlconf=settings.ROOT_URLCONF)
        for name, page in pages.items()
    }


def files(submission: Submission) -> list[Upload]:
    """What was attached, without what has a virus. Raises NotArrived while the scanner has not looked at all of it."""
    found = list(submission.uploads.filter(request=None).exclude(scan=Scan.INFECTED))
    if any(one.is_held_back for one in found):
        raise NotArrived(_("Eine Datei wird noch auf Viren geprüft."))
    return found


@dataclass(frozen=True)
class Document:
    """A file that goes with an application."""

    name: str
    content_type: str
    content: bytes
    upload: Upload | None = None  # none: the application itself as PDF

    def as_json(self) -> dict[str, Any]:
        known = {"id": str(self.upload.pk)} if self.upload else {}
        return known | {
            "name": self.name,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "content": base64.b64encode(self.content).decode(),
        }


def documents(submission: Submission) -> Iterator[Document]:
    """The application as PDF, then what was attached to it. Raises NotArrived as `files`, before the first."""
    attached = files(submission)
    yield Document(f"{submission.number}.pdf", "application/pdf", application_pdf(submission))
    for upload in attached:
        with file_of(upload) as file:
            yield Document(upload.name, upload.content_type, file.read(), upload)


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
