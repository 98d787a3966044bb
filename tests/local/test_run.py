"""`./run` itself: the product as somebody starts and stops it at the terminal."""

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import requests

from config.local import sample
from config.local.configuration import ROOT, Ports
from config.local.installation import is_running
from config.local.postgres import PostgresServer
from config.local.problems import LocalProblem

START_SECONDS = 240.0
STOP_SECONDS = 15.0
NEXT_START_SECONDS = 10.0  # on a machine that has nothing else to do
PEOPLE = sample.load()


@dataclass
class Terminal:
    """Somebody's terminal in a checkout, with its own data and ports."""

    data: Path
    port: int
    process: subprocess.Popen[str] | None = None
    output: str = ""
    first_start: float = 0.0  # seconds

    @property
    def environment(self) -> dict[str, str]:
        inherited = ("DATABASE_URL", "OIDC_", "STRIPE_", "EMAIL_URL", "SECRET_KEY", "FILE_KEYS", "BASE_URL", "DJANGO_")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(inherited)}
        return clean | {"STADTTOR_DATA": str(self.data), "PORT": str(self.port)}

    def run(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["./run", *arguments],
            cwd=ROOT,
            env=self.environment | changes,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def start(self) -> float:
        """Start the product and wait until it says that it runs; seconds that took."""
        begun = time.monotonic()
        log = self.data.parent / "terminal.txt"
        with log.open("w") as output:
            self.process = subprocess.Popen(
                ["./run"], cwd=ROOT, env=self.environment, stdout=output, stderr=output, text=True
            )
        while "Beenden mit Strg+C" not in log.read_text():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() - begun < START_SECONDS, log.read_text()
            time.sleep(0.05)
        self.output = log.read_text()
        return time.monotonic() - begun

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C and wait; the exit code."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def wait(self) -> tuple[int, str]:
        """Wait until it ends by itself; the exit code and what it said last."""
        assert self.process
        code = self.process.wait(STOP_SECONDS)
        return code, (self.data.parent / "terminal.txt").read_text().strip().splitlines()[-1]

    def get(self, town: str, path: str = "/") -> requests.Response:
        headers = {"Host": f"{town}.localhost:{self.port}"}
        return requests.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=30)


def free_port() -> int:
    """A port whose neighbours, where the other servers go, are free too."""
    for port in range(20000, 40000, 200):
        ports = Ports.from_environment({"PORT": str(port)})
        try:
            ports.check_free(["web", "identity", "inbox", "smtp", "stripe"])
        except LocalProblem:
            continue
        return port
    raise AssertionError


def processes_of(terminal: Terminal) -> dict[int, str]:
    """All that still runs for this installation: process ids and command lines."""
    marks = (str(terminal.data), f"--port {terminal.port}")
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if any(mark in command for mark in marks):
                found[int(process.name)] = command
    return found


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """The product runs. A test that stops it starts it again."""
    terminal = Terminal(tmp_path_factory.mktemp("run") / "data", free_port())
    terminal.first_start = terminal.start()
    yield terminal
    if terminal.process and terminal.process.poll() is None:
        terminal.stop()
    PostgresServer(terminal.data / "postgres").remove()


def test_it_says_where_everything_is_and_who_may_sign_in(terminal: Terminal) -> None:
    for town in PEOPLE.towns:
        assert f"http://{town}.localhost:{terminal.port}\n" in terminal.output
        assert f"http://{town}.localhost:{terminal.port}/rathaus/" in terminal.output
    assert f"http://betrieb.localhost:{terminal.port}" in terminal.output
    assert f"http://localhost:{terminal.port + 81}/personen" in terminal.output
    for citizen in PEOPLE.citizens:
        assert re.search(rf"{citizen.username} +{citizen.password}", terminal.output)
    for member in (*PEOPLE.staff, *PEOPLE.operators):
        assert re.search(rf"{re.escape(member.email)} +{member.password}", terminal.output)


def test_it_shows_progress_while_it_prepares(terminal: Terminal) -> None:
    lines = terminal.output.splitlines()

    for said in ("Starte die Datenbank", "  Stadt Lage vorbereiten", "Starte das Portal", "Stadttor läuft."):
        assert said in lines


@pytest.mark.parametrize("host", [*PEOPLE.towns, "betrieb"])
def test_every_host_answers(terminal: Terminal, host: str) -> None:
    assert terminal.get(host).status_code == 200


