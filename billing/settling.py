"""How a payment ends, and what becomes of it afterwards.

Webhook, return page, polling and statement all meet in `learn`: it books what the provider says, once.
"""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from billing import claims
from billing.models import Difference, LedgerEntry, Movement, Payment, PaymentRequest, Refund
from billing.providers import provider
from billing.providers.contract import (
    CURRENCY,
    DisputeStanding,
    ProviderRefused,
    RefundReport,
    RefundStanding,
    Report,
    Standing,
)
from billing.states import (
    ARRIVED,
    REFUND_CLAIMS,
    REFUND_TRANSITIONS,
    RESTING,
    TRANSITIONS,
    DifferenceKind,
    MovementKind,
    PaymentState,
    RefundReason,
    RefundState,
    RequestState,
)
from submissions import actions as submissions
from submissions import payments as told
from submissions.models import Submission
from templates.components import euro
from tenants.context import current_town
from tenants.metrics import count_payment

logger = logging.getLogger(__name__)


@transaction.atomic
def learn(*, payment: Payment, report: Report, source: str, now: datetime, given_up: bool = False) -> Payment:
    """Book what the provider says about a payment. Idempotent: it may come once, twice, late or out of order.

    `source` is one of billing.models.SOURCES; `given_up` says that the person did not want to pay. A report that does
    not fit our books (other amount, currency, account or reference) books nothing and raises an alarm.
    """
    current = locked(payment)
    if not _fits(current, report):
        return _alarm(current, report, source=source, now=now)
    if PaymentState(current.state) not in ARRIVED:
        current = _take_step(current, report, source=source, now=now, given_up=given_up)
    if PaymentState(current.state) in ARRIVED:
        for refund in report.refunds:
            book_refund(current, refund, now=now)
        _book_takebacks(current, report, source=source, now=now)
        rest(current, source=source, now=now)
    return current


def ask(*, payment: Payment, source: str, now: datetime, closing: bool = False, given_up: bool = False) -> Payment:
    """Ask the provider how a payment stands and book the answer. Raises ProviderUnreachable."""
    if not payment.session_id:
        return payment
    try:
        report = provider(payment.provider).ask(account=payment.account, attempt=payment.session_id, closing=closing)
    except ProviderRefused as refusal:  # it does not know what it has given us: not ours to guess
        logger.error("payment %s: the provider refuses to tell (%s)", payment.pk, refusal)
        return payment
    return learn(payment=payment, report=report, source=source, now=now, given_up=given_up)


def locked(payment: Payment) -> Payment:
    """The payment as it is now. Nobody else changes it, or whether it is owed, before this transaction ends."""
    if payment.submission_id:
        Submission.objects.select_for_update().get(pk=payment.submission_id)
    if payment.request_id:
        PaymentRequest.objects.select_for_update().get(pk=payment.request_id)
    return Payment.objects.select_for_update().get(pk=payment.pk)


def move(
    payment: Payment, target: PaymentState, *, source: str, reason: str, now: datetime, by: User | None = None
) -> Payment:
    """Take one step and write it into the ledger. A step that is not in the table changes nothing."""
    old = PaymentState(payment.state)
    if target not in TRANSITIONS[old]:
        return payment
    payment.state = target
    payment.save()
    LedgerEntry.objects.create(
        payment=payment, at=now, old_state=old, new_state=target, source=source, reason=reason[:300], by=by
    )
    town = current_town().schema_name
    transaction.on_commit(lambda: count_payment(town=town, outcome=target.value))
    return payment


def note(payment: Payment, *, source: str, reason: str, now: datetime, by: User | None = None) -> None:
    """Write something into the ledger that leaves the payment in its state."""
    state = payment.state
    LedgerEntry.objects.create(
        payment=payment, at=now, old_state=state, new_state=state, source=source, reason=reason[:300], by=by
    )


# --- Until the money is here ---------------------------------------------------------------------------------


def _fits(payment: Payment, report: Report) -> bool:
    told = (report.attempt, report.account, report.reference, report.amount, report.currency)
    ours = (payment.session_id, payment.account, payment.reference, payment.amount, CURRENCY)
    return all(one is None or one == other for one, other in zip(told, ours, strict=True))


def _alarm(payment: Payment, report: Report, *, source: str, now: datetime) -> Payment:
    """What the provider says is not about what we know. A person must look; nothing is booked until then."""
    logger.error("payment %s: the provider's report does not fit", payment.pk)
    reason = _("Die Meldung des Zahlungsanbieters passt nicht zu Betrag, Konto oder Kassenzeichen")
    Difference.objects.get_or_create(
        provider=payment.provider,
        account=payment.account,
        kind=DifferenceKind.MISMATCH,
        source=report.attempt,
        resolved_at=None,
        defaults={
            "payment": payment,
            "ours": payment.amount,
            "theirs": report.amount,
            "text": reason,
            "found_at": now,
        },
    )
    return move(payment, PaymentState.UNKNOWN, source=source, now=now, reason=reason)


