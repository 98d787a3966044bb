from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from billing.models import LedgerEntry, Payment
from billing.states import ARRIVED, PaymentState
from submissions import actions
from tenants.models import Town
from tests.factories import make_submission
from tests.people import MONDAY, TownClient, make_anna, make_karin

# Makes a payment: state, amount, name of the applicant, when.
MakePayment = Callable[..., Payment]


@pytest.fixture
def karin(lage: Town, in_lage: Town) -> TownClient:
    """Karin at her desk, signed in with both factors."""
    return TownClient(lage).sign_in(make_karin())


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def make_payment(anna: User) -> MakePayment:
    """Somebody has ordered a tag, and this is how her payment stands."""

    def make(
        state: PaymentState = PaymentState.PAID,
        amount: str = "5.00",
        name: str = "Anna Schröder",
        now: datetime = MONDAY,
        **values: Any,
    ) -> Payment:
        submission = make_submission(anna, paid=True, applicant=name, now=now)
        payment = Payment.objects.create(
            submission=submission,
            reference=f"{submission.number}-1",
            amount=Decimal(amount),
            state=state,
            account="acct_probe_lage",
            method="card" if state in ARRIVED else "",
            created_at=now,
            paid_at=now if state in ARRIVED else None,
            **values,
        )
        LedgerEntry.objects.create(
            payment=payment, at=now, new_state="created", source="person", reason="Zahlung vorbereitet"
        )
        if state != PaymentState.CREATED:
            LedgerEntry.objects.create(
                payment=payment, at=now, old_state="created", new_state=state, source="webhook", reason="Gemeldet"
            )
        if state == PaymentState.PAID:
            actions.payment_arrived(submission=submission, now=now)
        return payment

    return make
