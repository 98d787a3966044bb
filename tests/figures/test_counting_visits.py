"""What is counted of those who look at public pages: sums, and nothing of them."""

import logging
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app

from tenants.context import in_town
from tenants.models import Town
from tests.browsers import BROWSER
from tests.conftest import Clock
from tests.figures.conftest import THIS_WEEK, figures, of
from tests.jobs import run_jobs
from tests.people import MONDAY, TownClient
from tests.threads import at_once
from townhall.figures import counting
from townhall.figures.actions import Key, add
from townhall.figures.counting import without_persons, write, write_regularly
from townhall.figures.measures import Measure
from townhall.models import Figure, FruitlessSearch, Remark

DOG = "/leistungen/hund-anmelden/"


def test_a_page_is_seen_and_a_visit_begins_where_somebody_comes_from_elsewhere(
    in_lage: Town, phone: TownClient
) -> None:
    phone.get("/")
    phone.get(DOG, headers={"referer": "http://lage.localhost/"})
    phone.get(DOG, headers={"referer": "https://www.lage.de/portal"})
    write()

    assert figures() == {("seen", "", "home"): 1, ("seen", "hund-anmelden", ""): 2, ("visited", "", ""): 2}
    assert {one.week for one in Figure.objects.all()} == {THIS_WEEK}


def test_a_page_from_memory_counts_and_so_does_one_that_has_not_changed(in_lage: Town, phone: TownClient) -> None:
    first = phone.get(DOG)
    phone.get(DOG)
    not_changed = phone.get(DOG, headers={"if-none-match": first.headers["ETag"]})
    write()

    assert not_changed.status_code == 304
    assert of(Measure.SEEN) == {("hund-anmelden", ""): 3}


def test_counting_costs_no_statement(in_lage: Town, phone: TownClient) -> None:
    for _visit in range(2):
        phone.get(DOG)

    with CaptureQueriesContext(connection) as captured:
        phone.get(DOG)

    assert captured.captured_queries == []


