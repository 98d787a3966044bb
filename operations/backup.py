"""One town's tables as a file of pg_dump, and back again, without touching the others.

Uploads are files: whoever keeps backups keeps MEDIA_ROOT (or the bucket) beside the database. The keys under which they
are encrypted stand in the town's tables, themselves under FILE_KEYS, which no backup holds.
"""

import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from accounts.models import OperatorAccess
from operations.access import end_all_here
from operations.models import EventKind, TownEvent
from submissions.models import Upload
from tenants import hosts, wall
from tenants.actions import TownRefused
from tenants.context import as_owner, at_operator, in_town
from tenants.fleet import programs, server
from tenants.models import Town
from townhall import shopfront

_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE (\S+) (\S+) ", re.MULTILINE)  # of pg_restore --list


class RestoreRefused(Exception):
    """A backup that cannot be restored; the message says why, in German."""


@dataclass(frozen=True)
class Restored:
    """What came back."""

    tables: int
    level: int
    missing_files: int  # uploads of which the file is not there


def back_up_town(*, town: Town, path: Path) -> None:
    """Write a town's schema to a file (pg_dump, custom format). Raises NoProgram, FileExistsError."""
    unfinished = path.with_name(path.name + ".part")
    unfinished.touch(mode=0o600, exist_ok=False)
    try:
        arguments = ["--format=custom", "--role=none", "--schema", town.schema_name, "--file", str(unfinished)]
        programs.run("pg_dump", "--dbname", server.address(), *arguments)
        os.link(unfinished, path)  # raises if there is one already
    finally:
        unfinished.unlink()


def restore_town(*, town: Town, path: Path, now: datetime) -> Restored:
    """Put a town's tables back as they are in a backup of it, or of all towns (custom or directory format).

    One transaction: the town as it is now is moved aside, and goes when the other one is there. Its row, its hosts
    and the operator's history stay. Raises TownRefused, RestoreRefused, NoProgram.
    """
    if Town.objects.get(pk=town.pk).is_reachable:
        message = _("%(town)s ist für alle da. Bitte halten Sie die Stadt zuerst an.")
        raise TownRefused(message % {"town": town.name})
    listed = programs.run("pg_restore", "--list", "--schema", town.schema_name, str(path))
    tables = sorted(table for schema, table in _TABLE.findall(listed) if schema == town.schema_name)
    if "django_migrations" not in tables:
        raise RestoreRefused(_("In dieser Sicherung gibt es %(town)s nicht.") % {"town": town.name})
    with as_owner(), connection.cursor() as cursor:
        wall.build_role(cursor, connection.settings_dict["NAME"], town.schema_name)
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [sql.Identifier(town.schema_name).as_string()])
        is_there = bool(cursor.fetchone()[0])
    _swap(town, path, tables, is_there=is_there)
    town.refresh_from_db()
    if OperatorAccess._meta.db_table in tables:
        with in_town(town):
            end_all_here(now=now)  # what was ended since must not be granted again
    with at_operator():
        TownEvent.objects.create(town=town, at=now, kind=EventKind.RESTORED, text=path.name)
    hosts.forget()
    shopfront.forget()
    return Restored(len(tables), town.level, _number_of_missing_files(town))


def _swap(town: Town, path: Path, tables: list[str], *, is_there: bool) -> None:
    """One transaction of psql: what is there aside, the backup in, the wall up, the old one away."""
    names = {
        "schema": sql.Identifier(town.schema_name),
        "name": sql.Literal(town.schema_name),
        "before": sql.Identifier(f"{town.schema_name[:56]}_before"),
    }
    rights = wall.grants(
        connection.settings_dict["NAME"],
        town.schema_name,
        [table for table in tables if table != "django_migrations"],
    )
    before = [*([_ASIDE] if is_there else []), _NEW]
    after = [_NOT_NEWER, _LEVEL, _VERSION, *([_AWAY] if is_there else [])]
    with tempfile.TemporaryDirectory() as folder:  # for us alone
        scripts = [Path(folder) / name for name in ("before.sql", "town.sql", "after.sql")]
        scripts[0].write_text(_script([sql.SQL(part).format(**names) for part in before]))
        options = ("--schema", town.schema_name, "--no-owner", "--no-acl", "--file", str(scripts[1]))
        programs.run("pg_restore", *options, str(path))
        scripts[2].write_text(_script([*rights, *(sql.SQL(part).format(**names) for part in after)]))
        files = [f"--file={script}" for script in scripts]
        # Terse: what PostgreSQL says must not quote values.
        settings = ("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse", "--no-psqlrc", "--quiet", "--output=/dev/null")
        programs.run("psql", "--dbname", server.address(), "--single-transaction", *settings, *files)


def _script(statements: list[sql.Composed]) -> str:
    return "".join(f"{statement.as_string()};\n" for statement in statements)


_ASIDE = "ALTER SCHEMA {schema} RENAME TO {before}"
_NEW = "CREATE SCHEMA {schema}"
_NOT_NEWER = """
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM {schema}.django_migrations AS seen
        WHERE app IN (SELECT app FROM public.tenants_migrationstep)
            AND NOT EXISTS (SELECT FROM public.tenants_migrationstep AS known
                WHERE (known.app, known.name) = (seen.app, seen.name))
    ) THEN
        RAISE EXCEPTION 'the backup is of a newer version of Stadttor';
    END IF;
END $$"""
# The last step before the first one that the backup has not seen. What is missing, migrate_towns makes up for.
_LEVEL = """
UPDATE public.tenants_town SET level = coalesce(
    (SELECT min(level) - 1 FROM public.tenants_migrationstep AS step WHERE NOT EXISTS (
        SELECT FROM {schema}.django_migrations AS seen WHERE (seen.app, seen.name) = (step.app, step.name))),
    (SELECT max(level) FROM public.tenants_migrationstep),
    0
) WHERE schema_name = {name}"""
# What is held in memory of the town must not be taken for what it says now.
_VERSION = """
INSERT INTO public.tenants_pagesversion (town_id, number)
    SELECT id, 1 FROM public.tenants_town WHERE schema_name = {name}
    ON CONFLICT (town_id) DO UPDATE SET number = tenants_pagesversion.number + 1"""
_AWAY = "DROP SCHEMA {before} CASCADE"


def _number_of_missing_files(town: Town) -> int:
    with in_town(town):
        names = Upload.objects.order_by().values_list("file", flat=True)
        return sum(not default_storage.exists(name) for name in names.iterator())
