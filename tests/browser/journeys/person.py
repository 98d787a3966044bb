"""Somebody in front of a browser, who finds things by what they are called."""

import re
import time
from collections.abc import Iterable
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from playwright.sync_api import Page, expect

from config.local import sample
from config.local.configuration import Ports
from config.local.inbox import totp
from tests.browser.conftest import Axe
from tests.browser.looking import picture

expect.set_options(timeout=15_000)  # a small machine with much to do
SOON = 20.0  # seconds: another process sees a change after five at most, but the machine may be busy
EVERYWHERE = 1.5  # seconds after one process of the web server has seen a change until all have
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
SAMPLE = sample.load()

_sessions: dict[tuple[int, str], Any] = {}  # a code counts once, so staff stay signed in between tests


class Person:
    """Works in one window at one town (or at `betrieb`, the operator)."""

    def __init__(self, page: Page, axe: Axe | None, *, town: str, ports: Ports) -> None:
        self.page = page
        self.axe = axe
        self.ports = ports
        self.address = f"http://{town}.localhost:{ports.web}"

    # --- Moving ------------------------------------------------------------------------------------------------

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).last.click()

    def unfold(self, name: str) -> None:
        self.page.locator("summary", has_text=name).click()

    def go_on(self) -> None:
        """To the next page of a form, which has another headline."""
        before = self.page.url
        self.press("Weiter")
        expect(self.page).not_to_have_url(before)

    # --- Filling in --------------------------------------------------------------------------------------------

    def fill(self, **values: str) -> None:
        """Fields by their label, underscores for blanks."""
        for label, value in values.items():
            self.type(label.replace("_", " "), value)

    def type(self, label: str, value: str) -> None:
        self.page.locator("input, textarea").and_(self.page.get_by_label(label)).first.fill(value)

    def tick(self, label: str) -> None:
        self.page.get_by_label(label).check()

    def choose(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def date(self, day: str, month: str, year: str) -> None:
        for label, value in (("Tag", day), ("Monat", month), ("Jahr", year)):
            if value:
                self.page.get_by_label(label, exact=True).fill(value)

    # --- Looking -----------------------------------------------------------------------------------------------

    def look(self, name: str = "") -> None:
        """No barriers, nothing to scroll sideways. A picture if wanted."""
        expect(self.page.get_by_role("heading", level=1)).to_have_count(1)
        width = self.page.viewport_size["width"] if self.page.viewport_size else 0
        if self.axe:
            assert self.axe(self.page) == [], self.page.url
            assert not self.page.evaluate(TOO_WIDE), f"wider than {width} pixels: {self.page.url}"
        if name:
            picture(self.page, f"{name}-{width}")

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def headline(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def status_of(self, path: str, *, cookies: Iterable[Any] | None = None) -> int:
        """What the server answers, without going there; with the cookies of this window or with others."""
        return self._get(path, cookies)[0]

    def finds(self, path: str, *texts: str) -> None:
        """Opens a page again and again until it says that: a change is seen a second later in other processes."""
        until = time.monotonic() + SOON
        while not all(text in self.text_of(path) for text in texts) and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(EVERYWHERE)
        self.open(path)
        self.sees(*texts)

    def waits_for(self, status: int, path: str) -> None:
        """Asks for a page again and again until the server answers so."""
        until = time.monotonic() + SOON
        while self.status_of(path) != status and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(EVERYWHERE)
        assert self.status_of(path) == status

    def text_of(self, path: str) -> str:
        """What a page says, without going there."""
        return self.fetched(path).decode()

    def download(self, name: str) -> bytes:
        """The document behind a link."""
        return self._get(self.page.get_by_role("link", name=name).first.get_attribute("href") or "")[1]

    def fetched(self, path: str) -> bytes:
        """What the server answers, without going there."""
        return self._get(path)[1]

    def _get(self, path: str, cookies: Iterable[Any] | None = None) -> tuple[int, bytes]:
        """The browser finds hosts below `localhost`, Python may not."""
        sent = self.page.context.cookies(self.address) if cookies is None else cookies
        with closing(HTTPConnection("127.0.0.1", self.ports.web)) as connection:
            connection.request(
                "GET",
                path,
                headers={
                    "Host": self.address.partition("//")[2],
                    "Cookie": "; ".join(f"{one['name']}={one['value']}" for one in sent),
                },
            )
            answer = connection.getresponse()
            return answer.status, answer.read()

    def number(self) -> str:
        """The number of the case that the page tells."""
        found = re.search(r"[A-Z]+-20[0-9]{2}-[0-9]{6}", self.page.locator("main").inner_text())
        assert found, self.page.url
        return found[0]

    # --- Signing in --------------------------------------------------------------------------------------------

    def signs_in(self, username: str) -> None:
        """At the identity provider, whose page is open."""
        accounts: list[sample.Citizen | sample.Staff] = [*SAMPLE.citizens, *SAMPLE.staff_with_account]
        account = next(one for one in accounts if one.username == username)
        expect(self.page).to_have_url(re.compile(f":{self.ports.identity}/"))
        self.type("Benutzername", account.username)
        self.press("Weiter")
        self.type("Passwort", account.password)
        self.press("Anmelden")
        agree = self.page.get_by_role("button", name="Zustimmen")
        back = self.page.locator("main#inhalt")  # of the portal's pages
        expect(agree.or_(back)).to_be_visible()
        if agree.count():
            agree.click()
        expect(self.page).to_have_url(re.compile(f":{self.ports.web}/"))

    def signs_in_as_staff(self, email: str) -> None:
        """At the desk of a town or of the operator."""
        known = _sessions.get((self.ports.web, email))
        if known:
            self.page.context.add_cookies(known)
            return
        member = next(one for one in (*SAMPLE.staff, *SAMPLE.operators) if one.email == email)
        self.open("/konto/anmelden/" if "betrieb." in self.address else "/rathaus/anmelden/")
        self.look("rathaus-anmelden")
        self.type("E-Mail-Adresse", member.email)
        self.type("Passwort", member.password)
        self.press("Weiter")
        self.look("rathaus-code")
        self.type("Code aus Ihrer App", totp.code(member.totp_secret, time.time()))
        self.press("Anmelden")
        expect(self.page.locator(".staff-person")).to_be_visible()
        _sessions[self.ports.web, email] = self.page.context.cookies()


def is_pdf(content: bytes) -> bool:
    """With its fonts embedded."""
    return content.startswith(b"%PDF-") and b"/FontFile" in content
