"""What the stack keeps in its data directory: one installation, used by one stack at a time."""

import fcntl
import os
import secrets
import shutil
import signal
import time
from pathlib import Path
from typing import IO

from config.local.postgres import PostgresServer
from config.local.problems import LocalProblem

SMALLEST_SPACE = 150 * 1024 * 1024  # bytes that must be free
LOCK_SECONDS = 1.0  # for those who only look whether a stack runs
STOP_SECONDS = 20.0
# All that is ever kept there, and all that `reset` deletes.
DIRECTORIES = (
    *("postgres", "identity", "stripe", "fit-connect", "mail", "media"),
    *("static", "metrics", "log", "test", "bench"),
)
FILES = (
    *("secret-key", "file-key", "stripe-key", "stripe-webhook-secret"),
    *("environment.json", "install.log", "stack.lock", "static.stamp"),
)


def make_directory(data: Path) -> None:
    """Make the data directory if it is not there. Raises LocalProblem."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LocalProblem(
            f"Der Ordner {data} lässt sich nicht anlegen ({error.strerror}): "
            "Nennen Sie mit STADTTOR_DATA einen anderen."
        ) from error
    if shutil.disk_usage(data).free < SMALLEST_SPACE:
        megabytes = SMALLEST_SPACE // 1024**2
        raise LocalProblem(f"Auf der Festplatte ist zu wenig Platz: Stadttor braucht {megabytes} MB.")


def take_lock(data: Path) -> IO[str]:
    """Say that a stack runs with this data, until the file is closed. Raises LocalProblem if another one does."""
    lock = (data / "stack.lock").open("a+")
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise LocalProblem(
                    "Stadttor läuft hier schon: Beenden Sie es dort mit Strg+C, oder starten Sie ein zweites mit "
                    "STADTTOR_DATA=.local2 PORT=9000 ./run."
                ) from None
            time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def is_running(data: Path) -> bool:
    """Whether a stack with this data runs."""
    return _holder(data) is not None


def stop_running(data: Path) -> None:
    """Stop the stack that runs with this data, if there is one. Raises LocalProblem if it does not end."""
    holder = _holder(data)
    if not holder:
        return
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _holder(data) is not None:
        if time.monotonic() > deadline:
            raise LocalProblem(f"Stadttor lässt sich nicht beenden (Prozess {holder}).")
        time.sleep(0.1)


def forget(data: Path) -> None:
    """Delete all that the stack ever kept in this directory, and nothing else."""
    for home in (data / "postgres", data / "test" / "server", data / "bench" / "postgres"):
        PostgresServer(home).remove()
    for name in DIRECTORIES:
        shutil.rmtree(data / name, ignore_errors=True)
    for name in FILES:
        (data / name).unlink(missing_ok=True)
    if data.exists() and not any(data.iterdir()):
        data.rmdir()


def kept_secret(data: Path, name: str, prefix: str = "") -> str:
    """A secret of this installation, made once."""
    return _kept(data / name, prefix + secrets.token_urlsafe(48))


def kept_key(data: Path, name: str) -> str:
    """32 random bytes of this installation in hexadecimal digits, made once."""
    return _kept(data / name, secrets.token_hex(32))


def _kept(file: Path, new: str) -> str:
    if not file.exists():
        write_private(file, new)
    return file.read_text()


def write_private(file: Path, content: str) -> None:
    """Write a file that only we can read."""
    file.touch(mode=0o600)
    file.write_text(content)


def _holder(data: Path) -> int | None:
    """Process id of the stack that runs with this data, 0 while it is starting, None if there is none."""
    file = data / "stack.lock"
    if not file.exists():
        return None
    with file.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read() or 0)
    return None
