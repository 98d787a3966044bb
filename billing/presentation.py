"""Money in words: on what ground it is due, and what was given back."""

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Payment, PaymentRequest
from billing.states import RefundState
from submissions.models import Submission
from templates.components import euro, german_date
from townhall.fees import ground_of
from townhall.shopfront import shopfront


def basis_of(owed: Submission | PaymentRequest | None) -> str:
    """The by-law of an amount and since when it is valid: "Gebührensatzung, gilt seit 1. Januar 2026"."""
    if owed is None:
        return ""
    if isinstance(owed, PaymentRequest):
        return owed.basis
    catalogue = shopfront().catalogue
    grounds = []
    for key in dict.fromkeys(line.key for line in owed.fee.lines if line.key):
        ground = ground_of(key, timezone.localdate(owed.frozen_at), catalogue=catalogue)
        if ground and ground.since:
            since = german_date(ground.since)
            grounds.append(_("%(law)s, gilt seit %(day)s") % {"law": ground.by_law, "day": since})
        elif ground:
            grounds.append(ground.by_law)
    return "; ".join(dict.fromkeys(grounds))


def refunds_in_words(payment: Payment) -> list[str]:
    """What goes back of a payment or has gone, a sentence each."""
    told = []
    for refund in payment.refunds.all():
        amount = euro(refund.amount)
        if refund.state == RefundState.DONE and refund.done_at:
            day = german_date(timezone.localdate(refund.done_at))
            told.append(_("%(amount)s am %(day)s erstattet.") % {"amount": amount, "day": day})
        elif refund.state in (RefundState.APPROVED, RefundState.PENDING, RefundState.FAILED):
            told.append(_("%(amount)s bekommen Sie zurück. Die Kasse kümmert sich darum.") % {"amount": amount})
    return told
