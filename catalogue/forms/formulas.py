"""Numbers that are computed from answers: in fees, in conditions, in texts. Formulas are data over numbers.

A formula is one of
    3, 0.5, "0.80"                          a number
    feld                                    the number that was answered; of a group or several choices how many
    {town: KEY}                             a number that the town sets
    {amount: KEY}                           an amount of the fee table, in EUR (only in fees and estimates)
    {amount_of: FIELD}                      the amount that the chosen entry names (only in fees and estimates)
    {weight: FIELD}                         the number that the chosen entry carries, such as the m³ of a wardrobe
    {answered: [FIELD, …]}                  how many of these were answered
    {days: [VON, BIS]}                      days from one date to the other, both counted; also {months: …}, begun ones
    {each: GROUP, sum: FORMULA}             added up over the entries of a group
    {plus: […]} {minus: [A, B]} {times: […]} {smallest: […]} {largest: […]} {round_up: FORMULA}
What was not answered counts as 0.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import reduce
from operator import mul
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.forms.context import Answers, Context
from catalogue.forms.days import Day, days_within, months_within

Amounts = Mapping[str, Decimal]  # EUR, gross, by key


class MissingAmount(LookupError):
    """The town has not entered an amount that a fee needs. `key` says which."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True)
class Formula:
    """One formula. `operation` says which; the other fields are its operands."""

    operation: str
    name: str = ""  # of a field, a group, a setting or an amount
    number: Decimal = Decimal(0)
    names: tuple[str, ...] = ()
    span: tuple[Day, ...] = ()  # two days
    parts: tuple["Formula", ...] = ()

    def value(self, answers: Answers, context: Context, amounts: Amounts | None = None) -> Decimal:
        """What it comes to. Raises MissingAmount."""
        if self.parts and self.operation != "each":
            values = [part.value(answers, context, amounts) for part in self.parts]
            return _OPERATIONS[self.operation](values)
        return self._leaf(answers, context, amounts or {})

    def _leaf(self, answers: Answers, context: Context, amounts: Amounts) -> Decimal:
        match self.operation:
            case "number":
                return self.number
            case "answer":
                return count(answers.get(self.name))
            case "town":
                return Decimal(str(context.setting(self.name)))
            case "amount":
                return amount(self.name, amounts)
            case "amount_of":
                chosen = context.entries_of(self.name, answers.get(self.name))
                return sum((amount(entry.amount, amounts) for entry in chosen if entry.amount), Decimal(0))
            case "weight":
                return _weight(self.name, answers.get(self.name), context)
            case "answered":
                return Decimal(sum(not is_empty(answers.get(name)) for name in self.names))
            case "each":
                entries = answers.get(self.name) or []
                parts = (self.parts[0].value({**answers, **entry}, context, amounts) for entry in entries)
                return sum(parts, Decimal(0))
            case _:
                first, last = (day.of(answers, context) for day in self.span)
                measure = months_within if self.operation == "months" else days_within
                return Decimal(measure(first, last)) if first and last else Decimal(0)

    def walk(self) -> Iterator[tuple[str, "Formula"]]:
        """This formula and all inside it, each with the group whose entries it looks at (or "")."""
        yield "", self
        for part in self.parts:
            for group, inner in part.walk():
                yield group or (self.name if self.operation == "each" else ""), inner

    def named_fields(self) -> Iterator[str]:
        """All fields and groups that it looks at, with `group/field` for those inside `each`."""
        for group, part in self.walk():
            prefix = f"{group}/" if group else ""
            if part.operation in ("answer", "amount_of", "weight", "each"):
                yield f"{prefix}{part.name}"
            yield from (f"{prefix}{name}" for name in part.names)
            yield from (f"{prefix}{name}" for day in part.span for name in day.named_fields())

    def named_settings(self) -> Iterator[str]:
        for _group, part in self.walk():
            if part.operation == "town":
                yield part.name
            yield from (key for day in part.span for key in day.named_settings())

    def named_amounts(self) -> Iterator[str]:
        yield from (part.name for _group, part in self.walk() if part.operation == "amount")

    @classmethod
    def parse(cls, plain: object) -> "Formula":
        """Read a formula. Raises InvalidContent."""
        if isinstance(plain, str) and plain[:1].isalpha():
            return cls("answer", name=plain)
        if isinstance(plain, int | float | str) and not isinstance(plain, bool):
            return cls("number", number=_number(plain))
        if not isinstance(plain, Mapping):
            raise _no_formula(plain)
        if set(plain) == {"each", "sum"} and isinstance(plain["each"], str):
            return cls("each", name=plain["each"], parts=(cls.parse(plain["sum"]),))
        if len(plain) != 1:
            raise _no_formula(plain)
        operation, operand = next(iter(plain.items()))
        return cls._parse_operation(operation, operand)

    @classmethod
    def _parse_operation(cls, operation: str, operand: Any) -> "Formula":
        match operation, operand:
            case "town" | "amount" | "amount_of" | "weight", str(name):
                return cls(operation, name=name)
            case "answered", [*names] if names and all(isinstance(name, str) for name in names):
                return cls(operation, names=tuple(names))
            case "days" | "months", [first, last]:
                return cls(operation, span=(_day(first), _day(last)))
            case "round_up", part:
                return cls(operation, parts=(cls.parse(part),))
            case "minus", [first, second]:
                return cls(operation, parts=(cls.parse(first), cls.parse(second)))
            case "plus" | "times" | "smallest" | "largest", [*parts] if parts:
                return cls(operation, parts=tuple(cls.parse(part) for part in parts))
        raise _no_formula({operation: operand})


def count(value: Any) -> Decimal:
    """An answer as a number: itself, or how many things were chosen or entered."""
    if isinstance(value, list | tuple):
        return Decimal(len(value))
    if isinstance(value, dict):
        return Decimal(sum(value.values()))
    if value is True:
        return Decimal(1)
    try:
        return Decimal(str(value)) if value not in (None, "", False) else Decimal(0)
    except InvalidOperation:
        return Decimal(0)


def is_empty(value: Any) -> bool:
    """Whether nothing was answered. Zero is an answer."""
    return value is None or value is False or value in ("", [], {})


def amount(key: str, amounts: Amounts) -> Decimal:
    """An amount of the fee table. Raises MissingAmount; a price is never guessed."""
    if key not in amounts:
        raise MissingAmount(key)
    return amounts[key]


def _weight(field_id: str, value: Any, context: Context) -> Decimal:
    pieces = value if isinstance(value, dict) else {}
    return sum(
        ((entry.number or Decimal(0)) * pieces.get(entry.value, 1) for entry in context.entries_of(field_id, value)),
        Decimal(0),
    )


_OPERATIONS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "plus": lambda values: sum(values, Decimal(0)),
    "minus": lambda values: values[0] - values[1],
    "times": lambda values: reduce(mul, values),
    "smallest": min,
    "largest": max,
    "round_up": lambda values: values[0].to_integral_value(ROUND_CEILING),
}


def _day(plain: Any) -> Day:
    """In a formula the name of a field is enough for its day."""
    is_name = isinstance(plain, str) and plain != "today" and plain[:1].isalpha()
    return Day(field=plain) if is_name else Day.parse(plain)


def _number(plain: int | float | str) -> Decimal:
    try:
        number = Decimal(str(plain))
    except InvalidOperation:
        raise _no_formula(plain) from None
    if not number.is_finite():
        raise _no_formula(plain)
    return number


def _no_formula(plain: object) -> InvalidContent:
    return InvalidContent(_("So eine Formel gibt es nicht: %(plain)s.") % {"plain": plain})
