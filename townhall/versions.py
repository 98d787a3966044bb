"""Which version of its pages a town has, and which release of the catalogue counts: all that can change pages.

`newest` asks the database. `recent` is a moment old: one question tells the versions of all towns, so public pages cost
the database next to nothing, however many towns there are.
"""

from typing import NamedTuple

from django.db.models import QuerySet, Subquery

from catalogue.models import Release, ReleaseState
from catalogue.queries import newest_number
from tenants.held import Held
from tenants.models import PagesVersion, Town

MOST_SECONDS = 1.0  # until what another process has changed is seen


class Version(NamedTuple):
    """Grows with everything that people can see."""

    pages: int  # how often the town has changed something
    release: int | None  # number of the catalogue's; None if nothing is released


RELEASED: QuerySet[Release] = Release.objects.filter(state=ReleaseState.RELEASED)


def newest(town: Town) -> Version:
    """As it is now: one statement."""
    found = RELEASED.values_list(pages_of(town), "number").first()
    return Version(found[0] or 0, found[1]) if found else Version(0, None)


def pages_of(town: Town) -> Subquery:
    """The first half of it, inside of another statement; NULL before the first change."""
    return Subquery(PagesVersion.objects.filter(town=town).values("number"))


def recent(town: Town) -> Version:
    """As it was a second ago at most; what this process has changed is seen at once."""
    pages, release = _all.get()
    return Version(pages.get(town.pk, 0), release)


def changed() -> None:
    """Pages are about to change."""
    _all.changed()


def forget() -> None:
    """Ask again at the next request."""
    _all.forget()


def _read() -> tuple[dict[int, int], int | None]:
    """How often each town has changed something, by its key, and the number of the catalogue's release."""
    return dict(PagesVersion.objects.values_list("town_id", "number")), newest_number()


_all = Held(_read, most_seconds=MOST_SECONDS)
