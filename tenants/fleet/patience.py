"""Requests go first: whoever changes tables waits a moment for a lock, gives up, and tries again."""

import time
from collections.abc import Callable

import psycopg
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

LOCK_SECONDS = 2  # so long requests may have to wait behind us
PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # seconds, between tries to get a lock


def patiently(do: Callable[[], None], *, again: Callable[[], None]) -> None:
    """Do it, once more after each pause if a lock was not to be had; `again` is told. Raises what `do` raises."""
    for pause in PAUSES:
        try:
            return do()
        except (psycopg.Error, OperationalError) as error:
            if not is_lock(error):
                raise
        again()
        time.sleep(pause)
    return do()


def is_lock(error: Exception) -> bool:
    """Whether it was only that somebody else held something."""
    cause = error.__cause__ if isinstance(error, OperationalError) else error
    return isinstance(cause, LockNotAvailable | DeadlockDetected)
