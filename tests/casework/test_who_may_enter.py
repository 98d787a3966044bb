"""Cases are for case workers of their own town, and for nobody else."""

from uuid import uuid4

import pytest

from accounts.models import Role, User
from submissions.casework import urls as casework_urls
from submissions.models import Event, Submission
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, is_sent_to_sign_in, make_clara_of_all_trades
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_astrid, make_karin, make_oemer, make_staff

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
    assert len(pages) == 28
    assert untouched(lage, history)


def test_claras_inbox_and_search_show_nothing_of_another_town(clara: TownClient, history: list[Event]) -> None:
    for address in (INBOX, f"{INBOX}?status=alle", f"{INBOX}?q=LAGE", f"{INBOX}?q=schröder"):
        page = text_of(clara.get(address))
        assert NUMBER not in page
        assert "Schröder" not in page.replace("„schröder“", "")


def test_claras_session_is_worth_nothing_in_lage(clara: TownClient, lage: Town, history: list[Event]) -> None:
    stranger = TownClient(lage)
    stranger.cookies = clara.cookies

    assert is_sent_to_sign_in(stranger, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, history)


@pytest.mark.parametrize("who", ["anna", "oemer"])
def test_citizens_are_sent_to_the_sign_in_of_staff(
    visitor: TownClient, lage: Town, history: list[Event], who: str
) -> None:
    visitor.sign_in(User.objects.get(subject="anna") if who == "anna" else make_oemer())

    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, history)


def test_nobody_gets_in_without_signing_in(visitor: TownClient, lage: Town, history: list[Event]) -> None:
    assert is_sent_to_sign_in(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, history)


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


def make_dora() -> User:
    return make_staff("dora", "Dora", "Dreyer", Role.DATA_PROTECTION)


@pytest.mark.parametrize(
    "make", [make_astrid, make_karin, make_dora], ids=["administrator", "cash office", "data protection"]
)
def test_other_roles_find_no_cases(visitor: TownClient, lage: Town, history: list[Event], make: type[User]) -> None:
    visitor.sign_in(make())

    assert is_not_there(visitor, PAGES) == dict.fromkeys(PAGES, True)
    assert untouched(lage, history)


def test_the_second_factor_is_needed(visitor: TownClient, lage: Town, history: list[Event]) -> None:
    with in_town(lage):
        user = User.objects.create(
            kind="staff", login="x@y.example", email="x@y.example", roles=[Role.CASE_WORKER], created_at=history[0].at
        )
        visitor.force_login(user, backend="accounts.staff.StaffBackend")

    assert visitor.get(INBOX)["Location"].startswith("/rathaus/anmelden/code/")
