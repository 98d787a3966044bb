"""What all requests need of `public`, held in memory, so that a page does not ask the database for it."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from django.db import transaction

from tenants.context import at_operator

T = TypeVar("T")


class Held(Generic[T]):
    """A value that one thread reads for all, at most every `most_seconds`: until then another process's changes are
    not seen. What this process changes is seen at once, if it says so."""

    def __init__(self, read: Callable[[], T], *, most_seconds: float) -> None:
        self.read = read
        self.most_seconds = most_seconds
        self._lock = Lock()
        self._kept: tuple[float, T] | None = None  # when it was read, and what

    def get(self) -> T:
        """The value, read again if it is too old."""
        kept = self._kept
        if kept is None or self._is_old(kept[0]):
            with self._lock:  # one thread reads, the others wait for it
                kept = self._kept
                if kept is None or self._is_old(kept[0]):
                    began = monotonic()
                    with at_operator():
                        kept = began, self.read()
                    self._kept = kept
        return kept[1]

    def changed(self) -> None:
        """It is about to change: read it again, now and when the change is committed.

        Another thread may read in between, and would keep what was.
        """
        self.forget()
        transaction.on_commit(self.forget)

    def forget(self) -> None:
        """Read it when it is needed next."""
        self._kept = None

    def _is_old(self, read_at: float) -> bool:
        return monotonic() - read_at > self.most_seconds
