"""Runs the same thing in several threads at once, each with a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")


def at_once(count: int, do: Callable[[], T]) -> list[T | Exception]:
    """What `do` returned or raised in each of the threads; all begin in the same moment."""
    barrier = Barrier(count)

    def run(_number: int) -> T | Exception:
        barrier.wait()
        try:
            return do()
        except Exception as problem:  # noqa: BLE001 -- what went wrong is an answer too
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
