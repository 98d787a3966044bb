"""What goes wrong: processes are killed in the middle, and the provider has a bad day."""

import random
import signal
import threading
from collections import Counter
from types import TracebackType
from typing import Any

import requests

from config.local.stack import Stack


def storm(stack: Stack, *, seed: int, strength: float) -> None:
    """Requests fail, are slow or lose their answers; events are lost, come twice or late."""
    weather = {"seed": seed, "fail": 0.03 * strength, "lose": 0.03 * strength, "slow": 0.005 * strength}
    hooks = {"lose": 0.15 * strength, "double": 0.2 * strength, "late": 0.3 * strength}
    probe(stack, "storm", **weather, webhooks=hooks)


def probe(stack: Stack, path: str, **body: Any) -> requests.Response:
    """What only tests may ask of the provider."""
    return requests.post(f"http://localhost:{stack.ports.stripe}/_probe/{path}", json=body, timeout=60)


class Saboteur:
    """Kills the web server, the worker and the database, again and again, and starts them again."""

    def __init__(self, stack: Stack, *, seed: int, every: float) -> None:
        self.stack = stack
        self.every = every
        self.killed: Counter[str] = Counter()
        self.restarted: Counter[str] = Counter()
        self._one_at_a_time = threading.Lock()
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._guard = threading.Thread(target=self._supervise, daemon=True)
        self._calm = threading.Event()
        self._parts = {
            "Webserver": stack.part("granian"),
            "Aufträge": stack.part("procrastinate"),
        }

    def __enter__(self) -> "Saboteur":
        if self.every:
            self._thread.start()
        self._guard.start()
        return self

    def stop_killing(self) -> None:
        """From now on things may only be started again."""
        self._enough.set()
        if self.every:
            self._thread.join()

    def __exit__(
        self, _kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop_killing()
        self._calm.set()
        self._guard.join()

    def _supervise(self) -> None:
        """Start what has ended, as `restart: unless-stopped` does in docker/compose.yaml."""
        while not self._calm.wait(0.5):
            for name, part in self._parts.items():
                with self._one_at_a_time:
                    if not part.is_alive():
                        self.restarted[name] += 1
                        part.start(self.stack._lifeline)

    def tally(self) -> str:
        return ", ".join(f"{name} {number}×" for name, number in sorted(self.killed.items())) or "nichts"

    def _work(self) -> None:
        victims = ["Webserver", "Aufträge", "Datenbank"]  # each in turn, so that each is hit
        turn = 0
        while not self._enough.wait(self._chance.uniform(self.every / 4, self.every)):
            name = victims[turn % len(victims)]
            turn += 1
            if name == "Datenbank":
                self._crash_database()
            else:
                part = self._parts[name]
                with self._one_at_a_time:
                    part._signal(signal.SIGKILL)
            self.killed[name] += 1

    def _crash_database(self) -> None:
        """Its processes end at once, as in a power cut; it recovers from its log."""
        server = self.stack.database
        server._run("pg_ctl", "-D", server.data, "-w", "-t", "30", "-m", "immediate", "stop")
        server.start()
