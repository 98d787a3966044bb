"""Cases are there for case workers of their own town and unit, and show on no other page.

Who gets in at all is tested for all pages at once, in tests/matrix.
"""

from uuid import uuid4

import pytest

from accounts.models import Role
from submissions.casework import urls as casework_urls
from submissions.models import Event, Submission
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, make_clara_of_all_trades
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_staff

NUMBER = "LAGE-2026-000001"
FAR = 4242  # no text block has this key
PAGES = addresses_of(casework_urls, number=NUMBER, upload_id=uuid4(), run=uuid4(), pk=FAR)
INBOX = PAGES[0]
CASE_PAGES = [page for page in PAGES if f"/{NUMBER}/" in page]


@pytest.fixture
def history(in_lage: Town) -> list[Event]:
    """Anna's case, and what has happened with it so far."""
    case = make_submission(make_anna())
    assert case.number == NUMBER
    return list(Event.objects.all())


@pytest.fixture
def clara(detmold: Town) -> TownClient:
    """Clara of Detmold, signed in there."""
    with in_town(detmold):
        return TownClient(detmold).sign_in(make_clara_of_all_trades())


def untouched(lage: Town, history: list[Event]) -> bool:
    with in_town(lage):
        return list(Event.objects.all()) == history and Submission.objects.get().case_worker is None


def test_clara_finds_no_case_of_another_town(clara: TownClient, lage: Town, history: list[Event]) -> None:
    pages = [page for page in PAGES if page in CASE_PAGES or f"/{FAR}/" in page]
    assert is_not_there(clara, pages) == dict.fromkeys(pages, True)
    assert len(pages) == 29
    assert untouched(lage, history)


def test_claras_inbox_and_search_show_nothing_of_another_town(clara: TownClient, history: list[Event]) -> None:
    for address in (INBOX, f"{INBOX}?status=alle", f"{INBOX}?q=LAGE", f"{INBOX}?q=schröder"):
        page = text_of(clara.get(address))
        assert NUMBER not in page
        assert "Schröder" not in page.replace("„schröder“", "")


def test_who_works_for_another_unit_finds_no_case(visitor: TownClient, lage: Town, history: list[Event]) -> None:
    for role in (Role.CASE_WORKER, Role.TEAM_LEAD):
        visitor.sign_in(make_staff(role.value, "Udo", "Unger", role, units=["standesamt", "buecherei"]))

        assert is_not_there(visitor, CASE_PAGES) == dict.fromkeys(CASE_PAGES, True)
        for address in (INBOX, f"{INBOX}?status=alle", f"{INBOX}?q={NUMBER}"):
            assert visitor.get(address).context["rows"] == []
        assert visitor.get(INBOX).context["counts"].open == 0
    assert untouched(lage, history)


@pytest.mark.parametrize("units", [[], ["steueramt"], ["buecherei", "steueramt"]])
def test_who_works_for_its_unit_or_for_all_finds_it(
    visitor: TownClient, history: list[Event], units: list[str]
) -> None:
    visitor.sign_in(make_staff("udo", "Udo", "Unger", Role.CASE_WORKER, units=units))

    assert [row.case.number for row in visitor.get(INBOX).context["rows"]] == [NUMBER]
    assert visitor.get(CASE_PAGES[0]).status_code == 200
