"""The lost property office keeps its register here: entering, taking over a report, and what becomes of an item."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Role, User
from submissions.found import actions, desk_urls
from submissions.found.actions import Details, ItemRefused
from submissions.found.models import FoundItem
from submissions.found.queries import OWN_LIST
from submissions.found.states import KEPT, TRANSITIONS, ItemState
from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.desk import addresses_of, is_not_there, make_clara_of_all_trades
from tests.factories import make_submission
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_karin, make_staff
from tests.threads import at_once
from townhall.actions import change_setting

KEYS: dict[str, Any] = {
    "category": "schluessel",
    "description": "Schlüsselbund mit rotem Band",
    "place": "Bahnhof",
    "found_on": MONDAY.date() - timedelta(days=3),
    "reported_on": MONDAY.date() - timedelta(days=2),
    "marks": "Nummer 4711 auf dem kleinen Schlüssel",
    "kept_at": "Schrank 2",
}
SENT = {
    "category": "handy",
    "description": "Schwarzes Handy",
    "place": "Freibad",
    "found_on_day": "14",
    "found_on_month": "11",
    "found_on_year": "2026",
    "reported_on_day": "16",
    "reported_on_month": "11",
    "reported_on_year": "2026",
    "marks": "Hintergrundbild mit Segelboot",
}
REPORTED = {
    "kategorie": "geldboerse",
    "beschreibung": "Braune Geldbörse, darin ein Ausweis auf den Namen Şahin",
    "fundort": {"place": "Marktplatz"},
    "gefunden_am": "2026-11-15",
    "verbleib": "bringen",
    "rechte": "ja",
}


@pytest.fixture(autouse=True)
def own_list(in_lage: Town) -> None:
    change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)


@pytest.fixture
def bernd(in_lage: Town) -> User:
    return make_bernd()


@pytest.fixture
def desk(bernd: User, in_lage: Town) -> TownClient:
    return TownClient(in_lage).sign_in(bernd)


def make_item(by: User, **changes: Any) -> FoundItem:
    return actions.enter(details=Details(**(KEYS | changes)), report=None, by=by, now=MONDAY)


def make_claim(item: FoundItem, citizen: User | None, **values: Any) -> Submission:
    answers = {
        "fundnummer": item.number,
        "kategorie": "schluessel",
        "beschreibung": "Drei Schlüssel an einem roten Band",
        "merkmale": "Auf dem kleinen steht 4711",
        "wert": "bis-25",
        "verlustort": "Auf dem Weg zum Bahnhof",
        "von": "2026-11-12",
        "bis": "2026-11-13",
        "abholung": "selbst",
    }
    given: dict[str, Any] = {"service_key": "fundsache-suchen", "unit": "buergerbuero", "form_version": 2} | values
    return make_submission(citizen, answers=answers, **given)


def make_report(**values: Any) -> Submission:
    given: dict[str, Any] = {
        "service_key": "fundsache-melden",
        "unit": "buergerbuero",
        "form_version": 1,
        "answers": REPORTED,
    }
    return make_submission(None, **(given | values))


# --- Entering ---------------------------------------------------------------------------------------------


def test_the_office_enters_what_was_brought(desk: TownClient) -> None:
    answer = desk.post("/rathaus/fundsachen/neu/", SENT)

    item = FoundItem.objects.get()
    assert answer["Location"] == f"/rathaus/fundsachen/{item.number}/"
    assert (item.number, item.state, item.found_on) == (
        f"F-{timezone.localdate().year}-0001",
        "kept",
        date(2026, 11, 14),
    )
    assert item.kept_until == date(2027, 5, 16)
    assert "Aufbewahren bis 16. Mai 2027" in text_of(desk.get(answer["Location"]))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"description": ""}, "description"),
        ({"category": "drachen"}, "category"),
        ({"found_on_year": "2093"}, "found_on"),
        ({"found_on_day": "16", "reported_on_day": "14"}, "reported_on"),
    ],
)
def test_what_is_wrong_is_said_and_stays_typed(desk: TownClient, changes: dict[str, str], field: str) -> None:
    answer = desk.post("/rathaus/fundsachen/neu/", SENT | changes)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "Hintergrundbild mit Segelboot" in answer.content.decode()
    assert not FoundItem.objects.exists()


def test_what_was_written_down_is_corrected(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd)

    desk.post(f"/rathaus/fundsachen/{item.number}/aendern/", SENT)

    item.refresh_from_db()
    assert (item.description, item.marks) == ("Schwarzes Handy", "Hintergrundbild mit Segelboot")


def test_a_report_is_taken_over_with_one_click_from_its_case(desk: TownClient) -> None:
    report = make_report()
    url = f"/rathaus/fundsachen/aus-vorgang/{report.number}/"
    assert url in desk.get(f"/rathaus/vorgang/{report.number}/").content.decode()

    form = desk.get(url).context["form"]
    shown = {name: form[name].value() for name in ("category", "description", "place", "finder_claims")}
    desk.post(url, SENT | {"category": "geldboerse", "finder_claims": "on"})

    assert shown == {
        "category": "geldboerse",
        "description": REPORTED["beschreibung"],
        "place": "Marktplatz",
        "finder_claims": True,
    }
    item = FoundItem.objects.get()
    assert (item.report, item.finder_claims) == (report, True)
    assert desk.get(url)["Location"] == f"/rathaus/fundsachen/{item.number}/"  # once
    assert f"/rathaus/fundsachen/{item.number}/" in desk.get(f"/rathaus/vorgang/{report.number}/").content.decode()


# --- What becomes of it -----------------------------------------------------------------------------------


def test_every_state_has_its_steps() -> None:
    assert set(TRANSITIONS) == set(ItemState)


def test_item_and_claim_stand_side_by_side_and_it_is_handed_over(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    claim = make_claim(item, make_anna())
    item.refresh_from_db()
    assert item.state == ItemState.CLAIMED

    page = text_of(desk.get(f"/rathaus/fundsachen/{item.number}/"))
    desk.post(f"/rathaus/fundsachen/{item.number}/aushaendigen/", {"claim": claim.number})

    for told in ("Nummer 4711 auf dem kleinen Schlüssel", "Auf dem kleinen steht 4711", "Anna Schröder"):
        assert told in page
    item.refresh_from_db()
    assert (item.state, item.handed_to, item.closed_on) == (ItemState.HANDED_OVER, claim, timezone.localdate())
    assert claim.events.filter(title=f"Fundsache {item.number} ausgehändigt").exists()


def test_of_a_protected_person_only_the_case_is_named(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    claim = make_claim(item, make_anna(), is_protected=True)

    page = text_of(desk.get(f"/rathaus/fundsachen/{item.number}/"))

    assert claim.number in page
    assert "Auf dem kleinen steht 4711" not in page


def test_it_is_not_handed_over_for_a_case_about_something_else(desk: TownClient, bernd: User) -> None:
    item, other = make_item(bernd), make_item(bernd)
    claim = make_claim(other, make_anna())

    answer = desk.post(f"/rathaus/fundsachen/{item.number}/aushaendigen/", {"claim": claim.number})

    assert answer.status_code == 404
    assert FoundItem.objects.get(pk=item.pk).state == ItemState.KEPT


def test_if_no_claim_was_right_it_is_kept(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    make_claim(item, make_anna())

    desk.post(f"/rathaus/fundsachen/{item.number}/keine-anfrage-passt/")

    assert FoundItem.objects.get().state == ItemState.KEPT


def test_before_the_six_months_are_over_it_is_not_the_finders(bernd: User) -> None:
    item = make_item(bernd, reported_on=date(2026, 5, 16), found_on=date(2026, 5, 16))  # until 16 November

    with pytest.raises(ItemRefused):
        actions.step(item=item, to=ItemState.GIVEN_TO_FINDER, by=bernd, now=MONDAY)
    given = actions.step(item=item, to=ItemState.GIVEN_TO_FINDER, by=bernd, now=MONDAY + timedelta(days=1))

    assert given.state == ItemState.GIVEN_TO_FINDER


def test_it_goes_earlier_only_for_a_reason(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd, found_on=timezone.localdate(), reported_on=timezone.localdate())
    address = f"/rathaus/fundsachen/{item.number}/"

    silent = desk.post(f"{address}verwerten/", {"reason": ""}, follow=True)
    assert "Bitte schreiben Sie, warum es nicht warten konnte." in text_of(silent)
    desk.post(f"{address}verwerten/", {"reason": "verdirbt"})

    item.refresh_from_db()
    assert (item.state, item.reason) == (ItemState.DISPOSED, "verdirbt")


def test_what_has_gone_goes_nowhere_else(desk: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    actions.step(item=item, to=ItemState.HANDED_OVER, by=bernd, now=MONDAY)

    answer = desk.post(f"/rathaus/fundsachen/{item.number}/aushaendigen/", follow=True)

    assert "Das ist nicht mehr möglich. Die Sache hat jetzt den Stand „Ausgehändigt“." in text_of(answer)


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_it_over_at_once_hand_it_over_once(in_lage: Town) -> None:
    change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)
    bernd = make_bernd()
    item = make_item(bernd)

    def hand_over() -> FoundItem:
        with in_town(in_lage):
            return actions.step(item=item, to=ItemState.HANDED_OVER, by=bernd, now=MONDAY)

    results = at_once(4, hand_over)

    assert sum(isinstance(one, FoundItem) for one in results) == 1
    assert sum(isinstance(one, ItemRefused) for one in results) == 3


def test_the_database_keeps_state_and_end_together(bernd: User) -> None:
    item = make_item(bernd)

    with pytest.raises(IntegrityError), transaction.atomic():
        FoundItem.objects.filter(pk=item.pk).update(state=ItemState.DISPOSED)


def test_what_ended_long_ago_is_deleted(bernd: User) -> None:
    kept, gone = make_item(bernd), make_item(bernd)
    actions.step(item=gone, to=ItemState.HANDED_OVER, by=bernd, now=MONDAY)

    assert actions.delete_old(today=MONDAY.date() + timedelta(days=90)) == 0
    assert actions.delete_old(today=MONDAY.date() + timedelta(days=91)) == 1
    assert [one.pk for one in FoundItem.objects.all()] == [kept.pk]


# --- Who may enter ----------------------------------------------------------------------------------------


def pages(number: str) -> list[str]:
    return addresses_of(desk_urls, number=number)


def test_other_units_the_cash_office_and_other_towns_find_nothing_there(
    bernd: User, in_lage: Town, detmold: Town
) -> None:
    item = make_item(bernd)
    tax = make_staff("tamara", "Tamara", "Tewes", Role.CASE_WORKER, units=["steueramt"])
    karin = make_karin()
    with in_town(detmold):
        change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())

    for who in (TownClient(in_lage).sign_in(tax), TownClient(in_lage).sign_in(karin)):
        assert all(is_not_there(who, pages(item.number)).values())
    own = [page for page in pages(item.number) if item.number in page]
    assert all(is_not_there(clara, own).values())
    assert "Schlüsselbund" not in text_of(clara.get("/rathaus/fundsachen/"))


def test_citizens_find_nothing_there(bernd: User, in_lage: Town) -> None:
    item = make_item(bernd)
    anna = TownClient(in_lage).sign_in(make_anna())

    for page in pages(item.number):
        assert anna.get(page).status_code != 200
    assert FoundItem.objects.get().state in KEPT


def test_without_a_list_of_its_own_there_is_no_register(desk: TownClient) -> None:
    assert "Fundsachen" in text_of(desk.get("/rathaus/eingang/"))

    change_setting(key=OWN_LIST, value=False, by=None, now=MONDAY)

    assert desk.get("/rathaus/fundsachen/").status_code == 404
    assert "Fundsachen" not in text_of(desk.get("/rathaus/eingang/"))
