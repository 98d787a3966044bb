"""Connections of our own to the database, beside Django's: as the owner, and for programs of PostgreSQL."""

import time

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

PAUSES = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds, between tries to drop a database


def address() -> str:
    """Where our database is, for libpq; without the password, because others can read the arguments of programs."""
    database = connection.settings_dict
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    named = {"dbname": "NAME", "user": "USER", "host": "HOST", "port": "PORT"}
    return make_conninfo(**options, **{name: database[key] for name, key in named.items() if database[key]})


def password() -> str:
    """The password of who logs in; may be empty."""
    return str(connection.settings_dict["PASSWORD"])


def connect() -> psycopg.Connection:
    """A connection that begins as the desk, like all; the owner is one `set_config('role', 'none', …)` away."""
    return psycopg.connect(address(), password=password() or None, autocommit=True)


def beside() -> psycopg.Connection:
    """A connection to the same server, outside of our database: to make and to drop others."""
    return psycopg.connect(make_conninfo(address(), dbname="postgres"), password=password() or None, autocommit=True)


def drop_database(there: psycopg.Connection, name: str) -> None:
    """Remove a database with the roles that are named after it, whoever is connected to it.

    PostgreSQL may be cleaning up in it, which only a superuser may interrupt: that is soon over.
    """
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for pause in (*PAUSES, None):
        try:
            there.execute(statement)
            break
        except InsufficientPrivilege:
            if pause is None:
                raise
            time.sleep(pause)
    roles = there.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [f"{name}."]).fetchall()
    for (role,) in roles:
        there.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
