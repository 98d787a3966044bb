"""A portal to be mistreated: a database of its own with towns and people, web workers, and PgBouncer if wanted.

Used by the commands `hammer_towns`, `bench_wall` and `bench_pages`. All of it is gone afterwards.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.local.configuration import ROOT
from config.local.part import Part, answers_http
from tenants.fleet.server import drop_database

WORKERS = 2  # processes
THREADS = 4  # of each
POOL = 2  # connections of each: fewer than threads
POOLER = "pgbouncer"
POOLER_ACCOUNT = "postgres"  # it refuses to run as root


@dataclass(frozen=True)
class Person:
    """A citizen who is signed in."""

    login: str
    session: str  # what her cookie says


@dataclass(frozen=True)
class Scratch:
    """A database with towns."""

    name: str
    dsn: str
    folder: Path
    people: Mapping[str, list[Person]]  # of each town, by its slug


@contextmanager
def scratch(towns: int) -> Iterator[Scratch]:
    """A database on the server that the settings name, with so many towns. Our role must be allowed to create it."""
    name = f"hammer_{os.getpid()}_{towns}"
    settings = connection.settings_dict
    target = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    target |= {"password": settings["PASSWORD"]}
    target = {key: value for key, value in target.items() if value}
    with (
        tempfile.TemporaryDirectory() as folder,
        psycopg.connect(**target, dbname="postgres", autocommit=True) as server,
    ):
        dsn = make_conninfo(**target, dbname=name)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            environment = environment_of(dsn, "config.settings", Path(folder))
            command = [sys.executable, "-m", "tests.load.prepare", str(towns)]
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            people = {town: [Person(*one) for one in persons] for town, persons in found.items()}
            yield Scratch(name, dsn, Path(folder), people)
        finally:
            drop_database(server, name)


def environment_of(dsn: str, settings: str, folder: Path, **more: str) -> dict[str, str]:
    """What a process with these settings needs."""
    left_out = ("STATIC_ROOT", "PROMETHEUS_MULTIPROC_DIR", "DATABASE_TRANSACTION_POOLING")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    return environment | {
        "DATABASE_URL": dsn,
        "DATABASE_POOL_SIZE": str(POOL),
        "DJANGO_SETTINGS_MODULE": settings,
        "BASE_URL": "http://localhost:8000",
        "MEDIA_ROOT": str(folder / "media"),
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "CRITICAL",
        **more,
    }


@contextmanager
def web_server(environment: Mapping[str, str], host: str, folder: Path) -> Iterator[int]:
    """Granian as in production, with fewer connections than threads. Yields its port."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), "config.wsgi:application"]
    part = Part(
        "Der Webserver", command, folder / f"web-{port}.log", lambda: answers_http(port, "/wer/", host), environment
    )
    try:
        part.start()
        part.wait_until_ready()
        yield port
    finally:
        part.ask_to_stop()
        part.make_sure_it_stopped(time.monotonic() + 5)


def has_pooler() -> bool:
    """Whether PgBouncer is installed."""
    return shutil.which(POOLER) is not None


@contextmanager
def pgbouncer(database: Scratch, *, as_owner: bool = False) -> Iterator[str]:
    """PgBouncer in transaction mode before the database, with few connections. Yields the address there.

    `as_owner` undoes what the wall has put up at the beginning of each connection.
    """
    is_root = os.geteuid() == 0
    folder = Path(tempfile.mkdtemp(prefix="pooler-"))
    port = _free_port()
    target = " ".join(f"{part}" for part in database.dsn.split())
    begin = " connect_query='SET ROLE NONE'" if as_owner else ""
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
{database.name} = {target} pool_size={2 * POOL}{begin}
[pgbouncer]
pool_mode = transaction
auth_type = any
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
ignore_startup_parameters = options
logfile = {folder}/pgbouncer.log
"""
    )
    if is_root:
        shutil.chown(folder, POOLER_ACCOUNT)
    command = [POOLER, "-q", *(["-u", POOLER_ACCOUNT] if is_root else []), str(folder / "pgbouncer.ini")]
    part = Part("PgBouncer", command, database.folder / "pgbouncer.log", (folder / f".s.PGSQL.{port}").exists)
    try:
        part.start()
        part.wait_until_ready()
        yield make_conninfo(host=str(folder), port=port, dbname=database.name, user="anybody")
    finally:
        part.ask_to_stop()
        part.make_sure_it_stopped(time.monotonic() + 5)
        shutil.rmtree(folder)


def _free_port() -> int:
    with closing(socket.socket()) as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])
