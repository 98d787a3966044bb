"""Answers that people could give: right ones that fulfil a wish, and wrong ones.

A wish says what a branch of a form needs of one answer (`catalogue.forms.reachability`). Answers are JSON, as stored.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from catalogue.forms.choices import Choice, fits_format
from catalogue.forms.conditions import Condition
from catalogue.forms.context import Context
from catalogue.forms.days import Day, TownNumber
from catalogue.forms.definition import Page
from catalogue.forms.fields import CHOOSING, NUMBERS, TICKED, Field, Kind
from catalogue.forms.formulas import Formula, is_empty
from catalogue.forms.patterns import PATTERNS
from catalogue.forms.reachability import Wish

NAME = "Łucja Őzdemir-Şahin"  # letters of Polish, Hungarian and Turkish; stays a name
FREE = "Đặng Łucja wohnt in Şişli, Kőszeg & Ağrı"
ELSEWHERE = "01067"  # Dresden
NO_WISH = Wish()


@dataclass(frozen=True)
class Asked:
    """A question as it is asked: after these answers, in this context."""

    field: Field
    answers: dict[str, Any]
    context: Context

    def limit(self, formula: Formula | None) -> Decimal | None:
        return formula.value(self.answers, self.context) if formula else None

    def day(self, limit: object) -> date | None:
        return limit.of(self.answers, self.context) if isinstance(limit, Day) else None

    @property
    def offered(self) -> list[Choice]:
        """What can be chosen here and now."""
        entries = self.context.choices[self.field.id]
        return [one for one in entries if one.condition is None or one.condition.holds(self.answers, self.context)]

    def fulfils(self, value: Any, wish: Wish) -> bool:
        """Whether an answer is what a wish wants."""
        if wish.filled is not None and is_empty(value) is wish.filled:
            return False
        chosen = list(value) if isinstance(value, list | dict) else [bool(value) if self.is_ticked else value]
        if wish.among is not None and not any(one in wish.among for one in chosen):
            return False
        if any(one in wish.never for one in chosen):
            return False
        if wish.least is not None and (is_empty(value) or Decimal(str(value)) < wish.least):
            return False
        if wish.most is not None and (is_empty(value) or Decimal(str(value)) > wish.most):
            return False
        answers = {**self.answers, self.field.id: value}
        return all(test.holds(answers, self.context) is holds for holds, test in wish.tests)

    @property
    def is_ticked(self) -> bool:
        return self.field.kind in TICKED


def answer(asked: Asked, wish: Wish, *, everything: bool) -> Any:
    """An answer that is right and fulfils the wish; None to leave it open. With `everything` nothing is left open.

    Raises AssertionError if there is none.
    """
    field = asked.field
    if field.refers_to and not field.required:
        return None  # nothing that it could refer to is there
    may_be_open = not field.required and not wish.wants_answer and not everything
    if may_be_open and asked.fulfils(None, wish):
        return None
    for value in candidates(asked, wish, everything=everything):
        if asked.fulfils(value, wish):
            return value
    if not field.required and asked.fulfils(None, wish):
        return None
    raise AssertionError(f"no answer to {field.id} fulfils {wish}")


def candidates(asked: Asked, wish: Wish, *, everything: bool) -> Iterator[Any]:
    """Right answers to a question, the likeliest first."""
    field = asked.field
    if field.kind in CHOOSING:
        yield from _chosen(asked, wish, everything=everything)
    elif field.kind in TICKED:
        yield from (True,) if field.kind == Kind.DECLARATION else (everything, not everything)
    elif field.kind in NUMBERS:
        yield from (_number(field, number) for number in _numbers(asked, wish))
    elif field.kind == Kind.DATE:
        yield from (_date(field, day) for day in _days(asked, wish))
    elif field.kind == Kind.TIME:
        yield from _clocks(asked, wish)
    else:
        yield from _texts(asked, wish, everything=everything)


def _chosen(asked: Asked, wish: Wish, *, everything: bool) -> Iterator[Any]:
    values = [one.value for one in asked.offered if one.value not in wish.never]
    if wish.among is not None:
        values = sorted(values, key=lambda value: value not in wish.among)  # type: ignore[operator]
    field = asked.field
    if field.kind == Kind.MULTI:
        least = int(asked.limit(field.min) or 1)
        most = field.most or len(values)
        yield values[: most if everything else least]
        yield from ([value] for value in values)
    elif field.kind == Kind.COUNTS:
        number = int((asked.limit(field.max) or 2) if everything else (asked.limit(field.min) or 1))
        many = values if everything and not field.most else values[:1]
        yield {value: min(number, field.most or number) for value in many}
        yield from ({value: 1} for value in values)
    else:
        yield from values


def _numbers(asked: Asked, wish: Wish) -> Iterator[Decimal]:
    field = asked.field
    step = Decimal(1) if field.kind == Kind.INT else Decimal("0.01")
    least, most = asked.limit(field.min), asked.limit(field.max)
    named = [formula.value(asked.answers, asked.context) for formula in _operands(wish, Formula)]
    wanted = [one for one in (wish.least, wish.most, *named, least, Decimal(1), most) if one is not None]
    for number in (near for one in wanted for near in (one, one - step, one + step)):
        if (least is None or number >= least) and (most is None or number <= most):
            yield number


def _number(field: Field, number: Decimal) -> Any:
    return int(number) if field.kind == Kind.INT else f"{number:.{2 if field.kind == Kind.MONEY else field.places}f}"


def _days(asked: Asked, wish: Wish) -> Iterator[date]:
    """Days near those that tests and limits name, among them birthdays of all ages."""
    field, today = asked.field, asked.context.today
    first, last = asked.day(field.earliest), asked.day(field.latest)
    if field.past:
        last = min(last, today) if last else today
    named = [day.of(asked.answers, asked.context) for day in _operands(wish, Day)]
    ages = [_years_before(today, years) for years in (*_ages(wish, asked.context), 30, 40, 12, 5, 70)]
    usual = ages if field.past else [today + timedelta(days=30), *ages]
    for day in (*filter(None, [*named, first]), *usual, *filter(None, [last])):
        for near in (day, day - timedelta(days=1), day + timedelta(days=1)):
            if (first is None or near >= first) and (last is None or near <= last):
                yield near


def _date(field: Field, day: date) -> str:
    return day.isoformat()[: {"day": 10, "month": 7, "year": 4}[field.precision.value]]


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _ages(wish: Wish, context: Context) -> Iterator[int]:
    for _holds, test in wish.tests:
        if test.operation in ("age_at_least", "age_below"):
            years = test.operand[0]
            limit = years.value(context) if isinstance(years, TownNumber) else int(years)
            yield from (limit + 1, limit - 1)


def _clocks(asked: Asked, wish: Wish) -> Iterator[str]:
    named = [test.operand for _holds, test in wish.tests if isinstance(test.operand, str)]
    limits = [one for one in (asked.field.earliest, asked.field.latest) if isinstance(one, str)]
    low, high = limits[0] if asked.field.earliest else "00:00", limits[-1] if asked.field.latest else "23:59"
    for clock in (*named, *limits, "18:30", "08:00", "23:30", "00:30"):
        if low <= clock <= high:
            yield clock


def _texts(asked: Asked, wish: Wish, *, everything: bool) -> Iterator[Any]:
    field, context = asked.field, asked.context
    for _holds, test in wish.tests:
        if test.operation == "in_town":
            yield from (*sorted(context.postal_codes)[:1], ELSEWHERE)
        elif test.operation == "known_in":
            yield from (word for entry in context.setting(test.operand) for word in entry.words)
        elif test.operation == "same_as":
            yield asked.answers.get(test.operand)
    if wish.among is not None:
        yield from wish.among
    match field.kind:
        case Kind.EMAIL:
            yield "anna@post.example"
        case Kind.TEL:
            yield PATTERNS["phone"].example
        case Kind.IBAN:
            yield "DE02120300000000202051"
        case Kind.CHIP | Kind.PLATE:
            yield PATTERNS[field.kind.value].example
        case Kind.MAP_POINT:
            precise = {"latitude": 51.99172, "longitude": 8.79391, "accuracy": 20} if everything else {}
            yield {"place": FREE, **precise}
        case _:
            text = _text(asked, everything=everything)
            yield [text] if field.takes_several_lines else text


def _text(asked: Asked, *, everything: bool) -> str:
    field = asked.field
    if field.pattern:
        return NAME if field.pattern == "name" else PATTERNS[field.pattern].example
    formats: tuple[str, ...] = asked.context.setting(field.formats) if field.formats else ()
    if formats:
        found = formats[0].replace("#", "7").replace("@", "A")
        assert fits_format(found, formats)
        return found
    least = int(asked.limit(field.min) or 0)
    most = int(asked.limit(field.max) or 200)
    text = FREE if everything or least else "Łucja"
    return (text * (least // len(text) + 1))[:most].strip()


def _operands(wish: Wish, kind: type) -> Iterator[Any]:
    for _holds, test in wish.tests:
        yield from (operand for operand in test.operands() if isinstance(operand, kind))


# --- Wrong answers ----------------------------------------------------------------------------------------


def mistakes(asked: Asked) -> Iterator[dict[str, str | list[str]]]:
    """What people type that cannot be right, as a browser sends it."""
    field = asked.field
    name = field.id
    match field.kind:
        case Kind.TEXT | Kind.TEXTAREA:
            most = int(asked.limit(field.max) or (200 if field.kind == Kind.TEXT else 2000))
            yield {name: "A" * (most + 1)}
            yield {name: "Gruß 😀"}
            if field.min:
                yield {name: "A" * max(int(asked.limit(field.min) or 0) - 1, 0)}
            if field.pattern:
                yield {name: "???"}
            if field.most > 1:
                yield {name: "\n".join("A" * (number + 1) for number in range(field.most + 1))}
        case Kind.EMAIL:
            yield {name: "anna"}
        case Kind.TEL:
            yield {name: "ruf an"}
        case Kind.IBAN:
            yield {name: "DE02 1203 0000 0000 2020 52"}
        case Kind.CHIP:
            yield {name: "12345"}
        case Kind.PLATE:
            yield {name: "4711"}
        case Kind.INT | Kind.DECIMAL | Kind.MONEY:
            yield {name: "viele"}
            for limit, beyond in ((asked.limit(field.min), -1), (asked.limit(field.max), 1)):
                if limit is not None:
                    yield {name: str(limit + beyond).replace(".", ",")}
        case Kind.DATE:
            yield from _wrong_dates(asked)
        case Kind.TIME:
            yield {name: "spät"}
        case Kind.RADIO | Kind.SELECT | Kind.SLOT:
            yield {name: "gibt-es-nicht"}
        case Kind.MULTI:
            yield {name: ["gibt-es-nicht"]}
            if field.most:
                yield {name: [one.value for one in asked.offered][: field.most + 1]}
        case Kind.COUNTS:
            yield {f"{name}_{asked.offered[0].value}": "viele"}
            if field.max:
                yield {f"{name}_{asked.offered[0].value}": str(int(asked.limit(field.max) or 0) + 1)}


def _wrong_dates(asked: Asked) -> Iterator[dict[str, str | list[str]]]:
    for wrong in _impossible_dates(asked):
        yield {name: value for name, value in wrong.items() if name.rpartition("_")[2] in _asked_parts(asked.field)}


def _asked_parts(field: Field) -> tuple[str, ...]:
    parts = ("day", "month", "year")
    return parts[parts.index(field.precision.value) :]


def _impossible_dates(asked: Asked) -> Iterator[dict[str, str | list[str]]]:
    field = asked.field
    if field.precision == "day":
        yield _date_parts(field.id, "31", "2", "2026")
    if field.precision != "year":
        yield _date_parts(field.id, "1", "13", "2026")
    yield _date_parts(field.id, "1", "1", "26")
    if field.past:
        tomorrow = asked.context.today + timedelta(days=400)
        yield _date_parts(field.id, str(tomorrow.day), str(tomorrow.month), str(tomorrow.year))
    for limit, beyond in ((asked.day(field.earliest), -400), (asked.day(field.latest), 400)):
        if limit:
            day = limit + timedelta(days=beyond)
            yield _date_parts(field.id, str(day.day), str(day.month), str(day.year))


def _date_parts(name: str, day: str, month: str, year: str) -> dict[str, str | list[str]]:
    return {f"{name}_day": day, f"{name}_month": month, f"{name}_year": year}


def conditions_of(page: Page) -> Iterable[Condition]:
    """What decides about a page and its fields."""
    yield from (one for one in (page.condition, *(field.condition for field in page.fields)) if one)
