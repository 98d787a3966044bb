"""When a calendar has something free: pure arithmetic of times."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from catalogue.forms.days import is_working_day
from townhall.hours import Stretch, Week


@dataclass(frozen=True)
class Span:
    """A time that is taken at a desk, or wanted."""

    begins: datetime
    ends: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.begins < other.ends and other.begins < self.ends


@dataclass(frozen=True)
class Plan:
    """What a calendar says, without what is taken in it.

    `week` are the times for appointments, with the days on which the office is closed or open at other hours.
    """

    week: Week
    desks: int
    step: int  # minutes
    lead_days: int  # working days
    weeks_ahead: int

    def first_day(self, today: date) -> date:
        """The first day that somebody can still take today."""
        day = today
        for _count in range(self.lead_days):
            day += timedelta(days=1)
            while not is_working_day(day):
                day += timedelta(days=1)
        return day

    def last_day(self, today: date) -> date:
        return today + timedelta(weeks=self.weeks_ahead)

    def stretches(self, day: date) -> list[Stretch]:
        """When people are seen on a day: never on a holiday, and only while the office is open."""
        usual = self.week.days[day.weekday()]
        if day.weekday() < 5 and not is_working_day(day):
            return []
        special = self.week.special_on(day)
        if special is None:
            return list(usual)
        return [
            Stretch(max(one.opens, other.opens), min(one.closes, other.closes))
            for one in usual
            for other in special.stretches
            if max(one.opens, other.opens) < min(one.closes, other.closes)
        ]

    def spans(self, day: date, minutes: int) -> Iterator[Span]:
        """All times of a day that are long enough, taken or not."""
        length, step = timedelta(minutes=minutes), timedelta(minutes=self.step)
        for stretch in self.stretches(day):
            begins, closes = _moment(day, stretch.opens), _moment(day, stretch.closes)
            while begins + length <= closes:
                yield Span(begins, begins + length)
                begins += step

    def offers(self, span: Span, now: datetime) -> bool:
        """Whether somebody may ask for this time now, if nobody has it."""
        today, day = timezone.localdate(now), timezone.localdate(span.begins)
        in_time = self.first_day(today) <= day <= self.last_day(today) and span.begins > now
        return in_time and span in self.spans(day, round((span.ends - span.begins).total_seconds() / 60))


Taken = Mapping[int, Sequence[Span]]  # by desk


def free_desk(span: Span, taken: Taken, desks: int) -> int | None:
    """The first desk at which nobody is at that time; None if all are taken."""
    return next(
        (desk for desk in range(1, desks + 1) if not any(span.overlaps(other) for other in taken.get(desk, ()))), None
    )


def _moment(day: date, clock: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock))
