"""Rows for tests, so dull that nobody needs to read them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from accounts.trust import TrustLevel
from billing.actions import set_up_account
from billing.models import Method
from catalogue.fees import FeeLine
from catalogue.forms.current import form_definition
from submissions import actions
from submissions.models import Submission
from submissions.states import State
from tests.people import MONDAY
from townhall.actions import set_fee_amount
from townhall.models import FeeAmount
from townhall.shopfront import shopfront

TAG_ANSWERS: dict[str, Any] = {
    "vorname": "Anna",
    "nachname": "Schröder",
    "geburtsdatum": "1961-03-14",
    "strasse": "Lange Straße",
    "hausnummer": "72",
    "plz": "32791",
    "ort": "Lage",
    "email": "anna@post.example",
    "angemeldet": "ja",
    "markennummer": "4711",
    "grund": "verloren",
    "fund": True,
    "anzahl": 1,
    "ausgabe": "post",
}

DOG_ANSWERS: dict[str, Any] = {
    "halter_art": "privat",
    "vorname": "Anna",
    "nachname": "Schröder",
    "geburtsdatum": "1961-03-14",
    "strasse": "Lange Straße",
    "hausnummer": "72",
    "plz": "32791",
    "ort": "Lage",
    "ort_haltung": "ja",
    "email": "anna@post.example",
    "weitere-halter": [],
    "vorhandene": 0,
    "hunde": [
        {
            "_id": "aaa111",
            "hund_name": "Bello",
            "rasse": "beagle",
            "geschlecht": "ruede",
            "geboren": "2026-03",
            "aufnahme": "2026-11-10",
            "herkunft": "tierheim",
            "vorhalter": "Tierheim Lippe",
            "hoehe": 38,
            "gewicht": 12,
            "hat_chip": "ja",
            "chip": "276098102345678",
        }
    ],
    "verguenstigung": "keine",
    "zahlungsweg": "ueberweisung",
}


def make_amount(key: str = "hundemarke.ersatz", amount: str = "5.00", **values: Any) -> FeeAmount:
    """An amount that has been valid for long."""
    given: dict[str, Any] = {
        "valid_from": date(2026, 1, 1),
        "by_law": "Gebührensatzung",
        "by": None,
        "now": MONDAY,
    }
    return set_fee_amount(key=key, amount=Decimal(amount), **(given | values))


def make_payable(account: str = "acct_probe_lage") -> None:
    """The town can be paid, and a replacement tag costs five euros."""
    make_amount()
    set_up_account(stripe_account=account, methods=[Method.CARD, Method.PAYPAL, Method.SEPA_DEBIT])


def make_other_amounts(amount: str = "7.50") -> None:
    """Whatever else the town can charge for has a price too."""
    known = set(FeeAmount.objects.values_list("key", flat=True))
    for key, central in shopfront().catalogue.amounts.items():
        if key not in known and central.federal is None:
            make_amount(key, amount)


@transaction.atomic
def make_submission(citizen: User | None, *, paid: bool = False, now: datetime = MONDAY, **values: Any) -> Submission:
    """A dog that was registered; or, with `paid`, an order for a tag that waits for its payment."""
    number = actions._next_number(now)
    fee = [FeeLine("Ersatz-Hundemarke", Decimal(1), Decimal("5.00"), Decimal("5.00"), "hundemarke.ersatz")]
    form = form_definition("hundemarke-ersatz" if paid else "hund-anmelden")
    given: dict[str, Any] = {
        "number": number,
        "draft_id": uuid4(),
        "service_key": form.key,
        "service_title": "Ersatz-Hundemarke bestellen" if paid else "Hund anmelden",
        "unit": "steueramt",
        "form_version": form.version,
        "citizen": citizen,
        "applicant": "Anna Schröder",
        "email": "anna@post.example",
        "trust_level": TrustLevel.BASIC,
        "answers": TAG_ANSWERS if paid else DOG_ANSWERS,
        "fee_is_due": "submission" if paid else "",
        "fee_lines": [line.plain() for line in fee] if paid else [],
        "fee_total": Decimal("5.00") if paid else Decimal("0.00"),
        "frozen_at": now,
        "state": State.AWAITING_PAYMENT,
        "due_on": now.date(),
    }
    submission = Submission.objects.create(**(given | values))
    if not paid and submission.state == State.AWAITING_PAYMENT:
        submission = actions.receive(submission=submission, by=citizen, now=now)
    return submission
