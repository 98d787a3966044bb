"""„Neue Stadt“ at the operator's desk: find it, say how, look at it, done."""

import re
from typing import Any

import pytest

from accounts.models import User
from catalogue.content import Authority, Responsible
from catalogue.models import Release, ReleaseState
from operations.models import EventKind, TownEvent
from tenants.context import in_town
from tenants.models import Host, Town, TownState
from tenants.municipalities import TownSize
from tests.operations.conftest import BLOMBERG, Desk, live
from tests.operations.library import PREPARED, SHOWN
from tests.pages import text_of
from tests.people import Browser
from tests.tenants.test_creating_towns import schemas
from townhall.models import Profile
from townhall.shopfront import shopfront

CREATE = f"/staedte/neu/{BLOMBERG.ars}/"
TYPED = {
    "slug": "blomberg",
    "host": "https://Serviceportal.Blömberg.example/",
    "size": "1",
    "colour": "0b5d3b",
    "start": "test",
    "given_name": "Berta",
    "family_name": "Blum",
    "email": "berta@blomberg.example",
}


def links(answer: Any) -> dict[str, str]:
    found = re.findall(r'<a class="row" href="([^"]*)">.*?row__title">([^<]*)<', answer.content.decode(), re.DOTALL)
    return {title: href for href, title in found}


# --- Finding the town -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Blom", [{"title": "Blomberg", "kind": "Kreis Lippe", "url": CREATE}]),
        ("Bad Salz", [{"title": "Bad Salzuflen", "kind": "Kreis Lippe", "url": "/staedte/neu/057660008008/"}]),
        ("Köln", [{"title": "Köln", "kind": "kreisfrei", "url": "/staedte/neu/053150000000/"}]),
        ("Lage", [{"title": "Lage", "kind": "schon angelegt", "url": "/staedte/lage/"}]),
        ("xyz", []),
        ("", []),
    ],
)
def test_towns_are_suggested_while_somebody_types(
    desk: Desk, lage: Town, typed: str, found: list[dict[str, str]]
) -> None:
    assert desk.get("/staedte/neu/vorschlaege/", {"q": typed}).json() == found


def test_without_scripts_the_search_shows_a_list(desk: Desk, lage: Town) -> None:
    answer = desk.get("/staedte/neu/", {"q": "La"})

    assert links(answer)["Stadt Lage"] == "/staedte/lage/"
    assert links(answer)["Gemeinde Langerwehe"] == "/staedte/neu/053580032032/"
    assert "schon angelegt" in text_of(answer)


def test_what_is_not_in_the_list_is_told_so(desk: Desk, lage: Town) -> None:
    answer = desk.get("/staedte/neu/", {"q": "<München>"})

    assert "„<München>“ steht nicht in der Liste" in text_of(answer)
    assert "<München>" not in answer.content.decode()


@pytest.mark.parametrize("ars", ["000000000000", "057660016017", "blomberg", "%00"])
def test_an_unknown_key_is_not_found(desk: Desk, ars: str) -> None:
    assert desk.get(f"/staedte/neu/{ars}/").status_code == 404


def test_what_exists_already_leads_to_its_page(desk: Desk, lage: Town) -> None:
    answer = desk.get(f"/staedte/neu/{lage.ars}/")

    assert answer["Location"] == "/staedte/lage/"
    assert "Stadt Lage gibt es schon." in text_of(desk.get("/staedte/lage/"))


# --- Saying how -------------------------------------------------------------------------------------------


def test_a_short_name_is_proposed(desk: Desk) -> None:
    answer = desk.get("/staedte/neu/053150000000/")

    assert 'value="koeln"' in answer.content.decode()
    assert "Unser Vorschlag führt zur Adresse koeln.localhost." in text_of(answer)


def test_before_it_happens_everything_is_shown_once_more(desk: Desk) -> None:
    answer = desk.post(CREATE, TYPED)

    said = text_of(answer)
    assert answer.status_code == 200
    assert "Blomberg: alles richtig?" in said
    for expected in (
        "blomberg.localhost",
        "serviceportal.blömberg.example",
        "Berta Blum berta@blomberg.example",
        "Kreisangehörige Stadt oder Gemeinde",
        f"{SHOWN} werden gezeigt",
        f"{PREPARED} davon online",
        "Das ist gut lesbar.",
    ):
        assert expected in said
    assert not Town.objects.filter(ars=BLOMBERG.ars).exists()


