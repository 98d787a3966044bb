"""The styleguide in a real browser: every component, every kind of field, in both appearances."""

from collections.abc import Iterator

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Axe
from tests.browser.looking import trouble_with_the_tab_key
from tests.design.site import PAGES, served

FORM = "/bausteine/formular/"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the styleguide is served. No database, so not pytest-django's `live_server`."""
    with served():
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()


def send_empty_form(page: Page, address: str) -> None:
    page.goto(address + FORM)
    page.get_by_role("button", name="Weiter").last.click()
    expect(page.locator(".error-summary")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_barrier(strict_page: Page, axe: Axe, address: str, path: str, width: int, scheme: str) -> None:
    strict_page.set_viewport_size({"width": width, "height": 900})
    strict_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    strict_page.goto(address + path)

    assert axe(strict_page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_in_a_form_with_errors(strict_page: Page, axe: Axe, address: str, scheme: str) -> None:
    strict_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    send_empty_form(strict_page, address)

    assert axe(strict_page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_320_pixels(strict_page: Page, address: str, path: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    strict_page.set_viewport_size({"width": 320, "height": 640})
    strict_page.goto(address + path)

    assert strict_page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_the_focus_is_visible_and_targets_are_large_enough(
    strict_page: Page, address: str, path: str, width: int
) -> None:
    """WCAG 2.4.7 and 2.5.8, by walking through the page with the tab key."""
    assert trouble_with_the_tab_key(strict_page, address + path, width=width) == []


def test_a_form_with_errors_starts_at_their_summary(strict_page: Page, address: str) -> None:
    send_empty_form(strict_page, address)

    assert strict_page.title().startswith("Fehler: ")
    assert strict_page.evaluate("document.activeElement.classList.contains('error-summary')")


def test_every_link_of_the_error_summary_leads_to_an_input(strict_page: Page, address: str) -> None:
    send_empty_form(strict_page, address)
    links = strict_page.locator(".error-summary a")
    reached = []
    for index in range(links.count()):
        links.nth(index).click()
        reached.append(strict_page.evaluate("document.activeElement.matches('input, select, textarea')"))

    assert reached == [True] * 11


def test_a_field_is_shown_when_another_answer_calls_for_it(strict_page: Page, address: str) -> None:
    strict_page.goto(address + FORM)
    follow_up = strict_page.get_by_label("Name des Tierheims")

    expect(follow_up).to_be_hidden()
    strict_page.get_by_label("Aus dem Tierheim").check()
    expect(follow_up).to_be_visible()
    strict_page.get_by_label("Er ist mit mir zugezogen").check()
    expect(follow_up).to_be_hidden()


def test_enter_in_a_field_goes_on_and_removes_no_file(strict_page: Page, address: str) -> None:
    strict_page.goto(address + FORM)
    field = strict_page.get_by_label("Name des Hundes")
    field.fill("Bello")
    with strict_page.expect_request(lambda request: request.method == "POST") as sent:
        field.press("Enter")

    assert "remove_upload" not in (sent.value.post_data or "")


def test_a_long_list_is_searched_with_the_keyboard(strict_page: Page, address: str) -> None:
    strict_page.goto(address + FORM)
    field = strict_page.get_by_role("combobox", name="Rasse")
    field.press_sequentially("hund")
    options = strict_page.get_by_role("listbox", name="Passende Einträge").get_by_role("option")
    expect(options).to_have_text(["Berner Sennenhund", "Deutscher Schäferhund"])
    field.press("ArrowDown")
    field.press("Enter")

    assert field.input_value() == "Berner Sennenhund"
    assert strict_page.locator("select[name=breed]").input_value() == "berner-sennenhund"


def test_what_was_typed_into_a_long_list_is_not_lost(strict_page: Page, address: str) -> None:
    strict_page.goto(address + FORM)
    field = strict_page.get_by_role("combobox", name="Rasse")
    field.fill("Wolpertinger")
    strict_page.get_by_role("button", name="Weiter").last.click()

    assert field.input_value() == "Wolpertinger"
    expect(strict_page.locator("#id_breed_error")).to_contain_text("„Wolpertinger“ steht nicht in der Liste.")


def test_the_search_suggests_while_typing(strict_page: Page, axe: Axe, address: str) -> None:
    strict_page.goto(address + PAGES[0])
    search = strict_page.get_by_role("combobox", name="Leistung oder Anliegen suchen")
    search.press_sequentially("Hund")
    expect(strict_page.get_by_role("option")).to_have_text(["Hund anmeldenLeistung", "Hund abmeldenLeistung"])

    assert axe(strict_page) == []
    search.press("ArrowDown")
    search.press("Enter")
    strict_page.wait_for_url("**/ziel/")


def test_the_menu_of_a_phone_closes_with_escape(strict_page: Page, address: str) -> None:
    strict_page.set_viewport_size({"width": 390, "height": 900})
    strict_page.goto(address + PAGES[0])
    strict_page.get_by_text("Menü", exact=True).click()
    link = strict_page.locator(".menu").get_by_role("link", name="Hilfe")
    expect(link).to_be_visible()
    strict_page.keyboard.press("Escape")

    expect(link).to_be_hidden()


def test_a_form_works_without_scripts(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address + FORM)

    expect(page.get_by_label("Name des Tierheims")).to_be_visible()
    page.get_by_label("Rasse").select_option("dackel")
    page.get_by_role("button", name="Weiter").last.click()
    expect(page.get_by_label("Rasse")).to_have_value("dackel")
    expect(page.locator(".error-summary")).to_contain_text("Geben Sie den Namen ein.")
