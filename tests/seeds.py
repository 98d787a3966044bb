"""Keeps what the towns look like at the start, and puts it back after tests that really commit."""

import os
import re
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from tenants import wall
from tenants.context import as_owner, leave
from tenants.fleet.server import drop_database as drop_database_with_roles
from tenants.fleet.template import TEMPLATE

# Never changes in a test, or must not: catalogue rows are guarded by triggers.
UNTOUCHED = (
    *("django_migrations", "tenants_migrationstep", "tenants_blueprint"),
    *("catalogue_%", "django_content_type", "auth_%", "procrastinate_%"),
)
EMPTIED = ("procrastinate_jobs",)  # always empty at the start


def remember() -> None:
    """Copy all rows of the towns and of `public` to a schema of their own."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS seeds CASCADE")
        cursor.execute("CREATE SCHEMA seeds")
        for schema, table in _tables():
            cursor.execute(f'CREATE TABLE seeds."{schema}.{table}" AS TABLE "{schema}"."{table}"')


def restore() -> None:
    """Put all rows back as they were, and drop towns that a test has made."""
    leave()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'seeds'")
        kept = {tuple(name.split(".")) for (name,) in cursor.fetchall()}
        for schema in sorted({schema for schema, _table in _tables()} - {schema for schema, _table in kept}):
            cursor.execute(f'DROP SCHEMA "{schema}" CASCADE')
        cursor.execute(_ROLES_WITHOUT_SCHEMA, [wall.EVERY_TOWN])
        for (schema,) in cursor.fetchall():
            wall.remove_role(cursor, connection.settings_dict["NAME"], schema)
        tables = ", ".join(f'"{schema}"."{table}"' for schema, table in sorted(kept))
        emptied = ", ".join(f'public."{table}"' for table in EMPTIED)
        cursor.execute("SET session_replication_role = replica")  # triggers guard against changes; this is none
        cursor.execute(f"TRUNCATE {tables}, {emptied} CASCADE")
        for schema, table in sorted(kept):
            columns = ", ".join(f'"{column}"' for column in _columns(cursor, schema, table))
            from_seeds = f'SELECT {columns} FROM seeds."{schema}.{table}"'  # noqa: S608 -- names from our own catalogue
            cursor.execute(f'INSERT INTO "{schema}"."{table}" ({columns}) OVERRIDING SYSTEM VALUE {from_seeds}')
        cursor.execute("SET session_replication_role = DEFAULT")


def _columns(cursor: Any, schema: str, table: str) -> list[str]:
    """The columns of a table that hold what was written, not what PostgreSQL computes."""
    cursor.execute(
        """
        SELECT column_name FROM information_schema.columns
        WHERE table_schema = %s AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
        """,
        [schema, table],
    )
    return [column for (column,) in cursor.fetchall()]


# Whoever dropped the schema, here or in a test.
_ROLES_WITHOUT_SCHEMA = """
    SELECT schema FROM pg_roles, substr(rolname, length(current_database()) + 2) AS schema
    WHERE starts_with(rolname, current_database() || '.') AND schema <> %s
        AND schema NOT IN (SELECT nspname FROM pg_namespace)
"""


def drop_database() -> None:
    """Remove the database of this run, whoever still has a connection: Django has one more inside an event loop."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's
    with _server() as server:
        drop_database_with_roles(server, name)


def drop_abandoned_databases() -> None:
    """Remove the databases of runs that were killed."""
    with _server() as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_stadttor_%'"):
            match = re.fullmatch(r"test_stadttor_(\d+)[bf]?", name)
            if match and not _is_running(int(match[1])):
                drop_database_with_roles(server, name)
        _drop_roles_without_database(server)


def _server() -> psycopg.Connection:
    """Beside all databases; one run at a time, because they would drop the same roles."""
    database = settings.DATABASES["default"]
    target = {"host": database["HOST"], "user": database["USER"], "password": database["PASSWORD"]}
    server = psycopg.connect(**target, port=database["PORT"] or None, dbname="postgres", autocommit=True)
    server.execute("SELECT pg_advisory_lock(hashtext('stadttor.tests'))")
    return server


def _drop_roles_without_database(server: psycopg.Connection) -> None:
    """Roles belong to the whole server; those of a database carry its name."""
    left_over = """
        SELECT rolname FROM pg_roles WHERE split_part(rolname, '.', 1) LIKE 'test_stadttor_%'
        AND split_part(rolname, '.', 1) NOT IN (SELECT datname FROM pg_database)
    """
    for (role,) in server.execute(left_over).fetchall():
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def _tables() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_schema, table_name FROM information_schema.tables
            WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema', 'pg_catalog', 'seeds', %s)
              AND NOT table_name LIKE ANY (%s)
            """,
            [TEMPLATE, list(UNTOUCHED)],
        )
        return [(schema, table) for schema, table in cursor.fetchall()]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
