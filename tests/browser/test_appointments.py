"""Booking an appointment in a real browser, on a phone and without scripts; and the town hall's side of it."""

from datetime import time

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from submissions.appointments.models import Booking, Calendar
from submissions.appointments.states import BookingState
from tenants.models import Town
from tests.appointments.office import make_calendar
from tests.browser.conftest import Axe
from tests.browser.looking import look, picture, trouble_with_the_tab_key
from tests.browser.test_forms import fill, go_on
from tests.browser.test_town_hall import sign_in
from tests.people import make_astrid, make_bernd

HOURS = [(day, time(8), time(12)) for day in range(5)]


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    """Where Lage answers; its citizens' office can be booked on each working day."""
    cache.clear()
    make_calendar(hours=HOURS)
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


def to_times(page: Page, address: str) -> None:
    page.goto(f"{address}/antrag/termin-buergerbuero/anliegen/")
    page.get_by_label("Reisepass").check()
    go_on(page)


def book(page: Page, address: str) -> None:
    """From the beginning to the receipt."""
    to_times(page, address)
    page.get_by_role("link", name="Woche danach").first.click()
    page.get_by_label("9:30 Uhr").first.check()
    go_on(page)
    expect(page.get_by_text("für Sie reserviert")).to_be_visible()
    fill(page, vorname="Łucja", nachname="Őzdemir", email="lucja@post.example")
    go_on(page)
    page.locator("[name=complete]").check()
    page.get_by_role("button", name="Jetzt absenden").click()


def test_an_appointment_is_booked_on_a_phone(strict_page: Page, address: str, axe: Axe) -> None:
    page = strict_page
    page.set_viewport_size({"width": 390, "height": 844})
    found: dict[str, list[str]] = {}

    to_times(page, address)
    picture(page, "termin-zeiten-390")
    found["times"] = axe(page)
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    go_on(page)
    expect(page.get_by_text("Wählen Sie einen Termin aus.").first).to_be_visible()
    found["nothing chosen"] = axe(page)
    book(page, address)
    expect(page.get_by_role("heading", name="Ihr Termin ist gebucht")).to_be_visible()
    picture(page, "termin-gebucht-390")
    found["receipt"] = axe(page)

    assert found == {name: [] for name in found}
    assert not is_too_wide
    assert Booking.objects.get().state == BookingState.BOOKED
    page.get_by_role("link", name="Termin absagen").click()
    page.get_by_label("Ja, ich möchte meinen Termin absagen.").check()
    picture(page, "termin-absagen-390")
    page.get_by_role("button", name="Termin absagen").click()
    expect(page.get_by_text("Ihr Termin ist abgesagt.")).to_be_visible()
    assert Booking.objects.get().state == BookingState.CANCELLED


def test_times_can_be_reached_with_the_tab_key(strict_page: Page, address: str) -> None:
    to_times(strict_page, address)

    assert trouble_with_the_tab_key(strict_page, strict_page.url, width=390) == []


def test_an_appointment_is_booked_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()

    book(page, address)

    expect(page.get_by_role("heading", name="Ihr Termin ist gebucht")).to_be_visible()
    page.context.close()


def test_the_town_hall_sets_times_and_sees_who_comes(
    browser: Browser, strict_page: Page, address: str, axe: Axe, in_lage: Town
) -> None:
    citizen = browser.new_context(java_script_enabled=False).new_page()
    book(citizen, address)
    citizen.context.close()
    day = Booking.objects.get().begins.date().isoformat()
    office = Calendar.objects.get().office_id
    found: dict[str, list[str]] = {}
    for user, path, name in (
        (make_bernd(), f"/rathaus/termine/?tag={day}", "liste"),
        (make_astrid(), f"/rathaus/verwaltung/aemter/{office}/termine/", "kalender"),
    ):
        sign_in(strict_page.context, in_lage, user)
        for width in (390, 1280):
            look(strict_page, f"{address}{path}", width=width)
            picture(strict_page, f"termin-{name}-{width}")
            found[f"{name} {width}"] = axe(strict_page)
            is_too_wide = strict_page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
            assert not is_too_wide, f"{name} {width}"

    assert found == {name: [] for name in found}
