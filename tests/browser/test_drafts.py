"""Forms in a real browser: saved while somebody types, without a connection, when a session ends, without scripts."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from submissions.models import Draft
from tenants.models import Town
from tests.browser.conftest import Axe
from tests.factories import make_payable
from tests.people import TownClient, make_citizen

FIRST = "/antrag/hundemarke-ersatz/halter/"
SAVED = re.compile(r"^Gespeichert um \d\d:\d\d$")
TWO_MINUTES = 120
WIDTHS = pytest.mark.parametrize("width", [390, 1280])

SignIn = Callable[[BrowserContext], None]


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    make_payable()
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.fixture
def sign_in(in_lage: Town) -> SignIn:
    """Anna signs in; her account knows nothing but her name."""
    anna = make_citizen("anna", "Anna", "Schröder")

    def give_session(context: BrowserContext) -> None:
        session = TownClient(in_lage).sign_in(anna).cookies["session"].value
        context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])

    return give_session


def saved(page: Page) -> None:
    expect(page.locator(".saved__text")).to_have_text(SAVED)


def first_name(page: Page) -> str:
    return page.get_by_label("Vorname(n)").input_value()


def test_a_second_after_the_last_key_it_is_saved_and_said_so(
    address: str, sign_in: SignIn, context: BrowserContext, strict_page: Page
) -> None:
    sign_in(context)
    strict_page.goto(address + FIRST)
    strict_page.get_by_label("Vorname(n)").press_sequentially("Anna Maria", delay=20)
    saved(strict_page)

    other = context.new_page()
    other.goto(address + FIRST)

    assert first_name(other) == "Anna Maria"
    assert Draft.objects.get().saves["halter"][1] == 1  # typing without a pause is one save


def test_what_was_typed_right_before_leaving_is_saved(address: str, context: BrowserContext, strict_page: Page) -> None:
    strict_page.goto(address + FIRST)
    strict_page.get_by_label("Vorname(n)").fill("Anna Maria")
    strict_page.get_by_role("link", name="Impressum").click()
    strict_page.wait_for_url("**/impressum/")

    for _attempt in range(50):  # it is still on its way
        strict_page.goto(address + FIRST)
        if first_name(strict_page):
            break
    assert first_name(strict_page) == "Anna Maria"


def test_a_closed_browser_loses_nothing(address: str, sign_in: SignIn, context: BrowserContext, page: Page) -> None:
    sign_in(context)
    page.goto(address + FIRST)
    page.get_by_label("Vorname(n)").fill("Anna Maria")
    page.close()
    other = context.new_page()
    other.goto(address + FIRST)

    expect(other.get_by_label("Vorname(n)")).to_have_value("Anna Maria")


@WIDTHS
def test_without_a_connection_it_stays_on_the_page_and_goes_on_by_itself(
    address: str, context: BrowserContext, page: Page, axe: Axe, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + FIRST)
    context.set_offline(True)
    page.get_by_label("Vorname(n)").fill("Anna")
    page.get_by_label("Familienname").fill("Schröder")
    trouble = page.locator(".kept-trouble")
    expect(trouble).to_contain_text("Keine Verbindung.")
    expect(trouble).to_be_in_viewport()
    assert axe(page) == []
    for label, typed in (("Tag", "14"), ("Monat", "3"), ("Jahr", "1961")):
        page.get_by_label(label, exact=True).fill(typed)
    page.get_by_role("button", name="Weiter", exact=True).last.click()
    expect(trouble).to_contain_text("kommen wir nicht zur nächsten Seite")
    assert first_name(page) == "Anna"

    context.set_offline(False)

    expect(page.get_by_role("heading", level=1)).to_have_text("Wo wohnen Sie?")


def test_what_was_not_saved_is_saved_when_the_connection_is_back(
    address: str, context: BrowserContext, page: Page
) -> None:
    page.goto(address + FIRST)
    context.set_offline(True)
    page.get_by_label("Vorname(n)").fill("Anna")
    expect(page.locator(".kept-trouble")).to_contain_text("Keine Verbindung.")

    context.set_offline(False)

    saved(page)
    expect(page.locator(".kept-trouble")).to_contain_text("Alles ist gespeichert.")


@WIDTHS
def test_two_windows_on_one_page(address: str, context: BrowserContext, page: Page, axe: Axe, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address + FIRST)
    other = context.new_page()
    other.goto(address + FIRST)
    other.get_by_label("Vorname(n)").fill("Anna")
    saved(other)

    page.get_by_label("Vorname(n)").fill("Berta")
    expect(page.locator(".kept-trouble")).to_contain_text("in einem anderen Fenster")
    page.get_by_role("button", name="Weiter", exact=True).last.click()

    expect(page.locator(".kern-alert").first).to_contain_text("Vorname(n): Anna")
    assert first_name(page) == "Berta"
    assert axe(page) == []
    page.get_by_role("link", name="Lieber die anderen Angaben nehmen").click()
    expect(page.get_by_label("Vorname(n)")).to_have_value("Anna")


def test_who_signs_in_in_another_window_can_go_on_in_this_one(
    address: str, sign_in: SignIn, context: BrowserContext, strict_page: Page
) -> None:
    """Signing in changes the token of all forms."""
    strict_page.goto(address + FIRST)
    strict_page.get_by_label("Vorname(n)").fill("Anna")
    saved(strict_page)
    sign_in(context)
    context.add_cookies([{"name": "csrf", "value": "A" * 32, "url": address}])

    strict_page.get_by_label("Familienname").fill("Schröder")
    for label, typed in (("Tag", "14"), ("Monat", "3"), ("Jahr", "1961")):
        strict_page.get_by_label(label, exact=True).fill(typed)
    strict_page.get_by_role("button", name="Weiter", exact=True).last.click()

    expect(strict_page.get_by_role("heading", level=1)).to_have_text("Wo wohnen Sie?")
    assert Draft.objects.get().citizen is not None


# --- When the session ends --------------------------------------------------------------------------------


def let_session_end_in(seconds: int) -> None:
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=seconds))


@WIDTHS
def test_two_minutes_before_the_end_a_window_asks_and_one_click_is_enough(
    address: str, sign_in: SignIn, context: BrowserContext, page: Page, axe: Axe, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(context)
    page.clock.install()
    page.goto(address + FIRST)
    dialog = page.get_by_role("alertdialog")
    page.clock.fast_forward("01:57:50")
    expect(dialog).to_be_hidden()
    let_session_end_in(TWO_MINUTES)

    page.clock.fast_forward("00:00:15")

    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Sind Sie noch da?")
    expect(page.get_by_role("button", name="Weiter arbeiten")).to_be_focused()
    assert axe(page) == []
    page.get_by_role("button", name="Weiter arbeiten").click()
    expect(dialog).to_be_hidden()
    assert (Session.objects.get().expire_date - timezone.now()).total_seconds() > 3600


def test_whoever_works_in_another_window_is_not_asked(
    address: str, sign_in: SignIn, context: BrowserContext, page: Page
) -> None:
    sign_in(context)
    page.clock.install()
    page.goto(address + FIRST)

    page.clock.fast_forward("01:58:05")  # the server says that there are two hours left

    expect(page.get_by_role("alertdialog")).to_be_hidden()


def test_after_the_end_signing_in_leads_back_and_what_was_typed_is_there(
    address: str, sign_in: SignIn, context: BrowserContext, page: Page, axe: Axe
) -> None:
    sign_in(context)
    page.clock.install()
    page.goto(address + FIRST)
    page.get_by_label("Vorname(n)").fill("Anna")
    page.clock.run_for(1500)
    saved(page)
    Session.objects.all().delete()

    page.clock.fast_forward("02:00:01")
    dialog = page.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Ihre Anmeldung ist abgelaufen")
    link = dialog.get_by_role("link", name="Anmelden und weitermachen")
    assert axe(page) == []
    way = link.get_attribute("href") or ""
    dialog.get_by_role("button", name="Auf der Seite bleiben").click()
    page.get_by_label("Vorname(n)").fill("Anna Maria")
    page.clock.run_for(1500)
    expect(page.locator(".kept-trouble")).to_contain_text("Ihre Anmeldung ist abgelaufen.")
    sign_in(context)
    page.goto(address + FIRST)

    assert way == "/anmelden/?next=%2Fantrag%2Fhundemarke-ersatz%2Fhalter%2F"
    assert first_name(page) == "Anna Maria"


# --- Without scripts --------------------------------------------------------------------------------------


@pytest.fixture
def plain_page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=False).new_page()


@pytest.mark.parametrize("button", ["Zurück", "Speichern und beenden"])
def test_without_scripts_every_button_keeps_what_was_typed(address: str, plain_page: Page, button: str) -> None:
    plain_page.goto(address + FIRST)
    plain_page.get_by_label("Vorname(n)").fill("Anna")
    plain_page.get_by_role("button", name=button).click()

    plain_page.goto(address + FIRST)

    assert first_name(plain_page) == "Anna"


def test_without_scripts_enter_goes_on(address: str, plain_page: Page) -> None:
    plain_page.goto(address + FIRST)
    plain_page.get_by_label("Vorname(n)").fill("Anna")
    plain_page.get_by_label("Familienname").fill("Schröder")
    for label, typed in (("Tag", "14"), ("Monat", "3"), ("Jahr", "1961")):
        plain_page.get_by_label(label, exact=True).fill(typed)
    plain_page.get_by_label("Jahr", exact=True).press("Enter")

    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Wo wohnen Sie?")
