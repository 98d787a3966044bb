"""The first start: from an empty database to the first town, as the containers do it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tenants.fleet.server import drop_database
from tests.docker.files import ROOT


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The address of a database of whose kind there never was one: not even its roles are there."""
    address = os.environ["DATABASE_URL"]
    name = f"first_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET ROLE NONE")
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_conninfo(address, dbname=name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET ROLE NONE")
        drop_database(connection, name)


def enter(database: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    known = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PG_BIN', '')}:/usr/bin:/bin",
        "SECRET_KEY": "only-for-tests",
        "FILE_KEYS": "0123456789abcdef" * 4,
        "BASE_URL": "http://stadttor.localhost",
        "DATABASE_URL": database,
        "EMAIL_URL": "memorymail://",
    }
    return subprocess.run(
        [ROOT / "docker/entrypoint", *arguments], env=known, capture_output=True, text=True, check=False
    )


def test_an_empty_database_becomes_a_portal_with_a_town(empty_database: str) -> None:
    first = enter(empty_database, "migrate")
    town = enter(empty_database, "create_town", "Blomberg")
    again = enter(empty_database, "migrate")

    assert first.returncode == 0, first.stderr
    assert "Katalog 1 ist freigegeben." in first.stdout
    assert "Stadt Blomberg ist im Probebetrieb: http://blomberg.stadttor.localhost/" in town.stdout
    assert again.stdout.splitlines()[0] == "Alles ist auf dem neuesten Stand."