def test_an_unknown_host_is_refused(terminal: Terminal) -> None:
    assert terminal.get("gibt-es-nicht").status_code == 404


def test_a_second_start_is_refused_and_disturbs_nothing(terminal: Terminal) -> None:
    second = terminal.run()

    assert second.returncode == 1
    assert second.stderr.startswith("Stadttor läuft hier schon: ")
    assert len(second.stderr.strip().splitlines()) == 1
    assert terminal.get("lage").status_code == 200


def test_a_management_command_works_on_the_running_database(terminal: Terminal) -> None:
    code = "from tenants.models import Town; print(sorted(Town.objects.values_list('slug', flat=True)))"

    done = terminal.run("manage", "shell", "--no-imports", "-c", code)

    assert done.returncode == 0, done.stderr
    for town in PEOPLE.towns:
        assert town in done.stdout
    assert terminal.get("lage").status_code == 200


def test_the_next_start_is_quick_and_finds_all_data(terminal: Terminal) -> None:
    dsn = PostgresServer(terminal.data / "postgres").dsn

    def remembered() -> list[tuple[str]]:
        with psycopg.connect(dsn, options="-c role=none") as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (note text)")
            return connection.execute("INSERT INTO kept VALUES ('da') RETURNING note").fetchall()

    remembered()
    stopped = terminal.stop()
    left = processes_of(terminal)
    seconds = terminal.start()

    assert (stopped, left) == (0, {})
    assert "Bereite" not in terminal.output
    assert seconds <= max(NEXT_START_SECONDS, terminal.first_start / 2)  # a busy machine slows both
    with psycopg.connect(dsn, options="-c role=none") as connection:
        assert connection.execute("SELECT note FROM kept").fetchall() == [("da",)]


def test_a_part_that_dies_is_named_and_everything_stops(terminal: Terminal) -> None:
    stand_in = next(number for number, command in processes_of(terminal).items() if "stripe_stand_in" in command)
    os.kill(stand_in, signal.SIGKILL)

    code, last_words = terminal.wait()

    assert code == 1
    assert last_words.startswith("Die Zahlung hat aufgehört: Das Protokoll steht in ")
    assert processes_of(terminal) == {}
    terminal.start()


def test_even_after_a_kill_it_starts_again(terminal: Terminal) -> None:
    assert terminal.process
    terminal.process.kill()
    terminal.process.wait()
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline and any("granian" in line for line in processes_of(terminal).values()):
        time.sleep(0.1)

    terminal.start()

    assert terminal.get("lage").status_code == 200


def test_a_closed_terminal_stops_everything(terminal: Terminal) -> None:
    code = terminal.stop(signal.SIGHUP)

    assert (code, processes_of(terminal)) == (0, {})


def test_a_management_command_starts_the_database_and_stops_it_again(terminal: Terminal) -> None:
    if terminal.process and terminal.process.poll() is None:
        terminal.stop()

    done = terminal.run("manage", "check")

    assert (done.returncode, processes_of(terminal)) == (0, {})
    assert "no issues" in done.stdout


def test_reset_stops_and_forgets_everything(terminal: Terminal) -> None:
    if not is_running(terminal.data):
        terminal.start()
    keep = terminal.data / "mine.txt"
    keep.write_text("not made by ./run")

    done = terminal.run("reset")

    assert done.returncode == 0
    assert "sind gelöscht" in done.stdout
    assert processes_of(terminal) == {}
    assert list(terminal.data.iterdir()) == [keep]


def test_help_names_every_verb() -> None:
    done = subprocess.run(["./run", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    for verb in ("test", "check", "bench", "manage", "reset"):
        assert f"./run {verb}" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "changes", "sentence"),
    [
        (["tanzen"], {}, "„tanzen“ kenne ich nicht"),
        ([], {"PORT": "abc"}, "PORT=abc ist kein Anschluss"),
        ([], {"OIDC_ISSUER": "https://konto.example"}, "Zu OIDC_ISSUER fehlt noch OIDC_RP_CLIENT_ID"),
        ([], {"STADTTOR_DATA": "/proc/stadttor"}, "Der Ordner /proc/stadttor lässt sich nicht anlegen"),
    ],
)
def test_a_mistake_is_answered_in_one_german_sentence(
    tmp_path: Path, arguments: list[str], changes: dict[str, str], sentence: str
) -> None:
    done = Terminal(tmp_path / "data", 8000).run(*arguments, **changes)

    assert done.returncode != 0
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
