"""Towns that are paid through a payment service which speaks XBezahldienste, beside or instead of Stripe."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import requests
from django.utils import timezone

from accounts.models import Role
from billing import actions, refunding
from billing.access import access_of, unseal
from billing.models import Difference, LedgerEntry, Movement, Payment, PaymentAccount, Refund, ServiceAccess
from billing.providers import XBEZAHLDIENSTE
from billing.providers.contract import Order, OrderLine, ProviderRefused, ProviderUnreachable, Standing
from billing.providers.xbezahldienste import Access, services
from billing.states import MovementKind, PaymentState, RefundReason, RefundState
from config.local import payment_service
from config.local.payment_service import CLIENT_ID, CLIENT_SECRET
from config.local.stack import Stack
from submissions.states import State
from tenants.models import Town, TownState
from tests.billing.paying import ask, order_tag, start
from tests.factories import make_amount, make_submission
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_astrid, make_bernd, make_karin, make_staff
from townhall.models import BudgetLine

PAGE = "/rathaus/verwaltung/bezahlen/"
ENTERED = {
    "service": "probe",
    "originator": "lage",
    "endpoint": "kasse",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "booking": "haushaltsstelle = {Buchungsstelle}\nkassenzeichen = {Kassenzeichen}\nsachbuch = 12",
}


@pytest.fixture
def service(payment_stack: Stack, settings: Any) -> Access:
    """A payment service to which Lage may get in."""
    settings.XBEZAHLDIENSTE = [payment_service.entry(payment_stack.environment["STRIPE_API_BASE"])]
    booking = {"haushaltsstelle": "{Buchungsstelle}", "kassenzeichen": "{Kassenzeichen}"}
    return Access(services()["probe"], "lage", "kasse", CLIENT_ID, CLIENT_SECRET, booking)


@pytest.fixture
def town_with_service(in_lage: Town, service: Access) -> Town:
    """Lage is paid through it."""
    make_amount("hundemarke.ersatz", "5.00")
    actions.connect_service(access=service, methods=["card"])
    return in_lage


@pytest.fixture
def administrator(visitor: TownClient, in_lage: Town) -> TownClient:
    return visitor.sign_in(make_astrid())


def on_page(payment: Payment, action: str = "pay", method: str = "CREDITCARD") -> str:
    """What the person does on the service's page; returns where it sends her."""
    sent = {"action": action, "method": method}
    answer = requests.post(payment.session_url, sent, allow_redirects=False, timeout=30)
    return answer.headers["Location"]


def told(payment: Payment) -> list[str]:
    return [entry.reason for entry in LedgerEntry.objects.filter(payment=payment).order_by("pk")]


# --- Paying ------------------------------------------------------------------------------------------------


def test_who_has_paid_there_has_handed_in(town_with_service: Town) -> None:
    submission = order_tag()

    payment = start(submission)
    back = on_page(payment, method="PAYPAL")
    payment = ask(payment)

    submission.refresh_from_db()
    assert back == f"http://lage.localhost:8000/zahlung/{payment.pk}/zurueck/"
    assert (payment.state, payment.method, submission.state) == (PaymentState.PAID, "paypal", State.RECEIVED)
    (movement,) = Movement.objects.all()
    assert (movement.kind, movement.amount, movement.provider) == (
        MovementKind.PAYMENT,
        Decimal("5.00"),
        "xbezahldienste",
    )


def test_the_way_back_proves_nothing(town_with_service: Town, visitor: TownClient) -> None:
    submission = order_tag()
    payment = start(submission)

    page = visitor.get(f"/zahlung/{payment.pk}/zurueck/")

    payment.refresh_from_db()
    submission.refresh_from_db()
    assert (payment.state, submission.state) == (PaymentState.STARTED, State.AWAITING_PAYMENT)
    assert "Die Zahlung hat nicht geklappt" not in text_of(page)


def test_who_comes_back_without_having_paid_finds_her_answers(town_with_service: Town, visitor: TownClient) -> None:
    payment = start(order_tag())
    on_page(payment, "cancel")

    visitor.sign_in(payment.submission.citizen)  # type: ignore[union-attr,arg-type]
    page = visitor.get(f"/zahlung/{payment.pk}/zurueck/", follow=True)

    assert "es wurde nichts abgebucht. Ihre Angaben sind gespeichert." in text_of(page)
    assert "Ersatz-Hundemarke" in text_of(page)


