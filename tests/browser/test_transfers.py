"""Paying by transfer in a real browser: the citizen's pages, the cash office's and the administrator's."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User
from billing.bank.clearing import Part, assign
from billing.bank.models import StatementEntry, Transfer
from billing.refunding import request_refund
from billing.states import RefundReason
from tenants.models import Town
from tests.bank.conftest import announce, bring, line, switch_on
from tests.browser.conftest import Axe
from tests.browser.looking import look, picture, trouble_with_the_tab_key
from tests.browser.test_town_hall import sign_in
from tests.factories import make_payable, make_submission
from tests.people import TownClient, make_anna, make_karin, make_staff

DESK = "/rathaus/kasse/ueberweisungen/"
WIDTHS = [(390, "light"), (1280, "dark"), (1280, "light")]


@pytest.fixture
def address(live_server: LiveServer, in_lage: Town) -> str:
    """Where Lage answers: something waits in every list of the cash office."""
    make_payable()
    switch_on(bic="COBADEFFXXX")
    anna, karin = make_anna(), make_karin()
    waiting, chosen, paid, late = (announce(make_submission(anna, paid=True)) for _one in range(4))
    Transfer.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=2))
    bring(
        [
            line("5.00", paid.reference),
            line("3.00", waiting.reference),
            line("12.50", f"{chosen.reference} und noch ein langer Text, den jemand dazu geschrieben hat"),
            line("8.00", "Hundemarke Bello", party="Xaver Zahler-Zimmermann"),
            line("-5.00", paid.reference, is_return=True),
        ],
        karin,
    )
    entry = StatementEntry.objects.get(amount=Decimal("3.00"))
    now = timezone.now()
    assign(
        entry=entry, parts=[Part(waiting.reference, Decimal("2.00"))], pay_back=Decimal(0), note="", by=karin, now=now
    )
    entry = StatementEntry.objects.get(amount=Decimal("8.00"))
    assign(entry=entry, parts=[], pay_back=Decimal("7.00"), note="zu viel", by=karin, now=now)
    request_refund(
        payment=paid, amount=Decimal("1.00"), reason=RefundReason.OTHER, note="", by=karin, now=timezone.now()
    )
    make_submission(anna, paid=True)
    return f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"


@pytest.fixture
def jana(strict_page: Page, address: str, lage: Town) -> Page:
    """The window of Jana, who has every role."""
    sign_in(strict_page.context, lage, make_staff("jana", "Jana", "Jacob", *Role))
    return strict_page


@pytest.fixture
def anna(strict_page: Page, address: str, lage: Town) -> Page:
    """Anna's window."""
    session = TownClient(lage).sign_in(User.objects.get(subject="anna")).cookies["session"].value
    strict_page.context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])
    return strict_page


def desk_pages() -> list[str]:
    entries = [f"{DESK}{pk}/" for pk in StatementEntry.objects.order_by("pk").values_list("pk", flat=True)]
    settings = ["/rathaus/verwaltung/bezahlen/", "/rathaus/verwaltung/bezahlen/ueberweisung/"]
    return [DESK, f"{DESK}offen/", f"{DESK}umsaetze/", *entries, *settings, "/rathaus/kasse/SP000000016/"]


CITIZENS = [
    "/zahlung/LAGE-2026-000002/",  # told where to
    "/meine-antraege/LAGE-2026-000002/",
    "/zahlung/LAGE-2026-000005/",  # has the choice
]


@pytest.mark.parametrize(("width", "scheme"), WIDTHS)
def test_axe_finds_no_barrier_at_the_desk(jana: Page, axe: Axe, address: str, width: int, scheme: str) -> None:
    barriers = {}
    for path in desk_pages():
        look(jana, address + path, width=width, scheme=scheme)
        picture(jana, f"transfers{path.replace('/', '-')}{width}-{scheme}")
        barriers[path] = axe(jana)

    assert {page: found for page, found in barriers.items() if found} == {}


@pytest.mark.parametrize(("width", "scheme"), WIDTHS)
def test_axe_finds_no_barrier_where_citizens_pay(anna: Page, axe: Axe, address: str, width: int, scheme: str) -> None:
    barriers = {}
    for path in CITIZENS:
        look(anna, address + path, width=width, scheme=scheme)
        picture(anna, f"transfers{path.replace('/', '-')}{width}-{scheme}")
        barriers[path] = axe(anna)

    assert {page: found for page, found in barriers.items() if found} == {}


def test_pages_fit_320_pixels(jana: Page, address: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400 %."""
    jana.set_viewport_size({"width": 320, "height": 900})
    too_wide = []
    for path in desk_pages():
        jana.goto(address + path)
        if jana.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            too_wide.append(path)

    assert too_wide == []


@pytest.mark.parametrize("width", [390, 1280])
def test_the_focus_is_visible_and_targets_are_large_enough(jana: Page, address: str, width: int) -> None:
    paths = [path for path in desk_pages() if path.startswith(DESK)]

    assert [one for path in paths for one in trouble_with_the_tab_key(jana, address + path, width=width)] == []


def test_mistakes_are_told_and_marked(jana: Page, axe: Axe, address: str) -> None:
    entry = StatementEntry.objects.get(amount=Decimal("12.50"))
    barriers = {}
    for path, button in (
        (DESK, "Aufnehmen"),
        ("/rathaus/verwaltung/bezahlen/ueberweisung/", "Speichern"),
        (f"{DESK}{entry.pk}/", "Speichern"),
    ):
        jana.goto(address + path)
        if "bezahlen" in path:
            jana.get_by_role("textbox", name="IBAN").fill("DE00")
        elif path != DESK:
            jana.get_by_label("Betrag dazu").fill("99,00")
        jana.get_by_role("button", name=button, exact=True).click()
        expect(jana.locator(".error-summary")).to_be_focused()
        barriers[path] = axe(jana)

    assert {path: found for path, found in barriers.items() if found} == {}


def test_she_chooses_a_transfer_and_finds_everything_on_the_page(anna: Page, address: str) -> None:
    anna.goto(address + "/zahlung/LAGE-2026-000005/")

    anna.get_by_role("button", name="Per Überweisung bezahlen").click()

    box = anna.locator(".transfer")
    expect(box).to_contain_text("DE89 3704 0044 0532 0130 00")
    expect(box.get_by_role("img")).to_be_visible()
    expect(box.get_by_role("link", name="als PDF")).to_be_visible()
