"""The town's own home page, at another origin: its search field and its badge lead to the portal."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tenants.models import Town
from tests.browser.conftest import Axe
from tests.people import TownClient, make_astrid


@pytest.fixture
def website(live_server: LiveServer, in_lage: Town, settings: Any) -> Iterator[str]:
    """The address of a page of the town's own, with what its administrator has copied."""
    settings.BASE_PORT = f":{live_server.url.rsplit(':', 1)[1]}"
    page = TownClient(in_lage).sign_in(make_astrid()).get("/rathaus/verwaltung/website/").content.decode()
    pieces = re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    copied = "\n".join(pieces).replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    html = '<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Stadt Lage</title></head>'
    html += f"<body><main><h1>Willkommen</h1>{copied}</main></body></html>"

    class OwnPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), OwnPage)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_search_field_finds_on_the_portal(strict_page: Page, website: str) -> None:
    strict_page.goto(website)
    strict_page.get_by_label("Was möchten Sie bei der Stadt Lage erledigen?").fill("Müll & Möbel")
    strict_page.get_by_role("button", name="Suchen").click()

    expect(strict_page).to_have_url(re.compile(r"^http://lage\.localhost:\d+/suche/\?q=M%C3%BCll"))
    expect(strict_page.get_by_role("combobox", name="Leistung oder Anliegen suchen")).to_have_value("Müll & Möbel")
    expect(strict_page.get_by_role("link", name="Sperrmüll anmelden").first).to_be_visible()


def test_the_badge_is_seen_there_and_leads_to_the_portal(strict_page: Page, website: str) -> None:
    strict_page.goto(website)

    badge = strict_page.get_by_role("img", name="Digitales Rathaus der Stadt Lage")
    assert badge.evaluate("image => image.complete && image.naturalWidth") > 150
    badge.click()
    expect(strict_page).to_have_url(re.compile(r"^http://lage\.localhost:\d+/$"))


def test_what_is_copied_has_no_barrier_and_loads_nothing_but_the_badge(
    strict_page: Page, website: str, axe: Axe
) -> None:
    asked: list[str] = []
    strict_page.on("request", lambda request: asked.append(request.url))
    strict_page.goto(website)

    assert [url for url in asked if not url.startswith(website)] == [
        url for url in asked if url.endswith("/abzeichen.svg")
    ]
    assert axe(strict_page) == []
