"""What is owed again when a payment was taken back."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Payment, PaymentRequest
from billing.states import RequestState
from submissions import payments as told

DAYS_TO_PAY_AGAIN = 14


def claim_again(*, payment: Payment, now: datetime) -> None:
    """A payment that counted was taken back: the same is owed once more, and everybody concerned is told."""
    if payment.submission is None:
        return
    due_on = timezone.localdate(now) + timedelta(days=DAYS_TO_PAY_AGAIN)
    if payment.request and not _has_open_request(payment):
        PaymentRequest.objects.filter(pk=payment.request.pk).update(
            state=RequestState.OPEN, due_on=due_on, settled_at=None, reminded_at=None
        )
    elif not _has_open_request(payment):
        PaymentRequest.objects.create(
            submission=payment.submission,
            title=_("Gebühr noch einmal bezahlen"),
            lines=payment.submission.fee_lines,
            amount=payment.amount,
            due_on=due_on,
            requested_at=now,
        )
    told.fee_taken_back(submission=payment.submission, now=now)


def no_longer_claim(*, payment: Payment, now: datetime) -> None:
    """What was taken back is here again: nobody needs to pay it a second time."""
    if payment.submission is None:
        return
    opened = payment.submission.payment_requests.select_for_update().filter(state=RequestState.OPEN)
    again = opened.filter(pk=payment.request_id) if payment.request_id else opened.filter(requested_by=None)
    state = RequestState.PAID if payment.request_id else RequestState.WITHDRAWN
    if again.update(state=state, settled_at=now):
        told.fee_no_longer_requested(
            submission=payment.submission, text=_("Ihre erste Zahlung ist wieder da."), by=None, now=now
        )


def _has_open_request(payment: Payment) -> bool:
    assert payment.submission is not None
    return payment.submission.payment_requests.filter(state=RequestState.OPEN).exists()
