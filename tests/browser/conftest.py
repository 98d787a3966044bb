"""A real browser for tests: Debian's Chromium, axe, and pages that tolerate no complaint."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request

from config.local.browser import find

# Playwright waits in an event loop of its own; the database is used from this thread all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=de-DE",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice"]

# What axe finds on a page: "rule (impact): elements".
Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: towns are told apart by host, so tests name whole addresses. Replaces a plugin's own fixture."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a download of Playwright's own."""
    return {**browser_type_launch_args, "executable_path": find(), "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "de-DE", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def axe() -> Axe:
    """Runs axe on a page; an empty list means that it found no barrier."""
    source = AXE.read_text(encoding="utf-8")

    def run(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate(
            "values => axe.run(document, {runOnly: {type: 'tag', values}, resultTypes: ['violations']})",
            RULES,
        )
        return [
            f"{violation['id']} ({violation['impact']}): "
            + "; ".join(" ".join(node["target"]) for node in violation["nodes"])
            for violation in found["violations"]
        ]

    return run


@pytest.fixture
def strict_page(page: Page) -> Iterator[Page]:
    """A page that fails the test on errors of scripts or policy, failed requests and foreign hosts.

    Hosts below `localhost` are our own.
    """
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "422" not in message.text:  # a form sent back with errors
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        host = request.url.removeprefix("http://").split("/")[0].split(":")[0]
        if not request.url.startswith("data:") and not (host == "127.0.0.1" or host.endswith("localhost")):
            complaints.append(f"foreign host: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def on_failure(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # that is a page left before all of it has come
            complaints.append(f"failed: {request.url}")

    page.on("requestfailed", on_failure)
    page.on("request", on_request)
    yield page
    assert complaints == []