def _take_step(payment: Payment, report: Report, *, source: str, now: datetime, given_up: bool) -> Payment:
    payment.method = report.method or payment.method
    match report.standing:
        case Standing.PAID:
            return _book_arrival(payment, report, source=source, now=now)
        case Standing.FAILED:
            if report.method == "sepa_debit":
                reason = _("Die Bank hat die Lastschrift nicht eingelöst")
            else:
                reason = _("Die Bank hat nicht gezahlt")
            was_processing = payment.state == PaymentState.PROCESSING
            moved = move(payment, PaymentState.FAILED, source=source, now=now, reason=reason)
            if was_processing and moved.state == PaymentState.FAILED and moved.submission:
                told.debit_failed(submission=moved.submission, now=now)
            return moved
        case Standing.PROCESSING:
            return move(
                payment, PaymentState.PROCESSING, source=source, now=now, reason=_("Die Bank zieht den Betrag ein")
            )
        case Standing.CANCELLED | Standing.EXPIRED:
            if given_up or report.standing == Standing.CANCELLED:
                return move(payment, PaymentState.CANCELLED, source=source, now=now, reason=_("Abgebrochen"))
            return move(payment, PaymentState.EXPIRED, source=source, now=now, reason=_("Nicht rechtzeitig bezahlt"))
        case Standing.OPEN if payment.state == PaymentState.UNKNOWN:
            return move(payment, PaymentState.STARTED, source=source, now=now, reason=_("Noch nicht bezahlt"))
    return payment


def _book_arrival(payment: Payment, report: Report, *, source: str, now: datetime) -> Payment:
    """The money is here. Whether it was owed is the next question."""
    unowed = _why_not_owed(payment, now=now)
    payment.paid_at, payment.is_surplus = now, bool(unowed)
    payment.intent_id, payment.charge_id, payment.method = report.transaction, report.charge, report.method
    payment = move(payment, PaymentState.PAID, source=source, now=now, reason=unowed or _("Bezahlt"))
    book(payment, MovementKind.PAYMENT, report.charge or report.attempt, payment.amount, now=now)
    if payment.is_surplus:
        request_by_rule(payment, reason=RefundReason.SURPLUS, amount=payment.amount, now=now)
    elif payment.is_test:
        request_by_rule(payment, reason=RefundReason.TEST, amount=payment.amount, now=now)
    return payment


def _why_not_owed(payment: Payment, *, now: datetime) -> str:
    """Why this money is to go back, in words; nothing if it pays what was owed, which then counts as paid."""
    if payment.submission is None:
        return ""
    same_claim = payment.submission.payments.filter(request=payment.request).exclude(pk=payment.pk)
    if same_claim.counting().exists():
        return _("Doppelt bezahlt")
    if payment.request is None:
        arrived = submissions.payment_arrived(submission=payment.submission, now=now)
        return "" if arrived else _("Für einen Antrag bezahlt, der inzwischen geändert wurde")
    request = PaymentRequest.objects.select_for_update().get(pk=payment.request.pk)
    if request.state != RequestState.OPEN:
        return _("Für eine Forderung bezahlt, die zurückgenommen war")
    request.state, request.settled_at = RequestState.PAID, now
    request.save(update_fields=["state", "settled_at"])
    told.fee_paid(submission=payment.submission, now=now)
    return ""


# --- Money ---------------------------------------------------------------------------------------------------


def book(payment: Payment, kind: MovementKind, source: str, amount: Decimal, *, now: datetime) -> bool:
    """Keep that money moved because of a payment. Returns False if that was known."""
    _movement, is_new = Movement.objects.get_or_create(
        provider=payment.provider,
        account=payment.account,
        kind=kind,
        source=source,
        defaults={"payment": payment, "amount": amount, "at": now},
    )
    return is_new


def book_refund(payment: Payment, report: RefundReport, *, now: datetime) -> Refund:
    """Book what the provider says about a refund, also about one that somebody made there, past us."""
    of_payment = Refund.objects.select_for_update().filter(payment=payment)
    refund = of_payment.filter(Q(refund_id=report.id) | Q(pk__in=_ids(report.ours))).first()
    if refund is None:
        refund = Refund.objects.create(
            payment=payment,
            amount=report.amount,
            reason=RefundReason.ELSEWHERE,
            state=RefundState.APPROVED,
            requested_at=now,
            refund_id=report.id,
        )
    if not refund.refund_id:
        refund.refund_id = report.id
        refund.save(update_fields=["refund_id"])
    book(payment, MovementKind.REFUND, report.id, -report.amount, now=now)
    match report.standing:
        case RefundStanding.PENDING:
            move_refund(refund, RefundState.PENDING)
        case RefundStanding.DONE:
            if move_refund(refund, RefundState.DONE, done_at=now):
                tell_refunded(refund, now=now)
        case RefundStanding.FAILED:
            book(payment, MovementKind.REFUND_RETURNED, report.id, report.amount, now=now)
            if not refund.problem:  # otherwise somebody has seen to it by hand since
                move_refund(refund, RefundState.FAILED, problem=_("Der Anbieter konnte das Geld nicht zustellen."))
    return refund


