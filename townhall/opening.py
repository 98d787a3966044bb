"""Opening hours in words, as pages tell them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from templates.components import NO_BREAK_SPACE, clock, german_date
from townhall.hours import Special, Status, Stretch, Week


@dataclass(frozen=True)
class Now:
    """What people ask first: is somebody there?"""

    is_open: bool
    headline: str  # "Jetzt geöffnet"
    detail: str  # "heute bis 18 Uhr"; empty if nobody can say


@dataclass(frozen=True)
class Day:
    """One line of the table of hours."""

    day: date
    name: str  # "Montag"
    stretches: tuple[Stretch, ...]
    is_today: bool
    special: Special | None  # why it differs from other weeks


def now_in_words(week: Week, now: datetime) -> Now | None:
    """Whether an office is open at `now` (local time), and what comes next; None where no hours are known."""
    if not week.is_known:
        return None
    status = week.status(now)
    if status.is_open:
        return Now(True, _("Jetzt geöffnet"), _("heute bis %(time)s") % {"time": _clock(status.until)})
    return Now(False, _("Geschlossen"), _next_opening(status, now.date()))


def days_of(week: Week, today: date) -> list[Day]:
    """The days of this week with what differs in it; of the next week if this one is over.

    Saturday and Sunday only if there is something to say about them.
    """
    monday = today - timedelta(days=today.weekday())
    if not any(week.on(day) for day in _days(today, until=monday + timedelta(days=6))):
        monday += timedelta(days=7)
    days = [_day(week, day, today) for day in _days(monday, until=monday + timedelta(days=6))]
    return [day for day in days if day.day.weekday() < 5 or day.stretches or week.days[day.day.weekday()]]


def _day(week: Week, day: date, today: date) -> Day:
    return Day(
        day=day,
        name=str(WEEKDAYS[day.weekday()]),
        stretches=week.on(day),
        is_today=day == today,
        special=week.special_on(day),
    )


def _days(first: date, *, until: date) -> list[date]:
    return [first + timedelta(days=count) for count in range((until - first).days + 1)]


def _next_opening(status: Status, today: date) -> str:
    if status.next_day is None:
        return ""
    words = {"time": _clock(status.next_opens), "weekday": WEEKDAYS[status.next_day.weekday()]}
    match (status.next_day - today).days:
        case 0:
            return _("heute ab %(time)s") % words
        case 1:
            return _("morgen ab %(time)s") % words
        case ahead if ahead < 7:
            return _("wieder am %(weekday)s ab %(time)s") % words
        case _later:
            words["date"] = german_date(status.next_day)
            return _("wieder am %(weekday)s, %(date)s, ab %(time)s") % words


def _clock(moment: time | None) -> str:
    return f"{clock(moment)}{NO_BREAK_SPACE}{_('Uhr')}" if moment else ""
