"""The steps that the template has seen, in a town: one transaction each, on a connection of the owner's.

Whatever happens to us, a town stands before a step or after it, and its level says where.
"""

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, LiteralString

import psycopg
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django_tenants.utils import tenant_context
from psycopg import sql

from tenants import wall
from tenants.context import as_owner
from tenants.fleet import server
from tenants.fleet.patience import LOCK_SECONDS, patiently
from tenants.models import MigrationStep, Town

TOWNS_PER_CONNECTION = 200  # a connection remembers all tables that it has seen


class TownFailed(Exception):
    """A step did not work in a town, and nothing of it is left there. The message is PostgreSQL's or Python's."""

    def __init__(self, town: Town, step: MigrationStep, told: str) -> None:
        super().__init__(f"{town.slug}: {step}: {told}")
        self.town, self.step, self.told = town, step, told


@dataclass
class Replayer:
    """Brings towns up to date, one after the other. Belongs to one thread, which closes it."""

    steps: list[MigrationStep]
    retries: int = 0
    _towns: int = 0
    _opened: psycopg.Connection | None = field(default=None, repr=False)

    def bring_up(self, town: Town) -> None:
        """All steps that the town has not seen. Raises TownFailed."""
        if self._towns and self._towns % TOWNS_PER_CONNECTION == 0:
            self.close()
        self._towns += 1
        for step in self.steps:
            if step.level > town.level:
                self._patiently(town, step)
                town.level = step.level

    def close(self) -> None:
        """Give the connections back."""
        if self._opened:
            self._opened.close()
            self._opened = None
        connection.close()

    def _patiently(self, town: Town, step: MigrationStep) -> None:
        run = self._run_python if step.is_python else self._replay
        try:
            patiently(partial(run, town, step), again=self._count_retry)
        except Exception as error:  # PostgreSQL's, or whatever a migration in Python raises
            raise TownFailed(town, step, _told(error)) from error

    def _count_retry(self) -> None:
        self.retries += 1

    # --- In SQL --------------------------------------------------------------------------------------------

    def _replay(self, town: Town, step: MigrationStep) -> None:
        schema = sql.Identifier(town.schema_name)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(_TAKE_PLACE, [schema.as_string()])
            if _takes_step(cursor, town, step):
                # Several statements without parameters travel together.
                cursor.execute(step.sql + "\n;" + _remember(town, step))

    @property
    def _connection(self) -> psycopg.Connection:
        if self._opened is None:
            self._opened = server.connect()
        return self._opened

    # --- In Python -----------------------------------------------------------------------------------------

    def _run_python(self, town: Town, step: MigrationStep) -> None:
        with as_owner(), tenant_context(town), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])
                if not _takes_step(cursor, town, step):
                    return
            migration = self._executor.loader.graph.nodes.get((step.app, step.name))
            if migration is None:
                raise RuntimeError("this version no longer has the migration")
            self._executor.apply_migration(self._state_before(step).clone(), migration)
            with connection.cursor() as cursor:
                cursor.execute(_grants(town, step))

    @cached_property
    def _executor(self) -> MigrationExecutor:
        return MigrationExecutor(connection)

    @cached_property
    def _states(self) -> dict[int, ProjectState]:
        return {}

    def _state_before(self, step: MigrationStep) -> ProjectState:
        if step.level not in self._states:
            self._states[step.level] = self._executor.loader.project_state((step.app, step.name), at_end=False)
        return self._states[step.level]


_TAKE_PLACE: LiteralString = f"""
SELECT set_config('role', 'none', true), set_config('search_path', %s, true),
    set_config('lock_timeout', '{LOCK_SECONDS}s', true)
"""


def _takes_step(cursor: Any, town: Town, step: MigrationStep) -> bool:
    """Raise the town's level, and hold its row until the end. False if there is nothing left to do.

    That is so if a run that was killed has done it after all, or Django did it before towns had levels.
    """
    cursor.execute(
        """
        UPDATE public.tenants_town SET level = %s WHERE id = %s AND level < %s
        RETURNING NOT EXISTS (SELECT FROM django_migrations WHERE app = %s AND name = %s)
        """,
        [step.level, town.pk, step.level, step.app, step.name],
    )
    row = cursor.fetchone()
    return row is not None and bool(row[0])


def _remember(town: Town, step: MigrationStep) -> str:
    statement = sql.SQL("INSERT INTO django_migrations (app, name, applied) VALUES ({}, {}, now());\n")
    return statement.format(step.app, step.name).as_string() + _grants(town, step)


def _grants(town: Town, step: MigrationStep) -> str:
    if not step.new_tables:
        return "SELECT"
    database = connection.settings_dict["NAME"]
    return wall.grant_tables(database, town.schema_name, step.new_tables).as_string()


def _told(error: Exception) -> str:
    cause = error.__cause__ or error
    primary = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
    return primary or f"{type(error).__name__}: {error}"
