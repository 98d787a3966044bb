"""Which answers make a condition true: for pages that nobody could ever reach, and for tests that reach them all.

Conditions are unfolded into alternatives; each alternative is what it wishes for, field by field. A wish that no answer
can fulfil (a choice that is not offered, a number above its maximum) is an alternative that does not exist. Where it
cannot tell (a date, a computed number) it assumes that it can be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from catalogue.forms.conditions import Condition
from catalogue.forms.definition import FormDefinition, Group, Page
from catalogue.forms.fields import CHOOSING, TICKED, Field, Kind
from catalogue.forms.formulas import Formula

MOST = 20_000  # alternatives that are looked at; a form that needs more is believed


@dataclass(frozen=True)
class Wish:
    """What an alternative wants of the answer to one field."""

    among: frozenset[Any] | None = None  # one of these
    never: frozenset[Any] = frozenset()  # none of these
    filled: bool | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    tests: frozenset[tuple[bool, Condition]] = frozenset()  # others, and whether they are to hold

    def and_also(self, other: "Wish") -> "Wish | None":
        """Both together; None if they exclude each other."""
        among = other.among if self.among is None else self.among if other.among is None else self.among & other.among
        both = Wish(
            among=among,
            never=self.never | other.never,
            filled=self.filled if other.filled is None else other.filled,
            least=max((one for one in (self.least, other.least) if one is not None), default=None),
            most=min((one for one in (self.most, other.most) if one is not None), default=None),
            tests=self.tests | other.tests,
        )
        is_torn = None not in (self.filled, other.filled) and self.filled != other.filled
        return None if is_torn or both.is_impossible else both

    @property
    def wants_answer(self) -> bool:
        return bool(
            self.filled
            or self.among is not None
            or self.least is not None
            or self.most is not None
            or any(holds for holds, _test in self.tests)
        )

    @property
    def is_impossible(self) -> bool:
        return (
            (self.among is not None and not self.among - self.never)
            or (self.filled is False and self.wants_answer_otherwise)
            or (self.least is not None and self.most is not None and self.least > self.most)
            or any((not holds, test) in self.tests for holds, test in self.tests)
        )

    @property
    def wants_answer_otherwise(self) -> bool:
        return replace(self, filled=None).wants_answer


Wishes = Mapping[str, Wish]  # by field, by `group/field` for an entry of a group, by "" for what is no answer


class TooManyWays(Exception):
    """There are more alternatives than anybody wants to look at."""


class Solver:
    """Finds what must be answered in one form. Its generators raise TooManyWays."""

    def __init__(self, definition: FormDefinition) -> None:
        self.definition = definition
        self.tries = 0
        self.asked: dict[str, tuple[Condition, ...]] = {}  # what must hold for a field to be asked
        self.group_of: dict[str, str] = {}  # the group that a field belongs to
        for step in definition.steps:
            for page in step.pages if isinstance(step, Group) else (step,):
                for one in page.fields:
                    conditions = (step.condition, page.condition if page is not step else None, one.condition)
                    self.asked[one.id] = tuple(condition for condition in conditions if condition)
                    self.group_of[one.id] = step.key if isinstance(step, Group) else ""

    def ways_to(self, *conditions: tuple[Condition, bool]) -> Iterator[Wishes]:
        """The alternatives under which all these conditions hold (or do not, with False)."""
        self.tries = 0
        yield from self._asked(self._all(list(conditions), "", {}), frozenset())

    def can_be(self, *conditions: tuple[Condition, bool]) -> bool:
        """Whether there is any alternative at all."""
        try:
            return next(self.ways_to(*conditions), None) is not None
        except TooManyWays:
            return True

    def on_the_way_to(self, wanted: Page | Group, inside: Group | None = None) -> list[tuple[Condition, bool]]:
        """What must hold and what must not for somebody to come to a page: no page before it ends the form."""
        conditions = [(one, True) for one in (inside.condition if inside else None, wanted.condition) if one]
        for step in self.definition.steps:
            if step is (inside or wanted):
                break
            if isinstance(step, Page) and step.stop and step.condition:
                conditions.append((step.condition, False))
        return conditions

    # --- Unfolding ----------------------------------------------------------------------------------------

    def _ways(self, condition: Condition, holds: bool, group: str) -> Iterator[Wishes]:
        match condition.operation, holds:
            case "not", _:
                yield from self._ways(condition.parts[0], not holds, group)
            case ("all", True) | ("any", False):
                yield from self._all([(part, holds) for part in condition.parts], group, {})
            case ("any", True) | ("all", False):
                for part in condition.parts:
                    yield from self._ways(part, holds, group)
            case "some", True:
                for wishes in self._ways(condition.parts[0], True, condition.field):
                    yield {**wishes, condition.field: Wish(filled=True)}
            case "some", False:
                yield from self._ways(condition.parts[0], False, condition.field)
            case _:
                name, wish = self._wish(condition, holds)
                if not wish.is_impossible:
                    yield {name: wish}

    def _all(self, conditions: list[tuple[Condition, bool]], group: str, so_far: Wishes) -> Iterator[Wishes]:
        if not conditions:
            yield so_far
            return
        (first, holds), *rest = conditions
        for wishes in self._ways(first, holds, group):
            merged = self._merged(so_far, wishes)
            if merged is not None:
                yield from self._all(rest, group, merged)

    def _wish(self, condition: Condition, holds: bool) -> tuple[str, Wish]:
        """What a condition without parts wants, of which field."""
        one = self.definition.field(condition.field)
        if one is None:
            if condition.operation == "filled":  # of a group as a whole
                return condition.field, Wish(filled=condition.operand is holds)
            return "", Wish(tests=frozenset({(holds, condition)}))
        name, offered = self._name(one.id), _offered(one)
        match condition.operation:
            case "in" if holds:
                values = frozenset(condition.operand)
                return name, Wish(among=values if offered is None else values & offered)
            case "in":
                return name, Wish(never=frozenset(condition.operand))
            case "filled":
                filled = condition.operand is holds
                if one.kind in TICKED:
                    return name, Wish(among=frozenset({filled}))
                return name, Wish(filled=filled)
            case "at_least" | "at_most" if holds and condition.operand.operation == "number":
                return name, _number_wish(one, condition)
        return name, Wish(tests=frozenset({(holds, condition)}))

    def _name(self, field_id: str) -> str:
        owner = self.group_of[field_id]
        return f"{owner}/{field_id}" if owner else field_id

    def _asked(self, ways: Iterator[Wishes], done: frozenset[str]) -> Iterator[Wishes]:
        """The alternatives with what it takes for their questions to be asked at all."""
        for wishes in ways:
            wanted = [name for name, wish in wishes.items() if wish.wants_answer and name not in done]
            conditions = [
                (condition, True) for name in wanted for condition in self.asked.get(name.rpartition("/")[2], ())
            ]
            if conditions:
                yield from self._asked(self._all(conditions, "", wishes), done | frozenset(wanted))
            else:
                yield wishes

    def _merged(self, first: Wishes, second: Wishes) -> Wishes | None:
        self.tries += 1
        if self.tries > MOST:
            raise TooManyWays
        merged = dict(first)
        for name, wish in second.items():
            both = merged[name].and_also(wish) if name in merged else wish
            if both is None:
                return None
            merged[name] = both
        return merged


def _offered(one: Field) -> frozenset[Any] | None:
    """The values that a field can have; None if they cannot be told."""
    if one.kind in TICKED:
        return frozenset({True, False})
    if one.kind not in CHOOSING or one.town_list or any(choice.year is not None for choice in one.choices):
        return None
    return frozenset(choice.value for choice in one.choices)


def _number_wish(one: Field, condition: Condition) -> Wish:
    """A wish for a number, within what the field allows; no wish of this sort where several choices are counted."""
    limit = condition.operand.number
    if one.kind not in (Kind.INT, Kind.DECIMAL, Kind.MONEY):
        return Wish(tests=frozenset({(True, condition)}))
    least, most = _fixed(one.min), _fixed(one.max)
    if condition.operation == "at_least":
        return Wish(least=limit if least is None else max(least, limit), most=most)
    return Wish(least=least, most=limit if most is None else min(most, limit))


def _fixed(limit: Formula | None) -> Decimal | None:
    return limit.number if limit and limit.operation == "number" else None
