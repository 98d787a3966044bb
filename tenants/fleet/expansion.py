"""Expand, then contract: no migration may break the version before, which keeps serving while towns migrate.

What only adds may run under old code. What takes away (contracts) belongs into a later version, when no running code
uses it any more; such a migration says so: `contracts = "no code since 1.4 reads or writes the column"`.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from django.core.checks import Error, register
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from tenants.fleet.levels import shipped
from tenants.fleet.template import MigrationRefused

AnyField: TypeAlias = "models.Field[Any, Any]"

# How to do it in two steps, for people who write migrations.
REMOVE = (
    "Jetzt nur aus dem Modell nehmen (SeparateDatabaseAndState mit state_operations); die Spalte bleibt "
    "(mit null oder db_default) und geht erst in der nächsten Version, mit contracts = „warum sie keiner mehr braucht“."
)
DROP_TABLE = (
    "Jetzt nur das Modell entfernen (SeparateDatabaseAndState mit state_operations); die Tabelle erst in der nächsten "
    "Version löschen, mit contracts = „warum sie niemand mehr braucht“."
)
RENAME = (
    "Den alten Namen in der Datenbank behalten (db_column, db_table), oder das Neue daneben anlegen, beides füllen und "
    "das Alte in der nächsten Version entfernen."
)
FILL = (
    "Dem Feld db_default oder null=True geben: Der Code, der noch läuft, kennt die Spalte nicht und schreibt sie nicht."
)
NARROW = (
    "Ein neues Feld daneben anlegen, beide füllen, und das alte in der nächsten Version entfernen; oder, wenn der "
    "laufende Code sich schon daran hält: contracts = „warum“."
)
CONSTRAIN = (
    "Zuerst eine Version ausliefern, die sich daran hält; die Regel in der nächsten hinzufügen, mit "
    "contracts = „seit wann der Code sich daran hält“."
)

_CONTRACTING_SQL = re.compile(
    r"\b(drop\s+(table|column|default)|rename\s+(to|column)|set\s+not\s+null|add\s+constraint|(set\s+data\s+)?type\s+\w)",
    re.IGNORECASE,
)
_WIDENINGS = {
    ("CharField", "TextField"),
    ("SlugField", "TextField"),
    ("SlugField", "CharField"),
    ("PositiveSmallIntegerField", "PositiveIntegerField"),
    ("SmallIntegerField", "IntegerField"),
    ("IntegerField", "BigIntegerField"),
    ("PositiveIntegerField", "PositiveBigIntegerField"),
}


def refuse_breaking(migration: Migration) -> None:
    """Raises MigrationRefused for one of ours that running code would not survive."""
    for what, how in breakages(migration):
        raise MigrationRefused(f"{migration} bräche den Code, der noch läuft ({what}). {how}")


def breakages(migration: Migration) -> Iterator[tuple[str, str]]:
    """What running code would not survive, and how to split it; nothing if the migration declares `contracts`."""
    if migration.initial or getattr(migration, "contracts", "").strip() or not _is_ours(migration):
        return
    state = shipped().project_state((migration.app_label, migration.name), at_end=False)
    yield from _judge(migration.app_label, migration.operations, state, set())


@register("migrations", deploy=True)
def check_migrations(**_ignored: object) -> list[Error]:
    """All migrations of ours, for `manage.py check --deploy --tag migrations`."""
    migrations = [migration for migration in shipped().graph.nodes.values() if migration]
    return [
        Error(f"{migration}: {what}", hint=how, obj=migration, id="tenants.E001")
        for migration in migrations
        for what, how in breakages(migration)
    ]


def _is_ours(migration: Migration) -> bool:
    """Packages are not ours to split."""
    path = Path(inspect.getfile(type(migration)))
    return "site-packages" not in path.parts and "dist-packages" not in path.parts


def _judge(app: str, todo: Iterable[Operation], state: ProjectState, created: set[str]) -> Iterator[tuple[str, str]]:
    for operation in todo:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _judge(app, operation.database_operations, state.clone(), created)
            for inner in operation.state_operations:
                inner.state_forwards(app, state)
            continue
        if isinstance(operation, operations.CreateModel):
            created.add(operation.name_lower)
        elif _table(operation) not in created and (how := _breakage(app, operation, state)):
            yield operation.describe(), how
        operation.state_forwards(app, state)


def _table(operation: Operation) -> str:
    """The model whose table it changes, in lower case."""
    name = getattr(operation, "model_name", None) or getattr(operation, "name", None) or ""
    return str(name).lower()


def _breakage(app: str, operation: Operation, state: ProjectState) -> str:
    """How to split an operation on a table that is there already; empty if running code does not mind it."""
    match operation:
        case operations.RemoveField():
            return REMOVE
        case operations.DeleteModel():
            return DROP_TABLE
        case operations.RenameField() | operations.RenameModel() | operations.AlterModelTable():
            return RENAME
        case operations.AddField():
            return FILL if _must_be_written(operation.field) else ""
        case operations.AlterField():
            before = state.models[app, operation.model_name_lower].fields[operation.name]
            return _alteration(before, operation.field)
        case operations.AddConstraint() | operations.AlterOrderWithRespectTo():
            return CONSTRAIN
        case operations.AlterUniqueTogether():
            return CONSTRAIN if operation.option_value else ""
        case operations.RunSQL():
            return NARROW if _CONTRACTING_SQL.search(str(operation.sql)) else ""
        case _:
            return ""


def _must_be_written(field: AnyField) -> bool:
    has_column = not field.many_to_many and not getattr(field, "generated", False)
    return has_column and not field.null and not field.has_db_default()


def _alteration(before: AnyField, after: AnyField) -> str:
    if before.db_column != after.db_column:
        return RENAME
    if not after.null and before.null and not after.has_db_default():
        return FILL
    if before.has_db_default() and not after.has_db_default() and not after.null:
        return FILL
    if (after.unique and not before.unique) or (before.null and not after.null):
        return CONSTRAIN
    return "" if _holds_as_much(before, after) else NARROW


def _holds_as_much(before: AnyField, after: AnyField) -> bool:
    """Whether every value fits that running code may write."""
    kinds = before.get_internal_type(), after.get_internal_type()
    if kinds[0] != kinds[1]:
        return kinds in _WIDENINGS and (kinds[1] == "TextField" or _longer(before, after))
    if kinds[0] == "DecimalField":
        assert isinstance(before, models.DecimalField)
        assert isinstance(after, models.DecimalField)
        return after.decimal_places == before.decimal_places and after.max_digits >= before.max_digits
    return _longer(before, after) and _same_target(before, after)


def _longer(before: AnyField, after: AnyField) -> bool:
    return after.max_length is None or (before.max_length is not None and after.max_length >= before.max_length)


def _same_target(before: AnyField, after: AnyField) -> bool:
    """Of a foreign key; of a list its elements; of a generated column its rule."""
    related = [str(field.remote_field and field.remote_field.model).lower() for field in (before, after)]
    inner = [getattr(field, "base_field", None) for field in (before, after)]
    if inner[0] is not None and inner[1] is not None:
        return _holds_as_much(inner[0], inner[1])
    return related[0] == related[1]
