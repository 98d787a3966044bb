"""Which town answers at which host: held in memory, so that a request does not ask the database for it."""

from threading import Lock
from time import monotonic

from django.db import transaction

from tenants.context import at_operator
from tenants.fleet.levels import needed_level
from tenants.models import Host, Town

MOST_SECONDS = 5  # until another process's changes are seen
NEVER = -1.0

_lock = Lock()
_towns: dict[str, Town] = {}
_needed_level: int | None = None
_read_at = NEVER


def town_at(host: str) -> Town | None:
    """The town that answers at a host (lower case, without port), live or not."""
    _keep_fresh()
    return _towns.get(host)


def is_behind(town: Town) -> bool:
    """Whether the town's tables lack what this version needs. One that is ahead of this version is not behind."""
    _keep_fresh()
    return _needed_level is None or town.level < _needed_level


def changed() -> None:
    """Towns, hosts or states are about to change: read them again, now and when the change is committed.

    Another thread may read in between, and would keep what was.
    """
    forget()
    transaction.on_commit(forget)


def forget() -> None:
    """Read the table at the next request."""
    global _read_at
    _read_at = NEVER


def _keep_fresh() -> None:
    if _is_old():
        with _lock:  # one thread reads, the others wait for it
            if _is_old():
                _read()


def _is_old() -> bool:
    return _read_at == NEVER or monotonic() - _read_at > MOST_SECONDS


def _read() -> None:
    global _towns, _needed_level, _read_at
    began = monotonic()
    with at_operator():
        found = {host.domain: host.tenant for host in Host.objects.select_related("tenant")}
    _towns, _needed_level, _read_at = found, needed_level(), began
