"""Every page of a town, read and sent to by everybody there can be, answers as docs/wer-darf-was.md says."""

import logging
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from accounts.models import Role
from billing.providers import stripe
from tenants.models import Town
from tests.conftest import Clock
from tests.desk import fingerprint
from tests.matrix.answers import Answer, answer_of
from tests.matrix.cast import Person, cast_of
from tests.matrix.pages import DOCUMENT, May, Page, Table, pages_of, read_table
from tests.matrix.world import SECRETS, World, build
from tests.people import Browser

METHODS = ("get", "post")
BEGUN = "casework:bulk"  # for nobody but whoever has begun it
# Whoever may open a page is told so if it does not take the method; which row she asks for is looked up afterwards.
OPENS = frozenset({Answer.OPENS, Answer.REFUSES_METHOD})
IS_NOT_HERS = frozenset({Answer.IS_NOT_THERE, Answer.REFUSES_METHOD})
# page, person: how it answers to each method, a letter each
Matrix = dict[tuple[str, str], str]


@pytest.fixture
def table() -> Table:
    return read_table()


@pytest.fixture
def world(
    lage: Town,
    detmold: Town,
    clock: Clock,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> World:
    """Two towns on Monday, half past nine. No provider answers; what is logged and rendered is much, and not kept."""
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr(stripe, "RETRIES", 0)
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_what, **_more: None)
    return build(lage, detmold)


# --- The table --------------------------------------------------------------------------------------------------


def test_the_table_has_a_column_for_every_role(table: Table) -> None:
    labels = [str(label) for label in Role.labels]
    assert table.roles == labels, f"{DOCUMENT}: name the roles in the head of the table, {labels}, and fill each column"


def test_the_table_says_of_every_page_who_may_open_it(table: Table) -> None:
    pages = pages_of(settings.ROOT_URLCONF)
    unnamed = [page.place for page in pages if table.row(page) is None]
    assert unnamed == [], f"{DOCUMENT} does not say who may open these pages: add a row to one of the two tables"
    town_hall = [page.place for page in pages if page.place.startswith("/rathaus/")]
    elsewhere = [page.place for page in pages if page.place in town_hall and table.row(page) not in table.of_staff]
    assert elsewhere == [], f"{DOCUMENT}: pages of the town hall belong into the first table"


def test_no_row_of_the_table_is_for_nothing(table: Table) -> None:
    used = {table.row(page) for page in pages_of(settings.ROOT_URLCONF)}

    assert {*table.of_staff, *table.of_others} - used == set()


# --- What it promises -------------------------------------------------------------------------------------------


def is_guarded(page: Page, table: Table) -> bool:
    """Whether it is not for all."""
    row = table.row(page)
    assert row is not None
    return May.ALL not in (table.of_staff[row].values() if row in table.of_staff else [table.of_others[row]])


def promised(page: Page, person: Person, method: str, table: Table) -> frozenset[Answer]:
    """What the table and the rules below it say: one of these answers."""
    row = table.row(page)
    assert row is not None
    if person.only_reads and method == "post":
        return frozenset({Answer.ONLY_SHOWS})
    if row in table.of_staff:
        return _promised_in_the_town_hall(page, person, {table.of_staff[row][role] for role in person.roles})
    if table.of_others[row] == May.WITH_KEY:
        return frozenset({Answer.NEEDS_A_KEY})
    if not person.is_citizen:
        return frozenset({Answer.SENDS_CITIZENS_TO_SIGN_IN})
    return OPENS if person.is_owner or not page.is_of_one_town else IS_NOT_HERS


def _promised_in_the_town_hall(page: Page, person: Person, allowed: set[May]) -> frozenset[Answer]:
    if person.stops_at:
        return frozenset({person.stops_at})
    if allowed <= {May.NOT}:
        return frozenset({Answer.IS_NOT_THERE})
    owns = person.begun is not None if page.name == BEGUN else person.has_units
    is_hers = (May.OPEN in allowed or owns) and not (person.is_far and page.is_of_one_town)
    return OPENS if is_hers else IS_NOT_HERS


# --- What the pages do ------------------------------------------------------------------------------------------


