"""Connections of our own to the database, beside Django's: as the owner, and for programs of PostgreSQL."""

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo


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
