"""The database backend: every statement runs in the place of the town at work, or it does not run.

A place is a PostgreSQL role and a search path. The connection takes it in one round trip before the first
statement that needs it, and keeps it until another town is at work or a rollback has undone it. `tenants.wall` says
which roles there are; docs/adr/0009 why.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base as postgresql
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django_tenants.postgresql_backend import base as django_tenants
from psycopg import sql
from psycopg.pq import TransactionStatus

from tenants import wall

# Set by us when a connection is opened. A pooler that gives us other people's connections does not pass it on.
SESSION = "stadttor.session"


class Place(NamedTuple):
    """Where a connection stands: who it is, and where it looks for tables."""

    role: str
    search_path: str

    def taking(self, *, only_now: bool) -> str:
        """The statements that go there, until others do or, with `only_now`, until the transaction ends."""
        scope = "LOCAL" if only_now else "SESSION"
        return f"SET {scope} search_path = {self.search_path}; SET {scope} ROLE {self.role}"


@lru_cache(maxsize=5000)
def _place_of(database: str, schema: str, has_public: bool, is_owner: bool) -> Place:
    """The place for a schema, quoted. The owner looks into the same tables."""
    path = [schema, wall.PUBLIC] if has_public and schema != wall.PUBLIC else [schema]
    role = "NONE" if is_owner else sql.Identifier(wall.role_of(schema, database)).as_string()
    return Place(role, ", ".join(sql.Identifier(name).as_string() for name in path))


class Cursor(postgresql.Cursor):
    """Sends one statement at a time, unless it is the owner's: the extended protocol knows no second one."""

    may_send_several = False

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        is_extended = force_extended or not self.may_send_several
        super()._execute_send(query, force_extended=is_extended, binary=binary)  # type: ignore[misc]  # psycopg's own


class TownCursor(CursorWrapper):
    """Takes the connection's place before each statement, and lets nobody change it."""

    def _execute(self, sql: Any, params: Any, *ignored_wrapper_args: Any) -> Any:
        with self._in_place(sql):
            return super()._execute(sql, params, *ignored_wrapper_args)  # type: ignore[misc]  # not in its stubs

    def _executemany(self, sql: Any, param_list: Any, *ignored_wrapper_args: Any) -> Any:
        with self._in_place(sql):
            return super()._executemany(sql, param_list, *ignored_wrapper_args)  # type: ignore[misc]

    def callproc(self, *_arguments: Any, **_keywords: Any) -> Any:
        """Nobody needs another way to send a statement than `execute`, `executemany` and `copy`."""
        raise wall.Refused("not needed: use execute")

    stream = callproc

    @contextmanager
    def copy(self, statement: Any, params: Any = None) -> Iterator[psycopg.Copy]:
        """COPY, for exports: psycopg's `Copy`, to read from or write to."""
        with self._in_place(statement), self.db.wrap_database_errors, self.cursor.copy(statement, params) as copy:
            yield copy

    def _in_place(self, statement: Any) -> AbstractContextManager[None]:
        self.cursor.may_send_several = self.db.is_owner  # migrations come as scripts
        place: AbstractContextManager[None] = self.db.in_place(statement)
        return place


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
        return _place_of(self.settings_dict["NAME"], self.schema_name, self.include_public_schema, self.is_owner)

    @contextmanager
    def in_place(self, statement: Any) -> Iterator[None]:
        """One statement, at the place of the town at work. Raises wall.Refused for one that would change it."""
        text = statement.as_string() if isinstance(statement, sql.Composable) else str(statement)
        if not self.is_owner:
            wall.refuse_leaving(text)
        if wall.rolls_back(text):  # works in a failed transaction too, where no place can be taken
            self._place = None  # it is undone, too
            yield
        elif not settings.TRANSACTION_POOLING or self.in_atomic_block:
            self._take_place()
            yield
        else:  # each transaction may be another connection of the pooler's: the place is part of it
            self._place = None
            try:
                with self.wrap_database_errors, self.connection.transaction():
                    self._take_place()
                    yield
            finally:
                self._place = None

    def _take_place(self) -> None:
        wanted = self._wanted
        if self._place == wanted:
            return
        self._place = None
        with self.wrap_database_errors:  # whatever is wrong, such as a role that is not there, is raised
            if not settings.TRANSACTION_POOLING:
                _refuse_pooler(self.connection)
            psycopg.Cursor(self.connection).execute(wanted.taking(only_now=settings.TRANSACTION_POOLING))
        self._place = wanted

    def _handle_search_path(self, _cursor: Any = None) -> None:
        """Called by django-tenants for each new cursor. What is not executed by the cursor itself starts here."""
        has_failed = self.connection.info.transaction_status == TransactionStatus.INERROR
        if not settings.TRANSACTION_POOLING and not has_failed:
            self._take_place()

    # --- What the server forgets ---------------------------------------------------------------------------

    def connect(self) -> None:
        """A connection that works, at its place.

        Whatever the server has ended while it lay in the pool (a restart, an administrator) is noticed here, before
        anything is asked, and another one is taken: nobody who fills in a form should see that.
        """
        for may_be_dead in (*[True] * self._pooled, False):
            self._place = None
            super().connect()
            try:
                if not settings.TRANSACTION_POOLING:
                    self._take_place()
            except OperationalError:
                if not (may_be_dead and self.connection.closed):
                    raise
                self.close()
            else:
                break

    @property
    def _pooled(self) -> int:
        """How many connections can lie in the pool, and be dead all at once."""
        pool = self.settings_dict["OPTIONS"].get("pool")
        return int(pool["max_size"]) if pool else 0

    def close(self) -> None:
        self._place = None
        super().close()

    def _close(self) -> None:
        """Give the connection back to the pool, as it was when it was opened."""
        if self.connection is not None and not settings.TRANSACTION_POOLING:
            _go_home(self.connection)
        super()._close()

    def commit(self) -> None:
        super().commit()
        if settings.TRANSACTION_POOLING:
            self._place = None

    def rollback(self) -> None:
        self._place = None
        super().rollback()

    # --- Connections and cursors ---------------------------------------------------------------------------

    def get_connection_params(self) -> dict[str, Any]:
        params = {**super().get_connection_params(), "cursor_factory": Cursor}
        if not settings.TRANSACTION_POOLING:
            params["options"] = f"{params.get('options', '')} -c {SESSION}=yes -c TimeZone={self.timezone_name}"
        return params

    def make_cursor(self, cursor: Any) -> TownCursor:
        return TownCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> TownDebugCursor:
        return TownDebugCursor(cursor, self)


def _refuse_pooler(connection: psycopg.Connection) -> None:
    """Raises ImproperlyConfigured if the server does not know what we asked for when the connection was opened."""
    if vars(connection).get("is_session"):
        return
    if psycopg.Cursor(connection).execute("SELECT current_setting(%s, true)", [SESSION]).fetchone() != ("yes",):
        raise ImproperlyConfigured("DATABASE_URL leads to a pooler: set DATABASE_TRANSACTION_POOLING=true")
    vars(connection)["is_session"] = True


def _go_home(connection: psycopg.Connection) -> None:
    """Undo whatever was done in a session, and close it if that fails."""
    try:
        connection.rollback()
        connection.autocommit = True
        connection.isolation_level = connection.read_only = connection.deferrable = None
        # Like DISCARD ALL, which would leave us as the owner and throw away what the server has cached.
        psycopg.Cursor(connection).execute(
            "RESET ROLE; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all()"
        )
    except psycopg.Error:
        connection.close()
