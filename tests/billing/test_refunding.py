"""Money goes back: one asks, another releases, the provider does it."""

from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Role, User
from billing import refunding
from billing.models import Payment, Refund
from billing.refunding import RefundRefused, decline_refund, made_by_hand, release_refund, request_refund
from billing.states import PaymentState, RefundReason, RefundState
from catalogue.content import Catalogue, Refunding
from config.local.stripe_stand_in.instruments import CARDS
from submissions import actions as submissions
from submissions.casework.actions import take
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import ask, history, let_provider_tell, moved, order_tag, pay, start
from tests.factories import make_payable
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_bernd, make_karin, make_staff

REFUND_FAILS = CARDS[5].number


@pytest.fixture
def karin(in_lage: Town) -> User:
    make_payable()
    return make_karin()


@pytest.fixture
def kurt() -> User:
    """A colleague in the cash office."""
    return make_staff("kurt", "Kurt", "Krause", Role.CASH_OFFICE)


@pytest.fixture
def payment(karin: User, provider: Provider) -> Payment:
    return pay(provider, order_tag())


def request(payment: Payment, by: User, amount: str = "5.00") -> Refund:
    return request_refund(
        payment=payment,
        amount=Decimal(amount),
        reason=RefundReason.DECISION,
        note="Abgelehnt",
        by=by,
        now=timezone.now(),
    )


def test_one_requests_another_releases_and_the_provider_gives_it_back(
    payment: Payment, karin: User, kurt: User, provider: Provider
) -> None:
    refund = request(payment, karin)
    release_refund(refund=refund, by=kurt, now=timezone.now())
    run_jobs()
    run_jobs()  # the mail

    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (payment.state, refund.state, refund.refund_id[:3]) == (PaymentState.REFUNDED, RefundState.DONE, "re_")
    assert moved(payment) == [("payment", "5.00"), ("refund", "-5.00")]
    assert [state for state, _reason in history(payment)] == [
        "created",
        "started",
        "paid",
        "paid",  # asked for, with the reason
        "refund_requested",
        "refund_requested",  # released
        "refund_approved",
        "refunded",
    ]
    assert any("Sie bekommen Geld zurück" in one.subject for one in mail.outbox)


def test_a_part_goes_back_and_later_the_rest(payment: Payment, karin: User, kurt: User, provider: Provider) -> None:
    for amount, state in (("2.00", PaymentState.PARTIALLY_REFUNDED), ("3.00", PaymentState.REFUNDED)):
        release_refund(refund=request(payment, karin, amount), by=kurt, now=timezone.now())
        run_jobs()
        payment.refresh_from_db()
        assert payment.state == state

    assert moved(payment) == [("payment", "5.00"), ("refund", "-2.00"), ("refund", "-3.00")]


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("0.00", "Der Betrag muss größer als 0 € sein."),
        ("-1.00", "Der Betrag muss größer als 0 € sein."),
        ("5.01", "Von dieser Zahlung lassen sich noch höchstens 5,00 € erstatten."),
        ("1.005", "Bitte höchstens zwei Stellen nach dem Komma."),
    ],
)
def test_an_amount_that_cannot_be_is_refused(payment: Payment, karin: User, amount: str, sentence: str) -> None:
    with pytest.raises(RefundRefused) as refusal:
        request(payment, karin, amount)

    assert str(refusal.value).replace("\xa0", " ") == sentence
    assert not Refund.objects.exists()


def test_two_requests_cannot_claim_more_than_was_paid(payment: Payment, karin: User) -> None:
    request(payment, karin, "3.00")

    with pytest.raises(RefundRefused, match="höchstens 2,00"):
        request(payment, karin, "3.00")


def test_nobody_releases_her_own_request(payment: Payment, karin: User, kurt: User) -> None:
    refund = request(payment, karin)

    with pytest.raises(RefundRefused, match="selbst beantragt"):
        release_refund(refund=refund, by=karin, now=timezone.now())
    with pytest.raises(IntegrityError, match="refund_released_by_a_second_person"):
        Refund.objects.filter(pk=refund.pk).update(decided_by=karin)


def test_only_the_cash_office_releases(payment: Payment, karin: User) -> None:
    refund = request(payment, karin)

    with pytest.raises(RefundRefused, match="nur die Kasse"):
        release_refund(refund=refund, by=make_bernd(), now=timezone.now())


def test_a_request_that_is_declined_leaves_the_payment_as_it_was(payment: Payment, karin: User, kurt: User) -> None:
    decline_refund(refund=request(payment, karin), why="Gebühr ist fällig", by=kurt, now=timezone.now())

    payment.refresh_from_db()
    assert (payment.state, payment.refundable) == (PaymentState.PAID, Decimal("5.00"))


