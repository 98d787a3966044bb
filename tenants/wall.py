"""The wall between towns: which role in PostgreSQL may do what.

There are four kinds of roles, named after the database, because roles belong to the whole server:

* the **owner**, with which we log in: owns all schemas, and works only where `tenants.context.as_owner` says so;
* the **desk** (`stadttor.public`): reads and writes `public`; everybody is that who is nobody else. Each new
  connection begins there;
* a **town** (`stadttor.lage`): reads and writes the tables of its own schema, and has what all towns have;
* **all towns** (`stadttor.*`): read the tables of `public` that `settings.TOWNS_MAY_READ` names.

The last three cannot log in. In `public` a town writes through named functions only: it may queue a job of its own, and
tell its own figures.
"""

import re
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.conf import settings
from psycopg import sql

PUBLIC = "public"
EVERY_TOWN = "*"  # no schema can be called this
LONGEST_NAME = 63  # bytes of a name in PostgreSQL
LONGEST_DATABASE_NAME = 22
LONGEST_SCHEMA = LONGEST_NAME - LONGEST_DATABASE_NAME - len(".")  # both are in the name of a role


class Refused(Exception):
    """A statement that would leave the place of the town at work, or do what no request may do."""


def role_of(schema: str, database: str) -> str:
    """The role for a schema of a database. Raises ValueError for a name that PostgreSQL would cut off."""
    role = f"{database}.{schema}"
    if len(role.encode()) > LONGEST_NAME:
        raise ValueError(f"{role} is longer than {LONGEST_NAME} bytes")
    return role


# --- Statements --------------------------------------------------------------------------------------------
# PostgreSQL lets who logged in become anybody she may be, at any time. That cannot be refused there.

_FIRST_WORD = re.compile(r"[\s(]*([a-z]+)(?:\s+(\S+))?", re.IGNORECASE)
_READS = ("select", "with", "values", "declare", "fetch", "move", "close", "explain", "show", "copy")
_WRITES = ("insert", "update", "delete", "merge", "lock", "savepoint", "release", "rollback")
_WORDS = frozenset((*_READS, *_WRITES))
# What changes settings (an UPDATE of the view pg_settings does) or runs text as a statement; and names written so
# that nobody can read them.
_NAMES = re.compile(r'set_config|pg_settings|query_to_xml|cursor_to_xml|ts_stat|ts_rewrite|dblink|u&"', re.IGNORECASE)


@lru_cache(maxsize=2000)
def refuse_leaving(statement: str) -> None:
    """Raises Refused unless it is one of the statements that requests need, and changes no role or path."""
    found = _FIRST_WORD.match(statement)
    words = [word.lower() for word in found.groups(default="")] if found else [""]
    if words[0] not in _WORDS and words != ["set", "constraints"]:
        raise Refused(f"{words[0].upper() or 'this'} is not for towns: use tenants.context.as_owner")
    if name := _NAMES.search(statement):
        raise Refused(f"{name[0]} could change the role")


def rolls_back(statement: str) -> bool:
    """Whether it undoes a transaction or a part of it."""
    found = _FIRST_WORD.match(statement)
    return bool(found) and found[1].lower() == "rollback"  # type: ignore[index]  # it is found here


# --- Roles and rights, put up by the owner -------------------------------------------------------------------


def build_around_public(cursor: Any, database: str) -> None:
    """Put up the roles that all need, with their rights on what there is in `public` now. Does no harm twice."""
    desk, towns = role_of(PUBLIC, database), role_of(EVERY_TOWN, database)
    _create_role(cursor, desk)
    _create_role(cursor, towns)
    readable = [apps.get_model(label)._meta.db_table for label in settings.TOWNS_MAY_READ]
    names = {
        "database": sql.Identifier(database),
        "desk": sql.Identifier(desk),
        "towns": sql.Identifier(towns),
        "readable": _tables(PUBLIC, readable),
    }
    for statement in _AROUND_PUBLIC.split(";\n"):
        cursor.execute(sql.SQL(statement).format(**names))


def build_role(cursor: Any, database: str, schema: str) -> None:
    """Put up a town's role, without rights. Does no harm twice."""
    _create_role(cursor, role_of(schema, database))


def build_around_town(cursor: Any, database: str, schema: str, tables: list[str]) -> None:
    """Put up a town's role, with its rights on these tables of its schema. Does no harm twice."""
    build_role(cursor, database, schema)
    for statement in grants(database, schema, tables):
        cursor.execute(statement)


def tables_of(cursor: Any, schema: str) -> list[str]:
    """The tables of a town's schema on which its role has rights. Reads the list of all tables of all towns."""
    cursor.execute(
        """
        SELECT relname FROM pg_class
        WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p') AND relname <> 'django_migrations'
        ORDER BY relname
        """,
        [sql.Identifier(schema).as_string()],
    )
    return [table for (table,) in cursor.fetchall()]


def grants(database: str, schema: str, tables: list[str]) -> list[sql.Composed]:
    """The statements that let a town work in its schema, table by table."""
    names = {
        "schema": sql.Identifier(schema),
        "role": sql.Identifier(role_of(schema, database)),
        "towns": sql.Identifier(role_of(EVERY_TOWN, database)),
        "tables": _tables(schema, tables),
    }
    return [sql.SQL(statement).format(**names) for statement in _AROUND_TOWN.split(";\n")]


def grant_tables(database: str, schema: str, tables: list[str]) -> sql.Composed:
    """The statement that lets a town work in further tables of its schema."""
    role = sql.Identifier(role_of(schema, database))
    return sql.SQL(_TABLES_OF_TOWN).format(role=role, tables=_tables(schema, tables))


def remove_role(cursor: Any, database: str, schema: str) -> None:
    """Remove a town's role; its schema must be gone."""
    cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role_of(schema, database))))


_AROUND_PUBLIC = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {desk}, {towns};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {desk};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {desk};
GRANT SELECT ON {readable} TO {towns};
ALTER ROLE CURRENT_USER IN DATABASE {database} SET role = {desk}"""

_TABLES_OF_TOWN = "GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}"
_AROUND_TOWN = f"""
GRANT {{towns}} TO {{role}};
GRANT USAGE ON SCHEMA {{schema}} TO {{role}};
{_TABLES_OF_TOWN}"""


def _create_role(cursor: Any, role: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone():
        return
    name = sql.Identifier(role)
    cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(name))
    # Whoever creates a role may grant it; being it is another right.
    cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE").format(name))


def _tables(schema: str, tables: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(schema, table) for table in tables)
