"""Somebody walks through a form in a real browser, page by page, and looks whether everything is still there."""

import io
import json
import os
import re
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import psycopg
from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, expect
from playwright.sync_api import Error as BrowserError

from config.local.browser import find
from config.local.stack import Stack
from tests.browser.conftest import FLAGS
from tests.browser.journeys.person import Person
from tests.fault.forms import Form, Page

TOWN = "lage"
PATIENCE = 30_000  # milliseconds: servers come back meanwhile
SAVED = re.compile(r"^Gespeichert um")
THERE_OR_ON_ITS_WAY = ".uploads__name:has(a, progress)"  # what has stopped halfway is to be chosen once more


@dataclass
class Tally:
    """What was tried, and what was looked at."""

    faults: int = 0
    answers: int = 0
    files: int = 0

    def __str__(self) -> str:
        return f"{self.faults} faults, {self.answers} answers and {self.files} files compared, nothing missing"


class Walk:
    """One person, one form, one browser at a time. `addresses` are all that the browser has asked for."""

    def __init__(self, stack: Stack, playwright: Playwright, form: Form, folder: Path, tally: Tally) -> None:
        self.stack = stack
        self.playwright = playwright
        self.form = form
        self.folder = folder
        self.tally = tally
        self.addresses: list[str] = []
        self.open_browser()

    # --- The browser --------------------------------------------------------------------------------------

    def open_browser(self, *, remembers: Any = None) -> None:
        """A new one, with the cookies that the one before has kept on the disk."""
        self.browser: Browser = self.playwright.chromium.launch(executable_path=find(), args=FLAGS)
        self.context: BrowserContext = self.browser.new_context(
            viewport={"width": 390, "height": 900}, locale="de-DE", storage_state=remembers
        )
        self.open_window()

    def open_window(self) -> None:
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("request", lambda request: self.addresses.append(request.url))
        self.person = Person(self.page, None, town=TOWN, ports=self.stack.ports)

    def kill_browser(self) -> None:
        """As a crash or an empty battery would."""
        session = self.browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        os.kill(next(one["id"] for one in processes if one["type"] == "browser"), signal.SIGKILL)

    def close(self) -> None:
        with suppress(BrowserError):  # it may be dead
            self.browser.close()

    # --- Filling in ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        start = f"/antrag/{self.form.service}/"
        if self.form.signs_in_late:
            self.person.open(start)
        else:
            self.person.open(f"/anmelden/?next={start}")
            self.person.signs_in(self.form.username)

    def open(self, page: Page) -> None:
        """The page, also if it takes signing in again to get there."""
        self.person.open(self.form.address(page))
        self.sign_in_if_asked()

    def sign_in_if_asked(self) -> None:
        again = self.page.get_by_role("link", name="Anmelden und weitermachen")
        if again.count() and again.first.is_visible():
            again.first.click()
        if f":{self.stack.ports.identity}/" in self.page.url:
            self.person.signs_in(self.form.username)

    def type(self, typed: dict[str, str]) -> bool:
        """Returns whether there is something to save now: files that are there already are not chosen again."""
        entered = [self._type(name, value) for name, value in typed.items()]
        return any(entered)

    def _type(self, name: str, value: str) -> bool:
        field = self.page.locator(f"#antrag [name='{name}']")
        kind = field.first.get_attribute("type")
        if kind == "file":
            if self.page.locator(THERE_OR_ON_ITS_WAY, has_text=value).count():
                return False
            field.set_input_files(self.folder / value)
        elif kind in ("radio", "checkbox"):
            self._choose(
                field, field if value == "on" else self.page.locator(f"#antrag [name='{name}'][value='{value}']")
            )
        elif field.first.evaluate("element => element.tagName") == "SELECT":
            field.select_option(index=0)  # so that there is something to save, see _choose
            field.select_option(value)
        else:
            field.fill(value)
            if name.endswith("_typed"):
                field.press("Escape")  # closes the suggestions
        return True

    def _choose(self, field: Locator, wanted: Locator) -> None:
        """Choose, also what is chosen already: she changes her mind and back, so that there is something to save."""
        if wanted.is_checked() and wanted.get_attribute("type") == "checkbox":
            wanted.uncheck()
        elif wanted.is_checked():
            next(one for one in field.all() if not one.is_checked()).check()
        wanted.check()

    def saved(self) -> None:
        """The page says that what was typed is saved; files are sent with its button."""
        expect(self.page.locator(".saved__text")).to_have_text(SAVED, timeout=PATIENCE)

    def go_on(self, page: Page) -> None:
        """To the next page."""
        before = self.page.url
        self.person.press(page.button)
        expect(self.page).not_to_have_url(before, timeout=PATIENCE)

    # --- Looking ------------------------------------------------------------------------------------------

    def compare(self, page: Page) -> None:
        """Everything that was typed on the page stands there."""
        typed = {name: value for name, value in page.typed.items() if value not in page.files}
        assert {name: self._shown(name) for name in typed} == typed
        self.tally.answers += len(typed)

    def _shown(self, name: str) -> str | None:
        field = self.page.locator(f"#antrag [name='{name}']")
        if field.first.get_attribute("type") in ("radio", "checkbox"):
            chosen = self.page.locator(f"#antrag [name='{name}']:checked")
            return chosen.first.get_attribute("value") or "on" if chosen.count() else None
        return field.first.input_value() if field.count() else None

    def compare_handed_in(self, number: str) -> None:
        """What the town hall has is what was typed, and all files are there."""
        _status, archive = self.person._get(f"/meine-antraege/{number}/alles.zip")
        with ZipFile(io.BytesIO(archive)) as bundle:
            answers = json.loads(bundle.read("Angaben.json"))["answers"]
            files = sorted(name.partition("/")[2] for name in bundle.namelist() if name.startswith("Dateien/"))
        assert without_ids(answers) == self.form.answers
        assert files == sorted(self.form.files)
        self.tally.answers += count(self.form.answers)
        self.tally.files += len(files)

    # --- The database -------------------------------------------------------------------------------------

    def sql(self, statement: str) -> list[Any]:
        """As the owner of all schemas."""
        with psycopg.connect(self.stack.database.dsn, autocommit=True) as connection:
            connection.execute("SET ROLE NONE")
            cursor = connection.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []


def without_ids(answers: Any) -> Any:
    """Without the names that entries have among us."""
    if isinstance(answers, dict):
        return {name: without_ids(value) for name, value in answers.items() if name != "_id"}
    return [without_ids(one) for one in answers] if isinstance(answers, list) else answers


def count(answers: Any) -> int:
    """How many answers there are, those of entries too."""
    if isinstance(answers, dict):
        return sum(count(value) for value in answers.values())
    return sum(count(one) for one in answers) if isinstance(answers, list) else 1
