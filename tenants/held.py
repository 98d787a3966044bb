"""What all requests need of `public`, held in memory, so that a page does not ask the database for it."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from django.db import transaction

from tenants.context import at_operator

T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    value: T
    read_at: float  # monotonic seconds when reading began
    since: object  # the change before it


class Held(Generic[T]):
    """A value that one thread reads for all, at most every `most_seconds`: until then another process's changes are
    not seen. What this process changes is seen at once, if it says so."""

    def __init__(self, read: Callable[[], T], *, most_seconds: float) -> None:
        self.read = read
        self.most_seconds = most_seconds
        self._lock = Lock()
        self._kept: _Kept[T] | None = None
        self._last_change = object()

    def get(self) -> T:
        """The value, read again if it is too old or has changed since reading began."""
        kept = self._kept
        if kept is None or self._is_stale(kept):
            with self._lock:  # one thread reads, the others wait for it
                kept = self._kept
                if kept is None or self._is_stale(kept):
                    kept = self._kept = self._read_now()
        return kept.value

    def changed(self) -> None:
        """It is about to change: read it again, now and when the change is committed.

        Another thread may read in between, and would keep what was.
        """
        self.forget()
        transaction.on_commit(self.forget)

    def forget(self) -> None:
        """Read it when it is needed next."""
        self._last_change = object()

    def _read_now(self) -> _Kept[T]:
        began, since = monotonic(), self._last_change
        with at_operator():
            return _Kept(self.read(), began, since)

    def _is_stale(self, kept: _Kept[T]) -> bool:
        return kept.since is not self._last_change or monotonic() - kept.read_at > self.most_seconds
