"""A day of each role, from the first page after signing in and by links and buttons alone: no address is typed."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from config.local.configuration import Ports
from submissions import actions
from tenants.models import Town
from tests.browser.journeys.person import Person
from tests.factories import make_submission
from tests.people import (
    TownClient,
    make_anna,
    make_bernd,
)

# Somebody at the first page of the town hall, in a window of that width; without anybody: of the portal.
AtDesk = Callable[..., Person]


@pytest.fixture
def at_desk(browser: Browser, live_server: LiveServer, lage: Town, in_lage: Town) -> Iterator[AtDesk]:
    windows: list[BrowserContext] = []
    port = int(live_server.url.rsplit(":", 1)[1])

    def open_window(user: User | None = None, *, width: int) -> Person:
        context = browser.new_context(locale="de-DE", reduced_motion="reduce", viewport={"width": width, "height": 900})
        windows.append(context)
        if user:
            session = TownClient(lage).sign_in(user).cookies["session"].value
            context.add_cookies([{"name": "session", "value": session, "domain": "lage.localhost", "path": "/"}])
        person = Person(context.new_page(), None, town="lage", ports=Ports(port, *[0] * 4))
        person.open("/rathaus/" if user else "/")
        return person

    yield open_window
    for window in windows:
        window.close()


def enter(person: Person, room: str) -> None:
    """By the navigation."""
    rooms = person.page.get_by_role("navigation", name="Bereiche")
    rooms.get_by_role("link", name=re.compile(rf"^{room}\b")).click()
    expect(person.page.get_by_role("navigation", name="Bereiche").locator("[aria-current]")).to_contain_text(room)


def search(person: Person, words: str) -> None:
    person.page.get_by_role("search").get_by_role("searchbox").fill(words)
    person.page.keyboard.press("Enter")
    person.headline(f"Suche nach „{words}“")


def test_the_case_worker_takes_a_case_asks_and_decides_it_with_the_keyboard(at_desk: AtDesk) -> None:
    anna = make_anna()
    case = make_submission(anna)
    bernd = at_desk(make_bernd(), width=1280)
    keyboard = bernd.page.keyboard

    bernd.page.get_by_role("link", name="Hund anmelden").focus()
    keyboard.press("Enter")
    press(bernd, "Übernehmen")
    bernd.sees("Sie bearbeiten jetzt den Vorgang")
    unfold(bernd, "Rückfrage stellen")
    bernd.page.get_by_label("Was brauchen Sie noch?").focus()
    keyboard.type("Wie heißt der Hund?")
    press(bernd, "Rückfrage senden")
    bernd.sees("Die Rückfrage ist gestellt.", "Wir warten bis")

    case.refresh_from_db()
    actions.answer_question(submission=case, answer="Bello.", files=[], by=anna, now=timezone.now())
    enter(bernd, "Meine Vorgänge")
    bernd.sees("Antwort ist da")
    bernd.follow("Hund anmelden")
    bernd.sees("Bello.")
    unfold(bernd, "Entscheiden")
    bernd.page.get_by_label("Bewilligt", exact=True).focus()
    keyboard.press("Space")
    keyboard.press("Tab")
    keyboard.type("Bello ist angemeldet.")
    press(bernd, "Entscheidung mitteilen")
    bernd.sees("Entscheidung: Bewilligt", "Bello ist angemeldet.")


def press(person: Person, name: str) -> None:
    person.page.get_by_role("button", name=name, exact=True).focus()
    person.page.keyboard.press("Enter")


def unfold(person: Person, name: str) -> None:
    person.page.locator("summary", has_text=name).focus()
    person.page.keyboard.press("Enter")