@pytest.mark.parametrize(
    "headers",
    [
        {"user-agent": ""},
        {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"},
        {"user-agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)"},
        {"user-agent": "curl/8.14.1"},
        {"user-agent": "python-requests/2.32.5"},
        {"user-agent": "UptimeRobot/2.0"},
        {"sec-purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-purpose": "preview"},
        {"x-moz": "prefetch"},
    ],
)
def test_machines_and_pages_fetched_in_advance_do_not_count(
    in_lage: Town, phone: TownClient, headers: dict[str, str]
) -> None:
    phone.get(DOG, headers=headers)
    phone.get("/suche/?q=xyzzyq", headers=headers)
    write()

    assert figures() == {}


def test_only_pages_for_people_count(in_lage: Town, phone: TownClient) -> None:
    phone.head(DOG)
    for path in (
        "/gibt-es-nicht/",
        "/leistungen/gibt-es-nicht/",
        "/wappen.svg",
        "/robots.txt",
        "/api/v1/services/hund-anmelden/",
        "/suche/vorschlaege/?q=xyzzyq",
        "/rathaus/anmelden/",
    ):
        phone.get(path)
    write()

    assert figures() == {}


def test_nothing_is_kept_but_week_measure_service_and_page(in_lage: Town, phone: TownClient) -> None:
    phone.get(DOG + "?name=Anna", REMOTE_ADDR="203.0.113.7")
    write()

    columns = {field.name for field in Figure._meta.get_fields()}
    assert columns == {"id", "week", "measure", "service_key", "detail", "number"}
    assert {(one.service_key, one.detail) for one in Figure.objects.all()} == {("hund-anmelden", ""), ("", "")}


def test_what_is_written_later_is_added(in_lage: Town, phone: TownClient) -> None:
    for _time in range(2):
        phone.get(DOG)
        write()
    write()

    assert of(Measure.SEEN) == {("hund-anmelden", ""): 2}


def test_a_week_ends_on_sunday_night(in_lage: Town, phone: TownClient, clock: Clock) -> None:
    clock(MONDAY.replace(day=15, hour=23, minute=59))
    phone.get(DOG)
    clock(MONDAY.replace(day=16, hour=0, minute=0))
    phone.get(DOG)
    write()

    weeks = Figure.objects.filter(measure=Measure.SEEN).values_list("week", "number")
    assert dict(weeks) == {THIS_WEEK - timedelta(days=7): 1, THIS_WEEK: 1}


def test_each_town_has_its_own_figures(lage: Town, detmold: Town, phone: TownClient) -> None:
    phone.get(DOG)
    TownClient(detmold, HTTP_USER_AGENT=BROWSER).get("/")
    write()

    with in_town(lage):
        assert of(Measure.SEEN) == {("hund-anmelden", ""): 1}
    with in_town(detmold):
        assert of(Measure.SEEN) == {("", "home"): 1}


def test_counts_wait_while_the_database_is_away(
    in_lage: Town, phone: TownClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def is_away(*_args: Any) -> None:
        raise OperationalError("no route to 10.0.0.1")

    phone.get(DOG)
    with monkeypatch.context() as broken, caplog.at_level(logging.WARNING):
        broken.setattr(counting, "add", is_away)
        write()
    phone.get(DOG)
    write()

    assert of(Measure.SEEN) == {("hund-anmelden", ""): 2}
    assert "figures wait to be written: OperationalError" in caplog.text
    assert "10.0.0.1" not in caplog.text


def test_what_was_counted_of_a_town_that_is_gone_is_dropped(lage: Town, phone: TownClient) -> None:
    with in_town(lage):
        counting._counts["gone"] = counting._Counts()
        phone.get(DOG)

    write()

    with in_town(lage):
        assert of(Measure.SEEN) == {("hund-anmelden", ""): 1}
    assert counting._counts == {}


@pytest.mark.django_db(transaction=True)
def test_several_processes_may_write_at_once(in_lage: Town, phone: TownClient) -> None:
    keys = [Key(THIS_WEEK, Measure.SEEN, f"service-{number}") for number in range(40)]

    def write_some() -> None:
        with in_town(in_lage):
            add(dict.fromkeys(keys, 1))
            add(dict.fromkeys(reversed(keys), 1))

    assert at_once(8, write_some) == [None] * 8
    assert set(of(Measure.SEEN).values()) == {16}
    assert len(of(Measure.SEEN)) == 40


@pytest.mark.django_db(transaction=True)
def test_a_thread_writes_from_time_to_time(in_lage: Town, phone: TownClient) -> None:
    phone.get(DOG)
    stop = write_regularly(0.01)
    try:
        deadline = time.monotonic() + 30
        while not Figure.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        stop.set()

    assert of(Measure.SEEN) == {("hund-anmelden", ""): 1}


# --- Searches ------------------------------------------------------------------------------------------------


def search(phone: TownClient, text: str) -> None:
    phone.get("/suche/", {"q": text})
    write()


def test_searches_count_and_those_without_a_result_once_more(in_lage: Town, phone: TownClient) -> None:
    for text in ("Hund", "xyzzyq", ""):
        search(phone, text)

    assert of(Measure.SEARCHED) == {("", ""): 2}
    assert of(Measure.FRUITLESS) == {("", ""): 1}


def test_words_are_kept_once_they_were_searched_for_on_three_days(
    in_lage: Town, phone: TownClient, clock: Clock
) -> None:
    kept = []
    for day in range(3):
        clock(MONDAY + timedelta(days=day))
        for _time in range(5):
            search(phone, "Xyzzyq  Wurmkompost")
        kept.append(FruitlessSearch.objects.get().text)

    assert kept == ["", "", "xyzzyq wurmkompost"]
    assert FruitlessSearch.objects.get().number == 15


def test_a_name_that_somebody_types_again_and_again_on_a_day_is_not_kept(in_lage: Town, phone: TownClient) -> None:
    for _time in range(20):
        search(phone, "Xaver Xyzzyqski")

    kept = FruitlessSearch.objects.get()
    assert (kept.text, kept.days, kept.number) == ("", 1, 20)
    assert "xaver" not in str(vars(kept)).lower()


def test_the_same_words_leave_another_fingerprint_in_another_town(
    in_lage: Town, detmold: Town, phone: TownClient
) -> None:
    search(phone, "xyzzyq")
    in_lages = FruitlessSearch.objects.get().fingerprint
    search(TownClient(detmold, HTTP_USER_AGENT=BROWSER), "xyzzyq")

    with in_town(detmold):
        assert FruitlessSearch.objects.get().fingerprint != in_lages


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Wurm-Kompost 2026!", "wurm kompost"),
        ("anna@post.example Wurmkompost", "wurmkompost"),
        ("05232 601-0", ""),
        ("Ä", ""),
        ("<script>", "script"),
        ("w" * 200, "w" * 40),
        ("Çöp ÖZEL", "çöp özel"),
    ],
)
def test_of_a_search_only_small_letters_may_be_kept(typed: str, kept: str) -> None:
    assert without_persons(typed) == kept


def test_a_flood_of_searches_fills_neither_memory_nor_table(
    in_lage: Town, phone: TownClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_SEARCHES", 3)
    monkeypatch.setattr("townhall.figures.actions.MOST_SEARCHES", 4)
    for letter in "abcdefgh":
        phone.get("/suche/", {"q": f"xyzzyq{letter}"})
    in_memory = len(counting._counts[in_lage.schema_name].searches)
    write()
    for letter in "ijklmnop":
        search(phone, f"xyzzyq{letter}")

    assert in_memory == 3
    assert FruitlessSearch.objects.count() == 4
    assert of(Measure.FRUITLESS) == {("", ""): 16}


def test_at_night_old_words_go_and_sums_stay(lage: Town, detmold: Town, clock: Clock) -> None:
    today = MONDAY.date()
    for town in (lage, detmold):
        with in_town(town):
            for days in (0, 90, 91):
                FruitlessSearch.objects.create(
                    fingerprint=str(days), text="hundewiese", days=3, number=9, last_on=today - timedelta(days=days)
                )
            for month in (date(2026, 11, 1), date(2025, 11, 1), date(2025, 10, 1)):
                Remark.objects.create(service_key="hund-anmelden", text="Gut.", month=month)
            add({Key(THIS_WEEK - timedelta(weeks=200), Measure.SEEN, "hund-anmelden"): 7})

    app.tasks["townhall.jobs.delete_old_words.in_every_town"].func(timestamp=0)
    run_jobs(also_later=True)

    for town in (lage, detmold):
        with in_town(town):
            assert sorted(FruitlessSearch.objects.values_list("fingerprint", flat=True)) == ["0", "90"]
            assert Remark.objects.count() == 2
            assert of(Measure.SEEN) == {("hund-anmelden", ""): 7}
