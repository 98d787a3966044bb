"""The whole product as `./run` starts it, and people who use it."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from config.local.configuration import Ports
from config.local.stack import Stack
from tests.browser.conftest import Axe
from tests.browser.journeys.person import Person
from tests.files import PNG

NAMES_OF_TESTS = (
    *("DATABASE_URL", "SECRET_KEY", "FILE_KEYS", "BASE_URL"),
    *("OIDC_", "STRIPE_", "EMAIL_URL", "MEDIA_ROOT", "DJANGO_"),
)

# Opens a window: `opened(town, width=…, javascript=…)`.
Opened = Callable[..., Person]
Mails = Callable[[str], list[dict[str, str]]]

# A browser without a screen calls itself a machine, and machines are not counted.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All servers with the sample towns, on ports and with data of their own."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(NAMES_OF_TESTS)}
    data = tmp_path_factory.mktemp("stadttor")
    with Stack(
        data, ports=Ports.free(), given=given | {"FIGURES_SECONDS": "1"}, fast=True, bank_seconds=0.5
    ) as running:
        yield running


@pytest.fixture
def opened(stack: Stack, browser: Browser, axe: Axe) -> Iterator[Opened]:
    """Opens windows of people at a town's portal, each with cookies of its own.

    At the end no window may have complained about a script, the policy, or a foreign host.
    """
    with ExitStack() as windows:

        def open_window(town: str, *, width: int = 1280, javascript: bool = True) -> Person:
            page = windows.enter_context(_window(browser, width=width, javascript=javascript))
            return Person(page, axe if javascript else None, town=town, ports=stack.ports)

        yield open_window


@pytest.fixture
def mails(stack: Stack) -> Mails:
    """The mails to an address, the newest first."""

    def to(address: str) -> list[dict[str, str]]:
        with urlopen(f"http://localhost:{stack.ports.inbox}/api/mails?to={address}") as answer:
            found: list[dict[str, str]] = json.load(answer)
            return found

    return to


@contextmanager
def _window(browser: Browser, *, width: int, javascript: bool) -> Iterator[Page]:
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # A form that is sent back with its errors, somebody who is not let in.
        expected = "422" in message.text or "403" in message.text
        if message.type in ("error", "warning") and not expected:
            complaints.append(f"{message.text} ({message.location['url']})")

    def on_request(request: Request) -> None:
        host = request.url.partition("//")[2].partition("/")[0].partition(":")[0]
        if request.url.startswith("http") and not host.endswith("localhost"):
            complaints.append(f"foreign host: {request.url}")

    context = browser.new_context(
        viewport={"width": width, "height": 900},
        locale="de-DE",
        reduced_motion="reduce",
        user_agent=PERSON,
        java_script_enabled=javascript,
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def insurance(tmp_path: Path) -> Path:
    """The confirmation of an insurance, as a photo."""
    file = tmp_path / "versicherung.png"
    file.write_bytes(PNG)
    return file
