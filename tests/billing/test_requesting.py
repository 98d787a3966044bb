"""Pay later: a case worker sets a fee, the citizen pays it from her case or with the letter."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from billing import jobs
from billing.models import Payment, PaymentRequest, Refund
from billing.requesting import Item, RequestRefused, request_payment, withdraw_request
from billing.states import PaymentState, RequestState
from submissions import actions as submissions
from submissions.casework.actions import take
from submissions.models import Submission
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import pay, start
from tests.factories import make_payable, make_submission
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd, make_oemer


@pytest.fixture
def bernd(in_lage: Town) -> User:
    make_payable()
    return make_bernd()


@pytest.fixture
def case(bernd: User) -> Submission:
    """A case in Bernd's hands."""
    return take(submission=make_submission(make_anna()), by=bernd, now=timezone.now())


def ask_for(case: Submission, by: User, amount: str = "25.50", days: int = 14, **values: Any) -> PaymentRequest:
    return request_payment(
        submission=case,
        title="Gebühr für die Erlaubnis",
        items=[Item("Erlaubnis", Decimal(amount))],
        basis="Verwaltungsgebührensatzung, gilt seit 1. Januar 2026",
        due_on=timezone.localdate() + timedelta(days=days),
        by=by,
        now=timezone.now(),
        **values,
    )


def test_the_citizen_sees_what_to_pay_and_the_result_is_back_in_the_case(
    case: Submission, bernd: User, provider: Provider, visitor: TownClient
) -> None:
    owed = ask_for(case, bernd)
    run_jobs()
    assert case.citizen is not None
    anna = visitor.sign_in(case.citizen)
    page = text_of(anna.get(f"/meine-antraege/{case.number}/"))
    ask_page = text_of(anna.get(f"/bezahlen/{owed.pk}/"))
    address = anna.post(f"/bezahlen/{owed.pk}/")["Location"]
    back = provider.pay(address)
    returned = anna.get("/" + back.split("/", 3)[3])

    owed.refresh_from_db()
    assert "Gebühr für die Erlaubnis: 25,50 € Jetzt bezahlen" in page
    assert "Verwaltungsgebührensatzung, gilt seit 1. Januar 2026" in ask_page
    assert any("Bitte bezahlen Sie die Gebühr" in one.subject for one in mail.outbox)
    assert returned["Location"] == f"/meine-antraege/{case.number}/"
    assert (owed.state, Payment.objects.get().state) == (RequestState.PAID, PaymentState.PAID)
    assert case.events.filter(title="Gebühr bezahlt").count() == 1
    assert "25,50 € bezahlt am" in text_of(anna.get(f"/meine-antraege/{case.number}/"))


def test_whoever_has_the_letter_pays_without_signing_in_and_learns_nothing_about_the_person(
    case: Submission, bernd: User, provider: Provider, visitor: TownClient
) -> None:
    owed = ask_for(case, bernd)

    page = visitor.get(f"/bezahlen/{owed.pk}/").content.decode()
    back = provider.pay(visitor.post(f"/bezahlen/{owed.pk}/")["Location"])
    returned = visitor.get("/" + back.split("/", 3)[3]).content.decode()
    code = visitor.get(f"/bezahlen/{owed.pk}/code.svg")

    owed.refresh_from_db()
    assert owed.state == RequestState.PAID
    assert "Ihre Zahlung ist angekommen" in returned
    assert "Schröder" not in page + returned
    assert (code["Content-Type"], code.content[:4]) == ("image/svg+xml", b"<svg")


