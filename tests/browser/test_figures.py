"""Figures in a real browser: in the town hall, on the public page, and where people say how it went."""

import pytest
import yaml
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from config.local.sample import FILE
from operations.sample_figures import make_up_figures
from submissions.models import Submission
from submissions.states import State
from tenants.models import Town
from tests.browser.conftest import Axe
from tests.browser.looking import look, trouble_with_the_tab_key
from tests.factories import make_submission
from tests.people import TownClient, make_anna, make_staff
from townhall.actions import change_profile
from townhall.models import Remark

IN_THE_TOWN_HALL = [
    "/rathaus/verwaltung/zahlen/",
    "/rathaus/verwaltung/zahlen/?jahr=2026",
    "/rathaus/verwaltung/zahlen/leistungen/hund-anmelden/",
    "/rathaus/verwaltung/zahlen/leistungen/sperrmuell/",
    "/rathaus/verwaltung/zahlen/suchen/",
    "/rathaus/verwaltung/zahlen/rueckmeldungen/",
]
OF_ANNA = [
    "/meine-antraege/LAGE-2026-000001/eingang/",
    "/meine-antraege/LAGE-2026-000002/",
    "/meine-antraege/LAGE-2026-000001/rueckmeldung/",
]
EACH_LOOK = pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
)


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    """Where Lage answers: it has figures to show, and shows them to everybody."""
    plain = next(town for town in yaml.safe_load(FILE.read_text(encoding="utf-8"))["towns"] if town["slug"] == "lage")
    make_up_figures(plain["figures"], today=timezone.localdate())
    Remark.objects.create(service_key="hund-anmelden", text="Ein Wort " + "so lang" * 30, month="2026-11-01")
    change_profile(shows_figures=True)
    anna = make_anna()
    for _number in range(2):
        make_submission(anna)
    Submission.objects.filter(number="LAGE-2026-000002").update(state=State.CLOSED)
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


def sign_in(context: BrowserContext, town: Town, user: User) -> None:
    session = TownClient(town).sign_in(user).cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])


@pytest.fixture
def jana(strict_page: Page, address: str, lage: Town) -> Page:
    """The window of Jana, who has every role."""
    sign_in(strict_page.context, lage, make_staff("jana", "Jana", "Jacob", *Role))
    return strict_page


@pytest.fixture
def anna(strict_page: Page, address: str, lage: Town) -> Page:
    sign_in(strict_page.context, lage, User.objects.get(subject="anna"))
    return strict_page


@EACH_LOOK
def test_axe_finds_no_barrier_in_the_town_hall(jana: Page, axe: Axe, address: str, width: int, scheme: str) -> None:
    assert barriers(jana, axe, [address + path for path in IN_THE_TOWN_HALL], width, scheme) == {}


@EACH_LOOK
def test_axe_finds_no_barrier_on_the_public_page(
    strict_page: Page, axe: Axe, address: str, width: int, scheme: str
) -> None:
    assert barriers(strict_page, axe, [f"{address}/statistik/"], width, scheme) == {}


@EACH_LOOK
def test_axe_finds_no_barrier_where_people_say_how_it_went(
    anna: Page, axe: Axe, address: str, width: int, scheme: str
) -> None:
    assert barriers(anna, axe, [address + path for path in OF_ANNA], width, scheme) == {}
    anna.get_by_role("button", name="Rückmeldung senden").click()
    expect(anna.locator(".error-summary")).to_be_focused()
    assert axe(anna) == []


def barriers(page: Page, axe: Axe, addresses: list[str], width: int, scheme: str) -> dict[str, list[str]]:
    """What axe finds, by page; tables behind the charts are open."""
    found = {}
    for one in addresses:
        look(page, one, width=width, scheme=scheme)
        page.evaluate("document.querySelectorAll('main details').forEach(details => details.open = true)")
        found[one] = axe(page)
    return {one: problems for one, problems in found.items() if problems}


