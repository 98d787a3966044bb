"""When something is shown, asked or charged: conditions over the answers, as data, never code.

A condition about a field; several tests at once must all hold. What was not answered passes none but `filled: false`:
    {field: ID, in: [VALUE, …]}             the answer (or one of several) is among the values
    {field: ID, filled: true}               something was answered (false: nothing)
    {field: ID, marked: MARK}               an answer whose entry in its list carries this mark
    {field: ID, at_least: FORMULA}          a number, so much or more (also: at_most)
    {field: ID, from: DAY, to: DAY}         a date, not before the one, not after the other; of a time: from: "22:00"
    {field: ID, age_at_least: 18}           a birthday, so many whole years ago (also: age_below); `on: DAY` else today
    {field: ID, in_town: true}              a postal code of the town (false: of elsewhere)
    {field: ID, same_as: ID}                the same answer as to another field
    {field: ID, known_in: KEY}              a text that stands among the words of an entry of the town's list
Others:
    {number: FORMULA, at_least: FORMULA}    a computed number (also: at_most)
    {day: DAY, from: DAY}                   a computed day (also: to)
    {season: {from: "10-01", to: "12-31"}}  today lies in this part of the year
    {town: KEY}                             the town has switched this on
    {trust: high}                           signed in at this level or a higher one
    {some: GROUP, where: CONDITION}         an entry of the group for which the condition holds
    {all: [CONDITION, …]}  {any: [CONDITION, …]}  {not: CONDITION}
Released forms also say `days_ago: N`, `years_ago: N` (so long ago or longer) and `{sum: [ID, …], at_least: N}`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.trust import TrustLevel
from catalogue.content import InvalidContent
from catalogue.forms.context import Answers, Context
from catalogue.forms.days import Day, TownNumber, first_day, full_years, parse_whole
from catalogue.forms.formulas import Formula, is_empty

Plain = Mapping[str, Any]

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_SEASON_DAY = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True)
class Condition:
    """One condition. `operation` says which; the other fields are its operands."""

    operation: str
    field: str = ""
    operand: Any = None
    parts: tuple["Condition", ...] = ()

    def holds(self, answers: Answers, context: Context) -> bool:
        """Whether it is true of the answers (for an entry of a group: its own answers over the others)."""
        match self.operation:
            case "all":
                return all(part.holds(answers, context) for part in self.parts)
            case "any":
                return any(part.holds(answers, context) for part in self.parts)
            case "not":
                return not self.parts[0].holds(answers, context)
            case "some":
                entries = answers.get(self.field) or []
                return any(self.parts[0].holds({**answers, **entry}, context) for entry in entries)
        if self.operation in _FIELD_TESTS:
            return _FIELD_TESTS[self.operation](self, answers.get(self.field), answers, context)
        return _OTHER_TESTS[self.operation](self.operand, answers, context)

    def known_from(self, settings: Mapping[str, Any]) -> bool | None:
        """What the town's switches alone make of it, whatever is answered; None if that depends on the answers."""
        parts = [part.known_from(settings) for part in self.parts]
        match self.operation:
            case "town":
                return bool(settings[self.operand])
            case "not":
                return None if parts[0] is None else not parts[0]
            case "all" if False in parts or None not in parts:
                return False not in parts
            case "any" if True in parts or None not in parts:
                return True in parts
        return None

    def left_open(self, settings: Mapping[str, Any]) -> "Condition | bool":
        """What the answers have still to say once the town's switches are known; nothing: whether it holds."""
        known = self.known_from(settings)
        if known is not None or self.operation != "all":
            return self if known is None else known
        found = (part.left_open(settings) for part in self.parts)
        parts = tuple(part for part in found if isinstance(part, Condition))
        return parts[0] if len(parts) == 1 else replace(self, parts=parts)

    def walk(self) -> Iterator[tuple[str, "Condition"]]:
        """This condition and all inside it, each with the group whose entries it looks at (or "")."""
        yield "", self
        for part in self.parts:
            for group, inner in part.walk():
                yield group or (self.field if self.operation == "some" else ""), inner

    def named_fields(self) -> Iterator[str]:
        """All fields and groups that it looks at, with `group/field` for those inside `some`."""
        for group, part in self.walk():
            prefix = f"{group}/" if group else ""
            if part.field:
                yield f"{prefix}{part.field}"
            for operand in part.operands():
                yield from (f"{prefix}{name}" for name in operand.named_fields())
            if part.operation == "same_as":
                yield f"{prefix}{part.operand}"

    def named_settings(self) -> Iterator[str]:
        """All settings of the town that it looks at."""
        for _group, part in self.walk():
            yield from part.own_settings()

    def own_settings(self) -> Iterator[str]:
        """The same without those of the conditions inside it."""
        if self.operation in ("town", "known_in"):
            yield self.operand
        if isinstance(self.operand, tuple):
            yield from (number.key for number in self.operand if isinstance(number, TownNumber))
        for operand in self.operands():
            yield from operand.named_settings()

    @classmethod
    def parse(cls, plain: object) -> "Condition":
        """Read a condition. Raises InvalidContent with the reason."""
        return parse_condition(plain)

    def operands(self) -> Iterator[Formula | Day]:
        """The formulas and days that it compares with."""
        given = self.operand if isinstance(self.operand, tuple) else (self.operand,)
        yield from (one for one in given if isinstance(one, Formula | Day))