def tell_refunded(refund: Refund, *, now: datetime) -> None:
    """Let the citizen know that she has money back."""
    if refund.payment.submission:
        text = _("%(amount)s sind auf dem Weg zu Ihnen zurück.") % {"amount": euro(refund.amount)}
        told.fee_given_back(submission=refund.payment.submission, text=text, now=now)


def move_refund(refund: Refund, target: RefundState, **changes: Any) -> bool:
    """Take one step of a refund under its payment's lock. A step that is not in the table changes nothing."""
    if target not in REFUND_TRANSITIONS[RefundState(refund.state)]:
        return False
    for name, value in {**changes, "state": target}.items():
        setattr(refund, name, value)
    refund.save()
    return True


def request_by_rule(payment: Payment, *, reason: RefundReason, amount: Decimal, now: datetime) -> Refund | None:
    """The portal itself asks to give money back; a person of the cash office releases it. Once for each reason."""
    amount = min(amount, payment.refundable)
    if amount <= 0 or payment.refunds.filter(reason=reason).exists():
        return None
    refund = Refund.objects.create(payment=payment, amount=amount, reason=reason, requested_at=now)
    rest(payment, source="rule", now=now)
    return refund


def _book_takebacks(payment: Payment, report: Report, *, source: str, now: datetime) -> None:
    """Somebody has taken the payment back: by a dispute, or the bank after it had paid."""
    is_new = False
    for dispute in report.disputes:
        is_new |= book(payment, MovementKind.DISPUTE, dispute.id, -dispute.amount, now=now)
        if dispute.standing == DisputeStanding.WON:
            is_new |= book(payment, MovementKind.DISPUTE_WON, dispute.id, dispute.amount, now=now)
    if report.standing == Standing.FAILED:
        is_new |= book(payment, MovementKind.PAYMENT_RETURNED, report.charge, -payment.amount, now=now)
    target, reason = _taken_back(report)
    if target is None or target == payment.state:
        return
    if not is_new and payment.state != PaymentState.DISPUTED:  # an old story, after which other things happened
        return
    was_paid = payment.counts
    if move(payment, target, source=source, now=now, reason=reason).state != target:
        return
    if target == PaymentState.CHARGED_BACK and was_paid:
        claims.claim_again(payment=payment, now=now)
    elif target == PaymentState.WON:
        claims.no_longer_claim(payment=payment, now=now)


def _taken_back(report: Report) -> tuple[PaymentState | None, str]:
    standings = {dispute.standing for dispute in report.disputes}
    if report.standing == Standing.FAILED:
        return PaymentState.CHARGED_BACK, _("Die Bank hat das Geld zurückgeholt")
    if DisputeStanding.LOST in standings:
        return PaymentState.CHARGED_BACK, _("Zurückgebucht, der Einspruch ist entschieden")
    if DisputeStanding.OPEN in standings:
        return PaymentState.DISPUTED, _("Die Zahlung wird bestritten, das Geld ist vorerst zurückgebucht")
    if DisputeStanding.WON in standings:
        return PaymentState.WON, _("Der Streit ist gewonnen, das Geld ist wieder da")
    return None, ""


# --- The one state that a payment is in once the money came ---------------------------------------------------


def rest(payment: Payment, *, source: str, now: datetime, by: User | None = None) -> Payment:
    """Bring a payment whose money came into the state that follows from its refunds."""
    state = PaymentState(payment.state)
    if state in (PaymentState.DISPUTED, PaymentState.CHARGED_BACK) or state not in ARRIVED:
        return payment
    target, reason = _resting_state(payment)
    return move(payment, target, source=source, now=now, reason=reason, by=by) if target != state else payment


def _resting_state(payment: Payment) -> tuple[PaymentState, str]:
    refunds = list(payment.refunds.order_by("requested_at", "pk"))
    given_back = sum((one.amount for one in refunds if one.state == RefundState.DONE), Decimal("0.00"))
    for state, target in (
        (RefundState.REQUESTED, PaymentState.REFUND_REQUESTED),
        (RefundState.APPROVED, PaymentState.REFUND_APPROVED),
        (RefundState.PENDING, PaymentState.REFUND_APPROVED),
    ):
        waiting = next((one for one in refunds if one.state == state), None)
        if waiting:
            return target, str(RefundReason(waiting.reason).label)
    claimed = sum((one.amount for one in refunds if one.state in REFUND_CLAIMS), Decimal("0.00"))
    failed = next((one for one in refunds[::-1] if one.state == RefundState.FAILED), None)
    if failed and claimed + failed.amount <= payment.amount and refunds[-1] == failed:
        return PaymentState.REFUND_FAILED, failed.problem or _("Die Erstattung ist gescheitert")
    if given_back:
        whole = given_back >= payment.amount
        target = PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED
        return target, _("Erstattet") if whole else _("Teilweise erstattet")
    last = payment.entries.filter(new_state__in=[*RESTING, PaymentState.WON]).order_by("-at", "-pk").first()
    return PaymentState(last.new_state) if last else PaymentState.PAID, _("Keine Erstattung")


def _ids(text: str) -> list[UUID]:
    """Our id as the provider repeats it; nothing if it is none of ours."""
    try:
        return [UUID(text)]
    except ValueError:
        return []
