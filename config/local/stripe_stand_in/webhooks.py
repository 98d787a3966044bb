"""Webhooks: every event is reported to the portal, signed, until the portal says that it has it."""

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.local.stripe_stand_in.store import Entry, Store

RETRIES = (1, 2, 5, 10, 30, 60, 300, 900, 3600)  # seconds until the next attempt; then never again
TIMEOUT = 20  # seconds
AT_ONCE = 4


@dataclass(frozen=True)
class Receiver:
    """Where events are sent. `host` is the Host header, because Python cannot resolve *.localhost."""

    url: str
    host: str
    secret: str


@dataclass(frozen=True)
class Delivery:
    """One attempt; `status` is the HTTP status that answered it, 0 if nobody answered."""

    event: str
    type: str
    status: int


class Courier:
    """Takes events to the receiver. Tests may hold them back and release them in another order."""

    def __init__(self, store: Store, receiver: Receiver) -> None:
        self.store = store
        self.receiver = receiver
        self.holding = False
        self._chance = random.Random(0)  # noqa: S311 -- repeatable on purpose
        self._weather = {"lose": 0.0, "double": 0.0, "late": 0.0}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._lock = threading.Lock()

    def deliver_due(self, now: float) -> None:
        """Start delivering what is due at `now` (seconds since 1970); what fails becomes due again later."""
        with self._lock:
            if not self.holding:
                for event in self._take(now):
                    for _time in range(1 + self._happens("double")):
                        self._pool.submit(self._deliver, event)

    def retry_everything(self) -> None:
        """Make what nobody has taken yet due at once; whoever restarts us does not want to wait."""
        with self.store.transaction():
            for event in self.store.due("event", float("inf")):
                event.private["attempts"] = 0
                event.due = time.time()
                self.store.save(event)

    def storm(self, *, seed: int, lose: float, double: float, late: float) -> None:
        """From now on a share of the events is never delivered, comes twice, or up to ten seconds late."""
        with self._lock:
            self._chance = random.Random(seed)  # noqa: S311
            self._weather = {"lose": lose, "double": double, "late": late}

    def hold(self) -> None:
        """Deliver nothing from now on."""
        with self._lock:
            self.holding = True

    def release(self, *, reverse: bool = False, times: int = 1) -> list[Delivery]:
        """Deliver what was held back, one after the other, each `times` times, and go on as usual."""
        with self._lock:
            held = self._take(float("inf"))
            deliveries = [self._deliver(event) for event in (held[::-1] if reverse else held) for _ in range(times)]
            self.holding = False
        return deliveries

    def _happens(self, what: str) -> bool:
        return self._chance.random() < self._weather[what]

    def _withstands(self, event: Entry) -> bool:
        """Whether an event is delivered now; otherwise it is lost or comes later."""
        if self._happens("lose"):
            event.due = None
        elif event.private["attempts"] == 0 and self._happens("late"):
            event.private["attempts"] = 1
            event.due = time.time() + self._chance.uniform(1, 10)
        else:
            return True
        self.store.save(event)
        return False

    def _take(self, now: float) -> list[Entry]:
        """The events that are due, each put off, so that it comes again if we die on the way."""
        with self.store.transaction():
            events = [event for event in self.store.due("event", now) if self._withstands(event)]
            for event in events:
                attempts = event.private["attempts"]
                event.private["attempts"] = attempts + 1
                event.due = time.time() + TIMEOUT + RETRIES[attempts] if attempts < len(RETRIES) else None
                self.store.save(event)
        return events

    def _deliver(self, event: Entry) -> Delivery:
        status = self._send(event)
        with self.store.transaction():
            if 200 <= status < 300:
                event.body["pending_webhooks"] = 0
                event.due = None
            elif event.due is not None:
                event.due -= TIMEOUT
            self.store.save(event)
        return Delivery(event.id, event.body["type"], status)

    def _send(self, event: Entry) -> int:
        payload = json.dumps(event.body).encode()
        address = urlsplit(self.receiver.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
        headers = {
            "Host": self.receiver.host,
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self.receiver.secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (local stand-in)",
        }
        try:
            connection.request("POST", address.path, payload, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


def signature(payload: bytes, secret: str, timestamp: int) -> str:
    """The value of the `Stripe-Signature` header (docs.stripe.com/webhooks, scheme v1)."""
    signed = hmac.new(secret.encode(), b"%d.%s" % (timestamp, payload), hashlib.sha256)
    return f"t={timestamp},v1={signed.hexdigest()}"
