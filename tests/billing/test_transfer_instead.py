"""Somebody changes her mind between the provider's page and a transfer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import jobs
from billing.actions import PaymentRefused
from billing.models import Movement, Payment, Refund
from billing.states import PaymentState, RefundReason
from tenants.models import Town
from tests.bank.conftest import announce, bring, line, switch_on
from tests.billing.conftest import Provider
from tests.billing.paying import order_tag, pay, start
from tests.factories import make_payable
from tests.jobs import run_jobs
from tests.people import make_karin


@pytest.fixture(autouse=True)
def both(in_lage: Town) -> None:
    """The town can be paid in both ways."""
    make_payable()
    switch_on()


def test_choosing_a_transfer_closes_the_providers_page(provider: Provider) -> None:
    order = order_tag()
    page = start(order)

    transfer = announce(order)

    page.refresh_from_db()
    assert (page.state, transfer.state) == (PaymentState.CANCELLED, PaymentState.STARTED)
    assert provider.pay(page.session_url) == ""


def test_whoever_has_paid_online_is_not_told_to_transfer(provider: Provider) -> None:
    order = order_tag()
    provider.pay(start(order).session_url)

    with pytest.raises(PaymentRefused, match="wird gerade geprüft"):
        announce(order)

    assert Payment.objects.get().state == PaymentState.PAID


def test_paying_online_after_all_gives_up_the_transfer_and_its_money_goes_back(provider: Provider) -> None:
    order = order_tag()
    transfer = announce(order)
    paid = pay(provider, order)

    bring([line("5.00", transfer.reference)], make_karin())

    transfer.refresh_from_db()
    assert paid.state == PaymentState.PAID
    assert (transfer.state, transfer.is_surplus) == (PaymentState.REFUND_REQUESTED, True)
    assert (Refund.objects.get().reason, Refund.objects.get().payment) == (RefundReason.SURPLUS, transfer)
    assert sum(one.amount for one in Movement.objects.all()) == Decimal("10.00")


def test_the_nightly_questions_leave_transfers_alone(provider: Provider) -> None:
    transfer = announce(order_tag())
    Payment.objects.update(created_at=timezone.now() - timedelta(days=2))

    jobs.settle_open_payments.queue()
    run_jobs()

    transfer.refresh_from_db()
    assert transfer.state == PaymentState.STARTED
