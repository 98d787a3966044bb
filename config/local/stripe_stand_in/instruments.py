"""What people may pay with: Stripe's own test cards and test bank accounts, and nothing real."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

METHODS = ("card", "paypal", "sepa_debit")
EXPIRY_YEAR = 2034  # of all test cards


class Outcome(Enum):
    """What becomes of an attempt to pay."""

    PAID = "paid"
    PENDING_THEN_PAID = "pending, then paid"
    PENDING_THEN_FAILED = "pending, then failed"
    DECLINED = "declined"


class Unusable(Exception):
    """What was typed is none of the test numbers. The text is German and says what to do."""


@dataclass(frozen=True)
class Instrument:
    """A card, a bank account or an account at PayPal."""

    method: str
    outcome: Outcome
    details: dict[str, Any] = field(default_factory=dict)  # as in the charge's payment_method_details
    decline_code: str = ""
    decline_message: str = ""
    refund_fails: bool = False  # money that is given back does not reach it
    is_disputed: bool = False  # what was paid is taken back at once


@dataclass(frozen=True)
class TestNumber:
    """A number that people may type, and what happens then."""

    number: str
    meaning: str
    outcome: Outcome
    brand: str = ""
    decline_code: str = ""
    refund_fails: bool = False
    is_disputed: bool = False


# docs.stripe.com/testing
CARDS = (
    TestNumber("4242 4242 4242 4242", "Visa, Zahlung gelingt", Outcome.PAID, "visa"),
    TestNumber("5555 5555 5555 4444", "Mastercard, Zahlung gelingt", Outcome.PAID, "mastercard"),
    TestNumber("4000 0000 0000 0002", "wird abgelehnt", Outcome.DECLINED, "visa", "generic_decline"),
    TestNumber("4000 0000 0000 9995", "nicht genug Geld", Outcome.DECLINED, "visa", "insufficient_funds"),
    TestNumber("4000 0000 0000 0069", "Karte abgelaufen", Outcome.DECLINED, "visa", "expired_card"),
    TestNumber("4000 0000 0000 5126", "Zahlung gelingt, Erstattung scheitert", Outcome.PAID, "visa", refund_fails=True),
    TestNumber("4000 0000 0000 0259", "Zahlung gelingt und wird bestritten", Outcome.PAID, "visa", is_disputed=True),
)
BANK_ACCOUNTS = (
    TestNumber("DE89 3704 0044 0532 0130 00", "Lastschrift gelingt nach kurzer Zeit", Outcome.PENDING_THEN_PAID),
    TestNumber("DE62 3704 0044 0532 0130 01", "Lastschrift scheitert später", Outcome.PENDING_THEN_FAILED),
    TestNumber(
        "DE35 3704 0044 0532 0130 02",
        "Lastschrift gelingt und wird zurückgegeben",
        Outcome.PENDING_THEN_PAID,
        is_disputed=True,
    ),
)
DECLINED = {
    "generic_decline": "Die Karte wurde abgelehnt. Nehmen Sie bitte eine andere.",
    "insufficient_funds": "Auf der Karte ist nicht genug Geld. Nehmen Sie bitte eine andere.",
    "expired_card": "Die Karte ist abgelaufen. Nehmen Sie bitte eine andere.",
}


def instrument(method: str, *, card_number: str = "", iban: str = "") -> Instrument:
    """What was chosen and typed on the payment page. Raises Unusable."""
    if method == "paypal":
        return Instrument("paypal", Outcome.PAID, {"payer_email": "probe@post.example", "payer_name": "Probe Person"})
    if method == "sepa_debit":
        return _bank_account(iban)
    if method == "card":
        return _card(card_number)
    raise Unusable("Wählen Sie bitte, wie Sie zahlen möchten.")


def _card(typed: str) -> Instrument:
    card = _found(typed, CARDS)
    if card is None:
        raise Unusable("Nehmen Sie bitte eine der Probe-Nummern. Geben Sie hier niemals eine echte Karte ein.")
    details = {
        "brand": card.brand,
        "country": "DE",
        "exp_month": 12,
        "exp_year": EXPIRY_YEAR,
        "funding": "credit",
    }
    details["last4"] = card.number[-4:]
    message = DECLINED.get(card.decline_code, "")
    return Instrument("card", card.outcome, details, card.decline_code, message, card.refund_fails, card.is_disputed)


def _bank_account(typed: str) -> Instrument:
    account = _found(typed, BANK_ACCOUNTS)
    if account is None:
        raise Unusable("Nehmen Sie bitte eine der Probe-IBANs. Geben Sie hier niemals eine echte IBAN ein.")
    compact = _compact(account.number)
    details = {"country": "DE", "bank_code": compact[4:12], "last4": compact[-4:]}
    return Instrument("sepa_debit", account.outcome, details, is_disputed=account.is_disputed)


def _found(typed: str, numbers: tuple[TestNumber, ...]) -> TestNumber | None:
    return next((known for known in numbers if _compact(known.number) == _compact(typed)), None)


def _compact(number: str) -> str:
    return "".join(number.split()).upper()