def test_the_letter_is_a_pdf_for_the_person_alone(
    case: Submission, bernd: User, visitor: TownClient, visitor_of_detmold: TownClient, lage: Town
) -> None:
    owed = ask_for(case, bernd)
    letter = f"/meine-antraege/{case.number}/zahlungsaufforderung.pdf"

    assert case.citizen is not None
    pdf = visitor.sign_in(case.citizen).get(letter)
    oemer = TownClient(lage).sign_in(make_oemer())

    assert pdf.content.startswith(b"%PDF-")
    assert oemer.get(letter).status_code == 404
    assert visitor_of_detmold.get(f"/bezahlen/{owed.pk}/").status_code == 404
    assert visitor_of_detmold.post(f"/bezahlen/{owed.pk}/").status_code == 404
    assert visitor_of_detmold.get(f"/bezahlen/{owed.pk}/code.svg").status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"amount": "0"}, "Der Betrag muss größer als 0 € sein"),
        ({"amount": "-3.00"}, "Der Betrag muss größer als 0 € sein"),
        ({"amount": "1.005"}, "höchstens zwei Stellen nach dem Komma"),
        ({"amount": "10000000.00"}, "höchstens 9.999.999,99 €"),
        ({"days": 0}, "in der Zukunft"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_a_sentence(
    case: Submission, bernd: User, values: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RequestRefused, match=sentence):
        ask_for(case, bernd, **values)

    assert not PaymentRequest.objects.exists()


def test_only_who_has_the_case_in_hand_asks_for_money(in_lage: Town) -> None:
    make_payable()

    with pytest.raises(RequestRefused, match="Übernehmen Sie den Vorgang zuerst"):
        ask_for(make_submission(make_anna()), make_bernd())


def test_one_request_at_a_time(case: Submission, bernd: User) -> None:
    ask_for(case, bernd)

    with pytest.raises(RequestRefused, match="schon eine Zahlung offen"):
        ask_for(case, bernd)


def test_a_reminder_comes_once_after_the_day(case: Submission, bernd: User) -> None:
    owed = ask_for(case, bernd)
    jobs.remind_of_requests.queue()
    run_jobs()
    too_early = case.events.filter(title="Wir haben Sie an die Zahlung erinnert").count()
    PaymentRequest.objects.filter(pk=owed.pk).update(due_on=timezone.localdate() - timedelta(days=1))

    for _night in range(2):
        jobs.remind_of_requests.queue()
        run_jobs()

    assert too_early == 0
    assert case.events.filter(title="Wir haben Sie an die Zahlung erinnert").count() == 1


def test_what_arrives_after_the_request_was_withdrawn_goes_back(
    case: Submission, bernd: User, provider: Provider
) -> None:
    owed = ask_for(case, bernd)
    payment = start(case, owed)
    provider.pay(payment.session_url)
    withdraw_request(request=owed, reason="Gebührenfrei", by=bernd, now=timezone.now())

    run_jobs()

    payment.refresh_from_db()
    assert (payment.state, payment.is_surplus) == (PaymentState.REFUND_REQUESTED, True)
    assert Refund.objects.get().amount == Decimal("25.50")


def test_nobody_can_pay_what_was_withdrawn(
    case: Submission, bernd: User, provider: Provider, visitor: TownClient
) -> None:
    owed = ask_for(case, bernd)
    payment = start(case, owed)
    withdraw_request(request=owed, reason="Gebührenfrei", by=bernd, now=timezone.now())
    run_jobs()

    assert provider.pay(payment.session_url) == ""
    assert "Hier ist nichts mehr zu bezahlen" in text_of(visitor.get(f"/bezahlen/{owed.pk}/"))
    payment.refresh_from_db()
    assert payment.state == PaymentState.CANCELLED


def test_a_withdrawn_application_owes_nothing(case: Submission, bernd: User) -> None:
    owed = ask_for(case, bernd)

    submissions.withdraw(submission=case, by=case.citizen, now=timezone.now())
    run_jobs()

    owed.refresh_from_db()
    assert owed.state == RequestState.WITHDRAWN


def test_a_second_request_after_the_first_was_paid_is_paid_too(
    case: Submission, bernd: User, provider: Provider
) -> None:
    states = [pay(provider, case, request=ask_for(case, bernd, amount)).state for amount in ("25.50", "3.00")]

    assert states == [PaymentState.PAID, PaymentState.PAID]
