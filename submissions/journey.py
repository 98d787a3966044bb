"""The way through a form: which pages these answers call for, which comes next, what is still open."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from catalogue.fees import Fee, PayAt, compute
from catalogue.forms.context import Context
from catalogue.forms.definition import FormDefinition, Group, Page
from catalogue.forms.formulas import Amounts
from catalogue.forms.texts import Reader

T = TypeVar("T")

_ENTRY_ID = re.compile(r"[0-9a-f]{6}")
ENTRY_ID = "_id"  # in each entry of a group; files are kept by it


@dataclass(frozen=True)
class Place:
    """A page of the form; inside a group also which entry (`number` counts from 1)."""

    page: Page
    group: Group | None = None
    number: int = 0
    entry_id: str = ""

    @property
    def key(self) -> str:
        """How a draft remembers the page: `halter` or `hunde/k3x9/rasse`."""
        return f"{self.group.key}/{self.entry_id}/{self.page.key}" if self.group else self.page.key

    @property
    def field_ids(self) -> list[str]:
        return [one.id for one in self.page.fields]

    def field_place(self, field_id: str) -> str:
        """Where files of a field are kept: `nachweis` or `hunde/k3x9/sachkunde`."""
        return f"{self.group.key}/{self.entry_id}/{field_id}" if self.group else field_id


@dataclass(frozen=True)
class Journey:
    """A form on its way: the definition and what has been answered so far."""

    definition: FormDefinition
    answers: dict[str, Any]
    done: frozenset[str]
    context: Context

    @property
    def today(self) -> date:
        return self.context.today

    @cached_property
    def steps(self) -> list[Page | Group]:
        """The steps that the answers call for."""
        return self.definition.steps_for(self.answers, self.context)

    def step(self, key: str) -> Page | Group | None:
        return next((step for step in self.steps if step.key == key), None)

    def entries(self, group: Group) -> list[dict[str, Any]]:
        return list(self.answers.get(group.key) or [])

    def least(self, group: Group) -> int:
        """How many entries there must be."""
        return int(group.min.value(self.answers, self.context))

    def most(self, group: Group) -> int:
        """How many entries there can be."""
        return int(group.max.value(self.answers, self.context))

    def scope(self, place: Place) -> dict[str, Any]:
        """All answers that conditions on this page can see; those of the entry come first."""
        if place.group is None:
            return self.answers
        entries = self.entries(place.group)
        own = entries[place.number - 1] if place.number <= len(entries) else {}
        return {**self.answers, **own}

    def reader(self, place: Place) -> Reader:
        """Fills in the texts of a page."""
        return Reader(self.scope(place), self.context)

    def place(self, step: Page | Group, number: int = 0, page_key: str = "") -> Place | None:
        """The page at an address, if these answers call for it. Number one more than there are is a new entry."""
        if isinstance(step, Page):
            return Place(step)
        entries = self.entries(step)
        if not 1 <= number <= min(len(entries) + 1, self.most(step)):
            return None
        is_new = number > len(entries)
        entry_id = secrets.token_hex(3) if is_new else entries[number - 1][ENTRY_ID]
        for place in self._entry_places(step, number, entry_id):
            if place.page.key == page_key:
                return place if not is_new or place.page == step.pages[0] else None
        return None

    def place_of_entry(self, group: Group, entry_id: str, page_key: str) -> Place | None:
        """A page of an entry that is told by its own name, wherever it stands by now; a name not known is a new one."""
        page = group.page(page_key)
        ids = [entry[ENTRY_ID] for entry in self.entries(group)]
        if page is None or not _ENTRY_ID.fullmatch(entry_id):
            return None
        number = ids.index(entry_id) + 1 if entry_id in ids else len(ids) + 1
        return Place(page, group, number, entry_id) if number <= self.most(group) else None

    def places(self) -> Iterator[Place]:
        """All pages that the answers call for, in order."""
        for step in self.steps:
            yield from self.places_of(step)

    def places_of(self, step: Page | Group) -> Iterator[Place]:
        """The pages of one step; of a group the pages of all its entries."""
        if isinstance(step, Page):
            yield Place(step)
            return
        for number, entry in enumerate(self.entries(step), start=1):
            yield from self._entry_places(step, number, entry[ENTRY_ID])

    def _entry_places(self, group: Group, number: int, entry_id: str) -> Iterator[Place]:
        for page in group.pages:
            place = Place(page, group, number, entry_id)
            if page.condition is None or page.condition.holds(self.scope(place), self.context):
                yield place

    def is_done(self, step: Page | Group) -> bool:
        """Whether nothing of the step is open."""
        if isinstance(step, Group):
            least, count = self.least(step), len(self.entries(step))
            visited = least > 0 or step.key in self.done  # an optional list counts once it has been seen
            return (
                least <= count <= self.most(step)
                and visited
                and all(place.key in self.done for place in self.places_of(step))
            )
        return not step.stop and step.key in self.done

    def first_open(self) -> Page | Group | None:
        """The first step where something is missing; None when all is answered."""
        return next((step for step in self.steps if not self.is_done(step)), None)

    def next_in_entry(self, place: Place) -> Place | None:
        """The page after this one in the same entry of the group."""
        assert place.group is not None
        return _after(place, list(self._entry_places(place.group, place.number, place.entry_id)))

    def previous_in_entry(self, place: Place) -> Place | None:
        assert place.group is not None
        return _after(place, list(self._entry_places(place.group, place.number, place.entry_id))[::-1])

    def next_step(self, step: Page | Group) -> Page | Group | None:
        return _after(step, self.steps)

    def previous_step(self, step: Page | Group) -> Page | Group | None:
        return _after(step, self.steps[::-1])

    def flags(self) -> list[str]:
        """The keys of the flags that the answers raise."""
        return [flag.key for flag in self.definition.flags if flag.condition.holds(self.answers, self.context)]

    def with_values(self, place: Place, values: dict[str, Any]) -> "Journey":
        """The same journey as if a page were answered like this. Nothing is kept of it."""
        if place.group is None:
            return replace(self, answers={**self.answers, **values})
        entries = self.entries(place.group)
        own = entries[place.number - 1] if place.number <= len(entries) else {ENTRY_ID: place.entry_id}
        entries[place.number - 1 : place.number] = [{**own, **values}]
        return replace(self, answers={**self.answers, place.group.key: entries})

    def fee(self, amounts: Amounts) -> Fee:
        """What it costs so far. Raises MissingAmount."""
        return compute(self.definition.fee, self.relevant_answers(), amounts, self.context)

    @property
    def pay_at(self) -> PayAt:
        """When it has to be paid for."""
        rule = self.definition.fee
        return rule.pay_for(self.relevant_answers(), self.context) if rule else PayAt.NEVER

    def relevant_answers(self) -> dict[str, Any]:
        """Only what the answers themselves call for: what a changed answer made moot is left out."""
        kept: dict[str, Any] = {}
        for step in self.steps:
            if isinstance(step, Page):
                kept |= _answers_of(step, self.answers, self.answers, self.context)
                continue
            kept[step.key] = []
            for number, entry in enumerate(self.entries(step), start=1):
                own: dict[str, Any] = {ENTRY_ID: entry[ENTRY_ID]}
                for place in self._entry_places(step, number, entry[ENTRY_ID]):
                    own |= _answers_of(place.page, entry, self.scope(place), self.context)
                kept[step.key].append(own)
        return kept


def _answers_of(page: Page, given: dict[str, Any], scope: dict[str, Any], context: Context) -> dict[str, Any]:
    asked = (field for field in page.visible_fields(scope, context) if field.asks)
    return {field.id: given[field.id] for field in asked if given.get(field.id) is not None}


def _after(here: T, all_of_them: list[T]) -> T | None:
    position = all_of_them.index(here) + 1
    return all_of_them[position] if position < len(all_of_them) else None
