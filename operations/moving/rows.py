"""A town's tables as JSON, a row a line: PostgreSQL writes and reads them, so that no value changes its type."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import islice
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg import sql

from tenants import wall
from tenants.context import as_owner, in_town
from tenants.models import Town

# What no town takes along: who is signed in, and the second factors (staff is invited again); the keys of its files,
# which are encrypted anew where it goes; files that have not arrived whole.
LEFT_OUT = frozenset({"django_session", "otp_totp_totpdevice", "vault_datakey", "submissions_transfer"})
# Drafts that only a browser can open are of no use elsewhere, nor are their files.
_ONLY = {
    "submissions_draft": "sealed IS NULL",
    "submissions_upload": "submission_id IS NOT NULL OR request_id IS NOT NULL "
    "OR draft_id IN (SELECT id FROM {schema}.submissions_draft WHERE sealed IS NULL)",
}
_WRITTEN = {  # what stands in a bundle instead of a column
    ("accounts_user", "password"): "CASE WHEN password = '' THEN '' ELSE '!' END",  # ! is no password
    # Without the name of the schema, and without what says that it is encrypted.
    ("submissions_upload", "file"): "regexp_replace(substr(file, strpos(file, '/') + 1), '[.]enc$', '')",
    ("submissions_upload", "preview"): "regexp_replace(substr(preview, strpos(preview, '/') + 1), '[.]enc$', '')",
}
_READ = {
    ("submissions_upload", "file"): "{folder} || '/' || file || '.enc'",
    ("submissions_upload", "preview"): "CASE preview WHEN '' THEN '' ELSE {folder} || '/' || preview || '.enc' END",
}
_ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class Table:
    """A table of a town, with the columns that are written down, by name."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]  # columns of its primary key
    identity: tuple[str, ...]  # columns whose values PostgreSQL counts


@contextmanager
def snapshot_of(town: Town) -> Iterator[None]:
    """Everything inside sees the town as it is at one moment, reads as its owner, and disturbs nobody."""
    with as_owner(), in_town(town):
        connection.ensure_connection()
        opened: Any = connection.connection
        opened.isolation_level, opened.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        try:
            with transaction.atomic(durable=True):
                yield
        finally:
            if not opened.closed:
                opened.isolation_level = opened.read_only = None


def tables_of(town: Town) -> list[Table]:
    """The tables of a town that go into a bundle, each after those that it refers to."""
    schema = sql.Identifier(town.schema_name).as_string()
    with as_owner(), connection.cursor() as cursor:
        names = [name for name in wall.tables_of(cursor, town.schema_name) if name not in LEFT_OUT]
        cursor.execute(_REFERENCES, [schema])
        refers: dict[str, set[str]] = {name: set() for name in names}
        for table, other in cursor.fetchall():
            if table in refers and other in refers:
                refers[table].add(other)
        cursor.execute(_COLUMNS, [schema])
        columns: dict[str, list[tuple[str, bool, bool]]] = {}
        for table, *column in cursor.fetchall():
            columns.setdefault(table, []).append(tuple(column))
    return [
        Table(
            name,
            columns=tuple(column for column, _is_key, _is_identity in columns[name]),
            key=tuple(column for column, is_key, _is_identity in columns[name] if is_key),
            identity=tuple(column for column, _is_key, is_identity in columns[name] if is_identity),
        )
        for name in TopologicalSorter({name: sorted(refers[name]) for name in names}).static_order()
    ]


_REFERENCES = """
SELECT one.relname, other.relname FROM pg_constraint
    JOIN pg_class one ON one.oid = conrelid
    JOIN pg_class other ON other.oid = confrelid
WHERE contype = 'f' AND one.relnamespace = %s::regnamespace AND conrelid <> confrelid
"""
_COLUMNS = """
SELECT relname, attname, coalesce(attnum = ANY (conkey), false), attidentity <> ''
FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_constraint ON conrelid = attrelid AND contype = 'p'
WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')
    AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY relname, attname
"""


def lines_of(town: Town, table: Table) -> Iterator[str]:
    """The rows of a table as the lines of a JSON array, in the order of their key. Streamed."""
    columns = [_as_written(table.name, column) for column in table.columns]
    statement = sql.SQL(
        "SELECT row_to_json(one)::text FROM (SELECT {columns} FROM {table} WHERE {only} ORDER BY {key}) one"
    )
    rows = connection.chunked_cursor()
    try:
        rows.execute(
            statement.format(
                columns=sql.SQL(", ").join(columns),
                table=sql.Identifier(town.schema_name, table.name),
                only=sql.SQL(_ONLY.get(table.name, "true")).format(schema=sql.Identifier(town.schema_name)),
                key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
            )
        )
        yield "["
        before = None
        for (row,) in rows:
            if before is not None:
                yield before + ","
            before = row
        if before is not None:
            yield before
        yield "]"
    finally:
        rows.close()


def digest_of(lines: Iterable[str]) -> str:
    """SHA-256 of a table as it stands in a bundle."""
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def empty(town: Town) -> None:
    """Take away what migrations put into a new town. Works as the owner."""
    with connection.cursor() as cursor:
        names = [sql.Identifier(town.schema_name, name) for name in wall.tables_of(cursor, town.schema_name)]
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))


def load(town: Town, table: Table, lines: Iterable[str]) -> int:
    """Put the rows of a table, as `lines_of` gives them, into an empty one; returns how many. Works as the owner.

    Foreign keys are looked at when the transaction ends; triggers and other constraints at once.
    """
    name = sql.Identifier(town.schema_name, table.name)
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE "
        "SELECT {values} FROM json_populate_recordset(NULL::{table}, %s::json)"
    ).format(
        table=name,
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        values=sql.SQL(", ").join(_as_read(town, table.name, column) for column in table.columns),
    )
    number = 0
    with connection.cursor() as cursor:
        for some in some_at_once(lines):
            cursor.execute(statement, [f"[{','.join(some)}]"])
            number += len(some)
        for column in table.identity:
            last = sql.SQL(_COUNT_ON).format(column=sql.Identifier(column), table=name)
            cursor.execute(last, [name.as_string(), column])
    return number


_COUNT_ON = """
SELECT setval(pg_get_serial_sequence(%s, %s), coalesce(max({column}), 1), max({column}) IS NOT NULL) FROM {table}
"""


def some_at_once(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The rows among the lines, some at once."""
    rows = (line.rstrip("\n").removesuffix(",") for line in lines if line.strip() not in ("[", "]"))
    while some := tuple(islice(rows, _ROWS_AT_ONCE)):
        yield some


def _as_written(table: str, column: str) -> sql.Composable:
    name = sql.Identifier(column)
    instead = _WRITTEN.get((table, column))
    return sql.SQL("{} AS {}").format(sql.SQL(instead), name) if instead else name


def _as_read(town: Town, table: str, column: str) -> sql.Composable:
    instead = _READ.get((table, column))
    return sql.SQL(instead).format(folder=sql.Literal(town.schema_name)) if instead else sql.Identifier(column)
