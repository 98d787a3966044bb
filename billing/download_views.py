"""All about one application in one file. It stands here because receipts belong to it."""

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, citizen_required
from billing.documents import receipt_pdf
from submissions.bundle import Document, archive_answer, write_bundle
from submissions.models import Submission
from submissions.own_data import write_own_data


@never_cache
@citizen_required
@require_safe
def everything(request: PersonRequest, number: str) -> FileResponse:
    """PDF, answers, messages, files and receipts of one's own application as a ZIP archive."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    return archive_answer(f"{number}.zip", lambda file: write_bundle(file, submission, also=_receipts(submission)))


@never_cache
@citizen_required
@require_safe
def own_data(request: PersonRequest) -> FileResponse:
    """Everything that this town has about the person who asks (Art. 15 and 20 DSGVO), as a ZIP archive."""
    return archive_answer("meine-daten.zip", lambda file: write_own_data(file, request.user, also=_receipts))


def _receipts(submission: Submission) -> list[Document]:
    paid = submission.payments.counting().order_by("paid_at")
    return [(f"Quittung-{payment.reference}.pdf", receipt_pdf(payment)) for payment in paid]