def test_what_is_not_paid_cannot_go_back(karin: User, provider: Provider) -> None:
    with pytest.raises(RefundRefused, match="kein Geld angekommen"):
        request(start(order_tag()), karin)


def test_a_refund_that_the_provider_cannot_deliver_is_done_by_hand(karin: User, kurt: User, provider: Provider) -> None:
    payment = pay(provider, order_tag(), card_number=REFUND_FAILS)
    refund = request(payment, karin)
    release_refund(refund=refund, by=kurt, now=timezone.now())
    run_jobs()
    payment.refresh_from_db()
    in_between = payment.state
    provider.wait_until(lambda: ask(payment).state == PaymentState.REFUND_FAILED)

    made_by_hand(refund=refund, by=kurt, now=timezone.now())

    payment = ask(payment)
    assert in_between == PaymentState.REFUND_APPROVED
    assert payment.state == PaymentState.REFUNDED
    assert moved(payment) == [("payment", "5.00"), ("refund", "-5.00"), ("refund_returned", "5.00")]


def test_a_refund_is_made_once_although_the_answer_was_lost(
    payment: Payment, karin: User, kurt: User, provider: Provider
) -> None:
    refund = release_refund(refund=request(payment, karin), by=kurt, now=timezone.now())

    for _time in range(3):
        refunding.make_refund(refund=refund, now=timezone.now())

    assert moved(ask(payment)) == [("payment", "5.00"), ("refund", "-5.00")]


def test_what_was_refunded_at_the_provider_is_known_here(payment: Payment, provider: Provider) -> None:
    provider.probe(f"sessions/{payment.session_id}/refund", amount=200)

    let_provider_tell(provider)

    payment.refresh_from_db()
    refund = Refund.objects.get()
    assert (payment.state, refund.reason, refund.amount) == (
        PaymentState.PARTIALLY_REFUNDED,
        RefundReason.ELSEWHERE,
        Decimal("2.00"),
    )


# --- By rule -------------------------------------------------------------------------------------------------


def withdraw(payment: Payment) -> None:
    assert payment.submission is not None
    submissions.withdraw(submission=payment.submission, by=payment.submission.citizen, now=timezone.now())
    run_jobs()


def test_withdrawing_before_work_began_asks_for_the_money_back(payment: Payment) -> None:
    withdraw(payment)

    payment.refresh_from_db()
    refund = Refund.objects.get()
    assert (payment.state, refund.amount, refund.reason, refund.requested_by) == (
        PaymentState.REFUND_REQUESTED,
        Decimal("5.00"),
        RefundReason.WITHDRAWN,
        None,
    )


def test_withdrawing_after_work_began_gives_nothing_back_by_itself(payment: Payment) -> None:
    take(submission=payment.submission, by=make_bernd(), now=timezone.now())  # type: ignore[arg-type]  # it has one

    withdraw(payment)

    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("rule", "fixed", "given_back"),
    [(Refunding.NONE, None, []), (Refunding.AMOUNT, Decimal("2.50"), [Decimal("2.50")])],
)
def test_the_rule_of_the_service_says_how_much(
    payment: Payment,
    monkeypatch: pytest.MonkeyPatch,
    rule: Refunding,
    fixed: Decimal | None,
    given_back: list[Decimal],
) -> None:
    from townhall.shopfront import shopfront

    catalogue: Catalogue = shopfront().catalogue
    fee = catalogue.services["hundemarke-ersatz"].fee
    monkeypatch.setitem(fee.__dict__, "refund", rule)
    monkeypatch.setitem(fee.__dict__, "refund_amount", fixed)

    withdraw(payment)

    assert [refund.amount for refund in Refund.objects.all()] == given_back


# --- What the citizen sees -----------------------------------------------------------------------------------


def test_the_citizen_sees_amount_and_day_of_what_went_back(
    payment: Payment, karin: User, kurt: User, visitor: TownClient
) -> None:
    assert payment.submission is not None
    assert payment.submission.citizen is not None
    anna = visitor.sign_in(payment.submission.citizen)
    request(payment, karin, "2.00")
    before = text_of(anna.get(f"/meine-antraege/{payment.number}/"))
    release_refund(refund=Refund.objects.get(), by=kurt, now=timezone.now())
    run_jobs()

    after = text_of(anna.get(f"/meine-antraege/{payment.number}/"))
    pdf = anna.get(f"/zahlung/{payment.pk}/quittung.pdf")

    assert "Ob Sie 2,00 € zurückbekommen, prüft gerade die Kasse." in before
    assert "erstattet" in after
    assert pdf.content.startswith(b"%PDF-")
