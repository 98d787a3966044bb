"""One server of the stack: a process of its own, with its own log."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.local.configuration import ROOT
from config.local.lifeline import Lifeline
from config.local.problems import LocalProblem, explain_output

START_SECONDS = 60.0
STOP_SECONDS = 5.0


@dataclass
class Part:
    """What to run, and how to see that it answers. `label` is German, with its article."""

    label: str
    command: list[str]
    log: Path
    is_ready: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    _process: subprocess.Popen[bytes] | None = None
    _has_run: bool = False  # started again, it goes on in the same log

    def start(self, lifeline: Lifeline | None = None) -> None:
        """Start the process; it may take a while until it answers. With a `lifeline` it ends when that does."""
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab" if self._has_run else "wb") as output:
            self._process = subprocess.Popen(
                [*_die_with_parent(), *self.command],
                cwd=ROOT,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the stack alone, which stops in order
            )
        self._has_run = True
        if lifeline:
            lifeline.hold(self._process.pid)

    def wait_until_ready(self) -> None:
        """Raises LocalProblem if the process ends or does not answer within a minute."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_alive():
                told = self.log.read_text(errors="replace")
                raise explain_output(told, f"{self.label} startet nicht: Das Protokoll steht in {self.log}.")
            if self.is_ready():
                return
            time.sleep(0.05)
        raise LocalProblem(f"{self.label} antwortet nicht: Das Protokoll steht in {self.log}.")

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End the process and all that it started at once, as a crash would."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._process = None

    def ask_to_stop(self) -> None:
        """Tell the process to end."""
        self._signal(signal.SIGTERM)

    def make_sure_it_stopped(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then end the process and all that it started."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
        self._signal(signal.SIGKILL)  # the web server may miss a SIGTERM while it starts
        self._process.wait()
        self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def answers_http(port: int, path: str, host: str = "localhost") -> bool:
    """Whether a web server on this machine answers, whatever it says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def accepts_connections(port: int) -> bool:
    """Whether somebody listens on this port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent() -> list[str]:
    """A prefix for the command: if the stack is killed, its parts end too (Linux)."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM", "--"] if program else []
