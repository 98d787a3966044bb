"""Payments are for the cash office of their own town, and for nobody else."""

import pytest

from accounts.models import User
from billing import treasury_urls
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, is_sent_to_sign_in, make_clara_of_all_trades
from tests.pages import text_of
from tests.people import TownClient, make_astrid, make_bernd
from tests.treasury.conftest import MakePayment

REFERENCE = "LAGE-2026-000001-1"
PAGES = addresses_of(treasury_urls, reference=REFERENCE)
LISTS = [page for page in PAGES if REFERENCE not in page]
ONE_PAYMENT = [page for page in PAGES if REFERENCE in page]


@pytest.fixture
def clara(detmold: Town) -> TownClient:
    """Clara of Detmold, signed in there."""
    with in_town(detmold):
        return TownClient(detmold).sign_in(make_clara_of_all_trades())


@pytest.fixture(autouse=True)
def paid(make_payment: MakePayment) -> None:
    """Anna of Lage has paid."""
    assert make_payment().reference == REFERENCE


def test_clara_finds_no_payment_of_another_town(clara: TownClient) -> None:
    assert is_not_there(clara, ONE_PAYMENT) == dict.fromkeys(ONE_PAYMENT, True)
    assert len(ONE_PAYMENT) == 2


def test_claras_lists_show_nothing_of_another_town(clara: TownClient) -> None:
    for page in (*LISTS, *(f"{page}?q=LAGE" for page in LISTS)):
        shown = text_of(clara.get(page))
        assert [word for word in (REFERENCE, "Schröder") if word in shown] == []


def test_claras_session_is_worth_nothing_in_lage(clara: TownClient, lage: Town) -> None:
    stranger = TownClient(lage)
    stranger.cookies = clara.cookies

    assert is_sent_to_sign_in(stranger, PAGES) == dict.fromkeys(PAGES, True)


def test_citizens_are_sent_to_the_sign_in_of_staff(visitor: TownClient, anna: User) -> None:
    visitor.sign_in(anna)

    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)


def test_nobody_gets_in_without_signing_in(visitor: TownClient) -> None:
    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)


@pytest.mark.parametrize("make", [make_astrid, make_bernd], ids=["administrator", "case worker"])
def test_other_roles_find_no_payments(visitor: TownClient, make: type[User]) -> None:
    visitor.sign_in(make())

    assert is_not_there(visitor, PAGES) == dict.fromkeys(PAGES, True)
