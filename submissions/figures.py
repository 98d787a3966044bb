"""What becomes of applications, counted by week and service from what is there: attempts and the history of cases."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DateField, F, Min, Q, Sum
from django.db.models.functions import TruncDate, TruncWeek

from submissions.attempts import count_attempts
from submissions.models import Event
from submissions.states import State
from townhall.figures.actions import Key, count_anew
from townhall.figures.measures import Measure, beginning_of

_MEASURES = {
    State.RECEIVED: Measure.HANDED_IN,
    State.DECIDED: Measure.DECIDED,
    State.WITHDRAWN: Measure.WITHDRAWN,
}


def count(*, now: datetime) -> None:
    """Bring the figures of the town at work up to date. Done twice it changes nothing; killed, it goes on."""
    count_attempts(now=now)
    count_anew(room="submissions", count=_count_steps, now=now)


def _count_steps(since: date | None) -> Mapping[Key, int]:
    """Steps in the life of cases from a Monday on (None: all). A case that is decided again is decided once."""
    first = Event.objects.filter(new_state=State.DECIDED).order_by().values("submission").annotate(first=Min("pk"))
    counts_once = ~Q(new_state=State.DECIDED) | Q(pk__in=first.values("first"))
    steps = Event.objects.filter(counts_once, new_state__in=_MEASURES)
    if since:
        steps = steps.filter(at__gte=beginning_of(since))
    days = TruncDate("at") - TruncDate("submission__received_at")
    found: Any = (
        steps.order_by()
        .values("new_state", key=F("submission__service_key"), week=TruncWeek("at", output_field=DateField()))
        .annotate(number=Count("pk"), days=Sum(days))
    )
    counts: dict[Key, int] = {}
    for row in found:
        measure = _MEASURES[State(row["new_state"])]
        counts[Key(row["week"], measure, row["key"])] = row["number"]
        if measure == Measure.DECIDED:
            counts[Key(row["week"], Measure.DECISION_DAYS, row["key"])] = row["days"].days
    return counts
