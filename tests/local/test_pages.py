"""The pages of the local servers in a real browser: no barrier, no complaint, nothing to scroll sideways."""

import re
from typing import Any

import pytest
import stripe
from playwright.sync_api import Page, expect

from config.local import sample
from config.local.stack import Stack
from config.local.stripe_stand_in.specification import Specification
from tests.browser.conftest import (  # noqa: F401 -- fixtures
    Axe,
    axe,
    base_url,
    browser_context_args,
    browser_type_launch_args,
    strict_page,
)
from tests.local.test_inbox import send

ANNA = sample.load().citizens[0]


@pytest.fixture(params=[390, 1280], ids=["phone", "laptop"])
def screen(request: pytest.FixtureRequest, strict_page: Page) -> Page:  # noqa: F811 -- the fixture
    strict_page.set_viewport_size({"width": request.param, "height": 844})
    return strict_page


def barriers(page: Page, run_axe: Axe) -> list[str]:
    """What axe finds, and whether the page is wider than the screen."""
    page.wait_for_load_state()
    is_too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return run_axe(page) + (["wider than the screen"] if is_too_wide else [])


def session_url(services: Stack) -> str:
    client: Any = stripe.StripeClient(
        services.environment["STRIPE_SECRET_KEY"],
        base_addresses={"api": services.environment["STRIPE_API_BASE"]},
        stripe_version=Specification().version,
    )
    price = {"currency": "eur", "unit_amount": 1250, "product_data": {"name": "Ersatz-Hundemarke"}}
    order = {
        "mode": "payment",
        "success_url": f"http://localhost:{services.ports.inbox}/personen",
        "cancel_url": f"http://localhost:{services.ports.inbox}/",
        "line_items": [{"quantity": 1, "price_data": price}],
    }
    return str(client.v1.checkout.sessions.create(order, {"stripe_account": "acct_probe_lage"}).url)


def test_paying(services: Stack, screen: Page, axe: Axe) -> None:  # noqa: F811 -- the fixture
    found = []
    screen.goto(session_url(services))
    found += barriers(screen, axe)
    screen.get_by_label("Kartennummer").fill("4111 1111 1111 1111")
    screen.get_by_role("button", name="12,50 € bezahlen").click()
    found += barriers(screen, axe)
    said = screen.get_by_role("alert").inner_text()
    screen.get_by_label("SEPA-Lastschrift").check()
    screen.get_by_role("button", name="12,50 € bezahlen").click()

    assert found == []
    assert "Probe-Nummern" in said
    assert screen.url.endswith("/personen")


def test_reading_mail_and_looking_up_codes(services: Stack, screen: Page, axe: Axe) -> None:  # noqa: F811
    send(services, subject="Ihre Quittung", html="<h1>Quittung</h1>", attachment=("Quittung.pdf", b"%PDF"))
    found = []
    screen.goto(f"http://localhost:{services.ports.inbox}/")
    found += barriers(screen, axe)
    screen.get_by_role("link", name="Ihre Quittung").first.click()
    found += barriers(screen, axe)
    screen.get_by_role("link", name="Probe-Personen").click()
    found += barriers(screen, axe)

    assert found == []
    expect(screen.get_by_text(re.compile(r"^\d{6}$"))).to_have_count(12)


def test_signing_in_and_opening_an_account(services: Stack, screen: Page, axe: Axe) -> None:  # noqa: F811
    base, found = f"http://localhost:{services.ports.identity}", []
    screen.goto(f"{base}/register")
    found += barriers(screen, axe)
    screen.get_by_role("link", name="Ich habe schon ein Konto").click()
    found += barriers(screen, axe)
    screen.get_by_label("Benutzername oder E-Mail-Adresse").fill(ANNA.username)
    screen.get_by_role("button", name="Weiter").click()
    found += barriers(screen, axe)
    screen.get_by_label("Passwort").fill(ANNA.password)
    screen.get_by_role("button", name="Anmelden").click()
    found += barriers(screen, axe)
    screen.get_by_role("link", name="Wem ich Angaben gebe").click()
    found += barriers(screen, axe)

    assert found == []
    assert screen.get_by_role("heading", level=1).inner_text() == "Wem ich Angaben gebe"
