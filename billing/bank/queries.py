"""What the cash office reads about transfers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from billing.bank.models import PayBack, StatementEntry
from billing.bank.states import TRANSFER, EntryState, PayBackState
from billing.models import Payment, Refund
from billing.states import PaymentState, RefundState


@dataclass(frozen=True)
class Figure:
    """How many, and how much together (EUR)."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class Figures:
    """How the transfers of a town stand."""

    open: Figure  # told to people, and not here
    overdue: Figure  # of these
    to_clarify: Figure  # credits and debits about which a person must decide
    to_pay_back: Figure  # asked for or released, and not made


def figures(today: date) -> Figures:
    """The four figures of the page, in three statements."""
    waiting = Payment.objects.filter(provider=TRANSFER, state=PaymentState.STARTED)
    late = Q(transfer__due_on__lt=today)
    row = waiting.aggregate(
        open_count=Count("pk"),
        open_sum=Sum("amount", default=Decimal("0.00")),
        late_count=Count("pk", filter=late),
        late_sum=Sum("amount", filter=late, default=Decimal("0.00")),
    )
    back = PayBack.objects.filter(state__in=[PayBackState.REQUESTED, PayBackState.APPROVED])
    refunds = _refunds()
    return Figures(
        open=Figure(row["open_count"], row["open_sum"]),
        overdue=Figure(row["late_count"], row["late_sum"]),
        to_clarify=_summed(StatementEntry.objects.filter(state=EntryState.TO_CLARIFY)),
        to_pay_back=_both(_summed(back), _summed(refunds)),
    )


def to_clarify() -> "QuerySet[StatementEntry]":
    """Lines that need a person, the oldest first."""
    waiting = StatementEntry.objects.filter(state=EntryState.TO_CLARIFY)
    return waiting.select_related("payment").order_by("booked_on", "pk")


def entries(text: str, state: str, amount: Decimal | None) -> "QuerySet[StatementEntry]":
    """All lines that are meant, the newest first: every word in name or purpose, or the amount (EUR) without a sign."""
    found = StatementEntry.objects.select_related("payment").order_by("-booked_on", "-pk")
    if state:
        found = found.filter(state=state)
    by_words = Q()
    for word in text.split():
        by_words &= Q(party__icontains=word) | Q(purpose__icontains=word) | Q(payment__reference__icontains=word)
    return found.filter(by_words | Q(amount__in=[amount, -amount]) if amount is not None else by_words)


def pay_backs() -> "QuerySet[PayBack]":
    """Money of lines that is to go back, the oldest first."""
    waiting = PayBack.objects.filter(state__in=[PayBackState.REQUESTED, PayBackState.APPROVED])
    return waiting.select_related("entry", "requested_by", "decided_by").order_by("requested_at", "pk")


def refunds() -> "QuerySet[Refund]":
    """Refunds of payments that came by transfer, the oldest first."""
    found = _refunds().select_related("payment__submission", "requested_by", "decided_by")
    return found.prefetch_related("payment__bank_entries").order_by("requested_at", "pk")


def waiting_transfers() -> "QuerySet[Payment]":
    """What people were told to transfer and is not here, the oldest day first."""
    waiting = Payment.objects.filter(provider=TRANSFER, state=PaymentState.STARTED)
    return waiting.select_related("transfer", "submission", "request").order_by("transfer__due_on", "pk")


def count_to_do() -> int:
    """How much waits for the cash office here."""
    return (
        StatementEntry.objects.filter(state=EntryState.TO_CLARIFY).count()
        + PayBack.objects.filter(state__in=[PayBackState.REQUESTED, PayBackState.APPROVED]).count()
    )


def _refunds() -> "QuerySet[Refund]":
    states = [RefundState.REQUESTED, RefundState.APPROVED, RefundState.FAILED]
    return Refund.objects.filter(payment__provider=TRANSFER, state__in=states)


def _summed(rows: "QuerySet[StatementEntry] | QuerySet[PayBack] | QuerySet[Refund]") -> Figure:
    row = rows.order_by().aggregate(count=Count("pk"), amount=Sum("amount", default=Decimal("0.00")))
    return Figure(row["count"], row["amount"])


def _both(one: Figure, other: Figure) -> Figure:
    return Figure(one.count + other.count, one.amount + other.amount)
