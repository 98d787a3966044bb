"""A database of its own beside ours, and a version of the software that is not there yet: to measure and to rehearse.

Nothing here touches the database that is served.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tenants import hosts
from tenants.context import leave
from tenants.fleet import server

PLAIN_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
APP = "townhall"  # gets the migrations of the next version, unless another is named
MODULE, SETTINGS = "next_migrations", "next_settings"


@contextmanager
def database_of_its_own(name: str, *, like: str = "template1", keep: bool = False) -> Iterator[None]:
    """Everything inside works in a new database, a copy of `like`, in this process. At the end it goes, unless kept."""
    home = connection.settings_dict["NAME"]
    drop(name)
    with server.beside() as there:
        there.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(like)))
    _go_to(name)
    try:
        yield
    finally:
        _go_to(home)
        if not keep:
            drop(name)


def write_next_version(folder: Path, migrations: Mapping[str, str], app: str = APP) -> dict[str, str]:
    """A version in which an app has further migrations: name and text. Gives its environment."""
    package = folder / MODULE
    package.mkdir(parents=True, exist_ok=True)
    (folder / f"{SETTINGS}.py").write_text(
        f"from config.settings import *\nMIGRATION_MODULES = {{'{app}': '{MODULE}'}}\n"
    )
    # The migrations that are there, and those of the folder.
    (package / "__init__.py").write_text(
        f"import {app}.migrations\n__path__ = [*{app}.migrations.__path__, *__path__]\n"
    )
    before = max(path.stem for path in (settings.ROOT / app / "migrations").glob("0*.py"))
    for name, body in migrations.items():
        (package / f"{name}.py").write_text(_MIGRATION.format(app=app, before=before, body=body))
        before = name
    return {"PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": SETTINGS}


_MIGRATION = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("{app}", "{before}")]
    {body}
"""


class Visitor:
    """Asks this process, which is of the version before, for a page of towns, over and over, in a thread of its own."""

    def __init__(self, slugs: Iterable[str], path: str) -> None:
        self.answers: Counter[int] = Counter()  # how often which status code came
        self._browsers = [Client(headers={"host": f"{slug}.{settings.BASE_HOST}"}) for slug in slugs]
        self._path = path
        self._stop = Event()
        # Pages name their styles; whether somebody has brought those together is of no matter here.
        self._settings = override_settings(STORAGES=settings.STORAGES | {"staticfiles": {"BACKEND": PLAIN_FILES}})
        self._thread = Thread(target=self._visit)

    def __enter__(self) -> "Visitor":
        self._settings.enable()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self._settings.disable()

    def _visit(self) -> None:
        while not self._stop.is_set():
            for browser in self._browsers:
                self.answers[browser.get(self._path).status_code] += 1
        connection.close()


def start(arguments: list[str], version: Mapping[str, str]) -> subprocess.Popen[str]:
    """A command of manage.py in a process of its own, in the database where this process works now."""
    secret = {"password": server.password()} if server.password() else {}
    return subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), *arguments],
        cwd=settings.ROOT,
        env=os.environ | {"DATABASE_URL": make_conninfo(server.address(), **secret), **version},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(arguments: list[str], version: Mapping[str, str]) -> tuple[int, str]:
    """The same, until it ends: exit code, and what it said."""
    with start(arguments, version) as process:
        told, _errors = process.communicate()
    return process.returncode, told


def _go_to(name: str) -> None:
    pooled: Any = connection
    pooled.close_pool()  # before the connection goes back to it: that happens in a thread, perhaps too late
    pooled.close()
    pooled.close_pool()  # Django has made another one on the way, which still leads to where we were
    connection.settings_dict["NAME"] = name
    leave()
    hosts.forget()


def drop(name: str) -> None:
    """Remove a database of its own, with its roles."""
    with server.beside() as there:
        server.drop_database(there, name)
