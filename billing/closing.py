"""Closing the days: every movement comes to stand on exactly one daily statement, which is then for ever.

A statement takes what has moved until the end of its day and stands on none before: what was learnt of late comes on
the next one, with its own time. So no statement is ever put right, and the balance runs on from each to the next.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import settling
from billing.models import DailyStatement, Movement, Payment, StatementPost
from billing.states import MovementKind, PaymentState
from catalogue.fees import FeeLine, round_to_cents
from townhall.fees import Booking, bookings

logger = logging.getLogger(__name__)

NOTHING = Decimal("0.00")
POSTS_AT_ONCE = 1000


def close_days(*, now: datetime) -> list[DailyStatement]:
    """Close every day that is over and not closed yet, each in its own transaction. Does nothing the second time."""
    made = []
    while statement := _close_next(now=now):
        made.append(statement)
    _book()
    return made


@transaction.atomic
def _close_next(*, now: datetime) -> DailyStatement | None:
    """The statement of the first day that has none; None if that is not over yet, or no money has ever moved."""
    _alone()
    last = DailyStatement.objects.order_by("-day").first()
    day = last.day + timedelta(days=1) if last else _first_day()
    if day is None or day >= timezone.localdate(now):
        return None
    opening = last.closing if last else NOTHING
    posts = list(_posts(until=_end_of(day)))
    statement = DailyStatement.objects.create(
        day=day,
        year=day.year,
        number=last.number + 1 if last and last.year == day.year else 1,
        opening=opening,
        closing=opening + sum((post.amount for post in posts), NOTHING),
        count=len(posts),
        made_at=now,
    )
    for post in posts:
        post.statement = statement
    StatementPost.objects.bulk_create(posts, batch_size=POSTS_AT_ONCE)
    logger.info("daily statement %s with %s posts", statement.name, statement.count)
    return statement


def _alone() -> None:
    """Whoever else closes a day of this town waits until this transaction has ended, and then sees what it did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stadttor.daily_statement'), hashtext(current_schema()))")


def _first_day() -> date | None:
    first = Movement.objects.aggregate(first=Min("at"))["first"]
    return timezone.localdate(first) if first else None


def _end_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


# --- Posts -------------------------------------------------------------------------------------------------


def _posts(*, until: datetime) -> Iterator[StatementPost]:
    """What has moved before that moment and stands on no statement, divided by budget line."""
    waiting = Movement.objects.filter(posts=None, at__lt=until).order_by("at", "pk")
    movements = list(waiting.select_related("payment__submission", "payment__request"))
    payments = {movement.payment for movement in movements if movement.payment}
    stated = _stated(payments)
    booked_where = bookings()
    for movement in movements:
        if movement.payment is None or movement.kind not in OF_FEES:
            yield _post(movement, 0, _Part("", "", movement.amount))
            continue
        before = stated[movement.payment_id]
        stated[movement.payment_id] = after = before + movement.amount
        parts = _divided(movement.payment, before, after, booked_where)
        for number, part in enumerate(parts):
            yield _post(movement, number, part)


# What changes how much of a fee the town has. Everything else is between the town and its provider.
OF_FEES = frozenset(set(MovementKind) - {MovementKind.FEE, MovementKind.PAYOUT, MovementKind.PAYOUT_RETURNED})


def _stated(payments: Iterable[Payment]) -> defaultdict[object, Decimal]:
    """How much of each payment (EUR) stands on statements already: what came less what went back."""
    sums = (
        StatementPost.objects.filter(movement__payment__in=payments, kind__in=OF_FEES)
        .order_by()
        .values_list("movement__payment")
        .annotate(Sum("amount"))
    )
    return defaultdict(lambda: NOTHING, sums)


@dataclass(frozen=True)
class _Part:
    label: str
    budget_line: str
    amount: Decimal


def _divided(payment: Payment, before: Decimal, after: Decimal, booked_where: Mapping[str, Booking]) -> list[_Part]:
    """What each budget line gets, or gives back, when the town has `after` of a fee instead of `before` (EUR).

    Only the two decide: so when all goes back, in however many pieces, each line gives back what it got.
    """
    shares = _shares(payment.fee.lines, booked_where)
    had, has = _of_each(shares, before), _of_each(shares, after)
    parts = [
        _Part(share.label, share.budget_line, new - old)
        for share, old, new in zip(shares, had, has, strict=True)
        if new != old
    ]
    return parts or [_Part(shares[0].label, shares[0].budget_line, after - before)]


def _shares(lines: Iterable[FeeLine], booked_where: Mapping[str, Booking]) -> list[_Part]:
    """The lines of a fee with where they are booked; a line of which a part is a levy is two."""
    lines = [line for line in lines if line.amount > 0]
    labels = {(line.key, line.label) for line in lines}
    shares = []
    for line in lines:
        where = booked_where.get(line.key, Booking(""))
        if where.levy and line.label == where.levy:
            shares.append(_Part(line.label, where.levy_number, line.amount))
        elif where.levy and (line.key, where.levy) not in labels:  # the form's rule has not divided it
            levy = round_to_cents(line.amount * where.levy_percent / 100)
            shares.append(_Part(line.label, where.number, line.amount - levy))
            shares.append(_Part(where.levy, where.levy_number, levy))
        else:
            shares.append(_Part(line.label, where.number, line.amount))
    return shares or [_Part("", "", Decimal(1))]


def _of_each(shares: list[_Part], amount: Decimal) -> list[Decimal]:
    """An amount divided as the shares are, without losing a cent."""
    whole = sum((share.amount for share in shares), NOTHING)
    found, given, until = [], NOTHING, NOTHING
    for share in shares:
        until += share.amount
        upto = round_to_cents(amount * until / whole)
        found.append(upto - given)
        given = upto
    return found


def _post(movement: Movement, number: int, part: _Part) -> StatementPost:
    payment = movement.payment
    submission = payment.submission if payment else None
    return StatementPost(
        movement=movement,
        part=number,
        at=movement.at,
        kind=movement.kind,
        reference=payment.reference if payment else "",
        service_key=submission.service_key if submission else "",
        service=submission.service_title if submission else payment.title if payment else "",
        method=payment.method if payment else "",
        label=part.label[:200],
        budget_line=part.budget_line,
        amount=part.amount,
    )


# --- Payments ----------------------------------------------------------------------------------------------


def _book() -> None:
    """Payments that stand on a statement are booked. Also those of a run that was killed before it came to it."""
    stated = StatementPost.objects.filter(kind=MovementKind.PAYMENT, part=0, movement__payment__state=PaymentState.PAID)
    for post in stated.select_related("statement", "movement__payment"):
        _book_one(post)


@transaction.atomic
def _book_one(post: StatementPost) -> None:
    assert post.movement.payment is not None
    current = settling.locked(post.movement.payment)
    if current.state == PaymentState.PAID:
        reason = _("Im Tagesabschluss %(name)s") % {"name": post.statement.name}
        settling.move(current, PaymentState.BOOKED, source="rule", reason=reason, now=post.statement.made_at)
