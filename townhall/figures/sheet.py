"""All figures of a period, each as it may be shown.

Whatever shows figures (pages, charts, tables to download) takes them from here, so that one place sees to small numbers
and no page shows what another one hides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median_low
from typing import NamedTuple

from django.utils.formats import number_format

from townhall.figures.measures import NOT_COUNTS, WEEK, Measure, Period
from townhall.figures.queries import Row, StepRow, rows_of, step_rows_of
from townhall.figures.small_numbers import SMALLEST, Number, Sum, hidden_of, shown

_COARSE = (1, 2, 5, 10)  # %


class Cell(NamedTuple):
    """Where a number stands. None: all of them together."""

    measure: Measure
    service: str | None = None
    week: date | None = None
    step: str | None = None


@dataclass(frozen=True)
class Sheet:
    """The figures of a period."""

    period: Period
    _numbers: Mapping[Cell, int]
    _hidden: Collection[Cell]
    _grades: Mapping[Cell, int]  # sums of grades, where the measure is RATED
    _reached: Mapping[tuple[str, str], int]  # by service and page of its form

    @classmethod
    def of(cls, period: Period) -> "Sheet":
        """Read from the database in two statements."""
        return _put_together(period, list(rows_of(period)), list(step_rows_of(period)))

    def number(
        self, measure: Measure, service: str | None = None, week: date | None = None, step: str | None = None
    ) -> Number:
        """How often it happened."""
        cell = Cell(measure, service, week, step)
        return shown(self._numbers.get(cell, 0), is_hidden=cell in self._hidden)

    def mean_days(self, service: str | None = None, week: date | None = None) -> Decimal | None:
        """How many days a decision took on average; None if there are too few to say."""
        count = self.number(Measure.DECIDED, service, week).value
        return mean(self._numbers.get(Cell(Measure.DECISION_DAYS, service, week), 0), count)

    def mean_grade(self, service: str | None = None, week: date | None = None) -> Decimal | None:
        """How satisfied people were, 1 to 5; None if there are too few to say."""
        count = self.number(Measure.RATED, service, week).value
        return mean(self._grades.get(Cell(Measure.RATED, service, week), 0), count)

    def usual(self, measure: Measure, service: str | None = None, *, before: date) -> Number | None:
        """What happened in a middling one of the eight weeks before; None if there were less.

        A number that stands on the page anyway: a mean would give away what is hidden in it.
        """
        weeks = [before - count * WEEK for count in range(1, 9)]
        if any(Cell(measure, None, week) not in self._numbers for week in weeks):
            return None
        numbers = {week: self._numbers.get(Cell(measure, service, week), 0) for week in weeks}
        middling = median_low(numbers.values())
        return self.number(measure, service, next(week for week in weeks if numbers[week] == middling))

    def has(self, measure: Measure, service: str | None = None) -> bool:
        """Whether there is anything to say about it at all."""
        return Cell(measure, service) in self._numbers

    def services(self, *measures: Measure) -> list[str]:
        """The services of which there are figures, by what happened most in the first of the measures."""
        found = {cell.service for cell in self._numbers if cell.measure in measures and cell.service}
        return sorted(found, key=lambda service: [*(-self._sort_by(one, service) for one in measures), service])

    def steps(self, service: str) -> list[str]:
        """The pages of a form that people have reached, those that most have reached first."""
        found = {step: number for (of, step), number in self._reached.items() if of == service}
        return sorted(found, key=lambda step: (-found[step], step))

    def share(self, service: str, step: str) -> int | None:
        """How many of those who came to the first page of a form reached this one (%); None if there were too few.

        Not as numbers, and so coarse that five people make a difference: else subtracting one page from the next would
        tell how many stopped there.
        """
        all_of_them = max((number for (of, _step), number in self._reached.items() if of == service), default=0)
        coarse = next((percent for percent in _COARSE if percent * all_of_them >= 100 * SMALLEST), None)
        if coarse is None:
            return None
        percent = Decimal(100 * self._reached.get((service, step), 0)) / all_of_them
        return coarse * int((percent / coarse).quantize(Decimal(1), ROUND_HALF_UP))

    def began(self, measure: Measure, service: str | None = None) -> date:
        """The first week in which there was anything to count, or the last one of the period."""
        weeks = [key.week for key in self._numbers if key.week and (key.measure, key.service) == (measure, service)]
        return min(weeks, default=self.period.last)

    def _sort_by(self, measure: Measure, service: str) -> int:
        """As people see it: the order must not tell what is hidden."""
        return self.number(measure, service).value or 0


def mean(total: int, count: int | None) -> Decimal | None:
    """With one place; None if it is not shown how many there are."""
    if not count:
        return None
    return (Decimal(total) / count).quantize(Decimal("0.1"), ROUND_HALF_UP)


def decimal_text(mean: Decimal | None) -> str:
    """A mean as "4,2"; nothing as ""."""
    return "" if mean is None else str(number_format(mean, decimal_pos=1, use_l10n=True))


# --- Putting together ----------------------------------------------------------------------------------------


def _put_together(period: Period, rows: list[Row], step_rows: list[StepRow]) -> Sheet:
    numbers = _numbers(period, rows)
    reached = {(one.service_key, one.step): one.number for one in step_rows if one.measure == Measure.REACHED}
    given_up = {Cell(Measure.GIVEN_UP, service, None, step): 0 for service, step in reached} | {
        Cell(Measure.GIVEN_UP, one.service_key, None, one.step): one.number
        for one in step_rows
        if one.measure == Measure.GIVEN_UP
    }
    numbers |= given_up
    sums = [*_sums(numbers), *_sums_of_steps(given_up)]
    return Sheet(period, numbers, _hidden(numbers, sums), _grades(rows), reached)


def _hidden(numbers: Mapping[Cell, int], sums: Iterable[Sum[Cell]]) -> set[Cell]:
    """No number of one measure is part of a sum of another, so each is looked at alone."""
    counts: dict[Measure, dict[Cell, int]] = {}
    for key, number in numbers.items():
        counts.setdefault(key.measure, {})[key] = number
    of_measure: dict[Measure, list[Sum[Cell]]] = {}
    for one in sums:
        of_measure.setdefault(one.total.measure, []).append(one)
    return {
        key
        for measure, its_counts in counts.items()
        if measure not in NOT_COUNTS
        for key in hidden_of(its_counts, of_measure[measure])
    }


def _numbers(period: Period, rows: list[Row]) -> dict[Cell, int]:
    """By measure: each service in each week since it began, and all their sums.

    A week before the first one is no zero that something could hide in: everybody knows that nothing happened then.
    """
    first: dict[tuple[Measure, str], date] = {}
    for row in rows:
        first.setdefault((Measure(row.measure), row.service_key), row.week)
    numbers: dict[Cell, int] = {}
    for (measure, service), began in first.items():
        weeks = Period(began, period.last).weeks
        numbers |= {Cell(measure, service, week): 0 for week in weeks} | {Cell(measure, service): 0}
    for row in rows:
        measure, service = Measure(row.measure), row.service_key
        for key in (Cell(measure, service, row.week), Cell(measure, service)):
            numbers[key] += row.number
    for key, number in list(numbers.items()):
        together = Cell(key.measure, None, key.week)
        numbers[together] = numbers.get(together, 0) + number
    return numbers


def _sums(numbers: Mapping[Cell, int]) -> Iterator[Sum[Cell]]:
    """What adds up to what: weeks and services, to their sums and to the sum of all."""
    parts: dict[Cell, list[Cell]] = {}
    for key in numbers:
        if key.measure in NOT_COUNTS:
            continue
        if key.service is not None and key.week:
            parts.setdefault(Cell(key.measure, key.service), []).append(key)
            parts.setdefault(Cell(key.measure, None, key.week), []).append(key)
        elif key.service is not None and key.step is None:
            parts.setdefault(Cell(key.measure), []).append(key)
    weeks: dict[Cell, list[Cell]] = {}
    for key in numbers:
        if key.service is None and key.week and key.measure not in NOT_COUNTS:
            weeks.setdefault(Cell(key.measure), []).append(key)
    for total, its_parts in (*parts.items(), *weeks.items()):
        yield Sum(total, its_parts)


def _sums_of_steps(given_up: Iterable[Cell]) -> Iterator[Sum[Cell]]:
    """Of each form: at which pages it was given up."""
    by_service: dict[str | None, list[Cell]] = {}
    for key in given_up:
        by_service.setdefault(key.service, []).append(key)
    for service, its_pages in by_service.items():
        yield Sum(Cell(Measure.GIVEN_UP, service), its_pages)


def _grades(rows: list[Row]) -> dict[Cell, int]:
    grades: dict[Cell, int] = {}
    for row in rows:
        for service in (row.service_key, None):
            for week in (row.week, None):
                key = Cell(Measure.RATED, service, week)
                grades[key] = grades.get(key, 0) + (row.grades or 0)
    return grades
