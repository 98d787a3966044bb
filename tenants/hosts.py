"""Which town answers at which host: held in memory, so that a request does not ask the database for it."""

from typing import NamedTuple

from tenants.fleet import levels
from tenants.held import Held
from tenants.models import Host, Town

MOST_SECONDS = 5  # until another process's changes are seen


class Table(NamedTuple):
    """All that is needed to find a town."""

    towns: dict[str, Town]  # by host
    needed_level: int | None  # the lowest at which this version can serve a town


def _read() -> Table:
    return Table({host.domain: host.tenant for host in Host.objects.select_related("tenant")}, levels.needed_level())


_table = Held(_read, most_seconds=MOST_SECONDS)


def town_at(host: str) -> Town | None:
    """The town that answers at a host (lower case, without port), live or not."""
    return _table.get().towns.get(host)


def all_towns() -> list[Town]:
    """All towns that have a host, each once."""
    return list({town.pk: town for town in _table.get().towns.values()}.values())


def is_behind(town: Town) -> bool:
    """Whether the town's tables lack what this version needs. One that is ahead of this version is not behind."""
    needed = needed_level()
    return needed is None or town.level < needed


def needed_level() -> int | None:
    """The lowest level at which this version can serve a town; None while the template lacks a migration."""
    return _table.get().needed_level


def changed() -> None:
    """Towns, hosts or states are about to change."""
    _table.changed()


def forget() -> None:
    """Read the table at the next request."""
    _table.forget()
