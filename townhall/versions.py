"""Which version of its pages a town has, and which release of the catalogue counts: all that can change pages.

`newest` asks the database. `recent` is a moment old: one question tells the versions of all towns, so public pages cost
the database next to nothing, however many towns there are.
"""

from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Subquery

from catalogue.models import Release, ReleaseState
from catalogue.queries import newest_number
from tenants.context import at_operator
from tenants.models import PagesVersion, Town

MOST_SECONDS = 1.0  # until what another process has changed is seen
NEVER = -1.0


class Version(NamedTuple):
    """Grows with everything that people can see."""

    pages: int  # how often the town has changed something
    release: int | None  # number of the catalogue's; None if nothing is released


RELEASED: QuerySet[Release] = Release.objects.filter(state=ReleaseState.RELEASED)

_lock = Lock()
_pages: dict[int, int] = {}  # by the town's key
_release: int | None = None
_read_at = NEVER


def newest(town: Town) -> Version:
    """As it is now: one statement."""
    found = RELEASED.values_list(pages_of(town), "number").first()
    return Version(found[0] or 0, found[1]) if found else Version(0, None)


def pages_of(town: Town) -> Subquery:
    """The first half of it, inside of another statement; NULL before the first change."""
    return Subquery(PagesVersion.objects.filter(town=town).values("number"))


def recent(town: Town) -> Version:
    """As it was a second ago at most; what this process has changed is seen at once."""
    if _is_old():
        with _lock:  # one thread reads, the others wait for it
            if _is_old():
                _read()
    return Version(_pages.get(town.pk, 0), _release)


def changed() -> None:
    """Pages are about to change: ask again, now and when the change is committed."""
    forget()
    transaction.on_commit(forget)


def forget() -> None:
    """Ask again at the next request."""
    global _read_at
    _read_at = NEVER


def _is_old() -> bool:
    return _read_at == NEVER or monotonic() - _read_at > MOST_SECONDS


def _read() -> None:
    global _pages, _release, _read_at
    began = monotonic()
    with at_operator():
        _pages = dict(PagesVersion.objects.values_list("town_id", "number"))
        _release = newest_number()
    _read_at = began