# --- Tests ------------------------------------------------------------------------------------------------

FieldTest = Callable[[Condition, Any, Answers, Context], bool]


def _is_in(condition: Condition, value: Any, _answers: Answers, _context: Context) -> bool:
    chosen = value if isinstance(value, list | tuple | dict) else [value]
    return any(one in condition.operand for one in chosen)


def _is_marked(condition: Condition, value: Any, _answers: Answers, context: Context) -> bool:
    return any(condition.operand in entry.marks for entry in context.entries_of(condition.field, value))


def _is_in_town(condition: Condition, value: Any, _answers: Answers, context: Context) -> bool:
    return not is_empty(value) and (value in context.postal_codes) is condition.operand


def _is_known(condition: Condition, value: Any, _answers: Answers, context: Context) -> bool:
    return any(entry.knows(value) for entry in context.setting(condition.operand)) if value else False


def _reaches(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    return not is_empty(value) and _number(value) >= condition.operand.value(answers, context)


def _stays_within(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    return not is_empty(value) and _number(value) <= condition.operand.value(answers, context)


def _is_from(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    found, limit = _comparable(value, condition.operand, answers, context)
    return found is not None and limit is not None and found >= limit


def _is_to(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    found, limit = _comparable(value, condition.operand, answers, context)
    return found is not None and limit is not None and found <= limit


def _comparable(value: Any, operand: Day | str, answers: Answers, context: Context) -> tuple[Any, Any]:
    """A time of day with a time of day, a date with a date."""
    if isinstance(operand, str):
        return value or None, operand
    return first_day(value), operand.of(answers, context)


def _is_so_old(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    age = _age(condition, value, answers, context)
    return age is not None and age >= _years(condition, context)


def _is_younger(condition: Condition, value: Any, answers: Answers, context: Context) -> bool:
    age = _age(condition, value, answers, context)
    return age is not None and age < _years(condition, context)


def _age(condition: Condition, value: Any, answers: Answers, context: Context) -> int | None:
    born, on = first_day(value), condition.operand[1].of(answers, context)
    return full_years(born, on) if born and on else None


def _years(condition: Condition, context: Context) -> int:
    years = condition.operand[0]
    return years.value(context) if isinstance(years, TownNumber) else int(years)


def _is_same(condition: Condition, value: Any, answers: Answers, _context: Context) -> bool:
    return not is_empty(value) and value == answers.get(condition.operand)


_FIELD_TESTS: dict[str, FieldTest] = {
    "in": _is_in,
    "filled": lambda condition, value, _answers, _context: is_empty(value) is not condition.operand,
    "marked": _is_marked,
    "at_least": _reaches,
    "at_most": _stays_within,
    "from": _is_from,
    "to": _is_to,
    "age_at_least": _is_so_old,
    "age_below": _is_younger,
    "in_town": _is_in_town,
    "same_as": _is_same,
    "known_in": _is_known,
}


def _is_season(operand: tuple[str, str], _answers: Answers, context: Context) -> bool:
    first, last = operand
    today = context.today.strftime("%m-%d")
    return first <= today <= last if first <= last else today >= first or today <= last


def _compares_days(operand: tuple[Day, Day], answers: Answers, context: Context) -> tuple[date, date] | None:
    day, limit = (one.of(answers, context) for one in operand)
    return (day, limit) if day and limit else None


_OTHER_TESTS: dict[str, Callable[[Any, Answers, Context], bool]] = {
    "number_at_least": lambda o, answers, context: o[0].value(answers, context) >= o[1].value(answers, context),
    "number_at_most": lambda o, answers, context: o[0].value(answers, context) <= o[1].value(answers, context),
    "day_from": lambda o, answers, context: bool((d := _compares_days(o, answers, context)) and d[0] >= d[1]),
    "day_to": lambda o, answers, context: bool((d := _compares_days(o, answers, context)) and d[0] <= d[1]),
    "season": _is_season,
    "town": lambda key, _answers, context: bool(context.setting(key)),
    "trust": lambda level, _answers, context: context.trust >= level,
}


def _number(value: Any) -> Decimal:
    """An answer as a number; of several choices or entries how many they are."""
    return Formula("answer", name="_").value({"_": value}, _NOWHERE)


_NOWHERE = Context(date.min)


# --- Reading ----------------------------------------------------------------------------------------------


def parse_condition(plain: Any) -> Condition:
    """Read a condition. Raises InvalidContent with the reason."""
    if not isinstance(plain, Mapping) or not plain:
        raise InvalidContent(_("Eine Bedingung besteht aus Namen und Werten."))
    for word, reader in _READERS.items():
        if word in plain:
            return reader(plain)
    raise _no_condition(plain)


def _parse_parts(plain: Plain) -> Condition:
    operation, parts = next(iter(plain.items()))
    if len(plain) != 1:
        raise _no_condition(plain)
    if not isinstance(parts, list) or not parts:
        raise InvalidContent(_("Auf „%(word)s“ folgt eine Liste von Bedingungen.") % {"word": operation})
    return Condition(operation, parts=tuple(parse_condition(part) for part in parts))


def _parse_not(plain: Plain) -> Condition:
    if len(plain) != 1:
        raise _no_condition(plain)
    return Condition("not", parts=(parse_condition(plain["not"]),))


def _parse_some(plain: Plain) -> Condition:
    if set(plain) != {"some", "where"}:
        raise _no_condition(plain)
    return Condition("some", field=_text(plain["some"]), parts=(parse_condition(plain["where"]),))


def _parse_field(plain: Plain) -> Condition:
    name = _text(plain["field"])
    tests = {word: operand for word, operand in plain.items() if word not in ("field", "on")}
    if not tests or set(tests) - _OPERANDS.keys() or ("on" in plain and not set(tests) & {"age_at_least", "age_below"}):
        raise _no_condition(plain)
    on = Day.parse(plain.get("on", "today"))
    conditions = tuple(_OPERANDS[word](word, name, operand, on) for word, operand in tests.items())
    return conditions[0] if len(conditions) == 1 else Condition("all", parts=conditions)


def _parse_computed(plain: Plain) -> Condition:
    """{number: …, at_least: …} and {day: …, from: …}: a computed value against one or two limits."""
    word = "number" if "number" in plain else "day"
    limits = set(plain) - {word}
    if not limits or limits - ({"at_least", "at_most"} if word == "number" else {"from", "to"}):
        raise _no_condition(plain)
    read: Callable[[Any], Any] = Formula.parse if word == "number" else Day.parse
    value = read(plain[word])
    conditions = tuple(
        Condition(f"{word}_{limit}", operand=(value, read(plain[limit]))) for limit in plain if limit != word
    )
    return conditions[0] if len(conditions) == 1 else Condition("all", parts=conditions)


def _parse_season(plain: Plain) -> Condition:
    season = plain["season"]
    if len(plain) != 1 or not isinstance(season, Mapping) or set(season) != {"from", "to"}:
        raise _no_condition(plain)
    days = (str(season["from"]), str(season["to"]))
    if not all(_SEASON_DAY.fullmatch(day) for day in days):
        raise InvalidContent(_('Ein Tag im Jahr wird so geschrieben: "10-01" ist der 1. Oktober.'))
    return Condition("season", operand=days)


def _parse_town(plain: Plain) -> Condition:
    if len(plain) != 1:
        raise _no_condition(plain)
    return Condition("town", operand=_text(plain["town"]))


def _parse_trust(plain: Plain) -> Condition:
    try:
        return Condition("trust", operand=TrustLevel.named(_text(plain["trust"])))
    except ValueError:
        reason = _("Eine Stufe „%(level)s“ gibt es nicht, nur: none, basic, substantial, high.")
        raise InvalidContent(reason % {"level": plain["trust"]}) from None


def _parse_sum(plain: Plain) -> Condition:
    """An older spelling of {number: {plus: […]}, …}."""
    return _parse_computed({"number": {"plus": plain["sum"]}, **{k: v for k, v in plain.items() if k != "sum"}})


_READERS: dict[str, Callable[[Plain], Condition]] = {
    "all": _parse_parts,
    "any": _parse_parts,
    "not": _parse_not,
    "some": _parse_some,
    "field": _parse_field,
    "number": _parse_computed,
    "day": _parse_computed,
    "season": _parse_season,
    "town": _parse_town,
    "trust": _parse_trust,
    "sum": _parse_sum,
}


def _values(word: str, name: str, operand: Any, _on: Day) -> Condition:
    if not isinstance(operand, list) or not operand:
        raise InvalidContent(_("Auf „in“ folgt eine Liste von Antworten."))
    return Condition(word, name, tuple(operand))


def _yes_or_no(word: str, name: str, operand: Any, _on: Day) -> Condition:
    if not isinstance(operand, bool):
        raise InvalidContent(_("Hier wird true oder false erwartet."))
    return Condition(word, name, operand)


def _named(word: str, name: str, operand: Any, _on: Day) -> Condition:
    return Condition(word, name, _text(operand))


def _formula(word: str, name: str, operand: Any, _on: Day) -> Condition:
    return Condition(word, name, Formula.parse(operand))


def _day_or_clock(word: str, name: str, operand: Any, _on: Day) -> Condition:
    is_clock = isinstance(operand, str) and _CLOCK.fullmatch(operand)
    return Condition(word, name, operand if is_clock else Day.parse(operand))


def _age_limit(word: str, name: str, operand: Any, on: Day) -> Condition:
    return Condition(word, name, (parse_whole(operand), on))


def _days_ago(_word: str, name: str, operand: Any, _on: Day) -> Condition:
    return Condition("to", name, Day.parse({"days": -operand}))


def _years_ago(_word: str, name: str, operand: Any, on: Day) -> Condition:
    return Condition("age_at_least", name, (parse_whole(operand), on))


_OPERANDS: dict[str, Callable[[str, str, Any, Day], Condition]] = {
    "in": _values,
    "filled": _yes_or_no,
    "in_town": _yes_or_no,
    "marked": _named,
    "same_as": _named,
    "known_in": _named,
    "at_least": _formula,
    "at_most": _formula,
    "from": _day_or_clock,
    "to": _day_or_clock,
    "age_at_least": _age_limit,
    "age_below": _age_limit,
    "days_ago": _days_ago,
    "years_ago": _years_ago,
}


def _text(plain: Any) -> str:
    if not isinstance(plain, str) or not plain:
        raise InvalidContent(_("Hier wird ein Name erwartet."))
    return plain


def _no_condition(plain: Plain) -> InvalidContent:
    return InvalidContent(_("So eine Bedingung gibt es nicht: %(keys)s.") % {"keys": ", ".join(map(str, plain))})
