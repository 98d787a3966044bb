"""How far the tables of the towns are, and how far this version needs them to be.

Each migration that towns need becomes a `MigrationStep` when the template has seen it, with the next number: its level.
A town's level is that of the last step it has seen. Numbers are never given again, so levels only grow, also when
migrations are squashed or an app goes.
"""

from functools import cache

from django.apps import apps
from django.conf import settings
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.loader import MigrationLoader

from tenants.context import at_operator
from tenants.models import MigrationStep

Key = tuple[str, str]  # app and name of a migration


@cache
def shipped() -> MigrationLoader:
    """The migrations of this version, without any database. They are files: they do not change."""
    return MigrationLoader(None)


@cache
def migrations_of_towns() -> tuple[Key, ...]:
    """The migrations that a town of this version must have seen, in their order."""
    graph = shipped().graph
    plan = [key for leaf in last_of_towns(graph) for key in graph.forwards_plan(leaf)]
    return tuple(dict.fromkeys(plan))


def last_of_towns(graph: MigrationGraph) -> list[Key]:
    """The migrations where the apps of towns end."""
    return [leaf for label in labels_of_towns() for leaf in graph.leaf_nodes(label)]


def labels_of_towns() -> list[str]:
    """The apps that have tables in towns."""
    return [config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS]


def needed_level() -> int | None:
    """The lowest level at which this version can serve a town; None while the template lacks a migration."""
    with at_operator():
        seen = {(app, name): level for app, name, level in MigrationStep.objects.values_list("app", "name", "level")}
    levels = [seen.get(key) for key in migrations_of_towns()]
    return None if None in levels else max((level for level in levels if level), default=0)
