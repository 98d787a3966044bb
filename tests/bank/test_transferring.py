"""A citizen pays by transfer: what she is told, and what becomes of it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import typst
from django.core import mail
from django.utils import timezone

from accounts.models import User
from billing import jobs as billing_jobs
from billing.bank import jobs
from billing.bank.models import BankAccount, Transfer
from billing.bank.references import grouped
from billing.models import Payment, PaymentRequest, Refund
from billing.requesting import Item, request_payment
from billing.states import PaymentState, RefundReason, RequestState
from submissions import actions as submissions
from submissions.casework.actions import take
from submissions.models import Submission
from submissions.states import State
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.bank.conftest import IBAN, announce, bring, line, switch_on
from tests.desk import errors_of
from tests.factories import make_amount, make_submission
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd, make_oemer
from tests.printed import Pdf, codes_of
from tests.threads import at_once

TRANSFER = {"way": "transfer"}


@pytest.fixture
def anna(payable: None, visitor: TownClient) -> TownClient:
    return visitor.sign_in(make_anna())


@pytest.fixture
def order() -> Submission:
    return make_submission(User.objects.get(subject="anna"), paid=True)


def overdue(payment: Payment, days: int) -> None:
    Transfer.objects.filter(pk=payment.pk).update(due_on=timezone.localdate() - timedelta(days=days))


def follow_up() -> None:
    jobs.follow_up_transfers.queue()
    run_jobs()
    run_jobs()  # its mails


def test_the_page_offers_a_transfer_and_then_says_where_to(anna: TownClient, order: Submission) -> None:
    page = f"/zahlung/{order.number}/"
    before = text_of(anna.get(page))

    answer = anna.post(page, TRANSFER)
    after = text_of(anna.get(page))

    payment = Payment.objects.get()
    assert "Per Überweisung bezahlen" in before
    assert "Weiter zur Bezahlseite" not in before
    assert answer["Location"] == page
    for told in ("5,00 €", "Stadt Lage, Stadtkasse", "DE89 3704 0044 0532 0130 00", grouped(payment.reference)):
        assert told in after
    assert text_of(anna.get(f"/meine-antraege/{order.number}/")).count(grouped(payment.reference)) == 1
    assert order.events.filter(title="Sie bezahlen per Überweisung").count() == 1
    assert "Schröder" not in after
    order.refresh_from_db()
    assert order.state == State.AWAITING_PAYMENT


def test_choosing_it_again_gives_the_same_reference(anna: TownClient, order: Submission) -> None:
    for _click in range(3):
        anna.post(f"/zahlung/{order.number}/", TRANSFER)

    assert Payment.objects.count() == 1


def test_the_code_is_a_girocode_with_a_text(anna: TownClient, order: Submission, tmp_path: Path) -> None:
    anna.post(f"/zahlung/{order.number}/", TRANSFER)
    payment = Payment.objects.get()
    code = anna.get(f"/zahlung/{payment.pk}/girocode.svg")
    (tmp_path / "code.svg").write_bytes(code.content)
    (tmp_path / "page.typ").write_text('#set page(width: 60mm, height: 60mm, margin: 0mm)\n#image("code.svg")')
    picture = typst.compile(str(tmp_path / "page.typ"), root=str(tmp_path), format="png", ppi=300)

    assert isinstance(picture, bytes)
    assert [one.rstrip("\n").split("\n") for one in codes_of(picture)] == [
        ["BCD", "002", "1", "SCT", "", "Stadt Lage, Stadtkasse", IBAN, "EUR5", "", "", payment.reference]
    ]
    words = f"GiroCode für die Banking-App: 5,00 € an Stadt Lage, Stadtkasse, IBAN {grouped(IBAN)}, Verwendungszweck"
    assert words in anna.get(f"/zahlung/{order.number}/").content.decode().replace("\xa0", " ")


def test_letter_and_receipt_say_it_too(anna: TownClient, order: Submission, kim: User) -> None:
    anna.post(f"/zahlung/{order.number}/", TRANSFER)
    payment = Payment.objects.get()
    letter = Pdf(anna.get(f"/zahlung/{payment.pk}/ueberweisung.pdf").content)
    bring([line("5.00", payment.reference)], kim)
    receipt = Pdf(anna.get(f"/zahlung/{payment.pk}/quittung.pdf").content)

    for told in ("5,00 €", "Stadt Lage, Stadtkasse", grouped(IBAN), grouped(payment.reference)):
        assert told in letter.texts[0].replace("\xa0", " ")
    assert any("GiroCode" in text for kind, text in letter.tags if kind == "Figure")
    assert grouped(payment.reference) in receipt.texts[0]
    assert grouped(IBAN) in receipt.texts[0]
    assert "Überweisung" in receipt.texts[0]


def test_nobody_else_sees_where_she_transfers(
    anna: TownClient, order: Submission, lage: Town, visitor_of_detmold: TownClient
) -> None:
    anna.post(f"/zahlung/{order.number}/", TRANSFER)
    payment = Payment.objects.get()
    oemer = TownClient(lage).sign_in(make_oemer())
    pages = [
        f"/zahlung/{order.number}/",
        f"/zahlung/{payment.pk}/girocode.svg",
        f"/zahlung/{payment.pk}/ueberweisung.pdf",
    ]

    assert [oemer.get(page).status_code for page in pages] == [404, 404, 404]
    assert [oemer.post(pages[0], TRANSFER).status_code] == [404]
    assert [visitor_of_detmold.get(page).status_code for page in pages] == [302, 404, 404]
    assert TownClient(lage).get(pages[2]).status_code == 404


def test_a_town_that_does_not_wait_takes_the_application_at_once(
    anna: TownClient, order: Submission, kim: User
) -> None:
    switch_on(counts_at_once=True)

    answer = anna.post(f"/zahlung/{order.number}/", TRANSFER)
    receipt = text_of(anna.get(f"/meine-antraege/{order.number}/eingang/"))

    payment = Payment.objects.get()
    order.refresh_from_db()
    assert answer["Location"] == f"/meine-antraege/{order.number}/eingang/"
    assert order.state == State.RECEIVED
    assert PaymentRequest.objects.get().state == RequestState.OPEN
    assert grouped(payment.reference) in receipt
    assert "Quittung als PDF" not in receipt
    bring([line("5.00", payment.reference)], kim)
    assert PaymentRequest.objects.get().state == RequestState.PAID
    assert order.events.filter(title="Gebühr bezahlt").count() == 1


def test_what_counted_at_once_goes_back_if_it_is_withdrawn_before_work_begins(
    anna: TownClient, order: Submission, kim: User
) -> None:
    switch_on(counts_at_once=True)
    payment = announce(order)
    bring([line("5.00", payment.reference)], kim)
    order.refresh_from_db()

    submissions.withdraw(submission=order, by=order.citizen, now=timezone.now())
    run_jobs()

    assert Refund.objects.get().reason == RefundReason.WITHDRAWN


def test_what_counted_at_once_and_is_withdrawn_unpaid_owes_nothing(anna: TownClient, order: Submission) -> None:
    switch_on(counts_at_once=True)
    payment = announce(order)
    order.refresh_from_db()

    submissions.withdraw(submission=order, by=order.citizen, now=timezone.now())
    run_jobs()
    run_jobs()

    payment.refresh_from_db()
    assert (PaymentRequest.objects.get().state, payment.state) == (RequestState.WITHDRAWN, PaymentState.CANCELLED)


def test_what_a_case_worker_asks_for_is_transferred_without_signing_in(anna: TownClient, kim: User, lage: Town) -> None:
    case = take(submission=make_submission(User.objects.get(subject="anna")), by=make_bernd(), now=timezone.now())
    owed = request_payment(
        submission=case,
        title="Gebühr für die Erlaubnis",
        items=[Item("Erlaubnis", Decimal("25.00"))],
        basis="",
        due_on=timezone.localdate() + timedelta(days=30),
        by=User.objects.get(login="bernd@rathaus.example"),
        now=timezone.now(),
    )
    stranger = TownClient(lage)

    stranger.post(f"/bezahlen/{owed.pk}/", TRANSFER)
    page = text_of(stranger.get(f"/bezahlen/{owed.pk}/"))
    payment = Payment.objects.get()
    letter = Pdf(anna.get(f"/meine-antraege/{case.number}/zahlungsaufforderung.pdf").content)
    bring([line("25.00", payment.reference)], kim)

    assert grouped(payment.reference) in page
    assert "Schröder" not in page
    assert Transfer.objects.get().due_on == owed.due_on
    assert grouped(payment.reference) in letter.texts[0]
    owed.refresh_from_db()
    assert owed.state == RequestState.PAID


def test_where_it_is_switched_off_nobody_can_choose_it(anna: TownClient, order: Submission) -> None:
    switch_on(is_on=False)

    page = text_of(anna.get(f"/zahlung/{order.number}/"))
    forced = text_of(anna.post(f"/zahlung/{order.number}/", TRANSFER, follow=True))

    assert "Per Überweisung" not in page
    assert "Hier lässt sich zurzeit nicht bezahlen" in page
    assert "zurzeit nicht möglich" in forced
    assert not Payment.objects.exists()


def test_a_portal_on_trial_takes_no_transfers(anna: TownClient, order: Submission, lage: Town) -> None:
    with at_operator():
        Town.objects.filter(pk=lage.pk).update(state="test")

    assert "Per Überweisung" not in text_of(anna.get(f"/zahlung/{order.number}/"))


def test_a_reminder_comes_once_and_then_the_payment_is_given_up(anna: TownClient, order: Submission) -> None:
    payment = announce(order)
    run_jobs()
    mail.outbox.clear()
    told = []
    for days in (0, 3, 4, 10, 28, 29):
        overdue(payment, days)
        follow_up()
        payment.refresh_from_db()
        told.append((days, len(mail.outbox), payment.state))

    assert told == [
        (0, 0, "started"),
        (3, 0, "started"),
        (4, 1, "started"),
        (10, 1, "started"),
        (28, 1, "started"),
        (29, 1, "expired"),
    ]
    assert "Per Überweisung bezahlen" in text_of(anna.get(f"/zahlung/{order.number}/"))


def test_what_counted_at_once_is_reminded_of_when_money_would_have_come(anna: TownClient, order: Submission) -> None:
    switch_on(counts_at_once=True)
    payment = announce(order)
    told = []
    for days in (1, 3, 4, 5):
        overdue(payment, days)
        PaymentRequest.objects.update(due_on=timezone.localdate() - timedelta(days=days))
        billing_jobs.remind_of_requests.queue()
        follow_up()
        told.append(order.events.filter(title="Wir haben Sie an die Zahlung erinnert").count())

    assert told == [0, 0, 1, 1]


def test_what_is_paid_is_not_reminded_of(anna: TownClient, order: Submission, kim: User) -> None:
    payment = announce(order)
    bring([line("5.00", payment.reference)], kim)
    run_jobs()
    mail.outbox.clear()
    overdue(payment, 10)

    follow_up()

    assert mail.outbox == []


def test_an_application_that_was_changed_is_paid_with_a_new_reference(anna: TownClient, order: Submission) -> None:
    first = announce(order)
    Submission.objects.filter(pk=order.pk).update(state=State.SUPERSEDED)
    changed = make_submission(User.objects.get(subject="anna"), paid=True, draft_id=order.draft_id)

    second = announce(changed)

    first.refresh_from_db()
    assert (first.state, second.state) == (PaymentState.CANCELLED, PaymentState.STARTED)
    assert first.reference != second.reference


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_give_one_reference() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        order = make_submission(make_anna(), paid=True)

    def run() -> str:
        with in_town(lage):
            return announce(order).reference

    answers = at_once(8, run)

    with in_town(lage):
        assert len(set(answers)) == 1
        assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_people_who_choose_at_once_get_different_references() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        anna = make_anna()
        orders = iter([make_submission(anna, paid=True) for _one in range(8)])

    def run() -> str:
        with in_town(lage):
            return announce(next(orders)).reference

    assert len(set(at_once(8, run))) == 8


# --- The town's settings --------------------------------------------------------------------------------------

SETTINGS = "/rathaus/verwaltung/bezahlen/ueberweisung/"
TERMS = {
    "is_on": "on",
    "holder": "Stadt Lage",
    "iban": "DE89 3704 0044 0532 0130 00",
    "begins_with": "sp",
    "check_digit": "modulo_97",
    "days_to_pay": "10",
    "counts_at_once": "ja",
    "is_shared": "on",
}


def test_an_administrator_switches_it_on_and_the_public_page_says_so(
    astrid: TownClient, visitor: TownClient, in_lage: Town
) -> None:
    make_amount()

    assert astrid.post(SETTINGS, TERMS).status_code == 302

    account = BankAccount.objects.get()
    assert (account.iban, account.prefix, account.check_digit) == (IBAN, "SP", "modulo_97")
    assert (account.days_to_pay, account.counts_at_once, account.is_shared, account.is_on) == (10, True, True, True)
    page = text_of(visitor.get("/leistungen/hundemarke-ersatz/"))
    assert "Überweisung" in page
    assert "Antrag starten" in page
    assert "eingeschaltet" in text_of(astrid.get("/rathaus/verwaltung/bezahlen/"))
    assert "DE89 3704 0044 0532 0130 00" in astrid.get(SETTINGS).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "Diese IBAN stimmt nicht"),
        ({"iban": ""}, ""),
        ({"bic": "ABC"}, "Diese BIC stimmt nicht"),
        ({"begins_with": "1A"}, "zuerst zwei Buchstaben"),
        ({"begins_with": "Ä1"}, "zuerst zwei Buchstaben"),
        ({"days_to_pay": "1"}, "mindestens 3"),
        ({"days_to_pay": "abc"}, "ganze Zahl"),
        ({"check_digit": "modulo_12"}, "wählen"),
        ({"counts_at_once": ""}, ""),
        ({"holder": ""}, ""),
    ],
)
def test_what_cannot_be_is_told_at_the_field(
    astrid: TownClient, in_lage: Town, typed: dict[str, str], sentence: str
) -> None:
    answer = astrid.post(SETTINGS, TERMS | typed)

    assert answer.status_code == 422
    assert len(errors_of(answer)) == 1
    assert sentence in errors_of(answer)[0]
    assert not BankAccount.objects.exists()
