"""Every night ledger and provider are compared; each difference has a name."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from billing.comparing import clear_up, compare
from billing.models import Comparison, Difference, Movement, Payment
from billing.states import DifferenceKind, MovementKind, PaymentState
from config.local.stripe_stand_in.balance import fee_of
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import ask, order_tag, pay, start
from tests.factories import make_payable, make_submission
from tests.people import make_karin

FEE = Decimal(fee_of("card", 500)).scaleb(-2)


@pytest.fixture
def town(in_lage: Town, provider: Provider, settings: Any) -> Town:
    """Lage with an account at the provider that nobody has used before."""
    account = provider.new_account()
    make_payable(account)
    return in_lage


def run() -> Comparison:
    [made] = compare(now=timezone.now())
    return made


def test_what_agrees_has_the_same_sum_to_the_cent_with_fees(town: Town, provider: Provider) -> None:
    pay(provider, order_tag())

    made = run()

    assert (made.theirs, made.ours, made.differences) == (Decimal("5.00") - FEE, Decimal("5.00") - FEE, 0)
    assert list(Movement.objects.order_by("pk").values_list("kind", "amount")) == [
        ("payment", Decimal("5.00")),
        ("fee", -FEE),
    ]


def test_running_twice_books_nothing_twice(town: Town, provider: Provider) -> None:
    pay(provider, order_tag())

    first, second = run(), run()

    assert (first.ours, Movement.objects.count()) == (second.ours, 2)


def test_a_payment_that_nobody_told_us_of_is_found(town: Town, provider: Provider) -> None:
    payment = start(order_tag())
    provider.pay(payment.session_url)

    made = run()

    payment.refresh_from_db()
    assert (payment.state, made.differences, made.ours) == (PaymentState.PAID, 0, made.theirs)


def test_refunds_and_disputes_agree_too(town: Town, provider: Provider) -> None:
    refunded, disputed = (pay(provider, order) for order in two_orders())
    provider.probe(f"sessions/{refunded.session_id}/refund", amount=200)
    provider.probe(f"sessions/{disputed.session_id}/dispute", won=True)

    made = run()

    assert (made.differences, made.ours) == (0, made.theirs)
    refunded.refresh_from_db()
    disputed.refresh_from_db()
    assert (refunded.state, disputed.state) == (PaymentState.PARTIALLY_REFUNDED, PaymentState.WON)


def two_orders() -> list[Any]:
    first = order_tag()
    return [first, make_submission(first.citizen, paid=True)]


def test_a_payout_reconciles_the_payments_in_it(town: Town, provider: Provider) -> None:
    payment = pay(provider, order_tag())
    provider.probe(f"accounts/{payment.account}/pay_out")

    made = run()

    payment.refresh_from_db()
    assert (payment.state, made.theirs, made.ours) == (PaymentState.RECONCILED, Decimal(0), Decimal(0))
    assert Movement.objects.get(kind=MovementKind.PAYOUT).amount == -(Decimal("5.00") - FEE)


def test_money_of_which_we_know_nothing_is_named(town: Town, provider: Provider) -> None:
    stranger = pay(provider, order_tag())
    forget(stranger)

    made = run()

    difference = Difference.objects.get()
    assert (made.differences, difference.kind, difference.theirs) == (
        1,
        DifferenceKind.MISSING_HERE,
        Decimal("5.00"),
    )
    assert difference.source == stranger.charge_id


def forget(payment: Payment) -> None:
    """As if it had never been ours."""
    from tenants.context import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE billing_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE billing_movement DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM billing_ledgerentry")
        cursor.execute("DELETE FROM billing_movement")
        cursor.execute("ALTER TABLE billing_ledgerentry ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE billing_movement ENABLE TRIGGER USER")
        cursor.execute("DELETE FROM billing_payment WHERE id = %s", [payment.pk])


def test_what_the_provider_does_not_know_is_named_and_closed_when_it_does(town: Town, provider: Provider) -> None:
    payment = pay(provider, order_tag())
    yesterday = timezone.now() - timedelta(days=2)
    Movement.objects.create(
        payment=payment,
        provider="stripe",
        account=payment.account,
        kind=MovementKind.PAYMENT,
        source="ch_of_nobody",
        amount=Decimal("7.00"),
        at=yesterday,
    )

    first, second = run(), run()
    difference = Difference.objects.get()
    clear_up(difference=difference, by=make_karin(), now=timezone.now())

    difference.refresh_from_db()
    assert (first.differences, second.differences) == (1, 1)
    assert (difference.kind, difference.ours) == (DifferenceKind.MISSING_THERE, Decimal("7.00"))
    assert "steht bei uns, aber nicht beim Anbieter" in difference.text
    assert difference.resolved_by is not None


def test_another_amount_is_named(town: Town, provider: Provider) -> None:
    payment = start(order_tag())
    provider.pay(payment.session_url)
    charge = provider.charge_of(payment)
    Movement.objects.create(
        payment=payment,
        provider="stripe",
        account=payment.account,
        kind=MovementKind.PAYMENT,
        source=charge,
        amount=Decimal("4.00"),
        at=timezone.now(),
    )

    run()

    difference = Difference.objects.get()
    assert (difference.kind, difference.ours, difference.theirs) == (
        DifferenceKind.AMOUNT,
        Decimal("4.00"),
        Decimal("5.00"),
    )


def test_movements_are_only_added(town: Town, provider: Provider) -> None:
    ask(pay(provider, order_tag()))

    for statement in ("UPDATE billing_movement SET amount = 1", "DELETE FROM billing_movement"):
        with (
            pytest.raises(DatabaseError, match="only grows"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
