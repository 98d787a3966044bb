"""Opening hours: what holds today, now and next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby


@dataclass(frozen=True)
class Stretch:
    """Open without a break."""

    opens: time
    closes: time


@dataclass(frozen=True)
class Special:
    """A day that differs from the week; no stretches means closed."""

    day: date
    stretches: tuple[Stretch, ...]
    reason: str


@dataclass(frozen=True)
class Week:
    """The hours of an office: seven days from Monday, and the days that differ."""

    days: tuple[tuple[Stretch, ...], ...]
    specials: tuple[Special, ...] = ()

    @property
    def is_known(self) -> bool:
        return any(self.days)

    def on(self, day: date) -> tuple[Stretch, ...]:
        special = self.special_on(day)
        return special.stretches if special else self.days[day.weekday()]

    def special_on(self, day: date) -> Special | None:
        return next((special for special in self.specials if special.day == day), None)

    def status(self, now: datetime) -> "Status":
        """Whether it is open at `now` (local time), until when, or when it opens next (within two weeks)."""
        for stretch in self.on(now.date()):
            if stretch.opens <= now.time() < stretch.closes:
                return Status(is_open=True, until=stretch.closes)
            if now.time() < stretch.opens:
                return Status(is_open=False, next_day=now.date(), next_opens=stretch.opens)
        for ahead in range(1, 15):
            day = now.date() + timedelta(days=ahead)
            if stretches := self.on(day):
                return Status(is_open=False, next_day=day, next_opens=stretches[0].opens)
        return Status(is_open=False)

    def upcoming_specials(self, today: date, days: int = 21) -> list[Special]:
        """Days that differ, soon enough to be told."""
        return [special for special in self.specials if today <= special.day <= today + timedelta(days=days)]


@dataclass(frozen=True)
class Status:
    is_open: bool
    until: time | None = None
    next_day: date | None = None
    next_opens: time | None = None


def week_of(hours: Sequence[tuple[int, time, time]], specials: Sequence[Special]) -> Week:
    """Put (weekday, opens, closes) rows in order."""
    by_day = {day: tuple(Stretch(o, c) for _, o, c in rows) for day, rows in groupby(sorted(hours), lambda row: row[0])}
    return Week(tuple(by_day.get(day, ()) for day in range(7)), tuple(sorted(specials, key=lambda s: s.day)))
