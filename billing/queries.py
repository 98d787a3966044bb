"""What the cash office reads."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils.translation import gettext_lazy as _

from billing.models import LedgerEntry, Payment, Refund
from billing.states import GIVEN_UP, OPEN, RESTING, PaymentState, RefundState


class Stack(models.TextChoices):
    """Payments that belong together for the cash office, as the address bar names them."""

    PAID = "bezahlt", _("Bezahlt")
    OPEN = "offen", _("Offen")
    TO_REFUND = "zu-erstatten", _("Zu erstatten")
    REFUNDED = "erstattet", _("Erstattet")
    TAKEN_BACK = "zurueckgebucht", _("Zurückgebucht")
    TO_CLARIFY = "zu-klaeren", _("Zu klären")
    FAILED = "fehlgeschlagen", _("Nicht bezahlt")


STATES_OF: dict[Stack, frozenset[PaymentState]] = {
    Stack.PAID: RESTING | {PaymentState.WON},
    Stack.OPEN: OPEN - {PaymentState.UNKNOWN},
    Stack.TO_REFUND: frozenset(
        {PaymentState.REFUND_REQUESTED, PaymentState.REFUND_APPROVED, PaymentState.REFUND_FAILED}
    ),
    Stack.REFUNDED: frozenset({PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED}),
    Stack.TAKEN_BACK: frozenset({PaymentState.DISPUTED, PaymentState.CHARGED_BACK}),
    Stack.TO_CLARIFY: frozenset({PaymentState.UNKNOWN}),
    Stack.FAILED: GIVEN_UP,
}


@dataclass(frozen=True)
class Wanted:
    """Which payments are meant. Days are those of the arrival; of what has not arrived those of the beginning."""

    stack: Stack | None = None
    service_key: str = ""
    first_day: date | None = None
    last_day: date | None = None
    text: str = ""
    amount: Decimal | None = None  # EUR; what `text` says if it is an amount


@dataclass(frozen=True)
class StackSum:
    """How many payments of a stack, and how much together (EUR)."""

    stack: Stack
    count: int
    amount: Decimal


def payments(wanted: Wanted) -> QuerySet[Payment]:
    """The payments that are meant, with their submissions, newest first. `day` is the day they are listed under."""
    found = Payment.objects.select_related("submission", "request").annotate(
        day=TruncDate(Coalesce("paid_at", "created_at"))
    )
    if wanted.stack:
        found = found.filter(state__in=STATES_OF[wanted.stack])
    if wanted.service_key:
        found = found.filter(submission__service_key=wanted.service_key)
    if wanted.first_day:
        found = found.filter(day__gte=wanted.first_day)
    if wanted.last_day:
        found = found.filter(day__lte=wanted.last_day)
    return found.filter(_matches(wanted)).order_by(Coalesce("paid_at", "created_at").desc(), "pk")


def sums(found: QuerySet[Payment]) -> list[StackSum]:
    """How much is in each stack of what was found; empty stacks are left out. One statement."""
    aggregates: dict[str, Count | Sum] = {}
    for stack in Stack:
        of_stack = Q(state__in=STATES_OF[stack])
        aggregates[f"{stack.name}_count"] = Count("pk", filter=of_stack)
        aggregates[f"{stack.name}_sum"] = Sum("amount", filter=of_stack, default=Decimal("0.00"))
    row = found.order_by().aggregate(**aggregates)
    every = [StackSum(stack, row[f"{stack.name}_count"], row[f"{stack.name}_sum"]) for stack in Stack]
    return [one for one in every if one.count]


def services_with_payments() -> list[tuple[str, str]]:
    """Key and title of the services that somebody has paid for, by title."""
    newest_title = (
        Payment.objects.exclude(submission=None)
        .order_by("submission__service_key", "-created_at")
        .distinct("submission__service_key")
        .values_list("submission__service_key", "submission__service_title")
    )
    return sorted(newest_title, key=lambda service: service[1].casefold())


def count_to_settle() -> int:
    """How many payments need somebody of the cash office: to refund or to clarify."""
    states = {PaymentState.REFUND_REQUESTED, PaymentState.REFUND_FAILED, *STATES_OF[Stack.TO_CLARIFY]}
    return Payment.objects.filter(state__in=states).count()


def refunds_to_release() -> QuerySet[Refund]:
    """Refunds that a second person must decide on, the oldest first."""
    waiting = Refund.objects.filter(state=RefundState.REQUESTED)
    return waiting.select_related("payment__submission", "requested_by").order_by("requested_at", "pk")


def refunds_in_hand() -> QuerySet[Refund]:
    """Refunds for which somebody must do something, the oldest first: release them, or transfer them by hand."""
    failed = Q(state=RefundState.FAILED, payment__state=PaymentState.REFUND_FAILED)
    waiting = Refund.objects.filter(Q(state=RefundState.REQUESTED) | failed)
    related = waiting.select_related("payment__submission", "payment__request", "requested_by")
    return related.order_by("requested_at", "pk")


def payment_with_entries() -> QuerySet[Payment]:
    """Payments with their ledger, oldest entry first."""
    entries = models.Prefetch("entries", LedgerEntry.objects.select_related("by").order_by("at", "pk"))
    refunds = models.Prefetch("refunds", Refund.objects.select_related("requested_by", "decided_by"))
    found = Payment.objects.select_related("submission", "request")
    return found.prefetch_related(entries, refunds, "movements")


def _matches(wanted: Wanted) -> Q:
    """Every word in reference, number, name or service; or the amount as a whole."""
    if not wanted.text:
        return Q()
    by_words = Q()
    for word in wanted.text.split():
        by_words &= (
            Q(reference__icontains=word)
            | Q(submission__number__icontains=word)
            | Q(submission__applicant__icontains=word)
            | Q(submission__service_title__icontains=word)
        )
    return by_words | Q(amount=wanted.amount) if wanted.amount is not None else by_words
