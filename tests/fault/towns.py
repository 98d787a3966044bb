"""The books: orders before the storm, and whether every euro is in its place after it."""

import os
import random
import time
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

from config.local.stack import Stack

PATIENCE = 600  # seconds until all must be settled
SLUGS = ("lage", "detmold")


@dataclass(frozen=True)
class Order:
    """A replacement tag that waits for its payment, and the session of its citizen."""

    town: str  # schema
    host: str
    number: str
    session: str
    account: str


class Towns:
    """Two towns of the stack, seen from their database."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.summary = ""
        os.environ.update(stack.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"})
        import django

        django.setup()

    # --- Before ------------------------------------------------------------------------------------------

    def take_orders(self, number: int) -> list[Order]:
        """So many tags ordered, in turns in both towns."""
        from django.utils import timezone

        from tenants.context import in_town
        from tenants.models import Town
        from tests.factories import make_submission
        from tests.people import TownClient, make_citizen

        orders: list[Order] = []
        for place, slug in enumerate(SLUGS):
            town = Town.objects.get(slug=slug)
            with in_town(town):
                self._let_card_paypal_and_debit(slug)
                citizen = make_citizen("crowd", "Cora", "Crowd")
                session = TownClient(town).sign_in(citizen).cookies["session"].value
                for _number in range(place, number, len(SLUGS)):
                    made = make_submission(citizen, paid=True, now=timezone.now())
                    host = f"{slug}.localhost:{self.stack.ports.web}"
                    orders.append(Order(town.schema_name, host, made.number, session, f"acct_probe_{slug}"))
        random.Random(number).shuffle(orders)  # noqa: S311 -- repeatable
        return orders

    def _let_card_paypal_and_debit(self, slug: str) -> None:
        from billing.actions import set_up_account

        set_up_account(stripe_account=f"acct_probe_{slug}", methods=["card", "paypal", "sepa_debit"])

    # --- Meanwhile ---------------------------------------------------------------------------------------

    def release_refunds(self, *, share: float, seed: int) -> int:
        """A share of what has been paid so far is given back: one asks, another releases. Crashes are sat out."""
        from django.db import DatabaseError, connection
        from procrastinate.exceptions import ConnectorException

        from billing.models import Payment
        from billing.states import PaymentState

        chance, released = random.Random(seed), 0  # noqa: S311
        for town in self._towns():
            colleagues = self._patiently(town, _make_colleagues)
            payments = self._patiently(town, lambda: list(Payment.objects.filter(state=PaymentState.PAID)))
            for payment in payments:
                if chance.random() < share:
                    amount = chance.choice([payment.amount, Decimal("1.00")])
                    try:
                        self._within(town, lambda p=payment, a=amount, c=colleagues: _give_back(p, a, c))
                        released += 1
                    except (DatabaseError, ConnectorException):
                        connection.close()
        return released

    # --- After -------------------------------------------------------------------------------------------

    def let_time_pass(self) -> None:
        """Days go by: pages expire, banks decide, jobs become due, nights come."""
        from tests.fault.accidents import probe

        time.sleep(35)  # until a dead worker counts as dead
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            probe(self.stack, "sessions/expire")
            self._every_job_is_due()
            time.sleep(3)
            if self._is_quiet():
                break
        for slug in SLUGS:
            probe(self.stack, f"accounts/acct_probe_{slug}/pay_out")
        for town in self._towns():
            self._within(town, _compare)

    def count(self, *, forged: int) -> list[str]:
        """What is not as it must be, a sentence each."""
        problems = [f"{forged} gefälschte Meldungen angenommen"] if forged else []
        totals: Counter[str] = Counter()
        money = Counter[str]()
        for town, slug in zip(self._towns(), SLUGS, strict=True):
            account = f"acct_probe_{slug}"
            truth = self._charges(account)
            problems += self._within(town, lambda t=truth: _wrong_payments(t, totals))
            ours = self._within(town, _sum_of_movements)
            theirs = Decimal(self._api(account, "balance")["available"][0]["amount"]) / 100
            if ours != theirs:
                problems.append(f"{slug}: im Kassenbuch {ours} €, beim Anbieter {theirs} €")
            money["beim Anbieter bezahlt"] += sum(one["amount"] for one in truth.values())
            totals["beim Anbieter bezahlt"] += len(truth)
        self.summary = "; ".join(f"{what}: {number}" for what, number in totals.items())
        self.summary += f"; zusammen {Decimal(money['beim Anbieter bezahlt']) / 100} €"
        return problems

    def _charges(self, account: str) -> dict[str, dict[str, Any]]:
        """What was paid at the provider, by reference."""
        found: dict[str, dict[str, Any]] = {}
        after: dict[str, str] = {}
        while True:
            page = self._api(account, "charges", limit="100", **after)
            for charge in page["data"]:
                if charge["status"] == "succeeded":
                    found[charge["metadata"]["reference"]] = charge
            if not page["has_more"]:
                return found
            after = {"starting_after": page["data"][-1]["id"]}

    def _api(self, account: str, path: str, **query: str) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.stack.environment['STRIPE_SECRET_KEY']}",
            "Stripe-Account": account,
        }
        address = f"http://localhost:{self.stack.ports.stripe}/v1/{path}"
        answer: dict[str, Any] = requests.get(address, query, headers=headers, timeout=60).json()
        return answer

    # --- In a town ---------------------------------------------------------------------------------------

    def _towns(self) -> list[Any]:
        from tenants.models import Town

        found: list[Any] = self._patiently(None, lambda: [Town.objects.get(slug=slug) for slug in SLUGS])
        return found

    def _within(self, town: Any, act: Any) -> Any:
        from tenants.context import in_town

        with in_town(town):
            return act()

    def _patiently(self, town: Any, act: Any) -> Any:
        """Until the database answers."""
        from django.db import DatabaseError, connection

        while True:
            try:
                return self._within(town, act) if town else act()
            except DatabaseError:
                connection.close()
                time.sleep(0.5)

    def _every_job_is_due(self) -> None:
        from django.db import connection
        from procrastinate.contrib.django import app

        from tenants.context import at_operator

        with at_operator(), connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
            if cursor.fetchone()[0]:
                app.tasks["tenants.jobs.take_up_stalled_jobs"].defer(timestamp=0)

    def _is_quiet(self) -> bool:
        from django.db import connection

        from billing.models import Payment, Refund
        from billing.states import OPEN
        from tenants.context import at_operator

        def waits() -> bool:
            under_way = Refund.objects.filter(state__in=["approved", "pending"])
            return Payment.objects.filter(state__in=OPEN).exists() or under_way.exists()

        with at_operator(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
            jobs = cursor.fetchone()[0]
        return not jobs and not any(self._within(town, waits) for town in self._towns())


def _make_colleagues() -> Any:
    from accounts.models import Role, User
    from tests.people import make_staff

    names = ("ina", "uwe")
    return [
        User.objects.filter(login=f"{name}@rathaus.example").first()
        or make_staff(name, name.title(), "Kasse", Role.CASH_OFFICE)
        for name in names
    ]


def _give_back(payment: Any, amount: Decimal, colleagues: Any) -> None:
    from django.utils import timezone

    from billing.refunding import RefundRefused, release_refund, request_refund
    from billing.states import RefundReason

    asks, releases = colleagues
    reason, now = RefundReason.OTHER, timezone.now()
    try:
        refund = request_refund(payment=payment, amount=amount, reason=reason, note="", by=asks, now=now)
        release_refund(refund=refund, by=releases, now=now)
    except RefundRefused:
        pass  # taken back meanwhile


def _compare() -> None:
    from django.utils import timezone

    from billing.comparing import compare

    compare(now=timezone.now())


def _sum_of_movements() -> Decimal:
    from django.db.models import Sum

    from billing.models import Movement

    total: Decimal = Movement.objects.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return total


def _wrong_payments(truth: dict[str, dict[str, Any]], totals: Counter[str]) -> list[str]:
    """Compare each payment and each submission with what the provider says."""
    from billing.models import Difference, Payment
    from submissions.models import Submission
    from submissions.states import State

    problems, paid_numbers = [], set()
    known = {payment.reference: payment for payment in Payment.objects.select_related("submission")}
    for reference, charge in truth.items():
        payment = known.get(reference)
        if payment is None or not payment.has_arrived:
            problems.append(f"{reference}: bezahlt, bei uns {payment.state if payment else 'unbekannt'}")
            continue
        kept = sum((one.amount for one in payment.movements.exclude(kind="fee")), Decimal(0))
        back = sum((one.amount for one in payment.movements.filter(kind__in=["dispute", "dispute_won"])), Decimal(0))
        if (kept - back) * 100 != charge["amount"] - charge["amount_refunded"]:
            problems.append(f"{reference}: Bewegungen {kept}, beim Anbieter anders")
        paid_numbers.add(payment.number)
    for payment in known.values():
        if payment.is_open:
            problems.append(f"{payment.reference}: noch {payment.state}")
        if payment.has_arrived and payment.reference not in truth:
            problems.append(f"{payment.reference}: bei uns {payment.state}, beim Anbieter nicht bezahlt")
        totals[f"Zahlungen „{payment.get_state_display()}“"] += 1
    for submission in Submission.objects.filter(service_key="hundemarke-ersatz"):
        received = submission.events.filter(new_state=State.RECEIVED).count()
        if received != (submission.number in paid_numbers):
            problems.append(f"{submission.number}: {received}× eingegangen, obwohl bezahlt anders ist")
        totals["eingegangen"] += received
        counting = submission.payments.counting().count() + submission.payments.filter(state="charged_back").count()
        if counting > 1:
            problems.append(f"{submission.number}: {counting} Zahlungen zählen")
    problems += [f"Abgleich: {difference.text}" for difference in Difference.objects.filter(resolved_at=None)]
    return problems
