"""Every cent that moved stands on exactly one daily statement; the statements have no gap and never change."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from billing import closing, jobs
from billing.closing import close_days
from billing.models import DailyStatement, Movement, Payment, StatementPost
from billing.states import MovementKind, PaymentState
from catalogue.fees import FeeLine
from tenants.context import as_owner, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.jobs import run_jobs
from tests.people import MONDAY, make_anna
from tests.threads import at_once
from townhall.models import BudgetLine

DAY = timedelta(days=1)
MORNING = (MONDAY + DAY).replace(hour=0, minute=5)

Move = Callable[..., Movement]


@pytest.fixture
def paid(in_lage: Town) -> Payment:
    """Anna has paid a fee of 16 euros."""
    return make_paid(FeeLine("Jahresfischereischein", Decimal(1), Decimal(16), Decimal("16.00"), "fischerei.jahr"))


def make_paid(*lines: FeeLine, now: datetime = MONDAY) -> Payment:
    total = sum((line.amount for line in lines), Decimal("0.00"))
    submission = make_submission(
        make_anna(), paid=True, now=now, fee_lines=[line.plain() for line in lines], fee_total=total
    )
    payment = Payment.objects.create(
        submission=submission,
        reference=f"{submission.number}-1",
        amount=total,
        state=PaymentState.PAID,
        account="acct_probe_lage",
        method="card",
        created_at=now,
        paid_at=now,
    )
    move(payment, total, at=now)
    return payment


def move(
    payment: Payment | None, amount: Decimal | str, kind: MovementKind = MovementKind.PAYMENT, at: datetime = MONDAY
) -> Movement:
    return Movement.objects.create(
        payment=payment,
        provider="stripe",
        account="acct_probe_lage",
        kind=kind,
        source=f"x_{uuid4()}",
        amount=Decimal(amount),
        at=at,
    )


def told() -> list[tuple[date, str, str, str]]:
    found = DailyStatement.objects.order_by("day")
    return [(one.day, one.name, str(one.opening), str(one.closing)) for one in found]


def booked(statement: DailyStatement) -> list[tuple[str, str, str]]:
    return [(post.label, post.budget_line, str(post.amount)) for post in statement.posts.all()]


# --- Days ----------------------------------------------------------------------------------------------------


def test_a_day_is_closed_once_it_is_over_in_germany(paid: Payment) -> None:
    assert close_days(now=MONDAY.replace(hour=23, minute=59)) == []

    close_days(now=MORNING)

    assert told() == [(MONDAY.date(), "1/2026", "0.00", "16.00")]


def test_missed_days_are_made_up_for_each_with_its_own(paid: Payment) -> None:
    move(paid, "-4.00", MovementKind.REFUND, at=MONDAY + 2 * DAY)

    close_days(now=MORNING + 3 * DAY)

    assert [(name, opening, closing) for _day, name, opening, closing in told()] == [
        ("1/2026", "0.00", "16.00"),
        ("2/2026", "16.00", "16.00"),
        ("3/2026", "16.00", "12.00"),
        ("4/2026", "12.00", "12.00"),
    ]


def test_a_new_year_counts_from_one_and_keeps_the_balance(in_lage: Town) -> None:
    make_paid(FeeLine("x", Decimal(1), Decimal(5), Decimal("5.00"), "x"), now=MONDAY.replace(month=12, day=30))

    close_days(now=MONDAY.replace(year=2027, month=1, day=3))

    assert [(name, opening) for _day, name, opening, _closing in told()] == [
        ("1/2026", "0.00"),
        ("2/2026", "5.00"),
        ("1/2027", "5.00"),
        ("2/2027", "5.00"),
    ]


def test_a_town_in_which_no_money_has_moved_has_no_statements(in_lage: Town) -> None:
    assert close_days(now=MORNING) == []


def test_what_is_learnt_of_late_comes_on_the_next_statement(paid: Payment) -> None:
    close_days(now=MORNING)
    late = move(paid, "-0.25", MovementKind.FEE, at=MONDAY)

    (statement,) = close_days(now=MORNING + DAY)

    assert [post.movement for post in statement.posts.all()] == [late]
    assert (statement.opening, statement.closing) == (Decimal("16.00"), Decimal("15.75"))


def test_closing_twice_changes_nothing(paid: Payment) -> None:
    close_days(now=MORNING)
    before = told()

    assert close_days(now=MORNING) == []

    assert told() == before


def test_the_job_of_the_night_closes_all_days_until_yesterday(paid: Payment) -> None:
    jobs.close_days.queue()
    run_jobs()

    assert DailyStatement.objects.earliest("day").day == MONDAY.date()
    assert DailyStatement.objects.latest("day").day == timezone.localdate() - DAY


def test_a_payment_on_a_statement_is_booked_also_if_the_worker_died_before_that(
    paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(closing, "_book", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            close_days(now=MORNING)

    close_days(now=MORNING)

    paid.refresh_from_db()
    assert paid.state == PaymentState.BOOKED
    assert paid.entries.get().reason == "Im Tagesabschluss 1/2026"


# --- At once, and crashes --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_workers_who_close_at_once_leave_no_gap_and_nothing_twice(lage: Town) -> None:
    with in_town(lage):
        payment = make_paid(FeeLine("x", Decimal(1), Decimal(5), Decimal("5.00"), "x"))
        for days in range(6):
            move(payment, "-0.10", MovementKind.REFUND, at=MONDAY + days * DAY)

    def close() -> int:
        with in_town(lage):
            return len(close_days(now=MORNING + 5 * DAY))

    made = at_once(6, close)

    assert sum(one for one in made if isinstance(one, int)) == 6
    assert [one for one in made if isinstance(one, Exception)] == []
    with in_town(lage):
        assert [name for _day, name, *_rest in told()] == [f"{number}/2026" for number in range(1, 7)]
        assert StatementPost.objects.count() == 7
        assert DailyStatement.objects.latest("day").closing == Decimal("4.40")


@pytest.mark.django_db(transaction=True)
def test_a_crash_in_between_leaves_no_gap(lage: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_town(lage):
        make_paid(FeeLine("x", Decimal(1), Decimal(5), Decimal("5.00"), "x"))
        with monkeypatch.context() as crashing:
            crashing.setattr(StatementPost.objects, "bulk_create", lambda *_a, **_k: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                close_days(now=MORNING + DAY)
        assert told() == []

        close_days(now=MORNING + DAY)

        assert [name for _day, name, *_rest in told()] == ["1/2026", "2/2026"]


# --- For ever --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: DailyStatement.objects.update(number=9),
        lambda: DailyStatement.objects.all()._raw_delete("default"),
        lambda: StatementPost.objects.update(budget_line="1"),
        lambda: StatementPost.objects.all().delete(),
    ],
)
def test_the_database_refuses_to_change_a_statement(paid: Payment, change: Callable[[], Any]) -> None:
    close_days(now=MORNING)

    with pytest.raises(DatabaseError, match="a daily statement never changes"), transaction.atomic():
        change()


def test_the_database_refuses_to_add_to_a_statement(paid: Payment) -> None:
    (statement,) = close_days(now=MORNING)
    late = move(paid, "1.00")

    with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
        StatementPost.objects.create(
            statement=statement, movement=late, part=0, at=late.at, kind=late.kind, amount=late.amount
        )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"number": 3}, "does not follow"),
        ({"opening": Decimal("1.00"), "closing": Decimal("1.00")}, "does not follow"),
        ({"day": MONDAY.date() + 2 * DAY}, "does not follow"),
        ({"day": MONDAY.date() - DAY}, "does not follow"),
        ({"year": 2027, "number": 1}, "does not follow"),
        ({"closing": Decimal("17.00")}, "do not add up"),
        ({"count": 1}, "do not add up"),
    ],
)
def test_the_database_refuses_a_statement_that_does_not_follow_or_add_up(
    paid: Payment, changes: dict[str, Any], why: str
) -> None:
    close_days(now=MORNING)
    right = {"day": MONDAY.date() + DAY, "year": 2026, "number": 2, "count": 0, "made_at": MORNING}
    right |= {"opening": Decimal("16.00"), "closing": Decimal("16.00")}

    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        create_and_look(**(right | changes))


def create_and_look(**values: Any) -> None:
    """Create a statement and let the database look at it now instead of when the transaction ends."""
    DailyStatement.objects.create(**values)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- Budget lines ------------------------------------------------------------------------------------------------


def test_a_fee_is_booked_by_line_and_a_levy_apart(in_lage: Town) -> None:
    BudgetLine.objects.create(
        key="fischerei.jahr",
        number="12.1",
        levy="Fischereiabgabe Land",
        levy_percent=Decimal(50),
        levy_number="99.9",
    )
    BudgetLine.objects.create(key="porto", number="11.7")
    make_paid(
        FeeLine("Jahresfischereischein", Decimal(1), Decimal(16), Decimal("16.00"), "fischerei.jahr"),
        FeeLine("Versand", Decimal(1), Decimal("2.50"), Decimal("2.50"), "porto"),
        FeeLine("Stempel", Decimal(1), Decimal("1.00"), Decimal("1.00"), "stempel"),
    )

    (statement,) = close_days(now=MORNING)

    assert booked(statement) == [
        ("Jahresfischereischein", "12.1", "8.00"),
        ("Fischereiabgabe Land", "99.9", "8.00"),
        ("Versand", "11.7", "2.50"),
        ("Stempel", "", "1.00"),
    ]


def test_a_levy_that_the_forms_rule_has_divided_is_not_divided_again(in_lage: Town) -> None:
    BudgetLine.objects.create(key="f", number="12.1", levy="Abgabe Land", levy_percent=Decimal(50), levy_number="99.9")
    make_paid(
        FeeLine("Gebühr Stadt", Decimal(1), Decimal(6), Decimal("6.00"), "f"),
        FeeLine("Abgabe Land", Decimal(1), Decimal(10), Decimal("10.00"), "f"),
    )

    (statement,) = close_days(now=MORNING)

    assert booked(statement) == [("Gebühr Stadt", "12.1", "6.00"), ("Abgabe Land", "99.9", "10.00")]


@pytest.mark.parametrize("pieces", [["16.00"], ["0.01"] * 3 + ["15.97"], ["5.33", "5.33", "5.34"], ["7.77", "8.23"]])
def test_when_all_goes_back_in_pieces_each_budget_line_gives_back_what_it_got(in_lage: Town, pieces: list[str]) -> None:
    lines = [FeeLine(name, Decimal(1), Decimal(cost), Decimal(cost), name) for name, cost in
             (("a", "5.35"), ("b", "5.33"), ("c", "5.32"))]  # fmt: skip
    for line in lines:
        BudgetLine.objects.create(key=line.key, number=f"1.{line.key}")
    payment = make_paid(*lines)
    for days, piece in enumerate(pieces):
        move(payment, f"-{piece}", MovementKind.REFUND, at=MONDAY + (days + 1) * DAY)

    close_days(now=MORNING + len(pieces) * DAY)

    left = {line: Decimal(0) for line in ("1.a", "1.b", "1.c")}
    for post in StatementPost.objects.all():
        left[post.budget_line] += post.amount
    assert set(left.values()) == {Decimal("0.00")}
    assert DailyStatement.objects.latest("day").closing == Decimal("0.00")


def test_what_is_between_town_and_provider_has_no_budget_line(paid: Payment) -> None:
    move(paid, "-0.49", MovementKind.FEE)
    move(None, "-15.51", MovementKind.PAYOUT)

    (statement,) = close_days(now=MORNING)

    assert booked(statement)[1:] == [("", "", "-0.49"), ("", "", "-15.51")]
    assert [post.kind for post in statement.posts.all()] == ["payment", "fee", "payout"]
    assert statement.closing == Decimal("0.00")
