"""What all public pages have in common: fast, the same for everybody, without traces and dead ends."""

import gzip
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import held
from tenants.actions import pages_changed
from tenants.models import Town
from tests.conftest import Clock
from tests.factories import make_payable
from tests.pages import links_of
from tests.people import MONDAY, TownClient
from tests.townhall.town import hide_all_but
from townhall import versions
from townhall.actions import change_profile
from townhall.models import Profile

PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?buchstabe=H",
    "/leistungen/hund-anmelden/",
    "/leistungen/kfz-zulassung/",
    "/lebenslagen/hund-und-tiere/",
    "/suche/",
    "/suche/?q=Hund",
    "/suche/?q=xyzzyq",
    "/suche/vorschlaege/?q=Hund",
    "/aemter/",
    "/hilfe/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/barriere-melden/",
    "/barriere-melden/danke/",
    "/api/v1/services/",
    "/api/v1/services/hund-anmelden/",
    "/api/v1/offices/",
    "/diese-seite-gibt-es-nicht/",
    "/leistungen/gibt-es-nicht/",
    "/wappen.svg",
    "/abzeichen.svg",
    "/robots.txt",
]
NEW_PHONE = "05232 601-77"
NOT_KEPT = ["/barriere-melden/", "/diese-seite-gibt-es-nicht/", "/wappen.svg"]


def statements(visitor: TownClient, path: str) -> list[str]:
    """What the database was asked; taking the town's place asks for nothing."""
    with CaptureQueriesContext(connection) as captured:
        visitor.get(path)
    return [query["sql"] for query in captured.captured_queries]


@pytest.mark.parametrize("path", PAGES)
def test_a_cold_worker_answers_with_six_statements_however_many_services(
    in_lage: Town, visitor: TownClient, cold_worker: Callable[[], None], path: str
) -> None:
    make_payable()
    cold_worker()
    with_many = statements(visitor, path)

    hide_all_but("hund-anmelden")
    cold_worker()
    with_one = statements(visitor, path)

    # What is not there was perhaps once, and is looked up; what is drawn as documents are is told the town's hosts.
    most = 6 if "gibt-es-nicht" in path or path == "/abzeichen.svg" else 5
    assert len(with_many) <= most
    assert len(with_one) <= most


@pytest.mark.parametrize("path", PAGES)
def test_a_warm_worker_asks_for_the_version_of_the_town_at_most(visitor: TownClient, path: str) -> None:
    visit_twice(visitor, path)

    assert len(statements(visitor, path)) <= 1


@pytest.mark.parametrize("path", [path for path in PAGES if path not in NOT_KEPT])
def test_a_page_that_is_kept_costs_the_database_nothing(visitor: TownClient, path: str) -> None:
    visit_twice(visitor, path)

    assert statements(visitor, path) == []


def visit_twice(visitor: TownClient, path: str) -> None:
    """The first visit of a worker reads the town, the second the versions of all towns."""
    visitor.get(path)
    visitor.get(path)


def changed_by_another_process() -> None:
    Profile.objects.update(phone=NEW_PHONE)
    pages_changed()


def has_phone(page: Any) -> bool:
    return NEW_PHONE in page.content.decode()


def test_what_another_process_has_changed_is_seen_a_second_later(
    in_lage: Town, visitor: TownClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.monotonic()
    monkeypatch.setattr(held, "monotonic", lambda: moment)
    visit_twice(visitor, "/impressum/")
    changed_by_another_process()

    at_once = visitor.get("/impressum/")
    moment += versions.MOST_SECONDS + 0.1
    later = visitor.get("/impressum/")

    assert [has_phone(page) for page in (at_once, later)] == [False, True]


def test_who_has_a_session_sees_it_at_once(in_lage: Town, visitor: TownClient) -> None:
    visit_twice(visitor, "/impressum/")
    changed_by_another_process()
    visitor.cookies[settings.SESSION_COOKIE_NAME] = "whatever"

    assert has_phone(visitor.get("/impressum/"))


@pytest.mark.parametrize("path", PAGES)
def test_looking_at_pages_sets_no_cookie(visitor: TownClient, path: str) -> None:
    page = visitor.get(path)

    assert dict(page.cookies) == {}
    assert "Cookie" not in page.headers.get("Vary", "")


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere_and_hold_no_code(visitor: TownClient, path: str) -> None:
    page = visitor.get(path)
    html = page.content.decode()

    loaded = re.findall(r'(?:src|<link [^>]*href)="([^"]*)"', html)
    assert [address for address in loaded if not address.startswith("/")] == []
    assert re.findall(r"<style|style=|<script(?! type=\"module\" src=)|onclick=", html) == []
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert ("unsafe" in policy) is (path == "/wappen.svg")  # an uploaded drawing may colour itself


def test_no_link_leads_nowhere(in_lage: Town, visitor: TownClient) -> None:
    """Every page that can be reached from the home page, and every place on a page that a link names."""
    make_payable()
    change_profile(phone="05232 601-0", email="info@lage.example", website="https://www.lage.example")
    elsewhere = ("http", "mailto:", "tel:", "/static/", "/antrag/", "/meine-antraege/")
    to_visit, html_of = ["/"], {}

    while to_visit:
        path = to_visit.pop()
        page = visitor.get(path)
        assert page.status_code == 200, path
        html_of[path] = page.content.decode(errors="replace")
        for link in links_of(page) if "html" in page.headers["Content-Type"] else []:
            target = (link if not link.startswith(("#", "?")) else path + link).split("#")[0]
            if not link.startswith(elsewhere) and target not in html_of and target not in to_visit:
                to_visit.append(target)

    assert len(html_of) > 151 + 16 + 10
    missing = [
        (path, link)
        for path, html in html_of.items()
        for link in re.findall(r'href="([^"]*#[^"]*)"', html)
        if (place := link.split("#")[1])
        and f'id="{place}"' not in html_of.get(link.split("#")[0] or path, "")
        and not link.startswith("/static/")
    ]
    assert missing == []


def test_a_browser_that_has_the_page_is_told_that_nothing_changed(
    in_lage: Town, visitor: TownClient, clock: Clock
) -> None:
    first = visitor.get("/")
    again = visitor.get("/", headers={"If-None-Match": f'"other", {first.headers["ETag"]}'})
    clock(MONDAY + timedelta(minutes=1))
    a_minute_later = visitor.get("/", headers={"If-None-Match": first.headers["ETag"]})
    change_profile(phone="05232 601-0")
    after_a_change = visitor.get("/", headers={"If-None-Match": first.headers["ETag"]})

    assert [answer.status_code for answer in (first, again, a_minute_later, after_a_change)] == [200, 304, 304, 200]
    assert (again.content, first.headers["Cache-Control"]) == (b"", "no-cache")


def test_pages_come_compressed_to_those_who_can_read_that(visitor: TownClient) -> None:
    plain = visitor.get("/")
    packed = visitor.get("/", headers={"Accept-Encoding": "br, gzip"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 3
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"


def test_public_pages_are_read_only(visitor: TownClient) -> None:
    assert visitor.post("/").status_code == 405
    assert visitor.head("/").status_code == 200


def test_search_engines_are_kept_from_applications(visitor: TownClient) -> None:
    robots = visitor.get("/robots.txt").content.decode()

    assert robots.startswith("User-agent: *\n")
    assert "Disallow: /antrag/" in robots
    assert "Disallow: /leistungen" not in robots
