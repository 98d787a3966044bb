"""The command line behind `./run`: `python -m config.local VERB …`."""

import os
import subprocess
import sys

from config.local import checks, sample
from config.local.configuration import ROOT, Ports, data_directory
from config.local.installation import forget, is_running, stop_running
from config.local.problems import LocalProblem, explain
from config.local.signals import stop_on_signals
from config.local.stack import Stack
from config.local.welcome import welcome


def main(arguments: list[str]) -> int:
    """Run a verb. Returns the exit code; every foreseeable problem is one German sentence."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("start", [])
    verbs = {"start": start, "test": test, "check": check, "bench": bench, "manage": manage, "reset": reset}
    if verb not in verbs:
        complain(f"„{verb}“ kenne ich nicht. Was es gibt, zeigt ./run help.")
        return 2
    stop_on_signals()
    try:
        return verbs[verb](rest)
    except LocalProblem as problem:
        complain(str(problem))
        return 1
    except ModuleNotFoundError as missing:
        complain(f"Es fehlt das Paket {missing.name}: Löschen Sie bitte den Ordner .venv und starten Sie ./run.")
        return 1
    except OSError as error:
        complain(str(explain(error)))
        return 1
    except KeyboardInterrupt:
        say("")
        return 130


def start(arguments: list[str]) -> int:
    """The product, until Ctrl-C."""
    if arguments:
        raise LocalProblem(f"Mit „{' '.join(arguments)}“ kann ich nichts anfangen: siehe ./run help.")
    stack = Stack(data_directory(), ports=Ports.from_environment(os.environ), say=say)
    try:
        with stack:
            say(welcome(stack, sample.load()))
            stack.watch()
    except KeyboardInterrupt:
        say("\nStadttor ist beendet. Alle Daten sind gespeichert.")
    return 0


def test(arguments: list[str]) -> int:
    """All checks and tests."""
    return checks.test(data_directory(), arguments, say)


def check(_arguments: list[str]) -> int:
    """All checks."""
    return checks.check(data_directory(), say)


def bench(arguments: list[str]) -> int:
    """Measurements, against a stack of its own."""
    if not (ROOT / "tests" / "load" / "bench.py").exists():
        raise LocalProblem("Es gibt noch keine Messung: tests/load/bench.py fehlt.")
    given = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.load.settings"}
    with Stack(data_directory() / "bench", ports=Ports.free(), given=given, say=say) as stack:
        command = [sys.executable, "-m", "tests.load.bench", *arguments]
        return subprocess.run(command, cwd=ROOT, env=stack.environment, check=False).returncode


def manage(arguments: list[str]) -> int:
    """A management command with the servers of the stack; the database is started if it is not up."""
    stack = Stack(data_directory(), ports=Ports.from_environment(os.environ))
    environment = stack.start_database()
    try:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        stack.database.stop()


def reset(_arguments: list[str]) -> int:
    """Forget everything, without asking."""
    data = data_directory()
    if is_running(data):
        say("Beende Stadttor")
        stop_running(data)
    if not data.exists():
        say(f"In {data} war nichts gespeichert.")
        return 0
    forget(data)
    say(f"Alle Daten in {data} sind gelöscht: Datenbank, Konten, Zahlungen, E-Mails, Dateien.")
    if os.environ.get("DATABASE_URL"):
        say("Die Datenbank, die DATABASE_URL nennt, ist unverändert.")
    return 0


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def complain(text: str) -> None:
    """Tell the person at the terminal what is wrong."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
