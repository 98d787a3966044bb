"""The pages of figures: who sees what, and that no small number shows anywhere."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from tenants.context import in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.figures.conftest import LAST_WEEK, THIS_WEEK
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_astrid, make_bernd, make_karin, make_staff, make_theresa
from townhall.actions import change_profile
from townhall.figures.actions import Key, add
from townhall.figures.measures import Measure
from townhall.models import FruitlessSearch, Profile, Remark

FIGURES = "/rathaus/verwaltung/zahlen/"
DOGS, TAGS, LIBRARY, FISHING = "hund-anmelden", "hundemarke-ersatz", "buechereiausweis", "fischereischein-neu"
WEEK = timedelta(days=7)


@pytest.fixture
def astrid(lage: Town, in_lage: Town, clock: Clock) -> TownClient:
    return TownClient(lage).sign_in(make_astrid())


@pytest.fixture
def theresa(lage: Town, in_lage: Town, clock: Clock) -> TownClient:
    """Theresa, who leads a team."""
    return TownClient(lage).sign_in(make_theresa())


def handed_in(numbers: dict[str, int], week: date = THIS_WEEK) -> None:
    add({Key(week, Measure.HANDED_IN, service): number for service, number in numbers.items()})


def like_lage() -> None:
    """Eleven applications in a week, eight of them about dogs."""
    handed_in({DOGS: 8, TAGS: 1, LIBRARY: 1, FISHING: 1})


def table(client: TownClient, path: str) -> list[dict[str, str]]:
    content = client.get(path).content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(content), delimiter=";"))


# --- Who may enter -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [make_bernd, make_karin])
def test_other_roles_find_no_figures(astrid: TownClient, make: Any) -> None:
    other = TownClient(astrid.town).sign_in(make())

    assert {other.get(FIGURES + path).status_code for path in ("", "zahlen.csv", f"leistungen/{DOGS}/")} == {404}


def test_citizens_and_nobody_are_sent_to_sign_in(astrid: TownClient) -> None:
    anna = TownClient(astrid.town).sign_in(make_anna())

    for client in (anna, TownClient(astrid.town)):
        assert client.get(FIGURES)["Location"].startswith("/rathaus/anmelden/")


def test_another_town_sees_its_own_figures_only(astrid: TownClient, detmold: Town) -> None:
    like_lage()
    with in_town(detmold):
        arne = TownClient(detmold).sign_in(make_staff("arne", "Arne", "Ahlers", Role.ADMINISTRATOR))
        add({Key(THIS_WEEK, Measure.HANDED_IN, LIBRARY): 77})

    page = text_of(arne.get(FIGURES))
    assert "Diese Woche: 77 Anträge" in page
    assert "Hund anmelden" not in page
    assert [row["Schlüssel"] for row in table(arne, FIGURES + "zahlen.csv")][:2] == ["", LIBRARY]


def test_team_leads_see_figures_but_neither_words_nor_the_switch(theresa: TownClient) -> None:
    like_lage()
    page = theresa.get(FIGURES)

    assert "11 Anträge, davon 8 für „Hund anmelden“" in text_of(page)
    assert "Öffentlich zeigen" not in text_of(page)
    hidden = [FIGURES + path for path in ("suchen/", "rueckmeldungen/", "oeffentlich/", "rueckmeldungen/1/loeschen/")]
    assert {theresa.get(path).status_code for path in hidden} == {404}
    assert {theresa.post(path).status_code for path in hidden} == {404}
    assert 'href="/rathaus/verwaltung/zahlen/"' in page.content.decode()
    assert 'href="/rathaus/verwaltung/leistungen/"' not in page.content.decode()


# --- At one glance -------------------------------------------------------------------------------------------


def test_eleven_applications_eight_of_them_for_dogs_is_one_glance(astrid: TownClient) -> None:
    like_lage()

    page = text_of(astrid.get(FIGURES))
    assert "Diese Woche: 11 Anträge, davon 8 für „Hund anmelden“." in page
    assert "In den letzten 12 Monaten: 11 Anträge, davon 8 für „Hund anmelden“." in page


def test_a_new_town_is_told_that_there_are_no_figures_yet(astrid: TownClient) -> None:
    page = text_of(astrid.get(FIGURES))

    assert "Noch keine Zahlen" in page
    assert "Öffentlich zeigen" in page


def test_a_glance_compares_with_the_weeks_before(astrid: TownClient) -> None:
    for age, number in enumerate((7, 9, 20, 11, 12, 13, 14, 15, 16, 17)):
        handed_in({DOGS: number}, THIS_WEEK - age * WEEK)

    [row] = astrid.get(FIGURES).context["glance"].rows
    assert (row.label, row.this_week, row.last_week, row.usual, row.period) == (
        "Anträge eingegangen",
        "7",
        "9",
        "14",
        "134",
    )


def test_means_are_told_for_five_and_more(astrid: TownClient) -> None:
    for service, decided, days in ((DOGS, 5, 21), (TAGS, 2, 4), (LIBRARY, 2, 2)):
        add({Key(THIS_WEEK, Measure.DECIDED, service): decided, Key(THIS_WEEK, Measure.DECISION_DAYS, service): days})
        handed_in({service: 9})
    add({Key(THIS_WEEK, Measure.RATED, DOGS, grade): number for grade, number in (("5", 4), ("2", 1))})

    page = astrid.get(FIGURES)
    rows = {row.label: row.this_week for row in page.context["glance"].rows}
    assert rows["Tage bis zur Entscheidung (im Durchschnitt)"] == "3,0"
    assert rows["Zufriedenheit (1 bis 5)"] == "4,4"
    services = {row.key: (row.mean_days, row.mean_grade) for row in page.context["services"]}
    assert services == {DOGS: ("4,2", "4,4"), TAGS: ("", ""), LIBRARY: ("", "")}


def test_earlier_years_can_be_looked_at(astrid: TownClient) -> None:
    handed_in({DOGS: 40}, date(2024, 1, 1))
    handed_in({DOGS: 50}, date(2024, 12, 30))
    handed_in({DOGS: 60}, date(2025, 1, 6))

    page = astrid.get(FIGURES + "?jahr=2024")
    assert [row.period for row in page.context["glance"].rows] == ["90"]
    assert page.context["years"] == [2026, 2025, 2024]


@pytest.mark.parametrize("year", ["1999", "abc", "20260", "-1", "²", "2026 OR 1=1", ""])
def test_a_year_that_there_is_not_shows_the_last_twelve_months(astrid: TownClient, year: str) -> None:
    like_lage()

    page = astrid.get(FIGURES, {"jahr": year})
    assert (page.status_code, page.context["period"].last) == (200, THIS_WEEK)


# --- Small numbers -------------------------------------------------------------------------------------------


def test_small_numbers_show_nowhere_and_no_sum_gives_them_away(astrid: TownClient) -> None:
    handed_in({DOGS: 5431, TAGS: 3})

    overview = astrid.get(FIGURES)
    rows = {row.key: str(row.handed_in) for row in overview.context["services"]}
    assert rows == {DOGS: "–", TAGS: "<5"}
    assert "Diese Woche: 5.434 Anträge." in text_of(overview)
    for path in ("", f"leistungen/{DOGS}/", f"leistungen/{TAGS}/", "zahlen.csv", "abbrueche.csv"):
        shown = astrid.get(FIGURES + path).content.decode()
        assert [text for text in ("5.431", "5431", ">3<", ";3;") if text in shown] == [], path


def test_the_chart_draws_no_small_number(astrid: TownClient) -> None:
    for age in range(12):
        handed_in({DOGS: 12}, THIS_WEEK - age * WEEK)
    handed_in({DOGS: 3}, THIS_WEEK - 12 * WEEK)
    handed_in({DOGS: 1}, THIS_WEEK - 13 * WEEK)

    page = astrid.get(FIGURES).content.decode()
    small = [line for line in page.splitlines() if "chart__bar--small" in line]
    assert page.count('height="5.0"') == page.count("chart__bar--small") == 2
    assert all("&lt;5" in line for line in small)


def test_pages_of_a_form_tell_where_people_stop(astrid: TownClient) -> None:
    add({Key(THIS_WEEK, Measure.STARTED, TAGS): 100})
    for step, reached, given_up in (("halter", 100, 8), ("anschrift", 92, 0), ("kontakt", 92, 2), ("hund", 90, 30)):
        add(
            {
                Key(THIS_WEEK, Measure.REACHED, TAGS, step): reached,
                Key(THIS_WEEK, Measure.GIVEN_UP, TAGS, step): given_up,
            }
        )

    steps = astrid.get(FIGURES + f"leistungen/{TAGS}/").context["steps"]
    assert [(step.title, step.share, str(step.given_up)) for step in steps] == [
        ("Halterin oder Halter", 100, "8"),
        ("Anschrift", 90, "<5"),
        ("Kontakt", 90, "<5"),
        ("Hund", 90, "30"),
    ]


def test_of_few_people_no_shares_are_told(astrid: TownClient) -> None:
    for step, reached in (("halter", 20), ("anschrift", 18)):
        add({Key(THIS_WEEK, Measure.REACHED, TAGS, step): reached})
    add({Key(THIS_WEEK, Measure.GIVEN_UP, TAGS, "halter"): 2})

    steps = astrid.get(FIGURES + f"leistungen/{TAGS}/").context["steps"]
    assert [step.share for step in steps] == [None, None]


# --- Tables --------------------------------------------------------------------------------------------------


def test_everything_can_be_taken_away_as_a_table(astrid: TownClient) -> None:
    like_lage()
    add({Key(THIS_WEEK, Measure.SEEN, DOGS): 64, Key(THIS_WEEK, Measure.VISITED): 300})
    handed_in({DOGS: 9}, LAST_WEEK)

    answer = astrid.get(FIGURES + "zahlen.csv")
    rows = table(astrid, FIGURES + "zahlen.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="zahlen-lage-2026-11-16.csv"'
    assert len(rows) == 53 * 5
    this_week = {row["Leistung"]: row for row in rows if row["Woche ab"] == "16.11.2026"}
    assert (this_week["Portal"]["Besuche"], this_week["Portal"]["Anträge eingegangen"]) == ("300", "")
    assert this_week["Hund anmelden"]["Seiten angesehen"] == "64"
    assert this_week["Hund anmelden"]["Anträge eingegangen"] == "8"
    assert this_week["Ersatz-Hundemarke bestellen"]["Anträge eingegangen"] == "<5"


def test_a_service_that_the_catalogue_does_not_have_any_more_keeps_its_figures(astrid: TownClient) -> None:
    handed_in({"alte-leistung": 40})

    assert "alte-leistung" in text_of(astrid.get(FIGURES))
    assert astrid.get(FIGURES + "leistungen/alte-leistung/").status_code == 200
    assert astrid.get(FIGURES + "leistungen/gab-es-nie/").status_code == 404


def test_a_handful_of_statements_however_many_services_and_weeks(astrid: TownClient) -> None:
    astrid.get(FIGURES)
    like_lage()
    few = statements(astrid, FIGURES)
    for age in range(50):
        handed_in({f"service-{number}": 10 for number in range(30)}, THIS_WEEK - age * WEEK)

    assert statements(astrid, FIGURES) == few
    assert few - statements(astrid, "/rathaus/verwaltung/barrieren/") <= 3


def statements(client: TownClient, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured.captured_queries)


# --- What people search for and write ------------------------------------------------------------------------


def test_searches_show_once_their_words_are_kept(astrid: TownClient) -> None:
    for number, text in ((17, "hundewiese"), (3, "stadtplan"), (9, "")):
        FruitlessSearch.objects.create(fingerprint=str(number), text=text, days=3, number=number, last_on=THIS_WEEK)

    page = astrid.get(FIGURES + "suchen/")
    assert page.context["searches"] == [("hundewiese", 17), ("stadtplan", None)]
    assert "stadtplan <5" in text_of(page)


def write_remarks(service: str, count: int) -> list[Remark]:
    return [
        Remark.objects.create(service_key=service, text=f"Satz {number} zu {service}", month=THIS_WEEK.replace(day=1))
        for number in range(count)
    ]


def test_sentences_wait_until_five_of_a_kind_are_there(astrid: TownClient) -> None:
    write_remarks(DOGS, 5)
    write_remarks(TAGS, 3)
    waiting = text_of(astrid.get(FIGURES + "rueckmeldungen/"))
    write_remarks(LIBRARY, 2)
    enough = astrid.get(FIGURES + "rueckmeldungen/")

    assert "Satz 4 zu hund-anmelden" in waiting
    assert "hundemarke" not in waiting
    assert "Einige Sätze warten noch" in waiting
    assert [title for title, _remarks in enough.context["groups"]] == ["Hund anmelden", "Andere Leistungen"]


def test_a_sentence_that_names_somebody_can_be_deleted(astrid: TownClient) -> None:
    first, *_rest = write_remarks(DOGS, 6)

    answer = astrid.post(FIGURES + f"rueckmeldungen/{first.pk}/loeschen/")
    assert answer["Location"] == FIGURES + "rueckmeldungen/"
    assert not Remark.objects.filter(pk=first.pk).exists()
    assert Remark.objects.count() == 5
    assert astrid.post(FIGURES + f"rueckmeldungen/{first.pk}/loeschen/").status_code == 404


# --- For everybody -------------------------------------------------------------------------------------------


def test_the_public_page_is_off_until_the_town_wants_it(astrid: TownClient, visitor: TownClient) -> None:
    like_lage()

    assert {visitor.get(path).status_code for path in ("/statistik/", "/statistik/zahlen.csv")} == {404}
    assert "/statistik/" not in visitor.get("/").content.decode()


def test_an_administrator_switches_it_on_and_off(astrid: TownClient, visitor: TownClient) -> None:
    on = astrid.post(FIGURES + "oeffentlich/", {"is_public": "on"})
    shown, linked = visitor.get("/statistik/"), 'href="/statistik/"' in visitor.get("/").content.decode()
    off = astrid.post(FIGURES + "oeffentlich/")

    assert (on["Location"], off["Location"]) == (FIGURES, FIGURES)
    assert (shown.status_code, linked) == (200, True)
    assert visitor.get("/statistik/").status_code == 404
    assert Profile.objects.get().shows_figures is False


def test_it_shows_whole_weeks_and_no_small_number(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    change_profile(shows_figures=True)
    handed_in({DOGS: 5431, TAGS: 3}, LAST_WEEK)
    handed_in({DOGS: 1000}, THIS_WEEK)

    page = visitor.get("/statistik/")
    rows = table(visitor, "/statistik/zahlen.csv")
    assert "Eingegangene Anträge 5.434" in text_of(page)
    assert [text for text in ("5.431", "1.000", "6.434") if text in text_of(page)] == []
    assert "16.11.2026" not in {row["Woche ab"] for row in rows}
    assert {row["Anträge eingegangen"] for row in rows if row["Woche ab"] == "09.11.2026"} == {"", "–", "<5"}


def test_it_is_kept_like_every_public_page(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    change_profile(shows_figures=True)
    first = visitor.get("/statistik/")
    visitor.get("/statistik/")

    with CaptureQueriesContext(connection) as captured:
        again = visitor.get("/statistik/", headers={"if-none-match": first["ETag"]})

    assert (captured.captured_queries, again.status_code) == ([], 304)
    assert dict(first.cookies) == {}


def test_another_towns_public_page_shows_its_own(in_lage: Town, detmold: Town, visitor_of_detmold: TownClient) -> None:
    change_profile(shows_figures=True)
    handed_in({DOGS: 5431}, LAST_WEEK)

    assert visitor_of_detmold.get("/statistik/").status_code == 404


def test_figures_come_back_after_a_night(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    change_profile(shows_figures=True)
    before = text_of(visitor.get("/statistik/"))
    handed_in({DOGS: 40}, LAST_WEEK)
    clock(MONDAY + timedelta(days=1))

    assert "Hund anmelden" not in before
    assert "Hund anmelden" in text_of(visitor.get("/statistik/"))
