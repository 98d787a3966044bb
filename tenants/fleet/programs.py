"""Programs of PostgreSQL, run against our database as its owner."""

import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings

from tenants.fleet import server


class NoProgram(Exception):
    """A program of PostgreSQL is not there or could not do it; the message says so in German."""


def path_of(program: str) -> str:
    """Where a program such as `pg_dump` is. Raises NoProgram."""
    found = shutil.which(program, path=settings.PG_BIN or None)
    if not found:
        where = f"im Ordner {Path(settings.PG_BIN)} (PG_BIN)" if settings.PG_BIN else "im Suchpfad (PATH)"
        raise NoProgram(
            f"{program} fehlt {where}: Bitte die Programme von PostgreSQL einrichten, in der Version des Servers oder "
            "neuer, oder mit PG_BIN ihren Ordner nennen."
        )
    return found


def environment() -> dict[str, str]:
    """For a program that connects: the password, and to be the owner (every connection begins as the desk)."""
    return os.environ | {"PGPASSWORD": server.password(), "PGOPTIONS": "-c role=none"}


def run(program: str, *arguments: str) -> str:
    """What a program says. Raises NoProgram."""
    done = subprocess.run(
        [path_of(program), *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NoProgram(f"{program} ist gescheitert: {done.stderr.strip()}")
    return done.stdout
