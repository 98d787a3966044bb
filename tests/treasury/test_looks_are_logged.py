"""Who looks at whose payment stands in the town's audit log."""

import pytest

from accounts.models import AuditAction, AuditEntry, User
from billing.models import Payment
from tests.people import TownClient
from tests.treasury.conftest import MakePayment

LIST = "/rathaus/kasse/"


def looks() -> list[tuple[str, str, str]]:
    found = AuditEntry.objects.filter(action=AuditAction.SEEN, object_kind="payment").order_by("pk")
    return [(entry.by.name if entry.by else "", entry.object_kind, entry.object_key) for entry in found]


@pytest.fixture
def paid(make_payment: MakePayment) -> Payment:
    return make_payment()


def test_each_look_at_a_payment_is_written_down(karin: TownClient, paid: Payment) -> None:
    name = User.objects.get(email__startswith="karin").name

    karin.get(f"{LIST}{paid.reference}/")
    karin.get(f"{LIST}{paid.reference}/")
    karin.get(f"{LIST}{paid.reference}/quittung.pdf")

    assert looks() == [(name, "payment", str(paid.pk))] * 3


@pytest.mark.parametrize("page", ["", "?q=Schröder", "zahlungen.csv", "zahlungen.csv?q=5,00"])
def test_a_list_with_names_is_written_down_once_a_day(karin: TownClient, paid: Payment, page: str) -> None:
    karin.get(LIST + page)
    karin.get(LIST + page)

    assert [key for _name, _kind, key in looks()] == [str(paid.pk)]


def test_what_was_not_found_was_not_seen(karin: TownClient, paid: Payment) -> None:
    karin.get(f"{LIST}?q=Müller")

    assert looks() == []
