"""When something is shown, asked or charged: conditions over the answers, as data, never code.

A condition is one of
    {field: ID, in: [VALUE, …]}        the answer (or one of several) is among the values
    {field: ID, filled: true}          something was answered (false: nothing)
    {field: ID, at_least: N}           a number, N or more (also: at_most)
    {field: ID, days_ago: N}           a date, N or more days before today
    {field: ID, years_ago: N}          a date, N or more whole years before today
    {field: ID, marked: MARK}          an answer whose choice carries this mark in its code list
    {sum: [ID, …], at_least: N}        numbers added up; a repeated group counts as the number of its entries
    {some: GROUP, where: CONDITION}    an entry of the group for which the condition holds
    {all: [CONDITION, …]}  {any: [CONDITION, …]}  {not: CONDITION}
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

Answers = Mapping[str, Any]
Plain = Mapping[str, Any]


class ConditionError(ValueError):
    """A condition is not of a known form."""


@dataclass(frozen=True)
class Condition:
    """One condition. `operation` says which; the other fields are its operands."""

    operation: str
    field: str = ""
    fields: tuple[str, ...] = ()
    operand: Any = None
    parts: tuple["Condition", ...] = ()

    def holds(self, answers: Answers, *, today: date) -> bool:
        """Whether it is true of the answers (for an entry of a group: its own answers over the others)."""
        if self.operation == "all":
            return all(part.holds(answers, today=today) for part in self.parts)
        if self.operation == "any":
            return any(part.holds(answers, today=today) for part in self.parts)
        if self.operation == "not":
            return not self.parts[0].holds(answers, today=today)
        if self.operation == "some":
            entries = answers.get(self.field) or []
            return any(self.parts[0].holds({**answers, **entry}, today=today) for entry in entries)
        if self.operation in ("sum_at_least", "sum_at_most"):
            return _compare(self.operation[4:], sum(_count(answers.get(f)) for f in self.fields), self.operand)
        return _TESTS[self.operation](answers.get(self.field), self.operand, today)

    def named_fields(self) -> Iterator[str]:
        """All fields and groups that it looks at, with `group/field` for those inside `some`."""
        if self.field:
            yield self.field
        yield from self.fields
        for part in self.parts:
            for name in part.named_fields():
                yield f"{self.field}/{name}" if self.operation == "some" else name

    def marks(self) -> Iterator[tuple[str, str]]:
        """The (field, mark) pairs that it asks about."""
        if self.operation == "marked":
            yield self.field, self.operand
        for part in self.parts:
            yield from part.marks()


def parse_condition(plain: Any) -> Condition:
    """Read a condition. Raises ConditionError with the reason."""
    if not isinstance(plain, Mapping):
        raise ConditionError(_("Eine Bedingung besteht aus Namen und Werten."))
    keys = set(plain)
    if len(keys) == 1 and keys <= {"all", "any"}:
        operation, parts = next(iter(plain.items()))
        if not isinstance(parts, list) or not parts:
            raise ConditionError(_("Auf „%(word)s“ folgt eine Liste von Bedingungen.") % {"word": operation})
        return Condition(operation, parts=tuple(parse_condition(part) for part in parts))
    if keys == {"not"}:
        return Condition("not", parts=(parse_condition(plain["not"]),))
    if keys == {"some", "where"}:
        return Condition("some", field=plain["some"], parts=(parse_condition(plain["where"]),))
    if "sum" in keys and len(keys) == 2 and keys - {"sum"} <= {"at_least", "at_most"}:
        operation = (keys - {"sum"}).pop()
        return Condition(f"sum_{operation}", fields=tuple(plain["sum"]), operand=plain[operation])
    if "field" in keys and len(keys) == 2 and keys - {"field"} <= _TESTS.keys():
        operation = (keys - {"field"}).pop()
        operand = tuple(plain["in"]) if operation == "in" else plain[operation]
        return Condition(operation, field=plain["field"], operand=operand)
    raise ConditionError(_("So eine Bedingung gibt es nicht: %(keys)s.") % {"keys": ", ".join(map(str, plain))})


def resolve_marks(plain: Any, marked: Mapping[str, Mapping[str, list[str]]]) -> Any:
    """Replace `marked` by the values that carry the mark: `marked[field][mark]`.

    Done once when a definition is read, so that what is stored needs no code list to be understood.
    """
    if isinstance(plain, list):
        return [resolve_marks(part, marked) for part in plain]
    if not isinstance(plain, Mapping):
        return plain
    if set(plain) == {"field", "marked"}:
        values = marked.get(plain["field"], {}).get(plain["marked"])
        if values is None:
            raise ConditionError(
                _("Keine Auswahl von „%(field)s“ ist mit „%(mark)s“ markiert.")
                % {"field": plain["field"], "mark": plain["marked"]}
            )
        return {"field": plain["field"], "in": values}
    return {key: resolve_marks(value, marked) for key, value in plain.items()}


def _is_in(value: Any, operand: tuple[Any, ...], _today: date) -> bool:
    return any(v in operand for v in value) if isinstance(value, list) else value in operand


def _is_filled(value: Any, operand: bool, _today: date) -> bool:
    return is_empty(value) is not operand


def is_empty(value: Any) -> bool:
    """Whether nothing was answered. Zero is an answer."""
    return value is None or value is False or value in ("", [])


def _days_ago(value: Any, operand: int, today: date) -> bool:
    day = _as_date(value)
    return day is not None and (today - day).days >= operand


def _years_ago(value: Any, operand: int, today: date) -> bool:
    day = _as_date(value)
    return day is not None and full_years(day, today) >= operand


def full_years(since: date, until: date) -> int:
    """Whole years from one day to the other: the age of a person born on `since`."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def _as_date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value if len(value) > 7 else f"{value}-01")  # a month counts from its first day
    except (TypeError, ValueError):
        return None


def _count(value: Any) -> float:
    if isinstance(value, list):
        return len(value)
    return float(value) if value not in (None, "") else 0


def _compare(operation: str, value: Any, operand: Any) -> bool:
    if value in (None, ""):
        return False
    number = float(value)
    return bool(number >= operand if operation == "at_least" else number <= operand)


_TESTS: dict[str, Callable[[Any, Any, date], bool]] = {
    "in": _is_in,
    "filled": _is_filled,
    "at_least": lambda value, operand, _today: _compare("at_least", value, operand),
    "at_most": lambda value, operand, _today: _compare("at_most", value, operand),
    "days_ago": _days_ago,
    "years_ago": _years_ago,
    "marked": lambda _value, _mark, _today: False,  # resolved when the definition is read
}
