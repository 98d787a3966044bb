"""PostgreSQL out of the wheel."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.local import postgres
from config.local.configuration import ROOT, Ports
from config.local.postgres import PostgresServer
from config.local.problems import LocalProblem
from config.local.stack import Stack


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "postgres"
    PostgresServer(tmp_path / "postgres").remove()


def test_a_restart_finds_the_data(home: Path) -> None:
    server = PostgresServer(home, fast=True)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('noch da')")
    server.stop()
    assert not server.is_running()

    again = PostgresServer(home, fast=True)
    with psycopg.connect(again.start()) as connection:
        found = connection.execute("SELECT text FROM note").fetchall()
    again.stop()

    assert found == [("noch da",)]


def test_it_knows_umlauts_german_words_and_utc_whatever_the_system_says(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    monkeypatch.setenv("TZ", "America/New_York")
    server = PostgresServer(home, fast=True)

    with psycopg.connect(server.start()) as connection:
        found = connection.execute(
            "SELECT lower('ÄÖÜẞ'), to_tsvector('german', 'Müllers Häuser')::text, current_setting('TimeZone')"
        ).fetchone()
        connection.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent; CREATE EXTENSION citext")
    server.stop()

    assert found == ("äöüß", "'haus':2 'mull':1", "UTC")


def test_the_last_one_who_uses_it_stops_it(home: Path) -> None:
    first, second = PostgresServer(home, fast=True), PostgresServer(home, fast=True)
    first.start()
    second.start()

    first.stop()
    runs_for_the_second = second.is_running()
    second.stop()

    assert (runs_for_the_second, second.is_running()) == (True, False)


def test_two_processes_may_start_it_at_once(home: Path) -> None:
    program = (
        "import sys, pathlib, psycopg; from config.local.postgres import PostgresServer\n"
        "server = PostgresServer(pathlib.Path(sys.argv[1]), fast=True)\n"
        "print(psycopg.connect(server.start()).execute('SELECT 1').fetchone()[0]); input(); server.stop()"
    )
    command = [sys.executable, "-c", program, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}

    both = [subprocess.Popen(command, **pipes) for _ in range(2)]  # type: ignore[call-overload]
    answers = [process.stdout.readline() for process in both]
    for process in both:
        process.communicate("\n")

    assert answers == ["1\n", "1\n"]
    assert not PostgresServer(home).is_running()


def test_a_killed_server_comes_back_with_what_was_committed(home: Path) -> None:
    server = PostgresServer(home)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, 9)
    while server.is_running():
        pass

    with psycopg.connect(server.start()) as connection:
        found = connection.execute("SELECT number FROM kept").fetchone()
    server.stop()

    assert found == (7,)


def test_nobody_else_can_reach_the_server(home: Path) -> None:
    server = PostgresServer(home, fast=True)
    server.start()

    mode = stat.S_IMODE(server.sockets.stat().st_mode)
    network_address = (server.data / "postmaster.pid").read_text().splitlines()[5]  # empty: only the socket
    server.stop()

    assert (mode, network_address) == (0o700, "")


def test_a_foreign_socket_directory_is_refused(home: Path, tmp_path: Path) -> None:
    server = PostgresServer(home, fast=True)
    server.sockets.symlink_to(tmp_path)

    with pytest.raises(LocalProblem, match="gehört jemand anderem"):
        server.start()

    server.sockets.unlink()


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(postgres, "WHEELS", ("no_such_package",))

    with pytest.raises(LocalProblem, match="Es fehlt das Paket no_such_package"):
        PostgresServer(home).start()


def test_data_of_another_version_is_not_touched(home: Path) -> None:
    server = PostgresServer(home, fast=True)
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(LocalProblem, match=r"stammen von PostgreSQL 12, installiert ist \d+"):
        server.start()
    server.stop()


def test_we_are_no_superuser_there(home: Path) -> None:
    server = PostgresServer(home, fast=True)
    with psycopg.connect(server.start()) as connection:
        found = connection.execute(
            """
            SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
                pg_get_userbyid(datdba) = current_user
            FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
            """
        ).fetchone()
    server.stop()

    assert found == (False, True, True, False, False, True)


def test_data_that_was_made_with_a_superuser_is_not_touched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = PostgresServer(home, fast=True)
    with monkeypatch.context() as before:
        before.setattr(postgres, "ADMINISTRATOR", postgres.NAME)
        server.start()
    server.stop()

    with pytest.raises(LocalProblem, match=r"älteren Fassung von Stadttor: Bitte beginnen Sie mit \./run reset"):
        server.start()
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by PostgreSQL")
def test_for_root_it_runs_as_somebody_who_owns_nothing(home: Path) -> None:
    server = PostgresServer(home, fast=True)
    server.start()
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    owner = Path(f"/proc/{postmaster}").stat().st_uid
    server.stop()

    assert server.account is not None
    assert owner == server.account.pw_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a home that others cannot enter")
def test_for_root_a_closed_directory_stays_closed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = PostgresServer(closed / "postgres", fast=True)

    with psycopg.connect(server.start()) as connection:
        answer = connection.execute("SELECT 1").fetchone()
    server.remove()

    assert answer == (1,)
    assert server.home.parent == postgres.SYSTEM_HOME
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert not server.home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps data outside of the given directory")
def test_for_root_a_stack_of_tests_leaves_nothing_behind(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with Stack(closed, ports=Ports.free(), parts=frozenset({"database"}), given={}, fast=True) as stack:
        is_elsewhere = stack.database.home.parent == postgres.SYSTEM_HOME and stack.database.home.exists()

    assert is_elsewhere
    assert not stack.database.home.exists()
