"""The database backend: every statement runs in the place of the town at work, or it does not run.

A place is a PostgreSQL role and a search path. The connection takes it in one round trip before the first
statement that needs it, and keeps it until another town is at work or a rollback has undone it. `tenants.wall` says
which roles there are; docs/adr/0009 why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base as postgresql
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django_tenants.postgresql_backend import base as django_tenants
from psycopg import sql
from psycopg.pq import TransactionStatus

from tenants import wall


@dataclass(frozen=True)
class Place:
    """Where a connection stands: who it is, and where it looks for tables."""

    role: str
    search_path: str


class Cursor(postgresql.Cursor):
    """Sends one statement at a time, unless it is the owner's: the extended protocol knows no second one."""

    may_send_several = False

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        is_extended = force_extended or not self.may_send_several
        super()._execute_send(query, force_extended=is_extended, binary=binary)  # type: ignore[misc]  # psycopg's own


class TownCursor(CursorWrapper):
    """Takes the connection's place before each statement, and lets nobody change it."""

    def _execute(self, sql: Any, params: Any, *ignored_wrapper_args: Any) -> Any:
        self.cursor.may_send_several = self.db.is_owner  # migrations come as scripts
        with self.db.in_place(sql):
            return super()._execute(sql, params, *ignored_wrapper_args)  # type: ignore[misc]  # not in its stubs

    def _executemany(self, sql: Any, param_list: Any, *ignored_wrapper_args: Any) -> Any:
        with self.db.in_place(sql):
            return super()._executemany(sql, param_list, *ignored_wrapper_args)  # type: ignore[misc]

    def callproc(self, *_arguments: Any, **_keywords: Any) -> Any:
        """Procedures may do anything; nobody needs one."""
        raise wall.Refused("procedures are not called")

    def copy(self, statement: Any) -> Any:
        """COPY, for exports; refused where the pooler gives every transaction another connection."""
        with self.db.in_place(statement):
            return self.cursor.copy(statement)


class TownDebugCursor(TownCursor, CursorDebugWrapper):
    """The same, and keeps what was executed, for tests that count statements."""


class DatabaseWrapper(django_tenants.DatabaseWrapper):  # type: ignore[misc]  # django-tenants has no types
    """django-tenants' connection with a role for each town."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self._place: Place | None = None  # where the server's end is known to stand
        super().__init__(*arguments, **keywords)
        # Set by tenants.context.as_owner. Beside our database, where Django makes those for tests, are no towns.
        self.is_owner = self.alias == NO_DB_ALIAS

    # --- Where the connection stands -----------------------------------------------------------------------

    @property
    def _wanted(self) -> Place:
        database = self.settings_dict["NAME"]
        path = sql.SQL(", ").join(map(sql.Identifier, self._get_cursor_search_paths()))
        role = "none" if self.is_owner else wall.role_of(self.schema_name, database)
        return Place(role, path.as_string())

    @contextmanager
    def in_place(self, statement: Any) -> Iterator[None]:
        """One statement, at the place of the town at work. Raises wall.Refused for one that would change it."""
        text = statement.as_string() if isinstance(statement, sql.Composable) else str(statement)
        if not self.is_owner:
            wall.refuse_leaving(text)
        if wall.ends_something(text):  # works in a failed transaction too, where no place can be taken
            yield
            return
        if not settings.TRANSACTION_POOLING or self.in_atomic_block:
            self._take_place()
            yield
            return
        # Each transaction may be another connection of the pooler's: the place is part of it.
        with self.wrap_database_errors, self.connection.transaction():
            self._place = None
            self._take_place()
            yield
        self._place = None

    def _take_place(self) -> None:
        wanted = self._wanted
        if self._place == wanted:
            return
        self._place = None
        with self.wrap_database_errors:  # whatever is wrong, such as a role that is not there, is raised
            self.connection.execute(
                "SELECT set_config('search_path', %s, %s), set_config('role', %s, %s)",
                [wanted.search_path, settings.TRANSACTION_POOLING, wanted.role, settings.TRANSACTION_POOLING],
            )
        self._place = wanted

    def _handle_search_path(self, _cursor: Any = None) -> None:
        """Called by django-tenants for each new cursor. What is not executed by the cursor itself starts here."""
        has_failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        if not settings.TRANSACTION_POOLING and not has_failed:
            self._take_place()

    # --- What the server forgets ---------------------------------------------------------------------------

    def connect(self) -> None:
        self._place = None
        super().connect()

    def close(self) -> None:
        self._place = None
        super().close()

    def commit(self) -> None:
        super().commit()
        if settings.TRANSACTION_POOLING:
            self._place = None

    def rollback(self) -> None:
        self._place = None
        super().rollback()

    def savepoint_rollback(self, sid: str) -> None:
        try:
            super().savepoint_rollback(sid)
        finally:
            self._place = None

    # --- Connections and cursors ---------------------------------------------------------------------------

    def get_connection_params(self) -> dict[str, Any]:
        return {**super().get_connection_params(), "cursor_factory": Cursor}

    @property
    def pool(self) -> Any:
        """Django's pool of connections; each one that comes back is put in its first place."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if options:
            options["reset"] = _go_home
        return super().pool

    def make_cursor(self, cursor: Any) -> TownCursor:
        return TownCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> TownDebugCursor:
        return TownDebugCursor(cursor, self)


def _go_home(connection: psycopg.Connection) -> None:
    """As it was when it was opened. The pool calls it whenever a connection comes back."""
    connection.autocommit = True
    psycopg.Cursor(connection).execute("RESET ROLE; RESET search_path")
