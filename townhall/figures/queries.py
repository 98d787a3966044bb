"""What is read of the figures. Exact numbers: `townhall.figures.sheet` decides which of them may be shown."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, IntegerField, Min, Q, QuerySet, Sum
from django.db.models.functions import Cast

from townhall.figures.measures import Measure, Period
from townhall.models import Figure, FruitlessSearch, Remark

BY_STEP = (Measure.REACHED, Measure.GIVEN_UP)  # of these the detail is a page of the form
_GRADES = Sum(F("number") * Cast("detail", IntegerField()), filter=Q(measure=Measure.RATED))


class Row(NamedTuple):
    """How often something happened in a week with a service; `grades` is the sum of the grades that were given."""

    week: date
    measure: str
    service_key: str
    number: int
    grades: int | None


class StepRow(NamedTuple):
    """How often a page of a form was reached, or given up at."""

    measure: str
    service_key: str
    step: str
    number: int


def rows_of(period: Period) -> Iterable[Row]:
    """By week, measure and service, in this order."""
    found = (
        _in(period)
        .exclude(measure=Measure.REACHED)
        .values_list("week", "measure", "service_key")
        .annotate(together=Sum("number"), grades=_GRADES)
        .order_by("week", "measure", "service_key")
    )
    return map(Row._make, found)


def step_rows_of(period: Period) -> Iterable[StepRow]:
    """Of the whole period, by measure, service and page."""
    found = _in(period).filter(measure__in=BY_STEP).values_list("measure", "service_key", "detail")
    return map(StepRow._make, found.annotate(together=Sum("number")).order_by("measure", "service_key", "detail"))


def totals_of(period: Period) -> dict[str, int]:
    """All services and weeks together: a number by measure, and the sum of all grades as `grades`."""
    found: Any = _in(period).order_by().values_list("measure").annotate(together=Sum("number"), grades=_GRADES)
    totals = {str(measure): int(number) for measure, number, _grades in found}
    return totals | {"grades": sum(grades or 0 for _measure, _number, grades in found)}


def first_week() -> date | None:
    """The oldest of which there are figures."""
    oldest: date | None = Figure.objects.aggregate(Min("week"))["week__min"]
    return oldest


def kept_searches() -> "QuerySet[FruitlessSearch]":
    """What was searched for in vain on several days, the most frequent first."""
    return FruitlessSearch.objects.exclude(text="").order_by("-number", "text")


def remarks_by_service() -> dict[str, list[Remark]]:
    """What people wrote, by service. In an order that tells nothing about who was last."""
    found: dict[str, list[Remark]] = {}
    for remark in Remark.objects.order_by("service_key", "text"):
        found.setdefault(remark.service_key, []).append(remark)
    return found


def _in(period: Period) -> "QuerySet[Figure]":
    return Figure.objects.filter(week__range=(period.first, period.last))
