"""Unmistakable answers go the whole way, in a real browser, and stand in no log, mail or address, nor in `public`."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_plus
from urllib.request import urlopen

import pytest
from playwright.sync_api import Playwright

from catalogue.forms.definition import parse_form
from catalogue.forms.fields import Kind
from catalogue.reading import SHIPPED_LIBRARY, read_library
from config.local.stack import Stack
from tests.browser.journeys.forms import PAY, send
from tests.browser.journeys.person import Person
from tests.fault.forms import FORMS, Form, make_files
from tests.fault.walk import PATIENCE, TOWN, Tally, Walk

MANY_HAVE_IT = 7  # characters; shorter texts stand in pages and logs for other reasons
WORDS = {Kind.TEXT, Kind.TEXTAREA, Kind.EMAIL, Kind.TEL, Kind.IBAN, Kind.CHIP, Kind.MAP_POINT}
QUESTION, ANSWER = "Wie heißt der Zwirbelzüchter?", "Er heißt Blaschkewitzky."
DECISION, NOTE = "Bewilligt für Zottelzwirbels Marke.", "Herr Blaschkewirth rief an."


@dataclass
class Told:
    """Where something could be told, with what stands there."""

    places: dict[str, str] = field(default_factory=dict)

    def leaks(self, secrets: list[str]) -> list[tuple[str, str]]:
        return [
            (place, secret)
            for place, text in self.places.items()
            for secret in secrets
            if secret.lower() in unquote_plus(text).lower() or secret.lower() in text.lower()
        ]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.service)
def test_an_unmistakable_text_is_typed_into_every_field_for_words(form: Form) -> None:
    """So that the test below looks for all of them. What is short could stand somewhere by chance."""
    words = fields_for_words(form)

    assert words - form.typed.keys() == set()
    short = {name for name in words if len(form.typed[name]) <= MANY_HAVE_IT}
    assert {name for name in short if not name.endswith("plz")} <= {"hausnummer"}


def fields_for_words(form: Form) -> set[str]:
    library = {one.key: parse_form(one.plain) for one in read_library(SHIPPED_LIBRARY).forms}
    return {one.id for one in library[form.service].all_fields() if one.kind in WORDS}


def planted(form: Form) -> list[str]:
    """What nobody would write by chance; choices stand in the catalogue."""
    texts = [form.typed[name] for name in fields_for_words(form)]
    return [text for text in texts if len(text) > MANY_HAVE_IT]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.service)
def test_no_answer_is_ever_told(broken_stack: Stack, playwright: Playwright, tmp_path: Path, form: Form) -> None:
    make_files(tmp_path, form)
    walk = Walk(broken_stack, playwright, form, tmp_path, Tally())
    try:
        number = fill_in_and_pay(walk)
        case_worker_asks(walk, number)
        walk.person.open(f"/meine-antraege/{number}/")
        walk.page.get_by_label("Ihre Antwort").fill(ANSWER)
        walk.person.press("Antwort abschicken")
        case_worker_decides(walk, number)
        walk.person.open(f"/meine-antraege/{number}/")
        walk.person.sees(DECISION)
    finally:
        walk.close()
    told = Told({"address": "\n".join(walk.addresses)})
    told.places |= logs_of(broken_stack) | mails_of(broken_stack, form.answers["email"]) | public_tables_of(walk)

    assert "submissions:step" in told.places["log web.log"]  # it was on
    assert f"/antrag/{form.service}/" in told.places["address"]
    assert number in told.places["mail"]
    assert "lage" in told.places["table tenants_town"]
    secrets = [*planted(form), *form.files, QUESTION, ANSWER, DECISION, NOTE]
    assert told.leaks(secrets) == []


def fill_in_and_pay(walk: Walk) -> str:
    walk.begin()
    for page in (*walk.form.before, *walk.form.pages):
        walk.open(page)
        walk.type(page.typed)
        if page.typed and not page.files:
            walk.saved()
        walk.go_on(page)
    walk.person.open(f"/antrag/{walk.form.service}/pruefen/")
    if walk.form.signs_in_late:
        walk.person.follow("Anmelden und weiter")
        walk.person.signs_in(walk.form.username)
    send(walk.person, PAY if walk.form.is_paid else "Jetzt absenden")
    if walk.form.is_paid:
        walk.person.press("Weiter zur Bezahlseite")
        walk.person.choose("Karte")
        walk.page.get_by_role("button", name="bezahlen").last.click()
    walk.person.headline("Ihr Antrag ist eingegangen")
    return walk.person.number()


def case_worker_asks(walk: Walk, number: str) -> None:
    """Somebody in the town hall searches, notes, and asks."""
    bernd = in_the_town_hall(walk)
    bernd.open(f"/rathaus/eingang/?q={number}")
    bernd.open(f"/rathaus/vorgang/{number}/")
    bernd.press("Übernehmen")
    bernd.unfold("Notiz schreiben")
    bernd.page.locator("[name=note]").fill(NOTE)
    bernd.press("Notiz speichern")
    bernd.unfold("Rückfrage stellen")
    bernd.type("Was brauchen Sie noch?", QUESTION)
    bernd.press("Rückfrage senden")
    bernd.sees("Die Rückfrage ist gestellt.")
    bernd.page.context.close()


def case_worker_decides(walk: Walk, number: str) -> None:
    bernd = in_the_town_hall(walk)
    bernd.open(f"/rathaus/vorgang/{number}/")
    bernd.unfold("Entscheiden")
    bernd.choose("Erledigt und eingetragen")
    bernd.type("Text der Entscheidung", DECISION)
    bernd.press("Entscheidung mitteilen")
    bernd.sees("Die Entscheidung ist gespeichert.")
    bernd.page.context.close()


def in_the_town_hall(walk: Walk) -> Person:
    """Bernd, in a browser of his own; what it asks for counts too."""
    page = walk.browser.new_context(locale="de-DE").new_page()
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: walk.addresses.append(request.url))
    bernd = Person(page, None, town=TOWN, ports=walk.stack.ports)
    bernd.signs_in_as_staff("bernd@lage.example")
    return bernd


# --- Where something could be told ------------------------------------------------------------------------


def logs_of(stack: Stack) -> dict[str, str]:
    """What the portal's own servers have logged; the local stand-ins are no part of what runs in production."""
    return {f"log {name}": (stack.data / "log" / name).read_text() for name in ("web.log", "worker.log")}


def mails_of(stack: Stack, to: str, *, at_least: int = 3) -> dict[str, str]:
    """Subject and text of the mails to the person; to whom they go is no secret to a mail server."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        with urlopen(f"http://localhost:{stack.ports.inbox}/api/mails?to={to}") as answer:
            found = json.load(answer)
        if len(found) >= at_least or time.monotonic() > deadline:
            return {"mail": "\n".join(f"{mail['subject']}\n{mail['text']}" for mail in found)}
        time.sleep(0.3)


def public_tables_of(walk: Walk) -> dict[str, str]:
    """Every row of every table that all towns share."""
    tables = walk.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {
        f"table {name}": "\n".join(row for (row,) in walk.sql(f'SELECT one::text FROM "{name}" AS one'))  # noqa: S608
        for (name,) in tables
    }
