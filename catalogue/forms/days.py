"""Days, as data: limits of dates, comparisons in conditions, and dates that a form tells people.

A day is one of
    today                                   the day on which the form is filled in or was handed in
    1958-01-01                              a fixed day
    {field: ID}                             the day that was answered
and may be moved, from today if no field is named:
    {field: ID, days: 14}                   also weeks, months, years; a negative number goes back
    {working_days: 10}                      Monday to Friday without the holidays of North Rhine-Westphalia
    {months: 1, to_the: last_of_month}      then to the first_of_month, last_of_month, first_of_next_month, last_of_year
A number may be the town's: {days: {town: KEY}}.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import holidays
from dateutil.relativedelta import relativedelta
from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.forms.context import Answers, Context

UNITS = ("years", "months", "weeks", "days", "working_days")
MOVES = {
    "first_of_month": relativedelta(day=1),
    "last_of_month": relativedelta(day=31),
    "first_of_next_month": relativedelta(months=+1, day=1),
    "last_of_year": relativedelta(month=12, day=31),
}


@dataclass(frozen=True)
class TownNumber:
    """A number that the town sets."""

    key: str

    def value(self, context: Context) -> int:
        return int(context.setting(self.key))


@dataclass(frozen=True)
class Day:
    """A day that depends on answers, on the town or on today."""

    field: str = ""
    fixed: date | None = None
    offsets: tuple[tuple[str, int | TownNumber], ...] = ()  # (unit, number), in the order of UNITS
    to_the: str = ""

    def of(self, answers: Answers, context: Context) -> date | None:
        """The day; None if the field is not answered with one, or if there is no such day."""
        day = self.fixed or (first_day(answers.get(self.field)) if self.field else context.today)
        if day is None:
            return None
        try:
            for unit, given in self.offsets:
                number = given.value(context) if isinstance(given, TownNumber) else given
                day = _moved(day, unit, number)
            moved: date = day + MOVES[self.to_the] if self.to_the else day
        except (OverflowError, ValueError):  # beyond the year 9999
            return None
        return moved

    def named_fields(self) -> Iterator[str]:
        if self.field:
            yield self.field

    def named_settings(self) -> Iterator[str]:
        yield from (number.key for _unit, number in self.offsets if isinstance(number, TownNumber))

    @classmethod
    def parse(cls, plain: object) -> "Day":
        """Read a day. Raises InvalidContent."""
        if plain == "today":
            return cls()
        if isinstance(plain, str):
            try:
                return cls(fixed=date.fromisoformat(plain))
            except ValueError:
                raise _no_day(plain) from None
        if not isinstance(plain, Mapping) or not plain or set(plain) - {"field", "to_the", *UNITS}:
            raise _no_day(plain)
        if not isinstance(plain.get("field", ""), str) or plain.get("to_the", "") not in ("", *MOVES):
            raise _no_day(plain)
        offsets = tuple((unit, parse_whole(plain[unit])) for unit in UNITS if unit in plain)
        return cls(field=plain.get("field", ""), offsets=offsets, to_the=plain.get("to_the", ""))


def parse_whole(plain: object) -> int | TownNumber:
    """A whole number, or the one that a town sets. Raises InvalidContent."""
    if isinstance(plain, Mapping) and set(plain) == {"town"} and isinstance(plain["town"], str):
        return TownNumber(plain["town"])
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise InvalidContent(_("Hier wird eine ganze Zahl erwartet."))
    return plain


def first_day(value: Any) -> date | None:
    """The day of an answer; one that is known only by month or year counts from its first day."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    rest = {len("1950"): "-01-01", len("1950-05"): "-01"}.get(len(value), "")
    try:
        return date.fromisoformat(value + rest)
    except ValueError:
        return None


def full_years(since: date, until: date) -> int:
    """Whole years from one day to the other: the age of a person born on `since`."""
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def days_within(first: date, last: date) -> int:
    """How many days from the first to the last, both counted; none if they are the wrong way round."""
    return max((last - first).days + 1, 0)


def months_within(first: date, last: date) -> int:
    """How many months from the first day to the last are begun."""
    if last < first:
        return 0
    span = relativedelta(last + timedelta(days=1), first)
    return int(span.years * 12 + span.months + (1 if span.days else 0))


def is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DE", subdiv="NW", years=year))


def _moved(day: date, unit: str, number: int) -> date:
    if unit != "working_days":
        moved: date = day + relativedelta(**{unit: number})
        return moved
    step = timedelta(days=1 if number > 0 else -1)
    for _count in range(abs(number)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def _no_day(plain: object) -> InvalidContent:
    return InvalidContent(
        _(
            "Das ist kein Tag: „%(plain)s“. Möglich sind today, ein Datum wie 2026-02-07, {field: …} "
            "und dazu years, months, weeks, days, working_days, to_the."
        )
        % {"plain": plain}
    )
