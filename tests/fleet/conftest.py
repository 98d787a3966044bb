"""A few towns in a database of their own, and the next version of the software, which brings migrations."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from catalogue.current import released_catalogue
from tenants import wall
from tenants.actions import create_town
from tenants.context import as_owner, at_operator, in_town
from tenants.fleet import rehearsal, server
from tenants.models import MigrationStep, Town
from tenants.municipalities import municipality
from tests.people import MONDAY
from tests.processes import until
from townhall.actions import furnish

NOTE = 'operations = [migrations.AddField("office", "note", models.TextField(null=True))]'
ARS = {"lage": "05766040", "detmold": "05766020", "blomberg": "05766016", "lemgo": "05766044"}
BASE, HERE = f"test_stadttor_{os.getpid()}b", f"test_stadttor_{os.getpid()}f"


@dataclass
class Fleet:
    """Four towns. Commands run in processes of their own, of this version or of the next."""

    folder: Path
    version: Mapping[str, str]

    def next_version(self, app: str = rehearsal.APP, **migrations: str) -> None:
        """From here on commands are of a version in which an app has further migrations: name and text."""
        self.version = rehearsal.write_next_version(self.folder, migrations, app)

    def migrate(self, *options: str) -> tuple[int, str]:
        """`manage.py migrate_towns`: exit code and what it said."""
        return rehearsal.run(["migrate_towns", *options], self.version)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """The same, without waiting for it."""
        return rehearsal.start(["migrate_towns", *options], self.version)

    def kill_when(self, is_so: Callable[[], bool], *options: str) -> None:
        """Start it, and kill it as soon as something is so."""
        with self.start(*options) as process:
            until(is_so, process)
            process.send_signal(signal.SIGKILL)

    def levels(self) -> dict[str, int]:
        """How far each town is."""
        with at_operator():
            return dict(Town.objects.values_list("slug", "level"))

    def last_level(self) -> int:
        """The last step that the template has seen."""
        with at_operator():
            return MigrationStep.objects.count()

    def columns(self, table: str) -> dict[str, set[str]]:
        """The columns of a table in each schema, the template's too."""
        found: dict[str, set[str]] = {}
        query = "SELECT table_schema, column_name FROM information_schema.columns WHERE table_name = %s"
        for schema, column in self.rows(query, table):
            found.setdefault(schema, set()).add(column)
        return found

    def rows(self, query: str, *parameters: str) -> list[tuple[Any, ...]]:
        """What the owner sees."""
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(query, parameters)
            return list(cursor.fetchall())

    def execute(self, statement: str) -> None:
        """What only the owner may do."""
        with as_owner(), connection.cursor() as cursor:
            cursor.execute(statement)

    def furnish(self, *slugs: str) -> None:
        """Towns that people can use."""
        for slug in slugs:
            with at_operator(), in_town(Town.objects.get(slug=slug)):
                furnish(catalogue=released_catalogue(), colour="#14694f")

    def other_session(self) -> psycopg.Connection:
        """Somebody else at the database, as owner, in a transaction."""
        session = server.connect()
        session.autocommit = False
        session.execute("SET ROLE none")
        return session


@pytest.fixture(scope="session")
def migrated_database(django_db_blocker: Any) -> Iterator[str]:
    """A database of this version without towns, to make copies of."""
    with django_db_blocker.unblock():
        with rehearsal.database_of_its_own(BASE, keep=True):
            call_command("migrate_towns", verbosity=0)
            call_command("import_library", verbosity=0)
        yield BASE
        rehearsal.drop(BASE)


@pytest.fixture
def fleet(migrated_database: str, django_db_blocker: Any, tmp_path: Path) -> Iterator[Fleet]:
    """Four towns in a new database, where this process works too."""
    with django_db_blocker.unblock(), rehearsal.database_of_its_own(HERE, like=migrated_database):
        with as_owner(), connection.cursor() as cursor:
            wall.build_around_public(cursor, HERE)  # roles are named after the database
        for slug, key in ARS.items():
            create_town(municipality=municipality(key), slug=slug, own_hosts=[], now=MONDAY)
        yield Fleet(tmp_path, {})
