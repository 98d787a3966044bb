"""The list of towns: what it tells of each, in which order, as a table to take away, and quickly."""

import csv
import io
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from operations.fleet import COLUMNS, FIGURES
from operations.models import HostCertificate, TownSummary
from tenants.context import in_town
from tenants.models import Host, Town, TownState
from tests.factories import make_submission
from tests.operations.conftest import BLOMBERG, Desk, live
from tests.operations.many_towns import many_towns
from tests.pages import text_of
from tests.people import MONDAY, make_anna

NUMBERS: dict[str, Any] = {
    "received_this_week": 3,
    "failed_payments": 1,
    "failed_mails": 2,
    "failed_handovers": 4,
    "stored_bytes": 5_000_000,
    "staff_seen_at": MONDAY,
}


def tell(town: Town, **numbers: Any) -> None:
    TownSummary.objects.filter(town=town).update(**NUMBERS | numbers)


def names(desk: Desk, **query: str) -> list[str]:
    return [row.town.name for row in desk.get("/", query).context["rows"]]


def cells(desk: Desk, town: Town) -> dict[str, str]:
    rows = desk.get("/").context["rows"]
    return next({column.key: text for column, text in row.cells} for row in rows if row.town.pk == town.pk)


# --- What it tells -------------------------------------------------------------------------------------------


def test_each_town_is_told_with_how_it_is(desk: Desk, lage: Town) -> None:
    tell(lage)

    assert cells(desk, lage) == {
        "version": "aktuell",
        "rathaus": "16.11.2026",
        "woche": "3",
        "zahlungen": "1",
        "mails": "2",
        "weitergaben": "4",
        "zertifikat": "–",
        "speicher": "4,8\N{NO-BREAK SPACE}MB",
    }


def test_what_is_not_there_is_a_dash(desk: Desk, lage: Town, detmold: Town) -> None:
    nothing = ("failed_payments", "failed_mails", "failed_handovers", "stored_bytes", "received_this_week")
    tell(lage, staff_seen_at=None, **dict.fromkeys(nothing, 0))
    TownSummary.objects.filter(town=detmold).delete()

    assert cells(desk, lage) == {
        "version": "aktuell",
        "rathaus": "noch nie",
        "woche": "0",
        "zahlungen": "–",
        "mails": "–",
        "weitergaben": "–",
        "zertifikat": "–",
        "speicher": "–",
    }
    assert set(cells(desk, detmold).values()) == {"aktuell", "–"}


@pytest.mark.parametrize(("steps", "text"), [(1, "ein Schritt zurück"), (3, "3 Schritte zurück"), (-2, "aktuell")])
def test_the_version_is_that_of_its_tables(desk: Desk, lage: Town, steps: int, text: str) -> None:
    Town.objects.filter(pk=lage.pk).update(level=lage.level - steps)

    assert cells(desk, lage)["version"] == text


def test_towns_that_migrate_first_are_marked(desk: Desk, lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(is_canary=True)

    assert text_of(desk.get("/")).count("migriert zuerst") == 1


# --- In which order ------------------------------------------------------------------------------------------


TOLD = [column for column in FIGURES if column.key not in ("version", "zertifikat")]  # what a town tells of itself


@pytest.fixture
def three(desk: Desk, lage: Town, detmold: Town) -> tuple[Town, Town, Town]:
    """Blomberg, Detmold and Lage; each number grows from one to the next, and Detmold has told none."""
    blomberg = live(BLOMBERG)
    tell(blomberg)
    TownSummary.objects.filter(town=detmold).delete()
    tell(
        lage, **{name: value + (timedelta(days=1) if name == "staff_seen_at" else 1) for name, value in NUMBERS.items()}
    )
    for days, town in ((30, blomberg), (60, lage)):
        HostCertificate.objects.create(
            host=town.hosts.get(is_primary=True), looked_at=MONDAY, ends_at=MONDAY + timedelta(days=days)
        )
    Town.objects.filter(pk=blomberg.pk).update(state=TownState.LEAVING, level=lage.level - 1)
    Town.objects.filter(pk=detmold.pk).update(state=TownState.SUSPENDED)
    return blomberg, detmold, lage


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Blomberg", "Detmold", "Lage"]),
        ("stadt", ["Blomberg", "Detmold", "Lage"]),
        ("-stadt", ["Lage", "Detmold", "Blomberg"]),
        ("zustand", ["Lage", "Blomberg", "Detmold"]),
        ("-zustand", ["Detmold", "Blomberg", "Lage"]),
        ("version", ["Blomberg", "Detmold", "Lage"]),
        ("-version", ["Detmold", "Lage", "Blomberg"]),
        ("zertifikat", ["Blomberg", "Lage", "Detmold"]),
        ("-zertifikat", ["Lage", "Blomberg", "Detmold"]),
        *((column.key, ["Lage", "Blomberg", "Detmold"]) for column in TOLD),
        *((f"-{column.key}", ["Blomberg", "Lage", "Detmold"]) for column in TOLD),
        ("quatsch", ["Blomberg", "Detmold", "Lage"]),
        ("-", ["Blomberg", "Detmold", "Lage"]),
    ],
)
def test_it_is_sorted_by_each_column_both_ways_and_who_told_nothing_comes_last(
    desk: Desk, three: tuple[Town, Town, Town], sort: str, expected: list[str]
) -> None:
    assert names(desk, sort=sort) == expected


