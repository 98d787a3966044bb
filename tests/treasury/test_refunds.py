"""Money goes back when one person of the cash office asks for it and another one lets it go."""

from decimal import Decimal

import pytest

from accounts.models import Role
from billing.models import Payment, Refund
from billing.states import PaymentState, RefundReason, RefundState
from tenants.models import Town
from tests.desk import errors_of
from tests.jobs import queued_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff
from tests.treasury.conftest import MakePayment

LIST = "/rathaus/kasse/erstattungen/"


@pytest.fixture
def karl(lage: Town, in_lage: Town) -> TownClient:
    """Karl, Karin's colleague at the cash office."""
    return TownClient(lage).sign_in(make_staff("karl", "Karl", "Kassel", Role.CASH_OFFICE))


@pytest.fixture
def paid(make_payment: MakePayment) -> Payment:
    return make_payment(intent_id="pi_4711")


def ask_for(client: TownClient, payment: Payment, amount: str = "2,00", reason: str = "other") -> object:
    address = f"/rathaus/kasse/{payment.reference}/erstatten/"
    return client.post(address, {"amount": amount, "reason": reason, "note": "Kulanz"})


def test_karin_asks_and_karl_lets_it_go(karin: TownClient, karl: TownClient, paid: Payment) -> None:
    ask_for(karin, paid)
    refund = Refund.objects.get()
    assert (refund.amount, refund.state) == (Decimal("2.00"), RefundState.REQUESTED)
    assert "2,00 € an Anna Schröder" in text_of(karl.get(LIST))

    karl.post(f"{LIST}{refund.pk}/freigeben/")

    refund.refresh_from_db()
    assert refund.state == RefundState.APPROVED
    assert "billing.jobs.make_refund" in queued_jobs()


def test_karin_cannot_let_go_what_she_has_asked_for(karin: TownClient, paid: Payment) -> None:
    ask_for(karin, paid)
    refund = Refund.objects.get()

    page = karin.post(f"{LIST}{refund.pk}/freigeben/", follow=True)

    assert "Sie haben diese Erstattung selbst beantragt." in text_of(page)
    assert "/freigeben/" not in page.content.decode()
    refund.refresh_from_db()
    assert refund.state == RefundState.REQUESTED


def test_karl_declines_and_says_why(karin: TownClient, karl: TownClient, paid: Payment) -> None:
    ask_for(karin, paid)
    refund = Refund.objects.get()

    silent = karl.post(f"{LIST}{refund.pk}/ablehnen/", {"why": ""})
    assert silent.status_code == 422
    assert errors_of(silent) == ["Schreiben Sie, warum das Geld nicht zurückgeht."]
    karl.post(f"{LIST}{refund.pk}/ablehnen/", {"why": "Schon erstattet"})

    refund.refresh_from_db()
    assert (refund.state, refund.problem) == (RefundState.DECLINED, "Schon erstattet")


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("", "Geben Sie ein, wie viel zurückgehen soll, zum Beispiel 5,00."),
        ("viel", "Geben Sie den Betrag mit Komma ein, zum Beispiel 5,00."),
        ("0", "Der Betrag muss größer als 0 € sein."),
        ("-1", "Der Betrag muss größer als 0 € sein."),
        ("5,01", "Von dieser Zahlung lassen sich noch höchstens 5,00 € erstatten."),
        ("99999999999", "Von dieser Zahlung lassen sich noch höchstens 5,00 € erstatten."),
    ],
)
def test_an_amount_that_cannot_go_back_is_explained(
    karin: TownClient, paid: Payment, amount: str, sentence: str
) -> None:
    page = ask_for(karin, paid, amount)

    assert page.status_code == 422  # type: ignore[attr-defined]
    shown = text_of(page).replace("\xa0", " ")
    assert sentence in shown
    assert Refund.objects.count() == 0


def test_what_has_not_arrived_cannot_go_back(karin: TownClient, make_payment: MakePayment) -> None:
    payment = make_payment(PaymentState.STARTED)

    assert "Geld zurückgeben" not in text_of(karin.get(f"/rathaus/kasse/{payment.reference}/"))
    assert "Hier ist kein Geld angekommen" in text_of(ask_for(karin, payment, "1,00"))


def test_what_the_provider_could_not_deliver_is_transferred_by_hand(karin: TownClient, paid: Payment) -> None:
    refund = Refund.objects.create(
        payment=paid,
        amount=Decimal("5.00"),
        reason=RefundReason.SURPLUS,
        state=RefundState.FAILED,
        problem="Der Anbieter konnte das Geld nicht zustellen.",
        requested_at=MONDAY,
    )
    Payment.objects.filter(pk=paid.pk).update(state=PaymentState.REFUND_FAILED)
    assert "Von Hand zu überweisen" in text_of(karin.get(LIST))

    karin.post(f"{LIST}{refund.pk}/ueberwiesen/")

    refund.refresh_from_db()
    assert refund.state == RefundState.DONE
    assert "Nichts zu erstatten" in text_of(karin.get(LIST))
