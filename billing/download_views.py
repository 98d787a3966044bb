"""All about one application in one file. It stands here because receipts belong to it."""

from tempfile import SpooledTemporaryFile

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, citizen_required
from billing.documents import receipt_pdf
from submissions.bundle import write_bundle
from submissions.models import Submission

_IN_MEMORY = 2 * 1024 * 1024  # bytes; what is larger goes through a file


@never_cache
@citizen_required
@require_safe
def everything(request: PersonRequest, number: str) -> FileResponse:
    """PDF, answers, messages, files and receipts of one's own application as a ZIP archive."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    paid = submission.payments.counting().order_by("paid_at")
    receipts = [(f"Quittung-{payment.reference}.pdf", receipt_pdf(payment)) for payment in paid]
    archive = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 -- the answer closes it
    write_bundle(archive, submission, also=receipts)
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=f"{number}.zip", content_type="application/zip")
