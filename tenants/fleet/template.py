"""The template: a schema like a town's that is nobody's, in which each migration runs first.

What Django says to PostgreSQL there is kept, to be said again in each town.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.migrations import Migration, RunPython, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.models import Max
from django_tenants.utils import schema_context

from tenants import wall
from tenants.context import as_owner, at_operator
from tenants.fleet.levels import Key, labels_of_towns, last_of_towns, migrations_of_towns
from tenants.models import MigrationStep

TEMPLATE = "stadttor_template"


class MigrationRefused(Exception):
    """A migration that cannot run in all towns; the message says why, in German."""


@contextmanager
def in_template() -> Iterator[None]:
    """Everything inside works in the template as its owner, and sees nothing of `public`."""
    with as_owner(), schema_context(TEMPLATE, include_public=False):
        yield


def migrate_template(say: Callable[[str], None]) -> None:
    """Run what the template has not seen, and keep each migration as a step: one transaction each.

    Raises MigrationRefused.
    """
    with in_template():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {TEMPLATE}")
        MigrationRecorder(connection).ensure_schema()
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        plan = [migration for migration, _back in executor.migration_plan(last_of_towns(executor.loader.graph))]
        for migration in plan:
            refuse_non_atomic(migration)
        state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # as migrate()
        for migration in plan:
            say(str(migration))
            with transaction.atomic():
                state = _see(executor, migration, state)
        _keep_what_ran_in_another_form(MigrationRecorder(connection).applied_migrations())


def refuse_non_atomic(migration: Migration) -> None:
    """Raises MigrationRefused for a migration that could stop half way in a town."""
    if not migration.atomic:
        raise MigrationRefused(
            f"{migration} ist nicht atomar (atomic = False) und bliebe nach einem Abbruch halb fertig: "
            "Bitte ohne CONCURRENTLY und in einer Transaktion schreiben."
        )


def runs_python(migration: Migration) -> bool:
    """Whether there is something that only Python can do, in a town."""
    return migration.app_label in labels_of_towns() and _has_python(migration.operations)


def _has_python(operations: Iterable[Operation]) -> bool:
    return any(
        _has_python(operation.database_operations)
        if isinstance(operation, SeparateDatabaseAndState)
        else isinstance(operation, RunPython) or not operation.reduces_to_sql
        for operation in operations
    )


def _see(executor: MigrationExecutor, migration: Migration, state: ProjectState) -> ProjectState:
    is_python = runs_python(migration)
    statements = [] if is_python else executor.loader.collect_sql([(migration, False)])
    with connection.cursor() as cursor:
        before = wall.tables_of(cursor, TEMPLATE)
        state = executor.apply_migration(state, migration)
        new_tables = [table for table in wall.tables_of(cursor, TEMPLATE) if table not in before]
    _keep((migration.app_label, migration.name), "\n".join(statements), is_python, new_tables)
    return state


def _keep_what_ran_in_another_form(applied: Iterable[Key]) -> None:
    """A squashed migration of which all parts have run is there without running itself."""
    for key in migrations_of_towns():
        if key in set(applied):
            _keep(key, "", False, [])


def _keep(key: Key, statements: str, is_python: bool, new_tables: list[str]) -> None:
    """Keep a step, unless it is there already: somebody may have dropped the template and made it anew."""
    with at_operator():
        last = MigrationStep.objects.aggregate(last=Max("level"))["last"] or 0
        MigrationStep.objects.get_or_create(
            app=key[0],
            name=key[1],
            defaults={
                "level": last + 1,
                "sql": statements,
                "is_python": is_python,
                "new_tables": new_tables,
            },
        )
