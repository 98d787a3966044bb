"""What is counted of a town, and by which weeks.

Each room counts what happens in it: the public pages what people look at, submissions what becomes of applications,
billing what is paid. All of it ends as sums by week and service (`townhall.models.Figure`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

WEEK = timedelta(days=7)
REVIEW, PAYMENT = "pruefen", "bezahlen"  # the pages that come after the last one of every form


class Measure(models.TextChoices):
    """What DIN SPEC 66336 § 5.12.2 asks to measure, and what a town hall wants to know beside it."""

    VISITED = "visited", _("Besuche")  # pages that somebody came to from elsewhere
    SEEN = "seen", _("Seiten angesehen")
    SEARCHED = "searched", _("Suchen")
    FRUITLESS = "fruitless", _("Suchen ohne Treffer")
    STARTED = "started", _("Anträge begonnen")
    REACHED = "reached", _("Seite erreicht")  # by page of the form; counted once it has ended
    GIVEN_UP = "given_up", _("Anträge abgebrochen")  # by page of the form
    HANDED_IN = "handed_in", _("Anträge eingegangen")
    PAID = "paid", _("Anträge bezahlt")
    DECIDED = "decided", _("Anträge entschieden")
    DECISION_DAYS = "decision_days", _("Tage bis zur Entscheidung")  # of all that were decided, together
    WITHDRAWN = "withdrawn", _("Anträge zurückgezogen")
    RATED = "rated", _("Bewertungen")  # by grade, 1 to 5


# Sums that are not about how many: shown as means only.
NOT_COUNTS = frozenset({Measure.DECISION_DAYS})


def week_of(day: date) -> date:
    """The Monday of the week in which a day lies."""
    return day - timedelta(days=day.weekday())


def beginning_of(week: date) -> datetime:
    """Midnight before its Monday, local time."""
    return timezone.make_aware(datetime.combine(week, time.min))


@dataclass(frozen=True)
class Period:
    """Whole weeks, named by their Mondays; both ends belong to it."""

    first: date
    last: date
    goes_on: bool = False  # whether the last week is not over

    @classmethod
    def year_until(cls, today: date) -> "Period":
        """The week that is going on and the 52 before it."""
        week = week_of(today)
        return cls(week - 52 * WEEK, week, goes_on=True)

    @classmethod
    def whole_weeks_until(cls, today: date) -> "Period":
        """The last 52 weeks that are over."""
        week = week_of(today)
        return cls(week - 52 * WEEK, week - WEEK)

    @classmethod
    def calendar_year(cls, year: int, *, today: date) -> "Period":
        """The weeks whose Monday lies in that year, up to the one that is going on."""
        last, this_week = week_of(date(year, 12, 31)), week_of(today)
        return cls(week_of(date(year, 1, 7)), min(last, this_week), goes_on=this_week <= last)

    @property
    def weeks(self) -> Iterator[date]:
        week = self.first
        while week <= self.last:
            yield week
            week += WEEK
