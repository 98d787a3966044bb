"""What must be done before the web server starts, and only if something changed since it was last done."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from config.local import sample
from config.local.configuration import ROOT
from config.local.problems import explain_output

Say = Callable[[str], None]
PREPARED = "Stadttor, prepared with "  # the comment on a database that is ready; it goes where the database goes


def prepare_database(environment: Mapping[str, str], log: Path, say: Say, *, has_own_identity: bool = False) -> None:
    """Bring tables, catalogue and sample towns up to date; without our identity provider none of them has its own.

    Raises LocalProblem.
    """
    staff_issuer = [] if has_own_identity else ["--staff-issuer", environment["OIDC_ISSUER"]]
    wanted = PREPARED + _content_of(_files_of_preparation())
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        if _comment(connection) == wanted:
            return
        say("Bereite die Städte vor (einmalig, etwa eine Minute)")
        run_manage(["prepare_local", str(sample.FILE), *staff_issuer], environment, log, say)
        connection.execute("SET ROLE NONE")  # connections begin without the rights of the owner
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(wanted)))


def collect_static_files(environment: Mapping[str, str], stamp: Path, log: Path, say: Say) -> None:
    """Bring the static files together, with hashed names and compressed. Raises LocalProblem."""
    wanted = _state_of(_static_files())
    if stamp.exists() and stamp.read_text() == wanted and Path(environment["STATIC_ROOT"]).exists():
        return
    say("Bereite Bilder, Schriften und Stile vor")
    run_manage(["collectstatic", "--noinput", "--clear", "--verbosity", "0"], environment, log, lambda _line: None)
    stamp.write_text(wanted)


def run_manage(arguments: list[str], environment: Mapping[str, str], log: Path, say: Say) -> None:
    """Run a management command; say what it prints and keep all of it in `log`. Raises LocalProblem."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-u", str(ROOT / "manage.py"), *arguments]
    with (
        log.open("w+") as errors,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None  # we asked for a pipe
        try:
            for line in process.stdout:
                say(f"  {line.rstrip()}")
            failed = process.wait()
        except BaseException:  # somebody presses Ctrl-C: the command must not go on without its database
            process.kill()
            raise
        if failed:
            errors.seek(0)
            told = errors.read()
            raise explain_output(told, f"{arguments[0]} ist gescheitert: Das Protokoll steht in {log}.")


def _comment(connection: psycopg.Connection) -> str | None:
    row = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    return row[0] if row else None


def _files_of_preparation() -> Iterable[Path]:
    yield from ROOT.glob("locks/*.lock")
    yield from ROOT.glob("*/migrations/*.py")
    yield from ROOT.glob("*/*/migrations/*.py")
    yield from ROOT.glob("catalogue/library/**/*.yaml")
    yield from ROOT.glob("*/management/commands/prepare_local.py")
    yield sample.FILE


def _static_files() -> Iterable[Path]:
    yield from ROOT.glob("locks/*.lock")
    for directory in (ROOT / "static", *ROOT.glob("*/static")):
        yield from (file for file in directory.rglob("*") if file.is_file())


def _content_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(os.fsencode(file.relative_to(ROOT)) + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _state_of(files: Iterable[Path]) -> str:
    """Like `_content_of`, by size and time only: there are many large files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        found = file.stat()
        digest.update(f"{file.relative_to(ROOT)}\0{found.st_size}\0{found.st_mtime_ns}\0".encode())
    return digest.hexdigest()
