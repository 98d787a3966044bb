"""Everybody sees what lies in the lost property office, and nothing by which only its owner knows it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from submissions.found import actions
from submissions.found.queries import OWN_LIST
from submissions.found.states import ItemState
from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_amount
from tests.found.test_register import make_item
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd
from tests.submissions.filling import ADDRESS, CONTACT, PERSON, errors_of, fill_in
from townhall.actions import change_setting

LOST = {
    "kategorie": "schluessel",
    "beschreibung": "Drei Schlüssel an einem roten Band",
    "wert": "bis-25",
}
REST = {
    "verlust": {
        "verlustort": "Auf dem Weg zum Bahnhof",
        **{
            f"{name}_{part}": value
            for name in ("von", "bis")
            for part, value in (("day", "12"), ("month", "11"), ("year", "2026"))
        },
    },
    "nachweis": {},
    "person": PERSON,
    "anschrift": ADDRESS | {"staat": "de"},
    "kontakt": CONTACT,
    "abholung": {"abholung": "selbst"},
}


@pytest.fixture
def bernd(in_lage: Town) -> User:
    change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)
    return make_bernd()


def test_everybody_sees_kind_description_day_and_place_and_nothing_else(visitor: TownClient, bernd: User) -> None:
    item = make_item(bernd, finder="Petra Probe, Telefon 05232 000")

    page = text_of(visitor.get("/fundsachen/"))

    for told in ("Schlüssel", "Schlüsselbund mit rotem Band", "Bahnhof", "13. November 2026", item.number):
        assert told in page
    for secret in ("4711", "Schrank 2", "Petra", "Bernd"):
        assert secret not in visitor.get("/fundsachen/").content.decode()


def test_it_is_found_by_kind_day_and_place(visitor: TownClient, bernd: User) -> None:
    today = timezone.localdate()
    make_item(bernd)
    make_item(
        bernd, category="handy", description="Schwarzes Handy", place="Freibad", found_on=today, reported_on=today
    )
    make_item(
        bernd,
        category="brille",
        description="Graue Brille",
        place="Markt",
        found_on=today - timedelta(days=60),
        reported_on=today,
    )

    def shown(query: str) -> list[str]:
        page = text_of(visitor.get(f"/fundsachen/{query}"))
        return [one for one in ("Schlüsselbund", "Schwarzes Handy", "Graue Brille") if one in page]

    assert shown("?kategorie=brille") == ["Graue Brille"]
    assert shown("?zeitraum=7")[-1:] == ["Schwarzes Handy"]
    assert "Graue Brille" not in shown("?zeitraum=30")
    assert shown("?ort=freib") == ["Schwarzes Handy"]
    assert shown("?kategorie=brille&ort=Freibad") == []
    assert len(shown("?kategorie=drachen&zeitraum=immer&seite=x")) == 3  # what is not understood filters nothing


def test_the_kept_page_changes_at_once(visitor: TownClient, bernd: User) -> None:
    assert "Schlüsselbund" not in text_of(visitor.get("/fundsachen/"))
    item = make_item(bernd)
    assert "Schlüsselbund" in text_of(visitor.get("/fundsachen/"))

    actions.step(item=item, to=ItemState.HANDED_OVER, by=bernd, now=MONDAY)

    assert "Schlüsselbund" not in text_of(visitor.get("/fundsachen/"))


def test_what_somebody_claims_stays_in_the_list(visitor: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    actions.step(item=item, to=ItemState.CLAIMED, by=bernd, now=MONDAY)

    assert "Schlüsselbund" in text_of(visitor.get("/fundsachen/"))


def test_another_town_lists_its_own(visitor_of_detmold: TownClient, bernd: User, detmold: Town) -> None:
    make_item(bernd)
    assert visitor_of_detmold.get("/fundsachen/").status_code == 404  # it keeps no list here

    with in_town(detmold):
        change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)

    assert "Schlüsselbund" not in text_of(visitor_of_detmold.get("/fundsachen/"))


def test_the_service_leads_to_the_list_where_there_is_one(visitor: TownClient, in_lage: Town) -> None:
    assert "/fundsachen/" not in visitor.get("/leistungen/fundsache-suchen/").content.decode()

    change_setting(key=OWN_LIST, value=True, by=None, now=MONDAY)

    assert "/fundsachen/" in visitor.get("/leistungen/fundsache-suchen/").content.decode()


# --- That is mine -----------------------------------------------------------------------------------------


def test_that_is_mine_leads_to_the_form_with_the_number(visitor: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    link = f"/antrag/fundsache-suchen/sache/?fundnummer={item.number}"
    assert link in visitor.get("/fundsachen/").content.decode()

    assert visitor.get(link).context["form"]["fundnummer"].value() == item.number


def test_whoever_has_begun_before_means_the_new_one(visitor: TownClient, bernd: User) -> None:
    first, second = make_item(bernd), make_item(bernd)
    fill_in(visitor, "fundsache-suchen", {"sache": LOST | {"fundnummer": first.number}})

    page = visitor.get(f"/antrag/fundsache-suchen/sache/?fundnummer={second.number}")

    assert page.context["form"]["fundnummer"].value() == second.number
    assert page.context["form"]["beschreibung"].value() == LOST["beschreibung"]


def test_whoever_has_typed_half_of_it_means_the_new_one_too(visitor: TownClient, bernd: User) -> None:
    item = make_item(bernd)
    visitor.post("/antrag/fundsache-suchen/sache/", {"fundnummer": "", "beschreibung": "Drei Schl"})

    page = visitor.get(f"/antrag/fundsache-suchen/sache/?fundnummer={item.number}")

    assert page.context["form"]["fundnummer"].value() == item.number
    assert page.context["form"]["beschreibung"].value() == "Drei Schl"


@pytest.mark.parametrize("number", ["F-2026-9999", "F-1", "<script>"])
def test_a_number_that_is_not_in_the_list_is_refused(visitor: TownClient, bernd: User, number: str) -> None:
    answer = visitor.post("/antrag/fundsache-suchen/sache/", LOST | {"fundnummer": number})

    assert errors_of(answer) == {
        "fundnummer": [
            "Diese Nummer steht nicht oder nicht mehr in der Liste. "
            "Bitte prüfen Sie sie, oder lassen Sie das Feld leer."
        ]
    }


def test_somebody_says_that_it_is_hers(in_lage: Town, bernd: User) -> None:
    for key in ("bis-25", "bis-150", "bis-500", "ueber-500"):
        make_amount(f"fundsache-suchen.{key}", "0.00")
    item = make_item(bernd)
    anna = TownClient(in_lage).sign_in(make_anna())

    pages = {"sache": LOST | {"fundnummer": f" {item.number.lower()} "}} | REST
    review = fill_in(anna, "fundsache-suchen", pages)
    sent = anna.post(review, {"complete": "on"})

    assert sent.status_code == 302, errors_of(sent)
    assert Submission.objects.get().answers["fundnummer"] == item.number
    item.refresh_from_db()
    assert item.state == ItemState.CLAIMED


def test_what_has_gone_meanwhile_is_said_before_sending(in_lage: Town, bernd: User) -> None:
    item = make_item(bernd)
    anna = TownClient(in_lage).sign_in(make_anna())
    review = fill_in(anna, "fundsache-suchen", {"sache": LOST | {"fundnummer": item.number}} | REST)
    actions.step(item=item, to=ItemState.HANDED_OVER, by=bernd, now=MONDAY)

    answer = anna.post(review, {"complete": "on"})

    assert answer["Location"].startswith("/antrag/fundsache-suchen/sache/")
    assert not Submission.objects.exists()


def test_without_a_list_the_form_is_as_before(visitor: TownClient, in_lage: Town) -> None:
    page = visitor.get("/antrag/fundsache-suchen/sache/")

    assert "fundnummer" not in page.context["form"].fields
    assert fill_in(visitor, "fundsache-suchen", {"sache": LOST}) == "/antrag/fundsache-suchen/verlust/"
