"""All parts of a definition with the place where each stands."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from catalogue.content import Path
from catalogue.fees import FeeRule, FeeRuleLine
from catalogue.forms.choices import Choice
from catalogue.forms.conditions import Condition
from catalogue.forms.days import Day
from catalogue.forms.definition import Check, Document, Estimate, FormDefinition, Group, Page
from catalogue.forms.fields import Computed, Field, Way
from catalogue.forms.formulas import Formula
from catalogue.forms.texts import places_in
from catalogue.parsing import properties

# The texts that people read, and that may therefore have places to be filled in.
TEXTS: dict[type, tuple[str, ...]] = {
    FormDefinition: ("next_steps", "retention"),
    Page: ("title", "short", "intro", "help"),
    Group: ("title", "short", "intro", "help"),
    Field: ("label", "hint", "why", "error", "text"),
    Check: ("error",),
    Way: ("label", "text"),
    Document: ("title", "text", "closing"),
    Estimate: ("title", "note"),
    FeeRule: ("exempt_text",),
    FeeRuleLine: ("label",),
}


def walk(node: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """This part and all below it, in the order of the file."""
    yield at, node
    if is_dataclass(node) and not isinstance(node, Condition | Day | Formula | type):
        for name, one in properties(type(node)).items():
            yield from walk(getattr(node, one.attribute), (*at, name))
    elif isinstance(node, tuple):
        for number, one in enumerate(node):
            yield from walk(one, (*at, number))
    elif isinstance(node, Mapping):
        for name, one in node.items():
            yield from walk(one, (*at, name))


def texts_of(node: Any) -> Iterator[tuple[str, str]]:
    """The texts of a part that may have places: their name and what they say."""
    for name in TEXTS.get(type(node), ()):
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            yield name, one


def computed_for(node: Any) -> Mapping[str, Computed]:
    """What a part computes for its own texts."""
    return node.computed if isinstance(node, Field) else {}


def named_services(definition: FormDefinition) -> Iterator[tuple[Path, str]]:
    """All services that the form leads to, with the place."""
    for at, node in walk(definition):
        if isinstance(node, Page):
            yield from (((*at, "related", number), key) for number, key in enumerate(node.related))
        elif isinstance(node, Way) and node.service:
            yield (*at, "service"), node.service


def named_amounts(definition: FormDefinition) -> Iterator[tuple[Path, str]]:
    """All amounts that the form charges or tells, with the place."""
    for at, node in walk(definition):
        if isinstance(node, FeeRuleLine):
            yield from ((at, key) for key in sorted(node.keys - set(node.priced_by)))
        elif isinstance(node, Choice) and node.amount:
            yield (*at, "amount"), node.amount
        elif isinstance(node, Computed) and node.money:
            yield from ((at, key) for key in node.money.named_amounts())


def named_settings(definition: FormDefinition) -> Iterator[tuple[Path, str]]:
    """Everything that the definition wants the town to say, with its place."""
    for at, node in walk(definition):
        if at[:1] == ("settings",):
            continue
        if isinstance(node, Condition | Day | Formula):
            yield from ((at, key) for key in node.named_settings())
        elif isinstance(node, Way) and node.town:
            yield (*at, "town"), node.town
        elif isinstance(node, Field):
            yield from ((at, key) for key in node.own_settings())
        for name, text in texts_of(node):
            places = (place for place in places_in(text) if place.name == "town" and place.about)
            yield from (((*at, name), place.about) for place in places)
