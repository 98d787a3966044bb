"""A case as one PDF to print: what was handed in, what has happened since, the letters, and all files.

Whole it is not accessible (PDF/UA): merging keeps the pages, their text and a bookmark to each part, but neither the
tags nor the alternative texts of pictures. The page of the case offers application, letters and files one by one as
well; application and letters are accessible there.
"""

import io
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

import pikepdf
import typst
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image

from submissions.bundle import IN_MEMORY
from submissions.casework.presentation import Entry, case_status, history, sign_in_label
from submissions.documents import application_pdf, decisions_pdf, fee_lines, title_of
from submissions.models import InformationRequest, Submission, Upload
from submissions.uploads.content import file_of
from submissions.uploads.intake import JPEG, PDF, PNG
from submissions.uploads.limits import MOST_PIXELS
from templates.components import euro, euro_span, german_date, german_datetime
from tenants.vault.cipher import Tampered
from townhall.pdf import render_pdf
from townhall.pictures import framed
from townhall.shopfront import shopfront

_FORMATS = {JPEG: "JPEG", PNG: "PNG"}
# What a broken picture makes Pillow and typst raise.
_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, typst.TypstError)


class _Unreadable(Exception):
    """A file that cannot be printed; the message says why, in German."""


@dataclass(frozen=True)
class _Attached:
    """A file of the case: its pages, or why they are not there."""

    upload: Upload
    pages: pikepdf.Pdf | None
    missing: str = ""


def write_case_file(file: IO[bytes], submission: Submission) -> None:
    """Write the PDF. `submission` is one of `queries.cases`.

    No file is left out silently: the document on what has happened lists all, and says of each that is not there why.
    """
    with ExitStack() as opened:
        attached = [_attached(upload, submission, opened) for upload in submission.uploads.all()]
        own = [
            (_("Antrag"), application_pdf(submission)),
            (_("Verlauf"), _history_pdf(submission, attached)),
            *_letters(submission),
        ]
        parts = [(name, opened.enter_context(pikepdf.open(io.BytesIO(content)))) for name, content in own]
        parts += [(one.upload.name, one.pages) for one in attached if one.pages]
        _save(_merged(parts, title=f"{submission.service_title}, {submission.number}"), file)


def _save(pdf: pikepdf.Pdf, file: IO[bytes]) -> None:
    """What is in it stays as it is compressed."""
    level = pikepdf.StreamDecodeLevel.none
    pdf.save(cast("BinaryIO", file), compress_streams=False, stream_decode_level=level)


def _merged(parts: Iterable[tuple[str, pikepdf.Pdf]], *, title: str) -> pikepdf.Pdf:
    """All pages in one document, with a bookmark to the first of each part."""
    whole = pikepdf.new()
    with whole.open_outline() as outline:
        for name, pdf in parts:
            outline.root.append(pikepdf.OutlineItem(name, len(whole.pages)))
            whole.pages.extend(pdf.pages)
    with whole.open_metadata() as metadata:
        metadata["dc:title"] = title
        metadata["dc:language"] = {"de-DE"}
    whole.docinfo.Title = pikepdf.String(title)
    whole.Root.Lang = pikepdf.String("de-DE")
    whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    return whole


def _letters(submission: Submission) -> Iterator[tuple[str, bytes]]:
    """What the town has decided, the oldest first."""
    for decision in reversed(list(submission.decisions.all())):
        if hasattr(decision, "delivery"):
            yield title_of(decision), decisions_pdf([decision.delivery])


# --- What has happened ------------------------------------------------------------------------------------------


def _history_pdf(submission: Submission, attached: Iterable[_Attached]) -> bytes:
    """With what is internal, marked as such: for the town hall's file, not for the citizen."""
    return render_pdf(
        "case_file",
        title=_("Verlauf des Vorgangs %(number)s") % {"number": submission.number},
        heading=_("Verlauf"),
        number=submission.number,
        facts=[fact for fact in _facts(submission) if fact[1]],
        lines=fee_lines(submission.fee),
        total=euro_span(submission.fee.span),
        payments=list(_payments(submission)),
        questions=[one for asked in reversed(list(submission.information_requests.all())) for one in _exchange(asked)],
        history=[_entry(one) for one in reversed(history(submission.events.all()))],
        files=[(one.upload.name, _standing(one)) for one in attached],
    )


def _facts(submission: Submission) -> list[tuple[str, str]]:
    unit = shopfront().catalogue.units.get(submission.unit)
    worker = submission.case_worker
    return [
        (_("Leistung"), submission.service_title),
        (_("Antrag von"), submission.applicant),
        (_("Anmeldung"), sign_in_label(submission)),
        (_("Auskunftssperre"), _("ja, Anschrift nicht weitergeben") if submission.is_protected else ""),
        (_("Status"), case_status(submission).label),
        (_("Stelle"), unit.name if unit else submission.unit),
        (_("Bearbeitung"), worker.name if worker else _("noch niemand")),
        (_("Abgeschickt"), german_datetime(submission.frozen_at)),
        (_("Eingegangen"), german_datetime(submission.received_at)),
        (_("Zu entscheiden bis"), german_date(submission.due_on)),
        (_("Abgeschlossen"), german_datetime(submission.closed_at)),
    ]


