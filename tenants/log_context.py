"""What each line of the log says about the work that it comes from: town, request and job."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from django.apps import apps
from django.db import connection

from tenants.wall import PUBLIC


@dataclass(frozen=True)
class Work:
    """What the code at hand works on. Empty texts stand for none."""

    town: str = ""  # name of the schema
    request_id: str = ""
    job_id: str = ""


_NOTHING = Work()
_noted: ContextVar[Work] = ContextVar("work", default=_NOTHING)


@contextmanager
def working_on(**what: str) -> Iterator[None]:
    """Lines that are logged inside name this `town`, `request_id` or `job_id`; afterwards all is as before.

    The town needs to be named only where none is active yet: one that is at work is known anyway.
    """
    before = _noted.set(replace(_noted.get(), **what))
    try:
        yield
    finally:
        _noted.reset(before)


def work_at_hand() -> Work:
    """What the code at hand works on. The town is the active one (`tenants.context`), or else the one noted."""
    noted = _noted.get()
    return replace(noted, town=active) if (active := _active_town()) else noted


def _active_town() -> str:
    if not apps.ready:  # lines are logged before there can be a connection, too
        return ""
    schema = str(connection.schema_name)  # type: ignore[attr-defined]  # django-tenants' connection
    return "" if schema == PUBLIC else schema
