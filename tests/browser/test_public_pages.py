"""The public pages of a town in a real browser: on a phone and a laptop, in both appearances, without scripts."""

from collections.abc import Callable
from datetime import date, time

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from tenants.models import Town
from tests.browser.conftest import Axe
from tests.browser.looking import look, trouble_with_the_tab_key
from tests.factories import make_amount, make_payable
from tests.townhall.town import AFTERNOON, MORNING, change, change_office, close_on
from townhall.actions import change_profile
from townhall.models import OfferState

PAGES = [
    "/",
    "/leistungen/",
    "/leistungen/?buchstabe=H",
    "/leistungen/hund-anmelden/",  # online
    "/leistungen/hundemarke-ersatz/",  # online, paid, a coming change
    "/leistungen/hund-abmelden/",  # paused
    "/leistungen/kfz-zulassung/",  # the county's
    "/leistungen/fuehrungszeugnis/",  # online elsewhere
    "/lebenslagen/auto-und-verkehr/",
    "/suche/",
    "/suche/?q=Hund",
    "/suche/?q=xyzzyq",
    "/aemter/",
    "/hilfe/",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
    "/barriere-melden/",
    "/barriere-melden/danke/",
]


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    """Where Lage answers: a town that has entered everything it can."""
    change_profile(
        phone="05232 601-0",
        email="buergerbuero-und-zentrale-verwaltung@stadt-lage.example",
        mayor="Bürgermeisterin Ida Iding",
        shows_federal_line=True,
        accessibility_gaps="Der Ratskalender ist ein Bild.",
        data_protection_contact="Dora Datenschutz\nTelefon 05232 601-999",
    )
    make_payable()
    make_amount(amount="6.50", valid_from=date(2099, 1, 1), by_law_url="https://www.lage.example/satzung")
    change("hund-abmelden", state=OfferState.PAUSED, pause_note="Wir ziehen um. Ab Montag geht es wieder.")
    change("hund-anmelden", addition="Im Stadtpark gilt Leinenpflicht.\n\nDas gilt auch nachts.")
    every_day = [(day, time(0), time(23, 59)) for day in range(7)]
    change_office("buergerbuero", *every_day, phone="05232 601-330", access_note="Ohne Stufen.")
    change_office("steueramt", (0, *MORNING), (3, *MORNING), (3, *AFTERNOON), room="Zimmer 112")
    close_on("buergerbuero", date.today(), "Personalversammlung")  # noqa: DTZ011 -- the browser lives today
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_barrier(strict_page: Page, axe: Axe, address: str, width: int, scheme: str) -> None:
    barriers = {}
    for path in PAGES:
        look(strict_page, address + path, width=width, scheme=scheme)
        barriers[path] = axe(strict_page)

    assert {path: found for path, found in barriers.items() if found} == {}


def test_axe_finds_no_barrier_in_a_report_with_a_mistake(strict_page: Page, axe: Axe, address: str) -> None:
    strict_page.goto(f"{address}/barriere-melden/")
    strict_page.get_by_label("Ihre E-Mail-Adresse").fill("anna@")
    strict_page.get_by_role("button", name="Absenden").click()

    expect(strict_page.locator(".error-summary a")).to_have_count(2)
    assert axe(strict_page) == []


def test_a_printed_address_of_what_is_not_offered_leads_to_a_page_without_barrier(
    page: Page, axe: Axe, address: str
) -> None:
    change("hund-anmelden", state=OfferState.HIDDEN)
    look(page, f"{address}/hund/k", width=320)

    expect(page.get_by_role("heading", level=1)).to_have_text("„Hund anmelden“ gibt es hier zurzeit nicht")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert axe(page) == []


def test_pages_fit_320_pixels(strict_page: Page, address: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    too_wide = []
    for path in PAGES:
        look(strict_page, address + path, width=320, scheme="light")
        if strict_page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            too_wide.append(path)

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_is_visible_and_targets_are_large_enough(strict_page: Page, address: str, width: int) -> None:
    """WCAG 2.4.7 and 2.5.8, by walking through each kind of page with the tab key."""
    trouble = []
    for path in ("/", "/leistungen/hund-anmelden/", "/suche/?q=Hund", "/aemter/", "/barriere-melden/"):
        trouble += trouble_with_the_tab_key(strict_page, address + path, width=width)

    assert trouble == []


def test_a_missing_page_is_as_good_as_any(page: Page, axe: Axe, address: str) -> None:
    answer = page.goto(f"{address}/gibt-es-nicht/")

    assert answer is not None
    assert answer.status == 404
    assert axe(page) == []


def test_somebody_finds_a_service_by_typing_and_gets_to_the_form(strict_page: Page, address: str) -> None:
    strict_page.goto(address)
    search = strict_page.get_by_role("combobox", name="Leistung oder Anliegen suchen")
    search.press_sequentially("Hund an")
    expect(strict_page.get_by_role("option").first).to_have_text("Hund anmeldenOnline")

    search.press("ArrowDown")
    search.press("Enter")

    expect(strict_page.get_by_role("heading", level=1)).to_have_text("Hund anmelden")
    expect(strict_page.get_by_role("link", name="Antrag starten")).to_have_attribute("href", "/antrag/hund-anmelden/")


def test_everything_can_be_found_and_reported_without_scripts(
    new_context: Callable[..., BrowserContext], address: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(address)
    page.get_by_label("Leistung oder Anliegen suchen").fill("Hundemarke verloren")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_role("link", name="Ersatz-Hundemarke bestellen").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Ersatz-Hundemarke bestellen")
    page.get_by_text("Rechtsgrundlagen", exact=True).click()
    expect(page.get_by_role("listitem").get_by_text("Hundesteuersatzung oder")).to_be_visible()
    page.get_by_role("link", name="Barriere melden").click()
    expect(page.get_by_label("Auf welcher Seite?")).to_have_value("/leistungen/hundemarke-ersatz/")
    page.get_by_label("Was klappt nicht?").fill("Die Schrift ist zu klein.")
    page.get_by_role("button", name="Absenden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danke für Ihre Meldung")


def test_the_home_page_comes_from_one_host_and_is_small(page: Page, address: str) -> None:
    """At most 8,000 bytes over the wire, and everything else from the town's own host."""
    finished: list[Request] = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.goto(address, wait_until="networkidle")

    assert {request.url.split("/")[2] for request in finished} == {address.split("/")[2]}
    home = next(request for request in finished if request.resource_type == "document")
    assert home.sizes()["responseBodySize"] < 8_000
