"""Numbers of all towns in few statements: what is counted, and what is left out."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from billing.models import Payment
from billing.states import PaymentState
from operations import queries
from operations.queries import Figures, figures_of, total
from submissions.models import Submission
from submissions.states import State
from tenants.context import as_owner, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.people import BERLIN, MONDAY, make_anna, make_citizen


def figures(town: Town, now: datetime = MONDAY) -> Figures:
    return figures_of([town], now=now)[town.schema_name]


def pay(submission: Submission, state: PaymentState, paid_at: datetime | None, amount: str = "5.00") -> None:
    Payment.objects.create(
        submission=submission,
        reference=str(uuid4()),
        amount=Decimal(amount),
        state=state,
        account="acct_x",
        created_at=MONDAY,
        paid_at=paid_at,
    )


def test_a_new_town_has_only_its_services(blomberg: Town) -> None:
    assert figures(blomberg) == Figures(online=2)


def test_submissions_count_once_they_have_arrived(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        make_submission(anna)
        make_submission(anna, paid=True)  # waits for its payment
        make_submission(anna, paid=True, state=State.SUPERSEDED)

    assert (figures(lage).received, figures(lage).received_lately, figures(lage).open_cases) == (1, 1, 1)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (State.RECEIVED, 1),
        (State.IN_REVIEW, 1),
        (State.NEEDS_INFO, 1),
        (State.DECIDED, 1),
        (State.CLOSED, 0),
        (State.WITHDRAWN, 0),
    ],
)
def test_a_case_is_open_until_it_is_closed(lage: Town, state: State, is_open: int) -> None:
    with in_town(lage):
        make_submission(make_anna(), state=state, received_at=MONDAY)

    assert (figures(lage).received, figures(lage).open_cases) == (1, is_open)


def test_lately_means_thirty_days(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        for days in (0, 29, 31):
            make_submission(anna, state=State.CLOSED, received_at=MONDAY - timedelta(days=days))

    assert (figures(lage).received, figures(lage).received_lately) == (3, 2)


def test_payments_are_those_of_this_month_that_arrived(lage: Town) -> None:
    first = datetime(2026, 11, 1, 0, 0, tzinfo=BERLIN)
    with in_town(lage):
        anna = make_anna()
        for state, paid_at, amount in (
            (PaymentState.PAID, MONDAY, "5.00"),
            (PaymentState.PAID, first, "7.50"),
            (PaymentState.PAID, first - timedelta(seconds=1), "9.00"),
            (PaymentState.REFUND_DUE, MONDAY, "11.00"),
            (PaymentState.STARTED, None, "13.00"),
        ):
            pay(make_submission(anna, paid=True), state, paid_at, amount)

    assert (figures(lage).paid, figures(lage).paid_sum) == (2, Decimal("12.50"))


def test_each_town_has_its_own_figures_and_together_they_add_up(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        make_submission(make_anna())
    with in_town(detmold):
        for name in ("a", "b"):
            make_submission(make_citizen(name, "A", "B"))

    found = figures_of([lage, detmold], now=MONDAY)

    assert {name: one.received for name, one in found.items()} == {"lage": 1, "detmold": 2}
    assert total(found.values()).received == 3
    assert total([]) == Figures()


def test_a_hundred_towns_cost_one_statement(
    lage: Town, detmold: Town, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    connection.ensure_connection()
    figures_of([lage], now=MONDAY)
    with django_assert_num_queries(4):  # with the savepoint around it, and which forms there are
        figures_of([lage, detmold] * 50, now=MONDAY)
    monkeypatch.setattr(queries, "AT_ONCE", 1)
    with django_assert_num_queries(7):
        figures_of([lage, detmold], now=MONDAY)


def test_a_town_that_cannot_be_read_does_not_hide_the_others(
    lage: Town, detmold: Town, blomberg: Town, caplog: pytest.LogCaptureFixture
) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE detmold.billing_payment RENAME TO billing_payment_half_upgraded")

    found = figures_of([lage, detmold, blomberg], now=MONDAY)

    assert set(found) == {"lage", "blomberg"}
    assert "figures of detmold cannot be read" in caplog.text
