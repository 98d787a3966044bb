"""A month of payments: statements, ledger and provider say the same to the cent.

Some run with all tests. The whole month, with its sums printed:

    STADTTOR_MONTH=5000 ./run test tests/billing/test_a_month.py -q -s
"""

import os
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.models import Role, User
from billing import comparing, refunding, settling
from billing.actions import set_up_account, start_payment
from billing.closed import Period
from billing.closing import close_days
from billing.models import (
    Comparison,
    DailyStatement,
    Difference,
    LedgerEntry,
    Method,
    Movement,
    Payment,
    Refund,
    StatementPost,
)
from billing.states import MovementKind, PaymentState, RefundReason, RefundState
from catalogue.fees import FeeLine
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS
from tenants.context import as_owner
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.billing.paying import BACK
from tests.factories import make_amount, make_submission
from tests.people import make_anna, make_karin, make_staff
from townhall.models import BudgetLine

PAYMENTS = int(os.environ.get("STADTTOR_MONTH", "60"))
SEED = int(os.environ.get("STADTTOR_SEED", "1"))
DAYS = 30
NOTHING = Decimal("0.00")

# What people apply for: service, and the lines of its fee.
SERVICES: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...] = (
    ("Ersatz-Hundemarke bestellen", (("Ersatzmarke", "5.00", "hundemarke.ersatz"), ("Versand", "1.65", "porto"))),
    ("Fischereischein verlängern", (("Jahresfischereischein", "16.00", "fischerei"),)),
    ("Fischereischein, fünf Jahre", (("Fünfjahresfischereischein", "48.00", "fischerei"),)),
    ("Meldebescheinigung", (("Bescheinigung", "9.00", "melde"),)),
    ("Container aufstellen", (("Sondernutzung", "137.37", "sondernutzung"), ("Bescheid", "23.01", "bescheid"))),
)


