"""Outages on demand: the next requests fail, as they do at every provider one day."""

import threading

from config.local.stripe_stand_in.refusals import Refused


class Faults:
    """How many requests of the API shall still fail, and with which status."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = 0
        self._status = 503

    def plan(self, *, count: int, status: int) -> None:
        """Let the next `count` requests fail with this HTTP status."""
        with self._lock:
            self._left, self._status = count, status

    def perhaps_fail(self) -> None:
        """Raises Refused while an outage is planned."""
        with self._lock:
            if self._left == 0:
                return
            self._left -= 1
        raise Refused("An error occurred on our end. (planned)", status=self._status, kind="api_error")
