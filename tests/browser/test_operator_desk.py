"""The operator's desk and the pages around signing in, in a real browser: on a phone and a laptop."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.staff import password_link
from billing.jobs import process_event
from operations import actions
from operations.checklist import ITEMS
from operations.checklist_actions import plan, save_contact, tick
from operations.host_actions import ask_for_host, keep_hosts
from operations.models import ExportState, HostCertificate, TownExport
from submissions.jobs import send_notice
from tenants.context import in_town
from tenants.host_check import Finding, Verdict
from tenants.models import Town, TownState
from tenants.municipalities import municipality
from tests.browser.conftest import Axe
from tests.browser.looking import look, trouble_with_the_tab_key
from tests.factories import make_submission
from tests.jobs import fail_all_queued_jobs
from tests.operations.conftest import BLOMBERG, Desk, live
from tests.people import make_anna, make_bernd, make_olga

ALL_FAILED_JOBS = "?until=2100-01-01"
LEMGO, OERLINGHAUSEN = municipality("05766044"), municipality("05766056")
WAITING = "rathaus-der-zieglerstadt.lage.example"
DESK = [
    "/",
    "/?q=xyz",
    "/staedte/neu/",
    "/staedte/neu/?q=Bad",
    "/staedte/neu/?q=xyz",
    f"/staedte/neu/{BLOMBERG.ars}/",
    "/staedte/lage/",
    "/staedte/detmold/",  # suspended
    "/staedte/lage/angelegt/",
    "/staedte/lage/anhalten/",
    "/staedte/detmold/fortsetzen/",
    "/staedte/lage/adressen/",
    f"/staedte/lage/adressen/{WAITING}/ohne-pruefung/",
    "/staedte/lage/aufgaben/",
    "/staedte/lage/checkliste/",
    "/staedte/lage/checkliste/avv/",
    "/staedte/lage/checkliste/training/oeffnen/",
    "/staedte/lage/checkliste/planen/",
    "/staedte/lage/kontakte/",
    "/staedte/lage/kontakte/neu/",
    "/staedte/lage/export/",
    "/staedte/oerlinghausen/",  # has left
    "/staedte/oerlinghausen/loeschen/",
    "/staedte/lemgo/fortsetzen/",  # a trial
    "/auftraege/",
    "/auftraege/?town=lage&task=billing.jobs.process_event",  # none
    f"/auftraege/verwerfen/{ALL_FAILED_JOBS}",
]
SIGNING_IN = [
    "/rathaus/anmelden/",
    "/rathaus/passwort/",
    "/abgemeldet/",
]
# What is answered with an error on purpose; browsers write that into their console.
ERRORS = ["/anmelden/zurueck/?state=alt", "/rathaus/passwort/MQ/x-y/"]


def at(live_server: LiveServer, name: str) -> str:
    return f"http://{name}.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.fixture
def desk(live_server: LiveServer, context: BrowserContext, lage: Town, detmold: Town) -> str:
    """The desk's address. The browser is Olga's; Lage has cases and more, Detmold is suspended, in both jobs have
    failed; Lemgo is a trial, Oerlinghausen has left."""
    olga = make_olga()
    for town in (lage, detmold):
        with in_town(town):
            send_notice.queue(submission="1", notice="received")
    process_event.queue(event=1)
    fail_all_queued_jobs()
    with in_town(lage):
        make_submission(make_anna(), now=timezone.now() - timedelta(days=3))
    reason = "Wartung am Netz, Anruf von Frau Blum"
    actions.change_state(town=detmold, state=TownState.SUSPENDED, reason=reason, by=olga, now=timezone.now())
    ask_for_host(town=lage, host="serviceportal-der-zieglerstadt.lage.example", by=olga, now=timezone.now())
    _introduce(lage, olga)
    live(LEMGO, state=TownState.TEST)
    bundle_of(live(OERLINGHAUSEN, state=TownState.LEFT), olga)
    address = at(live_server, "betrieb")
    cookie = Desk().sign_in(olga).cookies["session"].value
    context.add_cookies([{"name": "session", "value": cookie, "url": address}])
    return address


def _introduce(lage: Town, olga: User) -> None:
    """Everything that the pages about coming and going can show of a town."""
    now = timezone.now()
    keep_hosts(town=lage, findings={WAITING: Finding(Verdict.UNPROVEN)}, by=olga, now=now)
    HostCertificate.objects.create(host=lage.hosts.get(is_primary=True), looked_at=now, ends_at=now)
    tick(town=lage, item=ITEMS["training"], note="Frau Althoff", by=olga, now=now)
    plan(town=lage, starts_on=timezone.localdate(), note="Der Rat tagt am Montag.")
    save_contact(town=lage, contact=None, name="Kim Kaiser", tasks=["it"], email="kim@lage.example", phone="05232 1")
    for state in (ExportState.READY, ExportState.FAILED, ExportState.RUNNING):
        bundle_of(lage, olga, state=state)


def bundle_of(town: Town, olga: User, *, state: ExportState = ExportState.READY) -> None:
    moments = dict.fromkeys(("asked_at", "begun_at", "done_at", "fetched_at"), timezone.now())
    TownExport.objects.create(
        town=town,
        file=f"{town.slug}-{state}.zip",
        state=state,
        reason="Vertrag ist zu Ende",
        asked_by=olga,
        bytes=1,
        digest="0" * 64,
        **moments,
    )


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_barrier_at_the_desk(strict_page: Page, axe: Axe, desk: str, width: int, scheme: str) -> None:
    barriers = {}
    for path in DESK:
        look(strict_page, desk + path, width=width, scheme=scheme)
        barriers[path] = axe(strict_page)

    assert {path: found for path, found in barriers.items() if found} == {}


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_no_barrier_around_signing_in(
    page: Page, axe: Axe, live_server: LiveServer, in_lage: Town, width: int, scheme: str
) -> None:
    pages = [at(live_server, "lage") + path for path in (*SIGNING_IN, *ERRORS)]
    pages += [at(live_server, "betrieb") + path for path in ("/konto/anmelden/", "/abgemeldet/?state=x")]
    pages.append(at(live_server, "lage") + urlsplit(password_link(make_bernd())).path)
    barriers = {}
    for address in pages:
        look(page, address, width=width, scheme=scheme)
        barriers[address] = axe(page)

    assert {address: found for address, found in barriers.items() if found} == {}


def test_axe_finds_no_barrier_on_the_way_to_a_second_factor(
    strict_page: Page, axe: Axe, live_server: LiveServer, in_lage: Town
) -> None:
    bernd = make_bernd()
    bernd.set_password("Ein Satz nur fuer Bernd")
    bernd.save()
    barriers = {}
    strict_page.goto(at(live_server, "lage") + "/rathaus/anmelden/")
    strict_page.get_by_label("E-Mail-Adresse").fill(bernd.email)
    strict_page.get_by_label("Passwort").fill("falsch")
    strict_page.get_by_role("button", name="Weiter").click()
    barriers["wrong password"] = axe(strict_page)
    strict_page.get_by_label("Passwort").fill("Ein Satz nur fuer Bernd")
    strict_page.get_by_role("button", name="Weiter").click()
    expect(strict_page.get_by_role("heading", level=1)).to_have_text("Richten Sie Ihre App ein")
    strict_page.get_by_text("Ohne Kamera einrichten").click()
    barriers["setting up"] = axe(strict_page)
    strict_page.get_by_label("Code aus Ihrer App").fill("000000")
    strict_page.get_by_role("button", name="App verbinden").click()
    barriers["wrong code"] = axe(strict_page)

    assert barriers == {"wrong password": [], "setting up": [], "wrong code": []}


def test_pages_fit_320_pixels(page: Page, desk: str, live_server: LiveServer) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    too_wide = []
    pages = [desk + path for path in DESK] + [at(live_server, "lage") + path for path in (*SIGNING_IN, *ERRORS)]
    for address in pages:
        look(page, address, width=320, scheme="light")
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            too_wide.append(address)

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_is_visible_and_targets_are_large_enough(strict_page: Page, desk: str, width: int) -> None:
    """WCAG 2.4.7 and 2.5.8, by walking through each kind of page with the tab key."""
    trouble = []
    for path in (
        *("/", "/staedte/neu/?q=Bad", f"/staedte/neu/{BLOMBERG.ars}/", "/staedte/lage/", "/auftraege/"),
        *("/staedte/lage/adressen/", "/staedte/lage/checkliste/", "/staedte/lage/kontakte/", "/staedte/lage/export/"),
    ):
        trouble += trouble_with_the_tab_key(strict_page, desk + path, width=width)

    assert trouble == []


def test_a_town_is_found_and_brought_live_with_the_keyboard(strict_page: Page, axe: Axe, desk: str) -> None:
    page = strict_page
    page.goto(desk)
    page.get_by_role("link", name="Neue Stadt").first.click()
    search = page.get_by_role("combobox")
    search.press_sequentially("Blom")
    expect(page.get_by_role("option")).to_have_text(["BlombergKreis Lippe"])
    assert axe(page) == []
    search.press("ArrowDown")
    search.press("Enter")
    _fill_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Blomberg: alles richtig?")
    assert axe(page) == []
    page.get_by_role("button", name="Stadt anlegen").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Die Stadt Blomberg ist im Probebetrieb")
    assert axe(page) == []
    assert Town.objects.get(slug="blomberg").is_trial


def test_a_town_is_brought_live_without_scripts(
    browser: Browser, context: BrowserContext, desk: str, new_context: Callable[..., BrowserContext]
) -> None:
    plain = new_context(java_script_enabled=False)
    [cookie] = context.cookies()
    plain.add_cookies([{"name": "session", "value": cookie["value"], "url": desk}])
    page = plain.new_page()
    page.goto(f"{desk}/staedte/neu/")
    page.get_by_label("Name, Schlüssel oder Postleitzahl").fill("Blom")
    page.get_by_role("button", name="Suchen").click()
    page.get_by_role("link", name="Stadt Blomberg").click()
    _fill_in(page)
    page.get_by_role("button", name="Ändern").click()
    expect(page.get_by_label("Nachname")).to_have_value("Blum")
    page.get_by_role("button", name="Weiter zum Prüfen").click()
    page.get_by_role("button", name="Stadt anlegen").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Die Stadt Blomberg ist im Probebetrieb")


def test_axe_finds_no_barrier_in_forms_with_mistakes(strict_page: Page, axe: Axe, desk: str) -> None:
    live(BLOMBERG)
    barriers = {}
    strict_page.goto(f"{desk}/staedte/neu/057660004004/")
    strict_page.get_by_label("Kurzadresse").fill("Lämgo")
    strict_page.get_by_role("button", name="Weiter zum Prüfen").click()
    barriers["new town"] = axe(strict_page)
    strict_page.goto(f"{desk}/staedte/blomberg/")
    strict_page.get_by_text("Jemanden einladen").click()
    strict_page.get_by_role("button", name="Einladung schicken").click()
    barriers["invitation"] = axe(strict_page)
    is_open = strict_page.get_by_label("Vorname").is_visible()

    assert (barriers, is_open) == ({"new town": [], "invitation": []}, True)


def _fill_in(page: Page) -> None:
    page.get_by_label("Vorname").fill("Berta")
    page.get_by_label("Nachname").fill("Blum")
    page.get_by_label("E-Mail-Adresse").fill("berta@blomberg.example")
    page.get_by_role("button", name="Weiter zum Prüfen").click()
