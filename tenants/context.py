"""Which town the code at hand works for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction
from django_tenants.utils import get_public_schema_name, schema_context, tenant_context

from tenants.models import Town

# django-tenants teaches the connection about towns; Django's types do not know.
_connection: Any = connection


class NoTown(Exception):
    """Code that needs a town ran where none is active."""


@contextmanager
def in_town(town: Town) -> Iterator[Town]:
    """Everything inside works in the town's schema; afterwards all is as before."""
    with tenant_context(town):
        yield town


@contextmanager
def at_operator() -> Iterator[None]:
    """Everything inside works in `public`, for no town; afterwards all is as before."""
    with schema_context(get_public_schema_name()):
        yield


@contextmanager
def as_owner() -> Iterator[None]:
    """Everything inside may change tables and cross the wall: for migrations, new towns, exports. Never in a view."""
    before, _connection.is_owner = _connection.is_owner, True
    try:
        yield
    finally:
        _connection.is_owner = before


@contextmanager
def reading_only() -> Iterator[None]:
    """Everything inside is one transaction, or a part of one, in which PostgreSQL refuses to write."""
    with transaction.atomic():
        psycopg.Cursor(_connection.connection).execute("SET TRANSACTION READ ONLY")
        yield


def enter(town: Town) -> None:
    """From here on work in the town's schema. For where a request begins; elsewhere use `in_town`."""
    _connection.set_tenant(town)


def leave() -> None:
    """From here on work in `public`, for no town and with nobody's rights but the desk's."""
    _connection.is_owner = False
    _connection.set_schema_to_public()


def current_town() -> Town:
    """The town at work. Raises NoTown outside of one."""
    town = _connection.tenant
    if not isinstance(town, Town):
        raise NoTown("no town is active")
    return town


def has_town() -> bool:
    """Whether a town is at work, not the operator."""
    return bool(_connection.schema_name != get_public_schema_name())
