"""A town's schema in a moment: a script made from the template, run in the transaction that makes the town."""

import re

from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from tenants import wall
from tenants.context import as_owner, at_operator
from tenants.fleet import programs, server
from tenants.fleet.levels import needed_level
from tenants.fleet.template import TEMPLATE
from tenants.models import Blueprint

# What pg_dump says about its own session, and remarks. Quoted text, and bodies of functions, stay as they are.
_NOISE = re.compile(
    r"""
    (?P<kept> (\$\w*\$).*?\2 | '(?:[^']|'')*' | "(?:[^"]|"")*" )
    | ^--[^\n]*\n | ^\\[^\n]*\n | ^\n
    | ^SET\ [a-z_]+\ =\ [^;\n]*;\n
    | ^SELECT\ pg_catalog\.set_config\('search_path'[^\n]*\n
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


class NoBlueprint(Exception):
    """There is no script for a town's schema that suits this version."""


def current_blueprint() -> Blueprint:
    """The script for new towns. Raises NoBlueprint if there is none, or it is older than this version."""
    needed = needed_level()
    with at_operator():
        blueprint = Blueprint.objects.last()
    if blueprint is None or needed is None or blueprint.level < needed:
        raise NoBlueprint
    return blueprint


def hold_blueprint() -> None:
    """Nobody else makes a town or a blueprint until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stadttor.blueprint'))")


def build_schema(blueprint: Blueprint, schema: str) -> None:
    """Make a town's schema with its tables, its role and its rights, in the transaction that makes its row."""
    script = blueprint.script.replace(TEMPLATE, sql.Identifier(schema).as_string())
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('check_function_bodies', 'off', true)")  # functions come before their tables
        cursor.execute(script)
        wall.build_around_town(cursor, connection.settings_dict["NAME"], schema, blueprint.tables)


def make_blueprint(level: int) -> None:
    """Write down the template as it is now, at `level`. Raises NoProgram."""
    script = _without_noise(dump_schema(TEMPLATE))
    with as_owner(), connection.cursor() as cursor:
        tables = wall.tables_of(cursor, TEMPLATE)
    with transaction.atomic(), at_operator():
        hold_blueprint()
        Blueprint.objects.update_or_create(
            level=level, defaults={"script": script, "tables": tables, "made_at": timezone.now()}
        )
        Blueprint.objects.exclude(level=level).delete()


def dump_schema(schema: str, *options: str) -> str:
    """A schema as a script, by pg_dump. Raises NoProgram."""
    # Every connection begins as the desk (tenants.wall), which may not read towns.
    arguments = ["--schema", schema, "--role=none", "--no-owner", "--no-acl", "--rows-per-insert=1000", *options]
    return programs.run("pg_dump", "--dbname", server.address(), *arguments)


def _without_noise(script: str) -> str:
    return _NOISE.sub(lambda found: found["kept"] or "", script)
