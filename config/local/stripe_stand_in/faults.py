"""Outages on demand: requests fail, are slow, or their answers are lost, as at every provider one day."""

import random
import socket
import threading
import time

from flask import request

from config.local.stripe_stand_in.refusals import Refused


class Faults:
    """Which requests of the API shall still fail, and how."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 0
        self._status = 503
        self._chance = random.Random(0)  # noqa: S311 -- repeatable on purpose
        self._weather = {"fail": 0.0, "lose": 0.0, "slow": 0.0}

    def plan(self, *, count: int, status: int) -> None:
        """Let the next `count` requests fail with this HTTP status."""
        with self._lock:
            self._left, self._status = count, status

    def storm(self, *, seed: int, fail: float, lose: float, slow: float) -> None:
        """From now on a share of the requests fails, is executed without an answer, or takes a second."""
        with self._lock:
            self._chance = random.Random(seed)  # noqa: S311
            self._weather = {"fail": fail, "lose": lose, "slow": slow}

    def perhaps_fail(self) -> None:
        """Raises Refused while an outage is planned."""
        with self._lock:
            planned = self._left > 0
            self._left -= planned
        if planned:
            raise _outage(self._status)
        if self._happens("slow"):
            time.sleep(1)
        if self._happens("fail"):
            raise _outage(503)

    def perhaps_lose_answer(self) -> None:
        """Cut the line to the one who asks, after all has been done."""
        if self._happens("lose"):
            line: socket.socket = request.environ["werkzeug.socket"]
            line.shutdown(socket.SHUT_RDWR)

    def _happens(self, what: str) -> bool:
        with self._lock:
            return self._chance.random() < self._weather[what]


def _outage(status: int) -> Refused:
    return Refused("An error occurred on our end. (planned)", status=status, kind="api_error")