def test_every_column_sorts(desk: Desk, three: tuple[Town, Town, Town]) -> None:
    page = desk.get("/")
    headings = {heading["column"].key: heading["next"] for heading in page.context["headings"]}

    assert set(headings) == set(COLUMNS)
    assert headings["stadt"] == "-stadt"  # it is sorted by that already
    assert [key for key, following in headings.items() if following != key] == ["stadt"]


def test_a_heading_says_how_the_list_is_sorted_and_turns_it_round(desk: Desk, three: tuple[Town, Town, Town]) -> None:
    first = desk.get("/", {"sort": "woche", "county": "Kreis Lippe", "seite": "1"}).content.decode()
    second = desk.get("/", {"sort": "-woche"}).content.decode()

    assert 'aria-sort="descending"><a class="fleet__sort" href="?sort=-woche&amp;county=Kreis+Lippe"' in first
    assert 'aria-sort="ascending"><a class="fleet__sort" href="?sort=woche"' in second
    assert first.count("aria-sort") == second.count("aria-sort") == 1


@pytest.mark.parametrize(
    "ordered",
    [
        ["Aachen", "Ahaus", "Ähnlich", "Alpen"],
        ["Öde", "Oelde", "Olpe", "Önde"],
        ["Strasse", "Straße", "Strausberg"],
        ["Übach", "Unna"],
    ],
)
def test_names_stand_where_germans_look_for_them(desk: Desk, lage: Town, detmold: Town, ordered: list[str]) -> None:
    Town.objects.bulk_create(
        Town(schema_name=f"x{n}", slug=f"x{n}", name=name, ars=entry, created_at=MONDAY, level=lage.level)
        for n, (name, entry) in enumerate(
            zip(ordered, ["057660016016", "057660012012", "057660044044", "057660008008"], strict=False)
        )
    )

    assert [name for name in names(desk) if name in ordered] == ordered


# --- As a table ----------------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_town_and_all_numbers(desk: Desk, lage: Town, detmold: Town) -> None:
    tell(lage, paid_sum=Decimal("1234.50"), at=MONDAY)
    TownSummary.objects.filter(town=detmold).delete()

    answer = desk.get("/staedte.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Stadt"] for row in rows] == ["Stadt Detmold", "Stadt Lage"]
    assert {
        heading: rows[1][heading] for heading in ("Kreis", "Diesen Monat bezahlt in Euro", "Gezählt", "Kurzname")
    } == {
        "Kreis": "Kreis Lippe",
        "Diesen Monat bezahlt in Euro": "1234,50",
        "Gezählt": "16.11.2026 09:30",
        "Kurzname": "lage",
    }
    assert (rows[0]["Anträge"], rows[0]["Auffälliges"]) == ("", "noch keine Zahlen")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"


def test_the_table_has_what_the_list_shows(desk: Desk, three: tuple[Town, Town, Town]) -> None:
    query = {"state": "leaving", "sort": "-stadt"}
    rows = desk.get("/staedte.csv", query).content.decode("utf-8-sig").splitlines()

    assert [row.partition(";")[0] for row in rows[1:]] == ["Stadt Blomberg"]
    assert 'href="/staedte.csv?state=leaving&amp;sort=-stadt"' in desk.get("/", query).content.decode()


def test_neither_tells_of_a_case(desk: Desk, lage: Town) -> None:
    with in_town(lage):
        submission = make_submission(make_anna())

    said = desk.get("/").content.decode() + desk.get("/staedte.csv").content.decode()

    assert [word for word in ("Schröder", submission.number, "Hund anmelden") if word in said] == []


# --- Quickly -------------------------------------------------------------------------------------------------


MOST_STATEMENTS = 9  # session, person, second factor, jobs at the side; what failed, sums, towns, hosts
MOST_SECONDS = 1.0  # a busy machine; see docs/scaling.md for what it takes on a quiet one


@pytest.mark.parametrize(
    "query",
    ["", "?sort=-woche&seite=7", "?q=stadt", "?watch=anything", "?q=x%C3%A4y", "?county=Kreis+Lippe&state=live"],
)
def test_a_thousand_towns_cost_a_handful_of_statements(
    desk: Desk, lage: Town, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    with many_towns(1000, monkeypatch):
        desk.get("/")
        began = time.perf_counter()
        with CaptureQueriesContext(connection) as captured:
            page = desk.get(f"/{query}")
        seconds = time.perf_counter() - began

    assert page.status_code == 200
    assert len(captured) <= MOST_STATEMENTS
    assert seconds < MOST_SECONDS


def test_a_thousand_towns_are_paged_and_summed_up(desk: Desk, lage: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with many_towns(1000, monkeypatch):
        page = desk.get("/", {"seite": "3"})
        table = desk.get("/staedte.csv").content.decode()

    assert (page.context["total"]["number"], len(page.context["rows"])) == (Town.objects.count(), 50)
    assert page.context["total"]["received"] == sum(TownSummary.objects.values_list("received", flat=True))
    assert len(table.splitlines()) == 1 + Town.objects.count()
    assert Host.objects.count() >= 1000