@dataclass
class Month:
    """One town, one account, one clerk who asks and one who releases."""

    provider: Provider
    account: str
    anna: User
    karin: User
    karl: User
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311 -- repeatable

    def day(self, number: int, *, begins: datetime) -> datetime:
        return begins + timedelta(days=number, minutes=self.chance.randrange(14 * 60))

    def pay(self, now: datetime) -> Payment:
        """Somebody applies and pays; debits are settled by the bank at once."""
        title, lines = self.chance.choice(SERVICES)
        fee = [FeeLine(label, Decimal(1), Decimal(cost), Decimal(cost), key) for label, cost, key in lines]
        total = sum((line.amount for line in fee), NOTHING)
        submission = make_submission(
            self.anna,
            paid=True,
            now=now,
            service_title=title,
            fee_lines=[line.plain() for line in fee],
            fee_total=total,
        )
        payment = start_payment(
            submission=submission, request=None, success_url=BACK, cancel_url=BACK, now=timezone.now()
        )  # the provider lives today
        method = self.chance.choices(["card", "paypal", "sepa_debit"], [60, 20, 20])[0]
        self.provider.pay(payment.session_url, method, iban=BANK_ACCOUNTS[0].number)
        if method == "sepa_debit":
            self.provider.probe(f"sessions/{payment.session_id}/settle")
        return self.ask(payment, now)

    def ask(self, payment: Payment, now: datetime) -> Payment:
        return settling.ask(payment=payment, source="polling", now=now)

    def afterwards(self, payment: Payment, now: datetime) -> None:
        """Some get all back, some a part, once or twice; some dispute, and some debits come back."""
        fate = self.chance.random()
        if fate < 0.04:
            self.give_back(payment, payment.amount, now)
        elif fate < 0.10:
            for _time in range(self.chance.choice([1, 1, 2])):
                most = int(payment.refundable * 100) - 1
                self.give_back(payment, Decimal(self.chance.randint(1, most // 2)) / 100, now)
                payment = Payment.objects.get(pk=payment.pk)
        elif fate < 0.13 and payment.method != "sepa_debit":
            self.provider.probe(f"sessions/{payment.session_id}/dispute", won=self.chance.choice([None, True, False]))
            self.ask(payment, now)
        elif fate < 0.16 and payment.method == "sepa_debit":
            self.provider.probe(f"sessions/{payment.session_id}/fail_late")
            self.ask(payment, now)

    def give_back(self, payment: Payment, amount: Decimal, now: datetime) -> None:
        refund = refunding.request_refund(
            payment=payment, amount=amount, reason=RefundReason.OTHER, note="", by=self.karin, now=now
        )
        released = refunding.release_refund(refund=refund, by=self.karl, now=now)
        refunding.make_refund(refund=Refund.objects.get(pk=released.pk), now=now)

    def balance(self) -> Decimal:
        """What the provider says that the account holds (EUR)."""
        from django.conf import settings

        headers = {"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}", "Stripe-Account": self.account}
        told: dict[str, Any] = requests.get(f"{self.provider.base}/v1/balance", headers=headers, timeout=60).json()
        return Decimal(told["available"][0]["amount"]) / 100


@pytest.fixture
def month(provider: Provider, in_lage: Town) -> Month:
    make_amount()
    account = provider.new_account()
    set_up_account(stripe_account=account, methods=[Method.CARD, Method.PAYPAL, Method.SEPA_DEBIT])
    levy = {"levy": "Fischereiabgabe Land", "levy_percent": Decimal(50), "levy_number": "99.01"}
    for number, key in enumerate(("hundemarke.ersatz", "porto", "fischerei", "melde", "sondernutzung")):
        BudgetLine.objects.create(key=key, number=f"12.0{number}", **(levy if key == "fischerei" else {}))
    karl = make_staff("karl", "Karl", "Kassel", Role.CASH_OFFICE)
    return Month(provider, account, make_anna(), make_karin(), karl)


def test_statements_ledger_and_provider_agree_to_the_cent(month: Month) -> None:
    today = timezone.localtime().replace(hour=6, minute=0, second=0, microsecond=0)
    begins = today - timedelta(days=DAYS)
    earlier: list[Payment] = []
    for number in range(DAYS):
        for _payment in range(PAYMENTS * (number + 1) // DAYS - PAYMENTS * number // DAYS):
            earlier.append(month.pay(month.day(number, begins=begins)))
        while len(earlier) > PAYMENTS // 10:  # what comes afterwards comes some days later
            month.afterwards(earlier.pop(0), month.day(number, begins=begins))
        if number == DAYS // 2:
            month.provider.probe(f"accounts/{month.account}/pay_out")
        if number % 3 == 0:  # the worker was away for a while
            close_days(now=begins + timedelta(days=number, hours=-5))
    comparing.compare(now=timezone.now())
    close_days(now=today + timedelta(days=1, hours=1))

    told = sums()
    tell(told)
    assert told["Endbestand"] == told["Bewegungen"] == month.balance()
    assert told["Zahlungen im Abschluss"] == told["Zahlungen im Kassenbuch"]
    assert told["Erstattungen im Abschluss"] == told["Erstattungen im Kassenbuch"]
    assert told["Rückbuchungen im Abschluss"] == told["Rückbuchungen im Kassenbuch"]
    assert Difference.objects.count() == 0
    comparison = Comparison.objects.latest("at")
    assert comparison.ours == comparison.theirs == month.balance()
    assert_statements_are_whole()


def sums() -> dict[str, Decimal]:
    """Each sum (EUR) in two ways that have nothing to do with each other."""
    posts, ledger = StatementPost.objects.all(), LedgerEntry.objects.filter(new_state=PaymentState.PAID)
    paid = Payment.objects.filter(pk__in=ledger.values("payment"))
    gone = Payment.objects.filter(state__in=[PaymentState.CHARGED_BACK, PaymentState.DISPUTED])
    given_back = Refund.objects.filter(state=RefundState.DONE)
    return {
        "Endbestand": DailyStatement.objects.latest("day").closing,
        "Bewegungen": _sum(Movement.objects.all()),
        "Zahlungen im Abschluss": _sum(posts.filter(kind=MovementKind.PAYMENT)),
        "Zahlungen im Kassenbuch": _sum(paid),
        "Erstattungen im Abschluss": _sum(posts.filter(Q(kind="refund") | Q(kind="refund_returned"))),
        "Erstattungen im Kassenbuch": -_sum(given_back),
        "Rückbuchungen im Abschluss": _sum(posts.filter(kind__in=["dispute", "dispute_won", "payment_returned"])),
        "Rückbuchungen im Kassenbuch": -_sum(gone),
        "Entgelte": _sum(posts.filter(kind=MovementKind.FEE)),
        "Auszahlungen": _sum(posts.filter(kind=MovementKind.PAYOUT)),
    }


def _sum(rows: Any) -> Decimal:
    return rows.aggregate(sum=Sum("amount", default=NOTHING))["sum"]  # type: ignore[no-any-return]


def assert_statements_are_whole() -> None:
    """No gap, every movement once, and every way to add up comes to the same."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the database looks at when a transaction ends
    statements = list(DailyStatement.objects.order_by("day"))
    assert len(statements) == DAYS + 1
    numbers = [(one.year, one.number) for one in statements]
    assert numbers == sorted(set(numbers))
    assert not Movement.objects.filter(posts=None).exists()
    assert Movement.objects.count() == StatementPost.objects.filter(part=0).count()
    for year in {one.year for one in statements}:
        period = Period(year)
        assert period.by_kind.amount == period.change
        assert len({totals.amount for totals in period.of_fees}) == 1
    assert not Payment.objects.filter(state=PaymentState.PAID).exists()


def tell(told: dict[str, Decimal]) -> None:
    """For whoever watches."""
    payments, refunds = Payment.objects.count(), Refund.objects.count()
    print(f"\n{payments} Zahlungen, {refunds} Erstattungen, {DailyStatement.objects.count()} Tagesabschlüsse")  # noqa: T201
    for what, amount in told.items():
        print(f"{what:<30}{amount:>14} €")  # noqa: T201