@pytest.mark.parametrize(("action", "state"), [("cancel", PaymentState.CANCELLED), ("fail", PaymentState.FAILED)])
def test_who_breaks_off_or_is_refused_can_pay_again(town_with_service: Town, action: str, state: PaymentState) -> None:
    submission = order_tag()
    first = start(submission)
    on_page(first, action)

    first = ask(first)
    second = start(submission)
    on_page(second)
    second = ask(second)

    assert first.state == state
    assert (second.state, second.pk == first.pk) == (PaymentState.PAID, False)


def test_pressing_twice_begins_nothing_twice(town_with_service: Town) -> None:
    submission = order_tag()

    first, second = start(submission), start(submission)

    assert (first.pk, first.session_url) == (second.pk, second.session_url)


def test_the_same_order_again_is_the_same_transaction_and_another_one_is_refused(
    town_with_service: Town, service: Access
) -> None:
    order = Order(
        reference="LAGE-2026-000001-1",
        lines=(OrderLine("Ersatz-Hundemarke", Decimal("5.00")), OrderLine("Versand", Decimal("0.85"))),
        methods=("card",),
        success_url="http://lage.localhost/zurueck/",
        cancel_url="http://lage.localhost/abgebrochen/",
        expires_at=timezone.now(),
        town="lage",
        account="probe:lage/kasse",
        idempotency_key="lage-4711",
    )

    first, again = XBEZAHLDIENSTE.start(order), XBEZAHLDIENSTE.start(order)

    assert (first.attempt, first.standing, first.amount) == (again.attempt, Standing.OPEN, Decimal("5.85"))
    with pytest.raises(ProviderRefused, match="PAYMENT_EXISTS"):
        XBEZAHLDIENSTE.start(replace(order, lines=(OrderLine("Ersatz-Hundemarke", Decimal("6.00")),)))


def test_each_line_says_where_it_is_booked_and_nothing_says_who_pays(
    town_with_service: Town, recorded: "Recorded"
) -> None:
    BudgetLine.objects.create(key="hundemarke.ersatz", number="1.2200.1000")
    submission = order_tag()
    recorded.answers(
        lambda _body: {"transactionId": "t1", "status": "INITIAL", "transactionRedirectUrl": recorded.pages}
    )

    payment = start(submission)

    (sent,) = recorded.bodies
    (item,) = sent["items"]
    assert (sent["grosAmount"], sent["currency"], sent["purpose"]) == (5.0, "EUR", payment.reference)
    assert item["bookingData"] == {"haushaltsstelle": "1.2200.1000", "kassenzeichen": payment.reference}
    assert "Schröder" not in json.dumps(sent, ensure_ascii=False)
    assert submission.email not in json.dumps(sent)


def test_a_service_that_does_not_repeat_the_order_is_understood_too(
    town_with_service: Town, recorded: "Recorded"
) -> None:
    recorded.answers(
        lambda _body: {"transactionId": "t1", "status": "INITIAL", "transactionRedirectUrl": recorded.pages}
    )
    payment = start(order_tag())
    recorded.answers(lambda _body: {"transactionId": "t1", "status": "PAYED", "paymentMethod": "OTHER"})

    payment = ask(payment)

    assert (payment.state, payment.method_label) == (PaymentState.PAID, "andere Zahlart")


def test_another_amount_than_ours_books_nothing_and_is_named(town_with_service: Town, recorded: "Recorded") -> None:
    about = {"transactionId": "t1", "transactionRedirectUrl": recorded.pages}
    recorded.answers(lambda body: {"paymentInformation": about | {"status": "INITIAL"}, "paymentRequest": body})
    payment = start(order_tag())
    less = {"grosAmount": 0.05, "currency": "EUR", "purpose": payment.reference}
    recorded.answers(lambda _body: {"paymentInformation": about | {"status": "PAYED"}, "paymentRequest": less})

    payment = ask(payment)

    assert (payment.state, Movement.objects.count()) == (PaymentState.UNKNOWN, 0)
    assert Difference.objects.get().theirs == Decimal("0.05")


def test_a_page_elsewhere_is_not_opened(town_with_service: Town, recorded: "Recorded") -> None:
    elsewhere = "https://bezahlen.example/betrug"
    recorded.answers(lambda _body: {"transactionId": "t1", "status": "INITIAL", "transactionRedirectUrl": elsewhere})

    with pytest.raises(actions.PaymentRefused):
        start(order_tag())

    assert Payment.objects.get().state == PaymentState.FAILED


