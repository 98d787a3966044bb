"""Money that had arrived is taken back: by a dispute, or by a bank that changes its mind."""

import pytest
from django.utils import timezone

from accounts.models import User
from billing.models import Payment, PaymentRequest
from billing.refunding import RefundRefused, request_refund
from billing.states import PaymentState, RefundReason, RequestState
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS
from submissions.states import State
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import ask, let_provider_tell, moved, order_tag, pay
from tests.factories import make_payable
from tests.jobs import queued_jobs
from tests.pages import text_of
from tests.people import TownClient, make_karin


@pytest.fixture
def payment(in_lage: Town, provider: Provider) -> Payment:
    make_payable()
    return pay(provider, order_tag())


def dispute(provider: Provider, payment: Payment, **decided: bool) -> Payment:
    provider.probe(f"sessions/{payment.session_id}/dispute", **decided)
    let_provider_tell(provider)
    payment.refresh_from_db()
    return payment


def test_a_dispute_that_is_won_leaves_everything_paid(payment: Payment, provider: Provider) -> None:
    opened = dispute(provider, payment).state
    won = dispute(provider, payment, won=True)

    assert (opened, won.state) == (PaymentState.DISPUTED, PaymentState.WON)
    assert moved(payment) == [("payment", "5.00"), ("dispute", "-5.00"), ("dispute_won", "5.00")]
    assert not PaymentRequest.objects.exists()


def test_after_a_dispute_that_is_lost_the_fee_is_owed_again_and_can_be_paid(
    payment: Payment, provider: Provider, visitor: TownClient
) -> None:
    dispute(provider, payment, won=False)
    submission = payment.submission
    assert submission is not None
    assert submission.citizen is not None
    page = text_of(visitor.sign_in(submission.citizen).get(f"/meine-antraege/{submission.number}/"))
    owed = PaymentRequest.objects.get()
    again = pay(provider, submission, request=owed)

    payment.refresh_from_db()
    submission.refresh_from_db()
    owed.refresh_from_db()
    assert (payment.state, again.state, owed.state) == (
        PaymentState.CHARGED_BACK,
        PaymentState.PAID,
        RequestState.PAID,
    )
    assert submission.state == State.RECEIVED
    assert "Die Zahlung wurde zurückgebucht" in page
    assert "Gebühr noch einmal bezahlen: 5,00 €" in page
    assert queued_jobs().count("submissions.jobs.send_notice") >= 1


def test_a_debit_that_the_bank_returns_is_lost_at_once(in_lage: Town, provider: Provider) -> None:
    make_payable()
    waiting = pay(provider, order_tag(), "sepa_debit", iban=BANK_ACCOUNTS[2].number)
    provider.probe(f"sessions/{waiting.session_id}/settle", succeeded=True)

    let_provider_tell(provider)

    waiting.refresh_from_db()
    assert waiting.state == PaymentState.CHARGED_BACK
    assert moved(waiting) == [("payment", "5.00"), ("dispute", "-5.00")]
    assert PaymentRequest.objects.get().state == RequestState.OPEN


def test_a_debit_that_fails_after_it_was_paid_is_owed_again(in_lage: Town, provider: Provider) -> None:
    make_payable()
    waiting = pay(provider, order_tag(), "sepa_debit")
    provider.probe(f"sessions/{waiting.session_id}/settle", succeeded=True)
    paid = ask(waiting)
    provider.probe(f"sessions/{waiting.session_id}/fail_late")

    let_provider_tell(provider)

    before = paid.state
    paid.refresh_from_db()
    assert (before, paid.state) == (PaymentState.PAID, PaymentState.CHARGED_BACK)
    assert moved(paid) == [("payment", "5.00"), ("payment_returned", "-5.00")]
    assert PaymentRequest.objects.get().is_open


def test_hearing_of_it_again_changes_nothing(payment: Payment, provider: Provider) -> None:
    dispute(provider, payment, won=False)

    ask(ask(payment))

    assert moved(payment) == [("payment", "5.00"), ("dispute", "-5.00")]
    assert PaymentRequest.objects.count() == 1
    assert payment.submission is not None
    assert payment.submission.events.filter(title="Die Zahlung wurde zurückgebucht").count() == 1


def test_what_was_taken_back_cannot_be_refunded(payment: Payment, provider: Provider) -> None:
    karin: User = make_karin()
    dispute(provider, payment)

    with pytest.raises(RefundRefused, match="schon zurückgebucht"):
        request_refund(
            payment=payment, amount=payment.amount, reason=RefundReason.OTHER, note="", by=karin, now=timezone.now()
        )