def _payments(submission: Submission) -> Iterator[tuple[str, str]]:
    """What was asked for and what was paid, the oldest first."""
    for asked in reversed(list(submission.payment_requests.all())):
        told = [euro(asked.amount), _("fällig am %(day)s") % {"day": german_date(asked.due_on)}]
        yield asked.title, ", ".join([*told, asked.get_state_display()])
    for payment in reversed(list(submission.payments.all())):
        told = [euro(payment.amount), payment.method_label, german_datetime(payment.paid_at)]
        yield (
            _("Zahlung %(reference)s") % {"reference": payment.reference},
            ", ".join(one for one in [*told, payment.get_state_display()] if one),
        )


def _exchange(asked: InformationRequest) -> Iterator[dict[str, str]]:
    """A question, and the answer if there is one."""
    due = {"at": german_datetime(asked.asked_at), "due": german_date(asked.due_on)}
    around = f"{asked.asked_by.name}, " + _("%(at)s, zu beantworten bis %(due)s") % due
    yield {"title": _("Rückfrage"), "around": around, "text": asked.question}
    files = [upload.name for upload in asked.uploads.all()]
    if asked.answered_at and (asked.answer or files):
        sent = _("Dateien: %(names)s") % {"names": ", ".join(files)} if files else ""
        text = "\n".join(part for part in (asked.answer, sent) if part)
        yield {"title": _("Antwort"), "around": german_datetime(asked.answered_at), "text": text}
    elif not asked.answered_at:
        yield {"title": _("Noch keine Antwort"), "around": "", "text": ""}


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        "around": f"{entry.by}, {german_datetime(entry.at)}",
        "text": entry.text,
        "is_internal": entry.is_internal,
    }


def _standing(one: _Attached) -> str:
    if one.missing:
        return _("Nicht dabei: %(reason)s") % {"reason": one.missing}
    told = [german_date(one.upload.uploaded_at), filesizeformat(one.upload.size), one.upload.remark]
    return ", ".join(part for part in told if part)


# --- Files ------------------------------------------------------------------------------------------------------


def _attached(upload: Upload, submission: Submission, opened: ExitStack) -> _Attached:
    """A file with its pages, which stay open as long as `opened`."""
    try:
        return _Attached(upload, _pages_of(upload, submission, opened))
    except _Unreadable as problem:
        return _Attached(upload, None, str(problem))


def _pages_of(upload: Upload, submission: Submission, opened: ExitStack) -> pikepdf.Pdf:
    """Files were written anew when they came in (submissions.uploads.intake). Raises _Unreadable."""
    if upload.is_infected:
        raise _Unreadable(_("gesperrt, weil ein Virus gefunden wurde"))
    if upload.is_held_back:
        raise _Unreadable(_("gesperrt, bis sie auf Viren geprüft ist"))
    content = opened.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 -- `opened` closes it
    try:
        with file_of(upload) as source:
            shutil.copyfileobj(source, content)
    except FileNotFoundError:
        raise _Unreadable(_("Die Datei ist nicht mehr da.")) from None
    except Tampered:
        raise _Unreadable(_("Die Datei ist beschädigt.")) from None
    content.seek(0)
    if upload.content_type == PDF:
        return _document(content, opened)
    if upload.content_type in _FORMATS:
        page = _picture(upload, content.read(), submission.number)
        return opened.enter_context(pikepdf.open(io.BytesIO(page)))
    raise _Unreadable(_("Sie ist weder PDF noch Bild."))


def _document(content: IO[bytes], opened: ExitStack) -> pikepdf.Pdf:
    """A PDF that can be put into another one. What was typed into its fields becomes part of its pages."""
    try:
        pdf = opened.enter_context(pikepdf.open(cast("BinaryIO", content)))
        if not len(pdf.pages):
            raise _Unreadable(_("Die Datei ist beschädigt."))
        if "/AcroForm" in pdf.Root:
            pdf.generate_appearance_streams()
            pdf.flatten_annotations("all")
        with SpooledTemporaryFile(IN_MEMORY) as tried:  # so that what is broken further down is found here
            _save(pdf, tried)
    except pikepdf.PasswordError:
        raise _Unreadable(_("Sie ist mit einem Passwort geschützt.")) from None
    except pikepdf.PdfError:
        raise _Unreadable(_("Die Datei ist beschädigt.")) from None
    return pdf


def _picture(upload: Upload, content: bytes, number: str) -> bytes:
    """A page with a picture. Raises _Unreadable."""
    try:
        with Image.open(io.BytesIO(content), formats=[_FORMATS[upload.content_type]]) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise _Unreadable(_("Das Bild ist zu groß."))
            image.load()
        return render_pdf(
            "case_picture",
            title=upload.name,
            told=_("Hochgeladen am %(day)s") % {"day": german_datetime(upload.uploaded_at)},
            number=number,
            is_wide=width > height,
            picture=framed(content, upload.content_type, width, height),
        )
    except _BROKEN:
        raise _Unreadable(_("Das Bild ist beschädigt.")) from None
