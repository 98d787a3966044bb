"""What the operator announces, held in memory: pages say it without asking the database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from tenants.held import Held
from tenants.models import Announcement, Town

SHOWN_BEFORE = timedelta(days=7)  # in town halls
MOST_SECONDS = 5  # until what another process has announced is seen

Chosen = frozenset[int] | None  # keys of towns; None: all


def for_town_hall(town: Town, *, now: datetime) -> list[Announcement]:
    """What the people of a town hall should know now, the next one first."""
    return [one for one in _of(town) if one.starts_at - SHOWN_BEFORE <= now < one.ends_at]


def for_citizens(town: Town, *, now: datetime) -> list[Announcement]:
    """What the citizens of a town should know now."""
    return [one for one in _of(town) if one.for_citizens and one.starts_at <= now < one.ends_at]


def changed() -> None:
    """Something is about to be announced, changed or withdrawn."""
    _held.changed()


def forget() -> None:
    """Read again what is announced."""
    _held.forget()


def _of(town: Town) -> Iterator[Announcement]:
    return (one for one, chosen in _held.get() if chosen is None or town.pk in chosen)


def _read() -> list[tuple[Announcement, Chosen]]:
    """All that is not over, each with the towns that it is for: one statement, and a second one if there are any."""
    found = Announcement.objects.filter(withdrawn_at=None, ends_at__gt=timezone.now()).prefetch_related("towns")
    return [(one, None if one.for_all else frozenset(town.pk for town in one.towns.all())) for one in found]


_held = Held(_read, most_seconds=MOST_SECONDS)
