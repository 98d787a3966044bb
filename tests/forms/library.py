"""The shipped forms, read from their files, and contexts to look at forms in."""

from datetime import date
from functools import cache
from typing import Any

from accounts.trust import TrustLevel
from catalogue.content import InvalidContent
from catalogue.forms.checking import check_form
from catalogue.forms.context import Context, Surroundings
from catalogue.forms.definition import FormDefinition, parse_form
from catalogue.forms.library import Shelf, expand
from catalogue.forms.reading import complete, read_forms, read_shelf
from catalogue.reading import SHIPPED_LIBRARY
from catalogue.source import Problem

MONDAY = date(2026, 11, 16)
LAGE = Surroundings(
    today=MONDAY,
    town="Lage",
    full_town="Stadt Lage",
    postal_codes=frozenset({"32791"}),
    trust=TrustLevel.BASIC,
    settings={  # what the defaults leave open, so that every way can be walked
        "bewohnerparken.zonen": [{"value": "innenstadt", "label": "Innenstadt", "words": ["Lange Straße"]}],
        "bewohnerparken.zweites-kennzeichen": True,
        "gewerberegister.ohne-treffer-guenstiger": True,
    },
)


@cache
def shipped_forms() -> dict[str, FormDefinition]:
    """All forms that the library ships, by key."""
    problems: list[Problem] = []
    found = {form.key: form.definition for form in read_forms(SHIPPED_LIBRARY, problems)}
    assert problems == [], problems
    return found


def shipped_form(key: str) -> FormDefinition:
    """A form as the library ships it."""
    return shipped_forms()[key]


@cache
def shipped_shelf() -> Shelf:
    """The blocks, lists and settings that the library ships."""
    return read_shelf(SHIPPED_LIBRARY, [])


def read(plain: dict[str, Any], shelf: Shelf | None = None) -> FormDefinition:
    """A form as it stands in a file, read and checked as when a library is read. Raises InvalidContent."""
    used = shelf or Shelf()
    definition = parse_form(complete(expand(plain, used), used))
    check_form(definition)
    return definition


def refusal(plain: dict[str, Any], shelf: Shelf | None = None) -> InvalidContent:
    """Why a form is refused."""
    try:
        read(plain, shelf)
    except InvalidContent as problem:
        return problem
    raise AssertionError("the form was not refused")


def context(definition: FormDefinition, **changes: Any) -> Context:
    """A form's context in Lage on a Monday."""
    return definition.context(Surroundings(**(vars(LAGE) | changes)))


# --- Forms put together in tests --------------------------------------------------------------------------

TEXT = {"id": "name", "kind": "text", "label": "Name"}


def form(*steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"key": "probe", "version": 1, "title": "Probe", "steps": list(steps), **rest}


def page(key: str, *fields: dict[str, Any], when: Any = None, **rest: Any) -> dict[str, Any]:
    asked = {"if": when} if when else {}
    return {"key": key, "title": key, "fields": list(fields), **asked, **rest}


def group(key: str, *pages: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {
        "key": key,
        "title": key,
        "item": "Ding",
        "add": "mehr",
        "max": 3,
        "names": ["name"],
        "pages": list(pages),
    } | rest


def question(id: str, kind: str = "text", *, when: Any = None, **rest: Any) -> dict[str, Any]:  # noqa: A002 -- as in the files
    """A field with a label; `when` is its condition."""
    asked = {"if": when} if when else {}
    return {"id": id, "kind": kind, "label": id.capitalize(), **asked, **rest}


def choice(id: str, *values: str, kind: str = "radio", **rest: Any) -> dict[str, Any]:  # noqa: A002 -- as in the files
    """A field with choices that are called like their values."""
    return question(id, kind, choices=[{"value": value, "label": value.capitalize()} for value in values], **rest)
