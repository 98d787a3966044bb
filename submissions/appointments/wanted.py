"""Which appointment a form asks for: what its answers say about matter, persons, place and time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from catalogue.forms.context import Answers, Context
from catalogue.forms.fields import Field, Kind
from submissions.appointments.times import Span
from submissions.journey import Journey, Place

USUAL_MINUTES = 15  # of a matter about which the town has not said how long it takes


@dataclass(frozen=True)
class Errand:
    """What somebody comes for: how long that takes (minutes) and where."""

    minutes: int
    persons: int = 1
    place: str = ""  # a value of the town's list of places; empty: the town has one place only
    matter: str = ""
    bring: str = ""

    def span(self, begins: datetime) -> Span:
        return Span(begins, begins + timedelta(minutes=self.minutes))


@dataclass(frozen=True)
class Wanted:
    """An errand with its time."""

    errand: Errand
    begins: datetime

    @property
    def span(self) -> Span:
        return self.errand.span(self.begins)


def errand_of(one: Field, answers: Answers, context: Context) -> Errand:
    """What a field of kind `slot` is about, by the answers before it."""
    entry = next(iter(context.entries_of(one.matter, answers.get(one.matter))), None)
    persons = max(int(answers.get(one.persons) or 1), 1) if one.persons else 1
    minutes = int(entry.number) if entry and entry.number else USUAL_MINUTES
    return Errand(
        minutes=max(minutes, 1) * persons,
        persons=persons,
        place=str(answers.get(one.place) or "") if one.place else "",
        matter=entry.label if entry else "",
        bring=entry.hint if entry else "",
    )


def moment_of(value: object) -> datetime | None:
    """The moment of an answer such as "2026-12-01T09:30", in local time; None for anything else."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return timezone.make_aware(found) if found.tzinfo is None else None


def wanted_in(journey: Journey) -> tuple[Place, Wanted] | None:
    """The appointment that the answers ask for, with the page on which it was chosen."""
    for place in journey.places():
        for one in place.page.fields:
            begins = moment_of(journey.answers.get(one.id)) if one.kind == Kind.SLOT else None
            if begins and not place.group:
                return place, Wanted(errand_of(one, journey.answers, journey.context), begins)
    return None
