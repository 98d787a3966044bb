"""The pages of the town hall in a real browser: on a phone and a laptop, in both appearances, without scripts."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from accounts.trust import TrustLevel
from billing.closing import close_days
from billing.models import LedgerEntry, Movement, Payment, Refund
from billing.states import PaymentState
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.states import Outcome
from tenants.models import Town
from tests.browser.conftest import Axe
from tests.browser.looking import trouble_with_the_tab_key
from tests.desk import urls_of
from tests.factories import make_amount, make_payable, make_submission
from tests.files import accepted
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_staff
from townhall.actions import report_barrier, set_special_day
from townhall.models import Office

PAGES = [
    "/rathaus/eingang/",
    "/rathaus/eingang/?person=ich",
    "/rathaus/eingang/?q=xyzzy",
    "/rathaus/vorgang/LAGE-2026-000001/",  # new
    "/rathaus/vorgang/LAGE-2026-000002/",  # in review, with an answer and files
    "/rathaus/vorgang/LAGE-2026-000003/",  # waits for an answer
    "/rathaus/vorgang/LAGE-2026-000004/",  # decided
    "/rathaus/vorgang/LAGE-2026-000005/",  # not paid yet
    "/rathaus/verwaltung/leistungen/",
    "/rathaus/verwaltung/leistungen/hundemarke-ersatz/",
    "/rathaus/verwaltung/leistungen/bewohnerparkausweis/",
    "/rathaus/verwaltung/betraege/",
    "/rathaus/verwaltung/leistungen/hund-anmelden/beispiel/",
    "/rathaus/verwaltung/betraege/hundemarke.ersatz/",
    "/rathaus/verwaltung/leistungen/hund-anmelden/",  # with lists and switches
    "/rathaus/verwaltung/listen/",
    "/rathaus/verwaltung/listen/hundesteuer.gruende/",
    "/rathaus/verwaltung/listen/hundesteuer.gruende/neu/",
    "/rathaus/verwaltung/listen/hundesteuer.gruende/sozial/",
    "/rathaus/verwaltung/listen/hundesteuer.frist-tage/",
    "/rathaus/verwaltung/listen/kasse.kassenzeichen/",
    "/rathaus/verwaltung/aemter/",
    "/rathaus/verwaltung/aemter/neu/",
    "/rathaus/verwaltung/auftritt/",
    "/rathaus/verwaltung/karten/?was=hund-anmelden&was=portal",
    "/rathaus/verwaltung/karten/?art=schild-a3",
    "/rathaus/verwaltung/website/",
    "/rathaus/verwaltung/bezahlen/",
    "/rathaus/verwaltung/mitarbeitende/",
    "/rathaus/verwaltung/mitarbeitende/einladen/",
    "/rathaus/verwaltung/barrieren/",
    "/rathaus/kasse/",
    "/rathaus/kasse/LAGE-2026-000005-1/",
    "/rathaus/kasse/erstattungen/",
    "/rathaus/kasse/abschluesse/",
    "/rathaus/kasse/abschluesse/2026/11/",
    "/rathaus/kasse/abschluesse/2026/11/16/",
]


# Pages of the way in: they are looked at where people sign in.
SIGNED_OUT = {"/rathaus/anmelden/", "/rathaus/abmelden/"}


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    """Where Lage answers: a town hall with something in every list."""
    anna, bernd = make_anna(), make_bernd()
    make_payable()
    make_amount(amount="6.50", valid_from=date(2099, 1, 1), by_law_url="https://www.lage.example/satzung")
    make_submission(anna, flags=["big_dog"], verified=["nachname"], trust_level=TrustLevel.SUBSTANTIAL)
    answered, waiting, decided = (make_submission(anna) for _number in range(3))
    for case in (answered, waiting, decided):
        casework.take(submission=case, by=bernd, now=MONDAY)
    for case in (answered, waiting):
        casework.ask_back(submission=case, question="Ein Foto?", due_on=date(2099, 1, 1), by=bernd, now=MONDAY)
    photo = accepted("Ein-sehr-langer-Name-fuer-ein-Foto-vom-Impfpass.png")
    actions.answer_question(
        submission=answered, answer="Hier.", files=[photo], by=anna, now=MONDAY + timedelta(hours=1)
    )
    casework.decide(submission=decided, ruling=Ruling(Outcome.RECORDED, "Fertig."), by=bernd, now=MONDAY)
    unpaid = make_submission(anna, paid=True)
    payment = Payment.objects.create(
        submission=unpaid,
        reference=f"{unpaid.number}-1",
        amount=Decimal("5.00"),
        state=PaymentState.UNKNOWN,
        account="acct_probe_lage",
        created_at=MONDAY,
    )
    LedgerEntry.objects.create(payment=payment, at=MONDAY, new_state="unknown", source="webhook", reason="Passt nicht")
    Refund.objects.create(payment=payment, amount=Decimal("5.00"), reason="other", requested_at=MONDAY)
    for kind, amount in (("payment", "5.00"), ("fee", "-0.35")):
        moved = {"provider": "stripe", "account": payment.account, "kind": kind, "source": "x", "at": MONDAY}
        Movement.objects.create(payment=payment, amount=Decimal(amount), **moved)
    close_days(now=MONDAY + timedelta(days=1))
    report_barrier(text="Die Karte geht nicht.", page="/aemter/", email="hans@post.example", now=MONDAY)
    set_special_day(office=office(), day=date(2099, 1, 1), opens=None, closes=None, reason="Neujahr")
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.fixture
def pages(address: str, lage: Town) -> list[str]:
    """Addresses of one page of each kind."""
    rest = [
        f"/rathaus/verwaltung/aemter/{office().pk}/",
        f"/rathaus/verwaltung/aemter/{office().pk}/entfernen/",
        f"/rathaus/verwaltung/mitarbeitende/{User.objects.get(given_name='Bernd').pk}/",
    ]
    colleague = TownClient(lage).sign_in(make_staff("jutta", "Jutta", "Jordan", *Role))
    shown = [path for path in pages_without_blanks() if colleague.get(path).status_code == 200]  # others take a form
    return [address + path for path in dict.fromkeys((*PAGES, *rest, *shown))]


def pages_without_blanks() -> list[str]:
    """All pages of the town hall whose address names no row, so that a new one cannot be forgotten."""
    chains = [chain for _name, chain in urls_of(settings.ROOT_URLCONF) if not chain[-1].pattern.converters]
    paths = ["/" + "".join(str(one.pattern) for one in chain) for chain in chains]
    return [path for path in paths if "/rathaus/" in path and path.endswith("/") and path not in SIGNED_OUT]


@pytest.fixture
def jana(strict_page: Page, address: str, lage: Town) -> Page:
    """The window of Jana, who has every role."""
    sign_in(strict_page.context, lage, make_staff("jana", "Jana", "Jacob", *Role))
    return strict_page


def office() -> Office:
    return Office.objects.get(units=["steueramt"])


def sign_in(context: BrowserContext, town: Town, user: User) -> None:
    session = TownClient(town).sign_in(user).cookies["session"].value
    context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_barrier(jana: Page, axe: Axe, pages: list[str], width: int, scheme: str) -> None:
    jana.set_viewport_size({"width": width, "height": 900})
    jana.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    barriers = {}
    for page in pages:
        answer = jana.goto(page)
        assert answer is not None
        assert (page, answer.status) == (page, 200)
        barriers[page] = axe(jana)

    assert {page: found for page, found in barriers.items() if found} == {}


def test_axe_finds_no_barrier_in_forms_with_mistakes(jana: Page, axe: Axe, address: str) -> None:
    barriers = {}
    for path, button in (
        ("/rathaus/verwaltung/aemter/neu/", "Stelle speichern"),
        ("/rathaus/verwaltung/mitarbeitende/einladen/", "Einladung senden"),
        ("/rathaus/verwaltung/betraege/hundemarke.ersatz/", "Betrag speichern"),
        ("/rathaus/verwaltung/auftritt/", "Wappen hochladen"),
        ("/rathaus/verwaltung/leistungen/", "Umstellen"),
        ("/rathaus/verwaltung/listen/hundesteuer.gruende/neu/", "Speichern"),
    ):
        jana.goto(address + path)
        if "aemter" in path:
            jana.get_by_label("Montag, erste Zeit, von").fill("acht")
        jana.get_by_role("button", name=button).click()
        expect(jana.locator(".error-summary")).to_be_focused()
        barriers[path] = axe(jana)

    assert {path: found for path, found in barriers.items() if found} == {}


def test_pages_fit_320_pixels(jana: Page, pages: list[str]) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    jana.set_viewport_size({"width": 320, "height": 900})
    too_wide = []
    for page in pages:
        jana.goto(page)
        if jana.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            too_wide.append(page)

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_is_visible_and_targets_are_large_enough(jana: Page, address: str, width: int) -> None:
    """WCAG 2.4.7 and 2.5.8, by walking through each kind of page with the tab key."""
    trouble = []
    for path in (
        "/rathaus/eingang/",
        "/rathaus/vorgang/LAGE-2026-000002/",
        "/rathaus/verwaltung/leistungen/hundemarke-ersatz/",
        "/rathaus/verwaltung/aemter/neu/",
        "/rathaus/verwaltung/auftritt/",
        "/rathaus/verwaltung/karten/?was=hund-anmelden&was=portal",
        "/rathaus/verwaltung/website/",
        "/rathaus/kasse/",
    ):
        trouble += trouble_with_the_tab_key(jana, address + path, width=width)

    assert trouble == []


def test_a_case_is_worked_on_with_the_keyboard_alone(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/vorgang/LAGE-2026-000001/")
    press(jana, "button", "Übernehmen", "Enter")
    expect(jana.get_by_text("Sie bearbeiten jetzt den Vorgang")).to_be_visible()
    jana.locator("summary", has_text="Entscheiden").focus()
    jana.keyboard.press("Enter")
    jana.get_by_label("Bewilligt", exact=True).focus()
    jana.keyboard.press("Space")
    jana.keyboard.press("Tab")
    jana.keyboard.type("Alles ist gut.")
    jana.keyboard.press("Tab")
    jana.keyboard.press("Enter")

    expect(jana.get_by_role("heading", name="Entscheidung: Bewilligt")).to_be_visible()
    jana.locator("summary", has_text="Zur Post gegeben").focus()
    jana.keyboard.press("Enter")
    press(jana, "button", "Eintragen", "Enter")
    expect(jana.get_by_text("ist zur Post gegeben.")).to_be_visible()
    press(jana, "button", "Vorgang abschließen", "Enter")
    expect(jana.get_by_text("ist abgeschlossen.")).to_be_visible()


def press(page: Page, role: str, name: str, key: str) -> None:
    page.get_by_role(role, name=name, exact=True).focus()  # type: ignore[arg-type]
    page.keyboard.press(key)


def test_what_was_typed_wrong_is_open_and_marked(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/vorgang/LAGE-2026-000001/")
    jana.get_by_role("button", name="Übernehmen", exact=True).click()
    jana.get_by_text("Rückfrage stellen").click()
    jana.get_by_label("Was brauchen Sie noch?").fill("Ein Foto, bitte.")
    day = jana.get_by_role("group", name="Antwort bis")
    day.get_by_label("Jahr").fill("2020")
    jana.get_by_role("button", name="Rückfrage senden").click()

    expect(jana).to_have_title("Fehler: Hund anmelden, LAGE-2026-000001 – Serviceportal der Stadt Lage")
    expect(jana.get_by_label("Was brauchen Sie noch?")).to_have_value("Ein Foto, bitte.")
    jana.locator(".error-summary a").click()
    expect(day.get_by_label("Tag", exact=True)).to_be_focused()


def test_the_day_goes_by_without_scripts(browser: Browser, address: str, lage: Town) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    sign_in(context, lage, make_staff("jana", "Jana", "Jacob", *Role))
    page = context.new_page()
    page.goto(f"{address}/rathaus/eingang/")
    page.get_by_role("button", name=re.compile("Übernehmen.*LAGE-2026-000001")).click()
    page.get_by_text("Rückfrage stellen").click()
    page.get_by_label("Was brauchen Sie noch?").fill("Ein Foto, bitte.")
    page.get_by_role("button", name="Rückfrage senden").click()
    expect(page.get_by_text("Die Rückfrage ist gestellt.")).to_be_visible()
    page.goto(f"{address}/rathaus/verwaltung/leistungen/hundemarke-ersatz/")
    page.get_by_label("Angehalten").check()
    page.get_by_label("Warum und bis wann?").fill("Wir ziehen um.")
    page.get_by_role("button", name="Stand speichern").click()
    expect(page.get_by_text("Der Stand ist jetzt „online, zurzeit angehalten“.")).to_be_visible()
    page.goto(f"{address}/rathaus/kasse/")
    page.get_by_label("Stand").select_option("zu-klaeren")
    page.get_by_role("button", name="Filtern").click()
    page.get_by_role("link", name="LAGE-2026-000005-1").click()
    expect(page.get_by_text("Bitte klären Sie diese Zahlung")).to_be_visible()
    context.close()


def test_a_colour_is_seen_before_it_is_taken(jana: Page, address: str) -> None:
    jana.goto(f"{address}/rathaus/verwaltung/auftritt/")
    jana.get_by_label("Farbe der Stadt").fill("#009ee3")
    jana.get_by_role("button", name="Erst ansehen").click()

    expect(jana.get_by_text("Vorschau, noch nicht gespeichert.")).to_be_visible()
    expect(jana.locator(".colour-preview")).to_have_js_property("naturalWidth", 640)


def test_a_photo_is_shown_where_nothing_can_run(page: Page, address: str, lage: Town) -> None:
    sign_in(page.context, lage, make_staff("jana", "Jana", "Jacob", *Role))
    page.goto(f"{address}/rathaus/vorgang/LAGE-2026-000002/")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Ein-sehr-langer-Name").first.click()

    expect(opened.value.locator("img")).to_have_js_property("naturalWidth", 1)


def test_the_window_shows_the_room_one_is_in_on_a_phone(jana: Page, address: str) -> None:
    jana.set_viewport_size({"width": 390, "height": 900})
    jana.goto(f"{address}/rathaus/kasse/")

    expect(jana.get_by_role("link", name="Kasse")).to_be_in_viewport(ratio=0.9)