@pytest.mark.parametrize("status", [500, 503, 302])
def test_when_the_service_is_in_trouble_nothing_is_lost(
    town_with_service: Town, recorded: "Recorded", status: int
) -> None:
    submission = order_tag()
    recorded.status = status
    with pytest.raises(ProviderUnreachable):
        start(submission)
    recorded.status = 201
    recorded.answers(
        lambda _body: {"transactionId": "t1", "status": "INITIAL", "transactionRedirectUrl": recorded.pages}
    )

    payment = start(submission)

    assert (Payment.objects.count(), payment.state) == (1, PaymentState.STARTED)
    first, second = recorded.bodies
    assert first["requestId"] == second["requestId"]


def test_a_token_that_is_no_longer_good_is_renewed(town_with_service: Town, recorded: "Recorded") -> None:
    recorded.answers(
        lambda _body: {"transactionId": "t1", "status": "INITIAL", "transactionRedirectUrl": recorded.pages}
    )
    payment = start(order_tag())
    recorded.refuse_next_token = True

    assert ask(payment).state == PaymentState.STARTED
    assert recorded.tokens == 2


# --- Giving back -------------------------------------------------------------------------------------------


def test_what_is_to_go_back_is_transferred_by_the_cash_office(town_with_service: Town) -> None:
    karin = make_karin()
    klaus = make_staff("klaus", "Klaus", "Krüger", Role.CASH_OFFICE)
    payment = start(order_tag())
    on_page(payment)
    payment = ask(payment)
    refund = refunding.request_refund(
        payment=payment, amount=Decimal("5.00"), reason=RefundReason.OTHER, note="", by=karin, now=timezone.now()
    )

    refunding.release_refund(refund=refund, by=klaus, now=timezone.now())
    run_jobs()
    refund = Refund.objects.get()
    payment.refresh_from_db()
    assert (refund.state, payment.state) == (RefundState.FAILED, PaymentState.REFUND_FAILED)
    assert "Bitte überweisen Sie" in refund.problem

    refunding.made_by_hand(refund=refund, by=klaus, now=timezone.now())
    payment.refresh_from_db()
    assert payment.state == PaymentState.REFUNDED


# --- Setting up --------------------------------------------------------------------------------------------


def test_an_administrator_enters_what_the_contract_says(administrator: TownClient, service: Access) -> None:
    offered = text_of(administrator.get(PAGE))

    answer = administrator.post(f"{PAGE}bezahldienst/", ENTERED)

    row = ServiceAccess.objects.get()
    page = text_of(administrator.get(PAGE))
    assert "Diesen Bezahldienst nutzen" in offered
    assert answer["Location"] == PAGE
    assert "Bezahldienst zur Probe" in page
    assert row.booking == {"haushaltsstelle": "{Buchungsstelle}", "kassenzeichen": "{Kassenzeichen}", "sachbuch": "12"}
    assert PaymentAccount.objects.chosen() == row.account
    assert row.account.is_ready


def test_the_secret_lies_sealed_and_is_never_shown(administrator: TownClient, service: Access) -> None:
    administrator.post(f"{PAGE}bezahldienst/", ENTERED)

    page = administrator.get(f"{PAGE}bezahldienst/").content.decode()

    sealed = ServiceAccess.objects.get().sealed_secret
    assert CLIENT_SECRET not in sealed + page
    assert unseal(sealed) == CLIENT_SECRET


def test_left_empty_the_secret_stays(administrator: TownClient, service: Access) -> None:
    administrator.post(f"{PAGE}bezahldienst/", ENTERED)

    administrator.post(f"{PAGE}bezahldienst/", ENTERED | {"client_secret": "", "booking": "a = b"})

    assert access_of("probe:lage/kasse").client_secret == CLIENT_SECRET
    assert access_of("probe:lage/kasse").booking == {"a": "b"}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"client_secret": "falsch"}, "nimmt diese Kennung mit diesem Geheimnis nicht an"),
        ({"booking": "haushaltsstelle 12"}, "Bitte schreiben Sie in jede Zeile Name = Wert"),
        ({"service": "anderer"}, "Bitte wählen Sie eine der Möglichkeiten aus"),
        ({"originator": ""}, "Mandant"),
    ],
)
def test_what_is_wrong_is_explained_and_changes_nothing(
    administrator: TownClient, service: Access, wrong: dict[str, str], sentence: str
) -> None:
    answer = administrator.post(f"{PAGE}bezahldienst/", ENTERED | wrong)

    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert ServiceAccess.objects.count() == 0


