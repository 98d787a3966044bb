"""Short addresses on printed cards lead to where a service is now, and count how many people came."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from catalogue.actions import release
from catalogue.addresses import RESERVED
from catalogue.models import PermanentAddress
from tenants.actions import add_host
from tenants.context import at_operator, in_town
from tenants.models import Host, Town
from tests.browsers import BROWSER
from tests.catalogue.libraries import service, write_library
from tests.conftest import Clock
from tests.pages import links_of, text_of
from tests.people import MONDAY, TownClient
from tests.threads import at_once
from tests.townhall.town import change, change_office
from townhall.actions import change_profile
from townhall.figures import counting
from townhall.figures.actions import Address, add_visits
from townhall.models import AddressVisits, OfferState
from townhall.queries import Visits, visits_by_address

TODAY = MONDAY.date()


def leads_to(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Location", "")


@pytest.fixture
def visitor(lage: Town) -> TownClient:
    """A person's browser at Lage's host."""
    return TownClient(lage, HTTP_USER_AGENT=BROWSER)


@pytest.fixture
def visitor_of_detmold(detmold: Town) -> TownClient:
    return TownClient(detmold, HTTP_USER_AGENT=BROWSER)


def visits() -> list[Visits]:
    counting.write()
    return visits_by_address(since=date(2000, 1, 1), until=date(2100, 1, 1))


@pytest.mark.parametrize(
    "typed", ["/hund", "/hund/", "/Hund", "/HUND/K", "/hund/k", "/hund/k/", "/hund-anmelden", "/hund-anmelden/k"]
)
def test_an_address_leads_to_its_service_however_it_is_typed(visitor: TownClient, typed: str) -> None:
    answer = visitor.get(typed)

    assert leads_to(answer) == (302, "/leistungen/hund-anmelden/")
    assert "no-store" in answer["Cache-Control"]


def test_umlauts_may_be_typed_as_they_are_spoken(visitor: TownClient) -> None:
    assert leads_to(visitor.get("/knöllchen")) == leads_to(visitor.get("/knoellchen"))
    assert leads_to(visitor.get("/knöllchen")) == (302, "/leistungen/verwarngeld/")


def test_a_letter_alone_leads_to_the_portal(visitor: TownClient) -> None:
    assert [leads_to(visitor.get(path)) for path in ("/k", "/K/")] == [(302, "/")] * 2


@pytest.mark.parametrize("typed", ["/gibtesnicht", "/hund/kk", "/hund/1", "/hund/k/x", "/suche/k", "/konto/"])
def test_what_leads_nowhere_is_told_so(visitor: TownClient, typed: str) -> None:
    answer = visitor.get(typed)

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in text_of(answer)


def test_own_pages_are_found_without_their_last_slash(visitor: TownClient) -> None:
    assert leads_to(visitor.get("/hilfe")) == (302, "/hilfe/")
    assert leads_to(visitor.get("/suche?q=hund&x=1")) == (302, "/suche/?q=hund&x=1")


def test_no_word_stands_for_a_page_of_ours(db: None) -> None:
    """`/hilfe` is the page about help, in each town, for ever."""
    ours = {part.strip("^$/") for part in first_parts(get_resolver().url_patterns)}
    pages = {part for part in ours if part and "." not in part and "(" not in part}

    assert pages - RESERVED == set()
    assert len(pages) >= 15
    assert not PermanentAddress.objects.filter(word__in=RESERVED).exists()


def first_parts(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """What the addresses of a URL table begin with."""
    found: set[str] = set()
    for route in patterns:
        here = str(route.pattern)
        if isinstance(route, URLResolver) and not here:
            found |= first_parts(route.url_patterns)
        else:
            found.add(here.split("/")[0])
    return found


# --- For ever ---------------------------------------------------------------------------------------------


def release_without_dog(library: Path) -> None:
    """The catalogue knows no registration of dogs any more."""
    (library / "services/hund-anmelden.yaml").unlink()
    with at_operator():
        release(library, by="Olga", now=MONDAY, notes="")


def test_a_printed_address_survives_that_its_service_gets_another_key(
    in_lage: Town, visitor: TownClient, tmp_path: Path
) -> None:
    renamed = "- {word: hund, service: hund-melden}\n- {word: hund-anmelden, service: hund-melden}\n"
    renewed = service("hund-melden", title="Hund melden")
    release_without_dog(write_library(tmp_path, addresses=renamed, hund_melden=renewed))
    change("hund-melden", state=OfferState.INFO)

    assert leads_to(visitor.get("/hund/k")) == (302, "/leistungen/hund-melden/")
    assert leads_to(visitor.get("/hund-anmelden")) == (302, "/leistungen/hund-melden/")
    assert leads_to(visitor.get("/leistungen/hund-anmelden/")) == (301, "/leistungen/hund-melden/")
    assert leads_to(visitor.get("/leistungen/hund-anmelden/")) == (301, "/leistungen/hund-melden/")  # from memory
    assert "Hund melden" in text_of(visitor.get("/leistungen/hund-melden/"))


def test_a_service_that_is_gone_is_told_of_with_the_ways_that_remain(
    in_lage: Town, visitor: TownClient, tmp_path: Path
) -> None:
    change_profile(phone="05232 601-0")
    cats = "- {word: katze, service: katze-melden}\n"
    release_without_dog(write_library(tmp_path, addresses=cats, katze_melden=service("katze-melden")))

    page = visitor.get("/hund")

    assert page.status_code == 410
    assert "Diese Leistung gibt es nicht mehr" in text_of(page)
    assert {"tel:+4952326010", "/leistungen/", "/"} <= set(links_of(page))
    assert 'action="/suche/"' in page.content.decode()


def test_a_service_that_the_town_does_not_offer_leads_to_its_office(in_lage: Town, visitor: TownClient) -> None:
    change_office("steueramt", phone="05232 601-230")
    change("hund-anmelden", state=OfferState.HIDDEN)

    page = visitor.get("/hund/k")

    assert page.status_code == 404
    assert "„Hund anmelden“ gibt es hier zurzeit nicht" in text_of(page)
    assert "tel:+495232601230" in links_of(page)
    assert 'value="Hund anmelden"' in page.content.decode()  # to search for it at once


def test_without_any_phone_the_page_names_the_number_of_all_authorities(in_lage: Town, visitor: TownClient) -> None:
    change_profile(phone="")
    change("hund-anmelden", state=OfferState.HIDDEN)

    assert "tel:115" in links_of(visitor.get("/hund"))


def test_a_printed_address_survives_that_the_town_gets_another_main_host(lage: Town) -> None:
    add_host(town=lage, host="serviceportal.lage.example")
    Host.objects.filter(tenant=lage).update(is_primary=False)
    Host.objects.filter(domain="serviceportal.lage.example").update(is_primary=True)

    for host in ("lage.localhost", "serviceportal.lage.example"):
        answer = Client(headers={"host": host}).get("/hund/k")
        assert leads_to(answer) == (302, "/leistungen/hund-anmelden/")  # at the host that was asked


def test_the_same_word_leads_there_in_every_town(visitor_of_detmold: TownClient) -> None:
    assert leads_to(visitor_of_detmold.get("/hund")) == (302, "/leistungen/hund-anmelden/")


# --- Counting ---------------------------------------------------------------------------------------------


def test_who_comes_is_counted_by_address_letter_and_day(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    for path in ("/hund/k", "/HUND/k/", "/hund/s", "/hund", "/k"):
        visitor.get(path)
    clock(MONDAY + timedelta(days=1))
    visitor.get("/hund/k")

    assert visits() == [
        *(Visits("hund", "k", 3), Visits("", "k", 1), Visits("hund", "", 1), Visits("hund", "s", 1)),
    ]
    assert visits_by_address(since=TODAY, until=TODAY)[0] == Visits("hund", "k", 2)
    assert visits_by_address(since=TODAY + timedelta(days=1), until=TODAY + timedelta(days=9)) == [
        Visits("hund", "k", 1)
    ]


def test_what_leads_nowhere_is_not_counted(in_lage: Town, visitor: TownClient) -> None:
    visitor.get("/gibtesnicht/k")
    visitor.get("/leistungen/hund-anmelden/")
    visitor.get("/")
    visitor.head("/hund/k")

    assert visits() == []


def test_visits_are_counted_in_their_own_town(lage: Town, visitor_of_detmold: TownClient) -> None:
    visitor_of_detmold.get("/hund/k")

    with in_town(lage):
        assert visits() == []


def test_a_visit_leaves_no_trace_but_the_count(in_lage: Town, visitor: TownClient, clock: Clock) -> None:
    answer = visitor.get("/hund/k", headers={"User-Agent": f"{BROWSER} Kennzeichen", "X-Forwarded-For": "203.0.113.7"})

    assert dict(answer.cookies) == {}
    counting.write()
    row = AddressVisits.objects.values().get()
    assert row == {"id": row["id"], "day": TODAY, "word": "hund", "letter": "k", "count": 1}


def test_machines_and_pages_fetched_in_advance_are_no_visits(in_lage: Town, visitor: TownClient) -> None:
    for headers in ({"User-Agent": "curl/8.5.0"}, {"User-Agent": ""}, {"Sec-Purpose": "prefetch"}):
        assert leads_to(visitor.get("/hund/k", headers=headers)) == (302, "/leistungen/hund-anmelden/")

    assert visits() == []


def test_nothing_is_written_while_somebody_waits(in_lage: Town, visitor: TownClient) -> None:
    with CaptureQueriesContext(connection) as captured:
        visitor.get("/hund/k")

    assert {query["sql"].split()[0] for query in captured.captured_queries} == {"SELECT"}


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_are_eight_visits() -> None:
    lage = Town.objects.get(slug="lage")

    def come() -> None:
        with in_town(lage):
            add_visits({Address(TODAY, "hund", "k"): 1})

    assert at_once(8, come) == [None] * 8

    with in_town(lage):
        assert visits() == [Visits("hund", "k", 8)]
