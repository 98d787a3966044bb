"""Payments are there for the cash office of their own town, and show on no other page.

Who gets in at all is tested for all pages at once, in tests/matrix.
"""

from datetime import timedelta

import pytest

from billing import treasury_urls
from billing.closing import close_days
from billing.models import Movement, Refund
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, make_clara_of_all_trades
from tests.pages import text_of
from tests.people import MONDAY, TownClient
from tests.treasury.conftest import MakePayment

REFERENCE = "LAGE-2026-000001-1"
REFUND = "5e1f3a52-6f0e-4f7c-9a51-3a1c2b8f0d11"
PAGES = addresses_of(treasury_urls, reference=REFERENCE, pk=REFUND, year=2026, month=11, day=16)
OF_LAGE = [page for page in PAGES if REFERENCE in page or REFUND in page or "2026/" in page]
LISTS = [page for page in PAGES if page not in OF_LAGE]


@pytest.fixture
def clara(detmold: Town) -> TownClient:
    """Clara of Detmold, signed in there."""
    with in_town(detmold):
        return TownClient(detmold).sign_in(make_clara_of_all_trades())


@pytest.fixture(autouse=True)
def paid(make_payment: MakePayment) -> None:
    """Anna of Lage has paid, the day is closed, and she is to have something back."""
    payment = make_payment()
    assert payment.reference == REFERENCE
    amount = payment.amount
    Movement.objects.create(
        payment=payment,
        provider="stripe",
        account="acct_probe_lage",
        kind="payment",
        source="x",
        amount=amount,
        at=MONDAY,
    )
    Refund.objects.create(pk=REFUND, payment=payment, amount=amount, reason="other", requested_at=MONDAY)
    assert len(close_days(now=MONDAY + timedelta(days=1))) == 1


def test_clara_finds_no_payment_of_another_town(clara: TownClient) -> None:
    assert is_not_there(clara, OF_LAGE) == dict.fromkeys(OF_LAGE, True)
    assert len(OF_LAGE) == 15


def test_claras_lists_show_nothing_of_another_town(clara: TownClient) -> None:
    for page in (*LISTS, *(f"{page}?q=LAGE" for page in LISTS)):
        shown = text_of(clara.get(page))
        assert [word for word in (REFERENCE, "Schröder") if word in shown] == []
