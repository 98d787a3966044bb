"""Asks the database where a connection stands."""

from typing import Any, NamedTuple

import psycopg
from django.db import connection


class Stand(NamedTuple):
    """A role and its search path."""

    role: str
    search_path: str


def where(wrapper: Any = connection) -> Stand:
    """Where the connection stands for the statements of our code."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT current_user, replace(current_setting('search_path'), '\"', '')")
        return Stand(*cursor.fetchone())


def where_the_server_is(raw: psycopg.Connection[Any]) -> Stand:
    """Where it stands now, without our backend."""
    answer = psycopg.Cursor(raw).execute("SELECT current_user, replace(current_setting('search_path'), '\"', '')")
    return Stand(*answer.fetchone())  # type: ignore[misc]  # there is a row
