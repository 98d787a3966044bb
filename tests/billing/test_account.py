"""The town's account at the provider: what it can be paid with, that it may be disabled, and that it was tried out."""

from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from billing import jobs
from billing.actions import check_account, probe_state
from billing.models import Payment, PaymentAccount, Refund
from billing.states import PaymentState, RefundReason
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import let_provider_tell
from tests.factories import make_payable
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_astrid, make_bernd
from townhall.shopfront import shopfront

PAGE = "/rathaus/verwaltung/bezahlen/"
ACCOUNT = "acct_probe_lage"


@pytest.fixture
def astrid(in_lage: Town, provider: Provider) -> TownClient:
    make_payable()
    provider.probe(f"accounts/{ACCOUNT}/change")  # as it was opened
    provider.webhooks()
    return TownClient(in_lage).sign_in(make_astrid())


def disable(provider: Provider, **changes: Any) -> None:
    provider.probe(f"accounts/{ACCOUNT}/change", **changes)


def test_an_account_that_is_disabled_later_is_noticed_by_webhook(astrid: TownClient, provider: Provider) -> None:
    disable(provider, charges_enabled=False, disabled_reason="requirements.past_due")

    let_provider_tell(provider)
    run_jobs()

    account = PaymentAccount.objects.get()
    page = text_of(astrid.get(PAGE))
    assert (account.is_ready, account.disabled_reason) == (False, "requirements.past_due")
    assert shopfront().profile.payment_methods == []
    assert "gesperrt" in page
    assert "requirements.past_due" in page
    assert [one.to for one in mail.outbox if "Zahlungskonto" in one.subject] == [["astrid@rathaus.example"]]


def test_an_account_that_is_disabled_later_is_noticed_by_the_daily_check(
    astrid: TownClient, provider: Provider
) -> None:
    disable(provider, charges_enabled=False)

    jobs.check_account_daily.queue()
    run_jobs()
    disabled = shopfront().profile.payment_methods
    disable(provider)
    jobs.check_account_daily.queue()
    run_jobs()

    assert disabled == []
    assert shopfront().profile.payment_methods == ["Karte", "PayPal", "Lastschrift (SEPA)"]


def test_a_way_to_pay_that_was_switched_off_there_is_offered_no_more(astrid: TownClient, provider: Provider) -> None:
    disable(provider, inactive=["paypal_payments"])

    check_account(now=timezone.now())
    forced = astrid.post(PAGE, {"methods": ["paypal"]})

    assert PaymentAccount.objects.get().methods == ["card", "sepa_debit"]
    assert "PayPal" not in text_of(astrid.get(PAGE))
    assert forced.status_code == 422


def test_a_test_payment_shows_that_paying_works_and_goes_back(astrid: TownClient, provider: Provider) -> None:
    before = probe_state()
    address = astrid.post(f"{PAGE}probezahlung/")["Location"]
    under_way = probe_state()
    back = provider.pay(address)
    page = text_of(astrid.get("/" + back.split("/", 3)[3], follow=True))

    payment = Payment.objects.get()
    assert (before.is_done, under_way.is_done, under_way.is_under_way) == (False, False, True)
    assert probe_state().is_done
    assert "Die Probezahlung ist angekommen." in page
    assert (payment.state, str(payment.amount), payment.is_test) == (PaymentState.REFUND_REQUESTED, "0.50", True)
    assert Refund.objects.get().reason == RefundReason.TEST


def test_only_administrators_try_it_out(astrid: TownClient, lage: Town) -> None:
    bernd = TownClient(lage).sign_in(make_bernd())

    assert bernd.post(f"{PAGE}probezahlung/").status_code in (302, 403, 404)
    assert not Payment.objects.exists()


def test_another_town_sees_nothing_of_a_test(astrid: TownClient, provider: Provider, detmold: Town) -> None:
    from tenants.context import in_town

    astrid.post(f"{PAGE}probezahlung/")
    payment = Payment.objects.get()
    with in_town(detmold):
        other = TownClient(detmold).sign_in(make_astrid())

    assert other.get(f"{PAGE}probezahlung/{payment.pk}/").status_code == 404
