"""How a payment ends. Webhook, return page and polling all meet in `learn`."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import stripe
from billing.models import LedgerEntry, Payment
from billing.states import ARRIVED, TRANSITIONS, PaymentState
from submissions import actions as submissions
from submissions.models import Submission
from tenants.context import current_town
from tenants.metrics import count_payment

logger = logging.getLogger(__name__)


@transaction.atomic
def learn(*, payment: Payment, report: stripe.Report, source: str, now: datetime, given_up: bool = False) -> Payment:
    """Book what the provider says about a payment. Idempotent: it may come once, twice, late or out of order.

    `source` is webhook, return, polling or person; `given_up` says that the person did not want to pay. A report that
    does not fit our books (other amount, currency, account or reference) settles nothing; a person has to look at it.
    """
    submission = Submission.objects.select_for_update().get(pk=payment.submission_id)
    current = Payment.objects.select_for_update().get(pk=payment.pk)
    if PaymentState(current.state) in ARRIVED:
        return current
    if not _fits(current, report):
        logger.error("payment %s: the provider's report does not fit", current.pk)
        return move(
            current,
            PaymentState.UNKNOWN,
            source=source,
            now=now,
            reason=_("Die Meldung des Zahlungsanbieters passt nicht zu Betrag, Konto oder Kassenzeichen"),
        )
    if report.payment_status == "paid":
        return _book_arrival(current, submission, report, source=source, now=now)
    if report.has_failed:
        return move(current, PaymentState.FAILED, source=source, now=now, reason=_("Die Bank hat nicht gezahlt"))
    if report.status == "complete":
        return move(current, PaymentState.PROCESSING, source=source, now=now, reason=_("Die Bank zieht den Betrag ein"))
    if report.status == "expired" and given_up:
        return move(current, PaymentState.CANCELLED, source=source, now=now, reason=_("Abgebrochen"))
    if report.status == "expired":
        return move(current, PaymentState.EXPIRED, source=source, now=now, reason=_("Nicht rechtzeitig bezahlt"))
    return current


def _book_arrival(
    payment: Payment, submission: Submission, report: stripe.Report, *, source: str, now: datetime
) -> Payment:
    payment.paid_at, payment.intent_id, payment.method = now, report.intent_id, report.method
    twice = submission.payments.filter(state=PaymentState.PAID).exists()
    if twice:
        return move(payment, PaymentState.REFUND_DUE, source=source, now=now, reason=_("Doppelt bezahlt"))
    if not submissions.payment_arrived(submission=submission, now=now):
        return move(
            payment,
            PaymentState.REFUND_DUE,
            source=source,
            now=now,
            reason=_("Für einen Antrag bezahlt, der inzwischen geändert wurde"),
        )
    return move(payment, PaymentState.PAID, source=source, now=now, reason=_("Bezahlt"))


def _fits(payment: Payment, report: stripe.Report) -> bool:
    return (report.session_id, report.account, report.reference, report.amount, report.currency) == (
        payment.session_id,
        payment.account,
        payment.reference,
        stripe.in_cents(payment.amount),
        stripe.CURRENCY,
    )


def ask(*, payment: Payment, source: str, now: datetime) -> Payment:
    """Ask the provider how a payment stands and book the answer. Raises stripe.ProviderUnreachable."""
    if not payment.session_id:
        return payment
    return learn(
        payment=payment, report=stripe.read(payment.session_id, account=payment.account), source=source, now=now
    )


def move(payment: Payment, target: PaymentState, *, source: str, reason: str, now: datetime) -> Payment:
    """Take one step and write it into the ledger. A step that is not in the table changes nothing."""
    old = PaymentState(payment.state)
    if target not in TRANSITIONS[old]:
        return payment
    payment.state = target
    payment.save()
    LedgerEntry.objects.create(payment=payment, at=now, old_state=old, new_state=target, source=source, reason=reason)
    town = current_town().schema_name
    transaction.on_commit(lambda: count_payment(town=town, outcome=target.value))
    return payment
