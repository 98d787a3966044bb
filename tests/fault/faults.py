"""What can go wrong while somebody fills in a page. Each strikes in the middle of the page and is over afterwards."""

import time
from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from tests.fault.forms import Page
from tests.fault.walk import PATIENCE, Walk

Fault = Callable[[Walk, Page], None]


def halves(page: Page) -> tuple[dict[str, str], dict[str, str]]:
    """What is typed before it strikes, and what while it lasts or afterwards."""
    names = list(page.typed)
    middle = (len(names) + 1) // 2
    return {name: page.typed[name] for name in names[:middle]}, {name: page.typed[name] for name in names[middle:]}


def the_browser_dies(walk: Walk, page: Page) -> None:
    first, second = halves(page)
    if walk.type(first):
        walk.saved()
    remembers = walk.context.storage_state()
    walk.kill_browser()
    walk.close()
    walk.open_browser(remembers=remembers)
    walk.open(page)
    walk.type(second)
    if second and not page.files:
        walk.saved()


def the_session_ends(walk: Walk, page: Page) -> None:
    """The rest is typed without a session. The button leads to signing in, and back."""
    first, second = halves(page)
    if walk.type(first):
        walk.saved()
    walk.sql("DELETE FROM lage.django_session")
    walk.type(second)
    if second and not page.files:
        expect(walk.page.locator(".kept-trouble")).to_contain_text("abgelaufen", timeout=PATIENCE)
    with walk.page.expect_navigation():
        walk.person.press(page.button)
    walk.page.wait_for_load_state("networkidle")  # to the provider, and perhaps straight back
    walk.sign_in_if_asked()


def the_web_server_dies(walk: Walk, page: Page) -> None:
    """The rest is typed while it is down."""
    first, second = halves(page)
    walk.type(first)
    server = walk.stack.part("granian")
    server.kill()
    try:
        walk.type(second)
        if page.typed and not page.files:
            expect(walk.page.locator(".kept-trouble")).to_contain_text("Keine Verbindung", timeout=PATIENCE)
    finally:
        walk.stack.start_again(server)


def the_database_loses_all_connections(walk: Walk, page: Page) -> None:
    first, second = halves(page)
    walk.type(first)
    walk.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = session_user AND pid <> pg_backend_pid()"
    )
    walk.type(second)
    if page.typed and not page.files:
        walk.saved()


def the_window_is_closed(walk: Walk, page: Page) -> None:
    """Without waiting for anything."""
    walk.type(page.typed)
    walk.page.close(run_before_unload=False)
    time.sleep(1.5)  # what is on its way arrives
    walk.open_window()
    walk.open(page)


ON_PAGES: tuple[Fault, ...] = (
    the_browser_dies,
    the_session_ends,
    the_web_server_dies,
    the_database_loses_all_connections,
    the_window_is_closed,
)
WITHOUT_AN_ACCOUNT: tuple[Fault, ...] = tuple(fault for fault in ON_PAGES if fault is not the_session_ends)


def the_identity_provider_dies(walk: Walk) -> None:
    """While somebody is signing in there. She comes back to the review and everything is as it was."""
    provider = walk.stack.part("identity_provider")
    walk.person.follow("Anmelden und weiter")
    walk.page.wait_for_url(f"**:{walk.stack.ports.identity}/**")
    provider.kill()
    with suppress(BrowserError):
        walk.person.press("Weiter")
    walk.stack.start_again(provider)
    walk.person.open(f"/antrag/{walk.form.service}/pruefen/")


def the_payment_page_dies(walk: Walk) -> None:
    """While somebody is paying there. She finds her application unpaid and pays."""
    provider = walk.stack.part("stripe_stand_in")
    walk.page.wait_for_url(f"**:{walk.stack.ports.stripe}/**")
    provider.kill()
    walk.stack.start_again(provider)
    walk.person.open("/meine-antraege/")
    walk.page.get_by_role("link", name="noch nicht bezahlt").or_(walk.page.locator("section.todo a")).first.click()
    walk.person.press("Weiter zur Bezahlseite")
