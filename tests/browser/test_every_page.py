"""Every page of the town hall that names a row, from the URLs themselves, has no barrier and fits on a phone.

Pages whose address names nothing are looked at by test_town_hall, in both appearances.
"""

import re
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page as Window
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tenants.context import in_town
from tenants.models import Town
from tests.browser.conftest import Axe
from tests.conftest import Clock
from tests.matrix.pages import Page, pages_of
from tests.matrix.world import World, build
from tests.people import TownClient

TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
FEWEST = 30  # pages of one row that somebody can read; so that the walk cannot shrink to nothing unseen


@pytest.fixture
def world(live_server: LiveServer, lage: Town, detmold: Town, clock: Clock) -> World:
    """A town hall with one of everything, on Monday, half past nine."""
    return build(lage, detmold)


@pytest.fixture
def ada(world: World) -> TownClient:
    """She has every role."""
    with in_town(world.lage):
        return TownClient(world.lage).sign_in(User.objects.get(given_name="Ada"))


def addresses_of(world: World, ada: TownClient) -> list[str]:
    """Of all pages that she can read; others only take a form, or are documents."""
    pages = [page for page in pages_of(settings.ROOT_URLCONF) if _is_of_a_row(page)]
    found = dict.fromkeys(page.address(world.values) for page in pages)
    return [address for address in found if _is_html(ada.get(address))]


def _is_of_a_row(page: Page) -> bool:
    """Not the way in, which is looked at where people sign in."""
    return page.place.startswith("/rathaus/") and bool(page.keys) and not page.keys & {"uid", "token"}


def _is_html(answer: Any) -> bool:
    if answer.streaming:
        list(answer.streaming_content)  # closes the file
    return answer.status_code == 200 and str(answer.headers["Content-Type"]).startswith("text/html")


def test_no_page_of_a_row_has_a_barrier_or_is_wider_than_a_phone(
    strict_page: Window, axe: Axe, world: World, ada: TownClient, live_server: LiveServer
) -> None:
    session = ada.cookies["session"].value
    strict_page.context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])
    strict_page.set_viewport_size({"width": 390, "height": 900})
    home = f"http://lage.localhost:{live_server.url.rsplit(':', 1)[1]}"
    addresses = addresses_of(world, ada)
    found = {}

    for address in addresses:
        strict_page.goto(home + address)
        problems = axe(strict_page)
        if strict_page.evaluate(TOO_WIDE):
            problems.append("wider than the window")
        if not re.match(re.escape(home + address), strict_page.url):
            problems.append(f"leads to {strict_page.url}")
        if problems:
            found[address] = problems

    assert found == {}
    assert len(addresses) >= FEWEST
