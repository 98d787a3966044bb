"""Other programs read how payments stand, and names only if they may read cases."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditAction, AuditEntry, User
from accounts.tokens.models import Scope
from billing.models import Payment
from billing.states import PaymentState
from tenants.context import in_town
from tenants.models import Town
from tests.api.conftest import MakeSystem, System, issued
from tests.factories import make_submission
from tests.people import MONDAY, make_astrid


@pytest.fixture
def paid(anna: User) -> Payment:
    return pay(anna)


def pay(anna: User, **values: object) -> Payment:
    submission = make_submission(anna, paid=True)
    given = {
        "submission": submission,
        "reference": f"{submission.number}-1",
        "amount": Decimal("5.00"),
        "state": PaymentState.PAID,
        "account": "acct_probe_lage",
        "method": "card",
        "created_at": MONDAY,
        "paid_at": MONDAY + timedelta(minutes=1),
    }
    return Payment.objects.create(**given | values)


def looks() -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(action=AuditAction.SEEN, object_kind="payment")
    return [(one.by.name if one.by else "", one.object_key) for one in found]


def test_a_payment_is_told_without_a_name(make_system: MakeSystem, paid: Payment) -> None:
    system = make_system(Scope.PAYMENTS)

    plain = {
        "reference": paid.reference,
        "amount": "5.00",
        "state": "paid",
        "state_label": "Bezahlt",
        "method": "card",
        "created_at": "2026-11-16T09:30:00+01:00",
        "paid_at": "2026-11-16T09:31:00+01:00",
        "submission": paid.reference.removesuffix("-1"),
        "service": "hundemarke-ersatz",
    }
    assert system.ask(f"/payments/{paid.reference}/").json() == plain
    assert system.ask("/payments/").json() == {"next": None, "previous": None, "results": [plain]}
    assert looks() == []


def test_who_may_read_cases_is_told_the_name_and_that_is_written_down(make_system: MakeSystem, paid: Payment) -> None:
    system = make_system(Scope.PAYMENTS, Scope.READ)

    for _time in range(2):
        assert system.ask("/payments/").json()["results"][0]["applicant"] == "Anna Schröder"
    assert looks() == [("Steuerverfahren", str(paid.pk))]
    assert system.ask(f"/payments/{paid.reference}/").json()["applicant"] == "Anna Schröder"
    assert looks() == [("Steuerverfahren", str(paid.pk))] * 2


def test_the_list_is_filtered(system: System, anna: User, paid: Payment) -> None:
    failed = pay(anna, state=PaymentState.FAILED, created_at=MONDAY + timedelta(days=1), paid_at=None)

    def found(query: str) -> list[str]:
        return [one["reference"] for one in system.ask(f"/payments/{query}").json()["results"]]

    assert found("") == [failed.reference, paid.reference]
    assert found("?state=paid") == [paid.reference]
    assert found("?created_since=2026-11-17T00:00:00Z") == [failed.reference]
    assert system.ask("/payments/?state=lost").json()["errors"].keys() == {"state"}


@pytest.mark.parametrize("sees", [{"units": ["standesamt"]}, {"services": ["hund-anmelden"]}])
def test_payments_of_other_units_and_services_do_not_exist(
    make_system: MakeSystem, paid: Payment, sees: dict[str, list[str]]
) -> None:
    system = make_system(**sees)

    assert system.ask("/payments/").json()["results"] == []
    assert system.ask(f"/payments/{paid.reference}/").status_code == 404


def test_payments_of_another_town_do_not_exist(detmold: Town, paid: Payment) -> None:
    with in_town(detmold):
        of_detmold = issued(detmold, make_astrid())

    assert of_detmold.ask("/payments/").json()["results"] == []
    assert of_detmold.ask(f"/payments/{paid.reference}/").status_code == 404


def test_trials_of_the_account_are_not_told(system: System, in_lage: Town) -> None:
    trial = Payment.objects.create(reference="LAGE-PROBE-1", amount=Decimal("1.00"), account="x", created_at=MONDAY)

    assert system.ask("/payments/").json()["results"] == []
    assert system.ask(f"/payments/{trial.reference}/").status_code == 404