def test_a_colour_like_errors_comes_with_a_warning(desk: Desk) -> None:
    red = text_of(desk.post(CREATE, TYPED | {"colour": "#c31c13"}))
    green = text_of(desk.post(CREATE, TYPED))

    assert "Rot der Fehlermeldungen" in red
    assert "Rot der Fehlermeldungen" not in green


def test_a_colour_too_pale_for_text_comes_with_the_one_that_is_used(desk: Desk) -> None:
    said = text_of(desk.post(CREATE, TYPED | {"colour": "#7fc6a4"}))

    assert re.search(r"nehmen Knöpfe und Links den Ton #[0-9a-f]{6}\.", said)


def test_whoever_wants_to_change_something_finds_all_that_was_typed(desk: Desk) -> None:
    page = desk.post(CREATE, TYPED | {"change": "1"}).content.decode()

    for value in TYPED.values():
        assert f'value="{value}"' in page
    for name in ("size", "start"):
        assert re.search(rf'name="{name}" value="{TYPED[name]}"[^>]* checked', page)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slug": ""}, "Bitte ausfüllen: Kurzadresse"),
        ({"slug": "Blömberg"}, "Schreiben Sie ä als ae"),
        ({"slug": "lage"}, "Die Kurzadresse „lage“ ist schon vergeben."),
        ({"slug": "betrieb"}, "brauchen wir selbst"),
        ({"slug": "b" * 70}, "Bitte kürzen Sie auf 60 Zeichen."),
        ({"host": "lage.localhost"}, "vergeben wir selbst"),
        ({"host": "portal.lage.example"}, "Die Adresse „portal.lage.example“ gehört schon zu Stadt Lage."),
        ({"host": "kein host"}, "ist keine Adresse"),
        ({"colour": "rot"}, "Geben Sie die Farbe mit # und sechs Zeichen an"),
        ({"given_name": ""}, "Bitte ausfüllen: Vorname"),
        ({"email": "berta"}, "Geben Sie eine E-Mail-Adresse ein"),
        ({"email": "b" * 300 + "@blomberg.example"}, "E-Mail-Adresse"),
    ],
    ids=str,
)
@pytest.mark.parametrize("step", ["", "confirm"])
def test_a_mistake_is_told_at_every_step_and_nothing_typed_is_lost(
    desk: Desk, lage: Town, changes: dict[str, str], message: str, step: str
) -> None:
    Host.objects.create(tenant=lage, domain="portal.lage.example", is_primary=False)

    answer = desk.post(CREATE, TYPED | changes | ({step: "1"} if step else {}))

    assert (answer.status_code, message in text_of(answer)) == (422, True)
    for name, value in (TYPED | changes).items():
        assert re.search(rf'name="{name}" value="{re.escape(value)}"', answer.content.decode()) or not value
    assert not Town.objects.filter(ars=BLOMBERG.ars).exists()


# --- Live -------------------------------------------------------------------------------------------------


def test_a_confirmed_town_is_there_and_the_page_says_what_comes_next(desk: Desk, olga: User) -> None:
    answer = desk.post(CREATE, TYPED | {"confirm": "1"})
    done = text_of(desk.get(answer["Location"]))

    town = Town.objects.get(slug="blomberg")
    assert answer["Location"] == "/staedte/blomberg/angelegt/"
    for expected in (
        "Die Stadt Blomberg ist im Probebetrieb",
        "http://blomberg.localhost:8000",
        "serviceportal.blömberg.example",
        "Die Einladung für Berta Blum ist an berta@blomberg.example unterwegs.",
        f"Alle {SHOWN} Leistungen sind zu sehen.",
        "Bis zum Start",
        "von 17 Punkten der Checkliste sind erledigt.",
    ):
        assert expected in done
    assert Browser("blomberg.localhost").get("/").status_code == 200
    assert Browser("serviceportal.xn--blmberg-b1a.example").get("/").status_code == 200
    assert set(TownEvent.objects.filter(town=town).values_list("kind", "by")) == {
        (EventKind.CREATED, olga.pk),
        (EventKind.HOST_ADDED, olga.pk),
    }
    with in_town(town):
        assert Profile.objects.get().colour == "#0b5d3b"


