"""Which town the code at hand works for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import get_public_schema_name, tenant_context

from tenants.models import Town


class NoTown(Exception):
    """Code that needs a town ran where none is active."""


@contextmanager
def in_town(town: Town) -> Iterator[Town]:
    """Everything inside works in the town's schema; afterwards all is as before."""
    with tenant_context(town):
        yield town


def current_town() -> Town:
    """The town at work. Raises NoTown outside of one."""
    town = connection.tenant
    if not isinstance(town, Town):
        raise NoTown("no town is active")
    return town


def has_town() -> bool:
    """Whether a town is at work, not the operator."""
    return bool(connection.schema_name != get_public_schema_name())