def test_a_service_that_does_not_answer_is_told(administrator: TownClient, service: Access, settings: Any) -> None:
    settings.XBEZAHLDIENSTE = [settings.XBEZAHLDIENSTE[0] | {"token": "http://127.0.0.1:9/token"}]

    answer = administrator.post(f"{PAGE}bezahldienst/", ENTERED)

    assert "antwortet gerade nicht" in text_of(answer)
    assert PaymentAccount.objects.count() == 0


def test_a_town_goes_back_to_stripe_and_payments_end_where_they_began(
    administrator: TownClient, town_with_service: Town
) -> None:
    here = start(order_tag())
    actions.set_up_account(stripe_account="acct_probe_lage", methods=["card"])
    assert PaymentAccount.objects.chosen().provider == "stripe"  # type: ignore[union-attr]

    on_page(here)
    assert ask(here).state == PaymentState.PAID
    administrator.post(f"{PAGE}wechseln/xbezahldienste/")
    assert PaymentAccount.objects.chosen().provider == "xbezahldienste"  # type: ignore[union-attr]


def test_the_account_does_not_change_under_payments_that_are_under_way(
    administrator: TownClient, town_with_service: Town
) -> None:
    start(order_tag())

    answer = administrator.post(f"{PAGE}bezahldienst/", ENTERED | {"endpoint": "andere"})

    assert "laufen noch Zahlungen" in text_of(answer)
    assert PaymentAccount.objects.get().stripe_account == "probe:lage/kasse"


def test_only_administrators_get_there(visitor: TownClient, in_lage: Town, service: Access) -> None:
    bernd = visitor.sign_in(make_bernd())

    assert [bernd.get(f"{PAGE}bezahldienst/").status_code, bernd.post(f"{PAGE}wechseln/stripe/").status_code] == [
        404,
        404,
    ]


def test_another_town_has_nothing_of_it(town_with_service: Town, detmold: Town, visitor_of_detmold: TownClient) -> None:
    payment = start(order_tag())

    assert visitor_of_detmold.get(f"/zahlung/{payment.pk}/zurueck/").status_code == 404


def test_a_trial_takes_no_real_money(town_with_service: Town, settings: Any) -> None:
    settings.XBEZAHLDIENSTE = [settings.XBEZAHLDIENSTE[0] | {"is_trial": False}]
    submission = make_submission(make_anna(), paid=True)
    town_with_service.state = TownState.TEST

    with pytest.raises(actions.PaymentRefused, match="ausprobiert"):
        start(submission)


# --- A service whose words we choose -----------------------------------------------------------------------


class Recorded(HTTPServer):
    """Answers as the test says, and remembers what it was asked."""

    status = 201
    refuse_next_token = False
    tokens = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.bodies: list[dict[str, Any]] = []
        self._answer: Callable[[Any], dict[str, Any]] = lambda _body: {}
        self.address = f"http://127.0.0.1:{self.server_port}/"
        self.pages = f"{self.address}bezahlen/1"

    def answers(self, answer: Callable[[Any], dict[str, Any]]) -> None:
        self._answer = answer

    def answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/token":
            self.tokens += 1
            return 200, {"access_token": f"t{self.tokens}", "expires_in": 3600}
        if self.refuse_next_token:
            self.refuse_next_token = False
            return 401, {}
        if body:
            self.bodies.append(json.loads(body))
        return self.status, self._answer(json.loads(body) if body else None)


class _Answering(BaseHTTPRequestHandler):
    server: Recorded

    def do_POST(self) -> None:
        status, answer = self.server.answer(self.path, self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 -- as the library calls it

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.fixture
def recorded(town_with_service: Town, settings: Any) -> Iterator[Recorded]:
    """In place of the service."""
    with Recorded() as server:
        entry = {"base": server.address, "token": f"{server.address}token", "pages": server.address}
        settings.XBEZAHLDIENSTE = [settings.XBEZAHLDIENSTE[0] | entry]
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
