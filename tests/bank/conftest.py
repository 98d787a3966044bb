import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role, User
from billing.bank.importing import import_statement
from billing.bank.models import Statement, StatementEntry
from billing.bank.states import CheckDigit
from billing.bank.transfers import Terms, choose, set_terms
from billing.models import Payment, PaymentRequest
from config.local.bank import SampleLine, camt_statement
from submissions.models import Submission
from tenants.models import Town
from tests.factories import make_amount, make_submission
from tests.people import TownClient, make_anna, make_astrid, make_karin, make_staff

IBAN = "DE89370400440532013000"  # of the town
DAY = date(2026, 11, 18)


def switch_on(**values: Any) -> None:
    """The town can be paid by transfer."""
    given: dict[str, Any] = {
        "is_on": True,
        "holder": "Stadt Lage, Stadtkasse",
        "iban": IBAN,
        "bic": "",
        "prefix": "SP",
        "check_digit": CheckDigit.MODULO_10,
        "days_to_pay": 14,
        "counts_at_once": False,
        "is_shared": False,
    }
    set_terms(Terms(**(given | values)))


def line(amount: str, purpose: str, **values: Any) -> SampleLine:
    return SampleLine(Decimal(amount), purpose, **({"booked_on": DAY} | values))


def announce(submission: Submission | None = None, request: PaymentRequest | None = None) -> Payment:
    """Somebody has ordered a tag for five euros and wants to transfer them."""
    owed = submission or make_submission(User.objects.filter(subject="anna").first() or make_anna(), paid=True)
    return choose(submission=owed, request=request, now=timezone.now())


def bring(lines: Sequence[SampleLine], by: User, *, iban: str = IBAN, **options: Any) -> Statement:
    """The bank's statement with these lines comes in."""
    content = camt_statement(iban, lines, **options)
    return import_statement(content=content, by=by, now=timezone.now()).statement


def entry_of(purpose: str) -> StatementEntry:
    return StatementEntry.objects.get(purpose=purpose)


def mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def payable(in_lage: Town) -> None:
    """People can order tags and pay by transfer."""
    make_amount()
    switch_on()


@pytest.fixture
def karin(payable: None) -> User:
    return make_karin()


@pytest.fixture
def kim(payable: None) -> User:
    """Karin's colleague."""
    return make_staff("kim", "Kim", "Kaya", Role.CASH_OFFICE)


@pytest.fixture
def karins_desk(lage: Town, karin: User) -> TownClient:
    return TownClient(lage).sign_in(karin)


@pytest.fixture
def astrid(lage: Town, in_lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_astrid())
