"""All that belongs to an application, in one file for the person whose it is: to keep, or to take elsewhere."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.http import FileResponse
from django.utils.translation import gettext as _

from catalogue.forms.current import form_definition
from submissions.documents import application_pdf, decisions_pdf
from submissions.models import Delivery, Submission, Upload
from submissions.presentation import answers_of
from submissions.uploads.content import file_of
from submissions.uploads.states import Scan
from templates.components import german_date, german_datetime

Document = tuple[str, bytes]  # name and content
IN_MEMORY = 5 * 1024 * 1024  # bytes of a file to send; what is larger lies on the disk until it is sent


def archive_answer(name: str, write: Callable[[IO[bytes]], None]) -> FileResponse:
    """The ZIP archive that `write` writes, to be saved."""
    return written_answer(name, "application/zip", write, is_saved=True)


def written_answer(
    name: str, content_type: str, write: Callable[[IO[bytes]], None], *, is_saved: bool = False
) -> FileResponse:
    """The file that `write` writes, to be shown or to be saved. It is gone as soon as it has been sent."""
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=is_saved, filename=name, content_type=content_type)


def write_bundle(
    file: IO[bytes], submission: Submission, *, also: Iterable[Document] = (), is_for_staff: bool = False
) -> None:
    """Write the ZIP archive: PDF, answers as JSON, messages, decision, uploads, and what else is given (receipts).

    Staff get no file that the scanner has not looked at yet.
    """
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        add_application(archive, "", submission, also=also, is_for_staff=is_for_staff)


def write_bundles(file: IO[bytes], submissions: Iterable[Submission]) -> None:
    """The same of several for case workers, each in a folder that is called by its number."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for submission in submissions:
            add_application(archive, f"{submission.number}/", submission, is_for_staff=True)


def add_application(
    archive: ZipFile,
    folder: str,
    submission: Submission,
    *,
    also: Iterable[Document] = (),
    is_for_staff: bool = False,
) -> None:
    """Add one application to an archive, below `folder` (empty, or with a slash at its end)."""
    archive.writestr(folder + _("Antrag.pdf"), application_pdf(submission))
    archive.writestr(folder + _("Angaben.json"), as_json(_answers(submission)))
    archive.writestr(folder + _("Nachrichten.txt"), "\r\n".join(_messages(submission)))
    for name, content in (*_letters(submission), *also):
        archive.writestr(folder + name, content)
    uploads = submission.uploads.select_related("request")
    add_uploads(archive, folder, (one for one in uploads if not (is_for_staff and one.is_held_back)))


def add_uploads(archive: ZipFile, folder: str, uploads: Iterable[Upload]) -> None:
    """Add files as the person called them, but no virus."""
    for name, upload in _named_apart(one for one in uploads if one.scan != Scan.INFECTED):
        with file_of(upload) as source:
            archive.writestr(folder + name, source.read(), ZIP_STORED)  # photos and PDFs do not get smaller


def as_json(plain: Any) -> str:
    """As it stands in an archive."""
    return json.dumps(plain, ensure_ascii=False, indent=2)


def _letters(submission: Submission) -> Iterator[Document]:
    """The decision, as soon as the person has opened it or it was sent."""
    for delivery in Delivery.objects.filter(decision__submission=submission):
        if not delivery.is_sealed:
            yield _("Entscheidung.pdf"), decisions_pdf([delivery])


def _answers(submission: Submission) -> dict[str, Any]:
    """What was handed in: by field id as it is stored, and as people read it."""
    definition = form_definition(submission.service_key, submission.form_version)
    return {
        "number": submission.number,
        "service": submission.service_key,
        "title": submission.service_title,
        "form_version": submission.form_version,
        "handed_in_at": submission.frozen_at.isoformat(),
        "received_at": submission.received_at and submission.received_at.isoformat(),
        "state": submission.state,
        "answers": submission.answers,
        "verified": submission.verified,
        "fee": {"lines": submission.fee_lines, "total": str(submission.fee_total), "currency": "EUR"},
        "pages": [
            {"page": group.title, "answers": [{"label": one.label, "value": one.value} for one in group.answers]}
            for group in answers_of(submission, definition)
        ],
    }


def _messages(submission: Submission) -> Iterator[str]:
    """What happened and what was written, in the order of time."""
    yield f"{submission.service_title}, {submission.number}"
    for event in submission.events.filter(is_public=True):
        yield ""
        yield f"{german_datetime(event.at)}: {event.title}"
        if event.text:
            yield event.text
    for asked in submission.information_requests.order_by("asked_at"):
        yield ""
        yield _("Frage vom %(day)s, zu beantworten bis %(due)s:") % {
            "day": german_date(asked.asked_at.date()),
            "due": german_date(asked.due_on),
        }
        yield asked.question
        if asked.answer:
            yield _("Ihre Antwort:")
            yield asked.answer


def _named_apart(uploads: Iterable[Upload]) -> Iterator[tuple[str, Upload]]:
    """Names of the uploads in the archive; two of the same name get a number."""
    taken: set[str] = set()
    for upload in uploads:
        folder = _("Antworten") if upload.request else _("Dateien")
        path, number = PurePath(upload.name), 1
        name = f"{folder}/{path}"
        while name in taken:
            number += 1
            name = f"{folder}/{path.stem} ({number}){path.suffix}"
        taken.add(name)
        yield name, upload
