"""What towns tell the operator for the law: counts of whole weeks, and no small number."""

import csv
from datetime import timedelta
from io import StringIO

import pytest

from operations.models import TownSummary
from operations.summary import keep_summary
from tenants.context import in_town
from tenants.models import Town
from tests.operations.conftest import Desk
from tests.people import MONDAY, TownClient, make_astrid
from townhall.figures.actions import Key, add
from townhall.figures.measures import Measure, week_of

THIS_WEEK = week_of(MONDAY.date())
LAST_WEEK = THIS_WEEK - timedelta(days=7)


def tell(town: Town, counts: dict[Key, int]) -> dict[str, int]:
    with in_town(town):
        add(counts)
        keep_summary(now=MONDAY)
    return TownSummary.objects.get(town=town).figures or {}


def rows(desk: Desk) -> dict[str, dict[str, str]]:
    content = desk.get("/zahlen.csv").content.decode("utf-8-sig")
    return {row["Stadt"]: row for row in csv.DictReader(StringIO(content), delimiter=";")}


def test_a_town_tells_sums_of_52_whole_weeks_and_of_no_service(lage: Town) -> None:
    told = tell(
        lage,
        {
            Key(THIS_WEEK, Measure.HANDED_IN, "hund-anmelden"): 100,
            Key(LAST_WEEK, Measure.HANDED_IN, "hund-anmelden"): 8,
            Key(LAST_WEEK, Measure.HANDED_IN, "wohngeld"): 3,
            Key(THIS_WEEK - timedelta(weeks=52), Measure.HANDED_IN, "wohngeld"): 20,
            Key(THIS_WEEK - timedelta(weeks=53), Measure.HANDED_IN, "wohngeld"): 1000,
            Key(LAST_WEEK, Measure.RATED, "wohngeld", "5"): 2,
            Key(LAST_WEEK, Measure.RATED, "wohngeld", "2"): 1,
        },
    )

    assert told == {"handed_in": 31, "rated": 3, "grades": 12}


def test_a_town_without_figures_tells_none(lage: Town) -> None:
    assert tell(lage, {}) == {"grades": 0}


def test_the_table_has_a_row_for_each_town_and_one_for_all(lage: Town, detmold: Town, desk: Desk) -> None:
    for town, number in ((lage, 1234), (detmold, 60)):
        tell(
            town,
            {
                Key(LAST_WEEK, Measure.HANDED_IN, "hund-anmelden"): number,
                Key(LAST_WEEK, Measure.DECIDED, "hund-anmelden"): 10,
                Key(LAST_WEEK, Measure.DECISION_DAYS, "hund-anmelden"): number,
                Key(LAST_WEEK, Measure.RATED, "hund-anmelden", "4"): 7,
            },
        )

    table = rows(desk)
    assert list(table) == ["Detmold", "Lage", "Alle Städte"]
    told = ("Schlüssel (ARS)", "Anträge eingegangen", "Tage bis zur Entscheidung (Durchschnitt)")
    assert [[table[town][name] for name in told] for town in table] == [
        ["057660020020", "60", "6,0"],
        ["057660040040", "1234", "123,4"],
        ["", "1294", "64,7"],
    ]
    assert table["Lage"]["Zufriedenheit (Durchschnitt)"] == "4,0"


def test_no_small_number_shows_and_the_sum_gives_none_away(lage: Town, detmold: Town, desk: Desk) -> None:
    for town, number in ((lage, 3), (detmold, 60)):
        tell(town, {Key(LAST_WEEK, Measure.PAID, "hundemarke-ersatz"): number})

    assert {town: row["Anträge bezahlt"] for town, row in rows(desk).items()} == {
        "Detmold": "–",
        "Lage": "<5",
        "Alle Städte": "63",
    }


def test_towns_that_still_run_the_version_before_are_left_out(lage: Town, detmold: Town, desk: Desk) -> None:
    tell(lage, {Key(LAST_WEEK, Measure.PAID, "hundemarke-ersatz"): 30})
    TownSummary.objects.filter(town=detmold).update(figures=None)

    assert list(rows(desk)) == ["Lage", "Alle Städte"]


@pytest.mark.parametrize("somebody", ["nobody", "an administrator of Lage"])
def test_only_the_operator_gets_it(lage: Town, somebody: str) -> None:
    with in_town(lage):
        client = TownClient(lage).sign_in(make_astrid())

    if somebody == "nobody":
        assert Desk().get("/zahlen.csv")["Location"].startswith("/konto/anmelden/")
    else:
        assert client.get("/zahlen.csv").status_code == 404


def test_the_desk_leads_there(desk: Desk, lage: Town) -> None:
    assert 'href="/zahlen.csv"' in desk.get("/").content.decode()