def test_pressing_the_button_twice_makes_one_town(desk: Desk) -> None:
    answers = [desk.post(CREATE, TYPED | {"confirm": "1"})["Location"] for _press in range(2)]

    assert answers == ["/staedte/blomberg/angelegt/", "/staedte/blomberg/"]
    assert Town.objects.filter(ars=BLOMBERG.ars).count() == 1


def test_without_a_host_of_its_own_the_town_has_one(desk: Desk) -> None:
    desk.post(CREATE, TYPED | {"host": "", "confirm": "1"})

    assert list(Host.objects.filter(tenant__slug="blomberg").values_list("domain", flat=True)) == ["blomberg.localhost"]


def test_without_a_catalogue_the_page_says_so(desk: Desk) -> None:
    Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)

    answer = desk.post(CREATE, TYPED | {"confirm": "1"})

    assert answer.status_code == 422
    assert "Es gibt noch keinen freigegebenen Leistungskatalog." in text_of(answer)
    assert "blomberg" not in schemas()


def test_the_fourth_town_is_in_the_list(desk: Desk, lage: Town) -> None:
    live(BLOMBERG)

    assert "Blomberg" in text_of(desk.get("/"))


# --- How it begins ----------------------------------------------------------------------------------------


def test_a_new_town_begins_as_a_trial_unless_somebody_says_otherwise(desk: Desk) -> None:
    page = desk.get(CREATE).content.decode()
    desk.post(CREATE, TYPED | {"confirm": "1"})

    assert re.search(r'name="start" value="test"[^>]* checked', page)
    assert Town.objects.get(slug="blomberg").state == TownState.TEST
    assert "wird gerade ausprobiert" in text_of(Browser("blomberg.localhost").get("/"))


def test_a_town_that_begins_live_needs_a_reason(desk: Desk) -> None:
    live_at_once = TYPED | {"start": "live", "confirm": "1"}
    without = desk.post(CREATE, live_at_once | {"reason": " "})
    desk.post(CREATE, live_at_once | {"reason": "Umzug aus einer anderen Anlage"})

    assert (without.status_code, "Bitte ausfüllen: Warum sofort?" in text_of(without)) == (422, True)
    town = Town.objects.get(slug="blomberg")
    assert town.is_live
    assert TownEvent.objects.get(town=town, kind=EventKind.CREATED).text == "Umzug aus einer anderen Anlage"


def test_a_trial_needs_no_reason_and_keeps_none(desk: Desk) -> None:
    desk.post(CREATE, TYPED | {"reason": "x" * 600, "confirm": "1"})

    assert TownEvent.objects.get(town__slug="blomberg", kind=EventKind.CREATED).text == ""


# --- Its tasks --------------------------------------------------------------------------------------------


def test_its_tasks_are_proposed_by_its_people_and_told_in_numbers(desk: Desk) -> None:
    proposed = {}
    for key in (BLOMBERG.ars, "057660008008", "057580012012", "053150000000"):  # Bad Salzuflen, Herford, Köln
        page = desk.get(f"/staedte/neu/{key}/").content.decode()
        proposed[key] = re.findall(r'name="size" value="(\d)"[^>]* checked', page)

    assert list(proposed.values()) == [["1"], ["2"], ["3"], ["4"]]
    city = text_of(desk.get("/staedte/neu/053150000000/"))
    assert re.search(r"\d+ Leistungen selbst, andere Stellen \d+\.", city)
    numbers = [int(one) for one in re.findall(r"(\d+) Leistungen selbst, Kreis Lippe \d+", text_of(desk.get(CREATE)))]
    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


def test_another_size_is_kept_and_decides_what_goes_online(desk: Desk) -> None:
    desk.post(CREATE, TYPED | {"size": "3", "confirm": "1"})

    town = Town.objects.get(slug="blomberg")
    assert (town.size, town.municipality.size) == (TownSize.GROSS, TownSize.KLEIN)
    with in_town(town):
        front = shopfront()
        own = [service for service in front.catalogue.services.values() if service.authority == Authority.JUGENDAMT]
        assert {front.responsible(service) for service in own} == {Responsible.TOWN}


@pytest.mark.parametrize("size", ["", "0", "4", "5", "x"])
def test_no_other_size_is_possible(desk: Desk, size: str) -> None:
    answer = desk.post(CREATE, TYPED | {"size": size, "confirm": "1"})

    assert answer.status_code == 422
    assert not Town.objects.filter(slug="blomberg").exists()
