"""All about one application in one file. It stands here because receipts belong to it."""

from tempfile import SpooledTemporaryFile
from typing import IO

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, citizen_required
from billing.documents import receipt_pdf
from submissions.bundle import Document, write_bundle
from submissions.models import Submission
from submissions.own_data import write_own_data

_IN_MEMORY = 2 * 1024 * 1024  # bytes; what is larger goes through a file


@never_cache
@citizen_required
@require_safe
def everything(request: PersonRequest, number: str) -> FileResponse:
    """PDF, answers, messages, files and receipts of one's own application as a ZIP archive."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    archive = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    write_bundle(archive, submission, also=_receipts(submission))
    return _sent(archive, f"{number}.zip")


@never_cache
@citizen_required
@require_safe
def own_data(request: PersonRequest) -> FileResponse:
    """Everything that this town has about the person who asks (Art. 15 and 20 DSGVO), as a ZIP archive."""
    archive = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    write_own_data(archive, request.user, also=_receipts)
    return _sent(archive, "meine-daten.zip")


def _receipts(submission: Submission) -> list[Document]:
    paid = submission.payments.counting().order_by("paid_at")
    return [(f"Quittung-{payment.reference}.pdf", receipt_pdf(payment)) for payment in paid]


def _sent(archive: IO[bytes], name: str) -> FileResponse:
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip")