def test_pages_fit_320_pixels(jana: Page, address: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    too_wide = []
    for path in (*IN_THE_TOWN_HALL, "/statistik/"):
        look(jana, address + path, width=320)
        jana.evaluate("document.querySelectorAll('main details').forEach(details => details.open = true)")
        if jana.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            too_wide.append(path)

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_is_visible_and_targets_are_large_enough(jana: Page, address: str, width: int) -> None:
    """WCAG 2.4.7 and 2.5.8."""
    trouble = []
    for path in ("/rathaus/verwaltung/zahlen/", "/rathaus/verwaltung/zahlen/rueckmeldungen/", "/statistik/"):
        trouble += trouble_with_the_tab_key(jana, address + path, width=width)

    assert trouble == []


def test_a_chart_is_named_and_has_the_same_numbers_as_a_table(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/zahlen/")
    chart = jana.locator("figure").filter(has_text="Eingegangene Anträge je Woche")

    drawing = chart.get_by_role("img", name="Eingegangene Anträge je Woche")
    expect(drawing).to_be_visible()
    assert drawing.locator("desc").text_content() in drawing.evaluate("svg => svg.textContent")
    chart.get_by_text("Zahlen als Tabelle").click()
    said = chart.locator("rect > title").all_text_contents()
    written = [row.replace("(bis jetzt)", "").split() for row in chart.locator("tbody tr").all_inner_texts()]
    assert len(said) > 40
    assert [text.replace(":", " ").split() for text in said] == written


def test_columns_are_as_high_as_their_numbers(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/zahlen/")
    chart = jana.locator("figure").filter(has_text="Besuche je Woche")
    bars = chart.locator("rect:not(.chart__bar--small)")
    heights = bars.evaluate_all("bars => bars.map(bar => bar.getBoundingClientRect().height)")
    numbers = [int(text.rpartition(": ")[2].replace(".", "")) for text in bars.locator("title").all_text_contents()]

    pixels_each = [height / number for height, number in zip(heights, numbers, strict=True)]
    assert max(pixels_each) - min(pixels_each) < 0.01 * max(pixels_each) + 0.001


def test_on_paper_the_numbers_are_there_and_what_one_clicks_is_not(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/zahlen/")
    jana.emulate_media(media="print")

    expect(jana.get_by_role("heading", name="Auf einen Blick")).to_be_visible()
    expect(jana.get_by_role("img", name="Besuche je Woche")).to_be_visible()
    for hidden in (".staff-nav", ".periods", ".figures-more", "form"):
        assert jana.locator(f"{hidden} >> visible=true").count() == 0, hidden


def test_somebody_says_how_it_went_without_scripts(browser: Browser, address: str, lage: Town) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    sign_in(context, lage, User.objects.get(subject="anna"))
    page = context.new_page()
    page.goto(f"{address}/meine-antraege/LAGE-2026-000001/eingang/")
    page.get_by_label("Was war gut").fill("Alles ging gut.")
    page.get_by_role("button", name="Rückmeldung senden").click()
    expect(page.get_by_label("Was war gut")).to_have_value("Alles ging gut.")
    page.get_by_label("sehr zufrieden", exact=True).check()
    page.get_by_role("button", name="Rückmeldung senden").click()

    expect(page.get_by_text("Danke für Ihre Rückmeldung!")).to_be_visible()
    page.goto(f"{address}/meine-antraege/LAGE-2026-000001/eingang/")
    expect(page.get_by_role("heading", name="Ihr Antrag ist eingegangen")).to_be_visible()
    expect(page.get_by_role("button", name="Rückmeldung senden")).to_have_count(0)
    assert Remark.objects.filter(text="Alles ging gut.").count() == 1
    context.close()


def test_figures_are_switched_off_with_the_keyboard(jana: Page, address: str, lage: Town) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/zahlen/")
    jana.get_by_role("button", name="Nicht mehr öffentlich zeigen").focus()
    jana.keyboard.press("Enter")
    expect(jana.get_by_text("Die Zahlen sind nicht mehr öffentlich.")).to_be_visible()

    assert TownClient(lage).get("/statistik/").status_code == 404


def test_made_up_figures_say_what_the_newspaper_said(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/zahlen/")

    expect(jana.get_by_text("Diese Woche: 11 Anträge, davon 8 für „Hund anmelden“.")).to_be_visible()
