"""What the portal looks at by itself."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from accounts.trust import TrustLevel
from billing.models import Payment, PaymentRequest
from billing.states import ARRIVED, PaymentState, RequestState
from catalogue.fees import FeeLine
from submissions.casework.checks import Check, checks_of
from submissions.models import Submission
from submissions.states import State
from tenants.models import Town
from tests.factories import DOG_ANSWERS, make_amount, make_submission
from tests.people import MONDAY


def said(case: Submission) -> dict[str, bool]:
    return {check.text: check.is_fine for check in checks_of(case)}


def test_of_an_ordinary_case_all_is_fine_but_what_nobody_has_verified(case: Submission) -> None:
    assert said(case) == {
        "Die Person ist volljährig.": True,
        "Die Postleitzahl gehört zu Lage.": True,
        "Kein ähnlicher Antrag dieser Person in den letzten zwei Wochen.": True,
        "Die Angaben zur Person sind nicht geprüft.": False,
    }


def test_what_somebody_should_look_at_is_named(anna: User) -> None:
    dog = DOG_ANSWERS["hunde"][0] | {"haftpflicht_later": True}
    case = make_submission(anna, answers=DOG_ANSWERS | {"geburtsdatum": "2010-01-31", "plz": "32756", "hunde": [dog]})

    assert [text for text, is_fine in said(case).items() if not is_fine] == [
        "Die Person ist minderjährig (16 Jahre).",
        "Die Postleitzahl 32756 gehört nicht zu Lage.",
        "Die Angaben zur Person sind nicht geprüft.",
        "Unterlagen werden nachgereicht.",
    ]


def test_verified_answers_are_said_to_be(anna: User) -> None:
    case = make_submission(anna, verified=["vorname", "nachname"], trust_level=TrustLevel.HIGH)

    assert said(case)["Name und Anschrift sind durch das Konto geprüft."]


@pytest.mark.parametrize(("days", "found"), [(-13, 1), (13, 1), (-15, 0)])
def test_the_same_person_and_service_within_two_weeks_is_similar(
    anna: User, case: Submission, days: int, found: int
) -> None:
    other = make_submission(anna, now=MONDAY + timedelta(days=days))
    make_submission(anna, paid=True)

    similar = [check for check in checks_of(case) if check.url]

    assert (
        similar
        == [
            Check(
                f"Dieselbe Person hat das schon einmal beantragt: {other.number}",
                is_fine=False,
                url=f"/rathaus/vorgang/{other.number}/",
            )
        ]
        * found
    )


# --- The fee ----------------------------------------------------------------------------------------------------

RECEIVED: dict[str, Any] = {"paid": True, "state": State.RECEIVED, "received_at": MONDAY}


def make_payment(case: Submission, state: PaymentState = PaymentState.PAID, **values: Any) -> Payment:
    number = case.payments.count() + 1
    given: dict[str, Any] = {
        "reference": f"{case.number}-{number}",
        "amount": case.fee_total,
        "account": "acct_probe_lage",
        "created_at": MONDAY + timedelta(minutes=number),
        "paid_at": MONDAY + timedelta(minutes=number),
    }
    return Payment.objects.create(submission=case, state=state, **(given | values))


def make_request(case: Submission, state: RequestState = RequestState.OPEN) -> PaymentRequest:
    amount = Decimal("7.00")
    return PaymentRequest.objects.create(
        submission=case, title="Gebühr", lines=[], amount=amount, due_on=date(2026, 12, 1), state=state,
        requested_at=MONDAY,
    )  # fmt: skip


def of_the_fee(case: Submission) -> dict[str, bool]:
    """What is said of money, with ordinary spaces."""
    told = {text.replace("\N{NO-BREAK SPACE}", " "): is_fine for text, is_fine in said(case).items()}
    return {text: is_fine for text, is_fine in told.items() if "Gebühr" in text or "€" in text}


def test_of_a_case_that_costs_nothing_no_fee_is_told(case: Submission) -> None:
    assert of_the_fee(case) == {}


def test_a_fee_that_was_paid_at_handing_in_is_fine(anna: User) -> None:
    case = make_submission(anna, **RECEIVED)
    make_payment(case)

    assert of_the_fee(case) == {"Die Gebühr von 5,00 € ist bezahlt.": True}


def test_a_fee_that_has_not_come_is_named(anna: User) -> None:
    case = make_submission(anna, paid=True)
    make_payment(case, PaymentState.PROCESSING, paid_at=None)

    assert of_the_fee(case) == {"Die Gebühr von 5,00 € ist noch nicht bezahlt.": False}


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (PaymentState.REFUNDED, "Die Gebühr von 5,00 € ist erstattet."),
        (PaymentState.PARTIALLY_REFUNDED, "Die Gebühr von 5,00 € ist zum Teil erstattet."),
        (PaymentState.DISPUTED, "Die Zahlung der Gebühr von 5,00 € wird bestritten."),
        (PaymentState.CHARGED_BACK, "Die Gebühr von 5,00 € wurde zurückgebucht."),
    ],
)
def test_money_that_did_not_stay_is_not_fine(anna: User, state: PaymentState, told: str) -> None:
    case = make_submission(anna, **RECEIVED)
    make_payment(case, state)

    assert of_the_fee(case) == {told: False}


def test_every_state_of_money_that_came_but_did_not_stay_has_its_words(anna: User) -> None:
    case = make_submission(anna, **RECEIVED)
    payment = make_payment(case)
    fine = {PaymentState.PAID, PaymentState.BOOKED, PaymentState.RECONCILED, PaymentState.WON}
    found = {}
    for state in ARRIVED:
        payment.state = state
        payment.save()
        found[state] = of_the_fee(Submission.objects.get(pk=case.pk)) == {"Die Gebühr von 5,00 € ist bezahlt.": True}

    assert {state for state, is_fine in found.items() if is_fine} == fine


def test_what_was_taken_back_is_owed_until_it_is_paid_again(anna: User) -> None:
    case = make_submission(anna, **RECEIVED)
    make_payment(case, PaymentState.CHARGED_BACK)
    request = make_request(case)
    owed = {
        "Die Gebühr von 5,00 € wurde zurückgebucht.": False,
        "Die Gebühr von 7,00 € ist noch nicht bezahlt. Sie ist fällig am 1. Dezember 2026.": False,
    }
    assert of_the_fee(case) == owed

    request.state = RequestState.PAID
    request.save()
    make_payment(case, request=request, amount=request.amount)

    assert of_the_fee(Submission.objects.get(pk=case.pk)) == {"Die Gebühr von 7,00 € ist bezahlt.": True}


def test_a_fee_after_the_check_is_announced_asked_for_and_paid(anna: User) -> None:
    line = FeeLine("Erlaubnis", Decimal(1), Decimal(0), Decimal(0), "x", Decimal("25.00"), Decimal("200.00"))
    case = make_submission(anna, fee_is_due="decision", fee_lines=[line.plain()])
    expected = "Die Gebühr wird nach der Prüfung fällig: voraussichtlich 25,00 € bis 200,00 €."
    assert of_the_fee(case) == {expected: False}

    request = make_request(case)
    asked = "Die Gebühr von 7,00 € ist noch nicht bezahlt. Sie ist fällig am 1. Dezember 2026."
    assert of_the_fee(Submission.objects.get(pk=case.pk)) == {asked: False}

    request.state = RequestState.PAID
    request.save()
    make_payment(case, request=request, amount=request.amount)
    assert of_the_fee(Submission.objects.get(pk=case.pk)) == {"Die Gebühr von 7,00 € ist bezahlt.": True}


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("5.00", {}),
        ("6.50", {"Nach den Angaben und den Beträgen vom 16. November 2026 wären es 6,50 € statt 5,00 €.": False}),
    ],
)
def test_a_fee_that_is_not_what_the_answers_come_to_is_named(
    in_lage: Town, anna: User, amount: str, told: dict[str, bool]
) -> None:
    make_amount(amount=amount)
    make_amount(amount="9.00", valid_from=date(2026, 11, 17))
    case = make_submission(anna, surroundings={"town": "Lage"}, **RECEIVED)
    make_payment(case)

    assert of_the_fee(case) == {"Die Gebühr von 5,00 € ist bezahlt.": True} | told


def test_a_fee_whose_amounts_are_not_known_any_more_is_not_computed(anna: User) -> None:
    case = make_submission(anna, surroundings={"town": "Lage"}, **RECEIVED)
    make_payment(case)

    assert of_the_fee(case) == {"Die Gebühr von 5,00 € ist bezahlt.": True}