def test_every_page_answers_everybody_as_the_table_says(world: World, table: Table) -> None:
    pages = [page for page in pages_of(settings.ROOT_URLCONF) if is_guarded(page, table)]
    people = cast_of(world)
    towns = (world.lage, world.detmold)
    before = [fingerprint(town) for town in towns]

    matrix: Matrix = {}
    for person in people:
        for page in pages:
            matrix[page.place, person.name] = "".join(
                _ask(world, page, person, method, is_undone=promised(page, person, method, table) == OPENS)
                for method in METHODS
            )
    print(printed(pages, people, matrix))  # noqa: T201 -- with `./run test tests/matrix -s`

    assert _surprises(pages, people, matrix, table) == []
    assert _closed_to_all(pages, matrix) == []
    after = [fingerprint(town) for town in towns]
    assert [table for was, now in zip(before, after, strict=True) for table in was if was[table] != now[table]] == []


def _ask(world: World, page: Page, person: Person, method: str, *, is_undone: bool) -> Answer:
    """How a page answers somebody. What was done is undone, or left as it is."""
    values = world.values | {BEGUN: {"run": person.begun.pk if person.begun else world.begun}}
    address, sent = page.address(values), world.sent.get(page.name, {})
    if not is_undone:
        return _answer(person, method, address, sent)
    cookies = person.browser.cookies.output(header="")
    with transaction.atomic():
        answer = _answer(person, method, address, sent)
        transaction.set_rollback(True)
    person.browser.cookies = SimpleCookie(cookies)
    return answer


def _answer(person: Person, method: str, address: str, sent: dict[str, Any]) -> Answer:
    response = getattr(person.browser, method)(address, sent)
    content = response.getvalue() if response.streaming else response.content
    if person.is_far:
        told = [secret for secret in SECRETS if secret.encode() in content.replace(address.encode(), b"")]
        assert told == [], (person.name, method, address)
    return answer_of(response)


def _surprises(pages: list[Page], people: list[Person], matrix: Matrix, table: Table) -> list[str]:
    """Whoever gets another answer than was promised."""
    return [
        f"{page.name}: {method} by {person.name} is {answer!r}"
        for page in pages
        for person in people
        for method, answer in zip(METHODS, matrix[page.place, person.name], strict=True)
        if answer not in promised(page, person, method, table)
    ]


def _closed_to_all(pages: list[Page], matrix: Matrix) -> list[str]:
    """Pages that nobody got by any method: of them the rest would prove nothing."""
    there = {Answer.OPENS, Answer.REFUSES_METHOD, Answer.NEEDS_A_KEY}
    opened = {place for (place, _person), answers in matrix.items() if set(answers) & there}
    return [page.name for page in pages if page.place not in opened]


def printed(pages: list[Page], people: list[Person], matrix: Matrix) -> str:
    """All of it: a line for each page, a column for each person, in it how GET and POST were answered."""
    legend = ", ".join(f"{one.value} {one.name.lower().replace('_', ' ')}" for one in Answer)
    heads = [f"{'':>{2 + 3 * number}}{person.name}" for number, person in enumerate(people)]
    width = max(len(page.place) for page in pages)
    lines = [
        f"{page.place:<{width}}  {' '.join(matrix[page.place, person.name] for person in people)}" for page in pages
    ]
    return "\n".join([f"GET and POST: {legend}", *(f"{'':{width}}{head}" for head in heads), *lines])


# --- At the operator's host --------------------------------------------------------------------------------------


def test_a_session_of_a_town_is_worth_nothing_at_the_operators_desk(world: World) -> None:
    desk, visitor = Browser("betrieb.localhost"), Browser("betrieb.localhost")
    desk.cookies = next(one.browser for one in cast_of(world) if one.name == "other_town").cookies
    values = {
        "slug": "lage",
        "pk": 1,
        "key": "avv",
        "ars": "057660040040",
        "host": "x.example",
        "uid": "x",
        "token": "x",
    }
    pages = [page for page in pages_of(settings.OPERATOR_URLCONF) if not page.name.startswith("stripe")]

    answers = {
        page.name: [
            [(one.status_code, one.headers.get("Location")) for one in (browser.get(address), browser.post(address))]
            for browser in (desk, visitor)
        ]
        for page in pages
        for address in [page.address({"": values}, settings.OPERATOR_URLCONF)]
    }

    assert len(answers) > 40
    assert {name: both for name, both in answers.items() if both[0] != both[1]} == {}
