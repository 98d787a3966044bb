"""Ctrl-C at the right moment: between two steps, never in the middle of one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, kill, a closed terminal


def stop_on_signals() -> None:
    """Treat being told to end like Ctrl-C."""
    for number in STOPPING:
        signal.signal(number, _interrupt)


@contextmanager
def held_back(*, forget: bool = False) -> Iterator[None]:
    """Let no signal disturb what happens inside; raise KeyboardInterrupt at its end, or `forget` the signal.

    Signals reach the main thread only; in any other there is nothing to hold back.
    """
    caught: list[int] = []
    try:
        before = {number: signal.signal(number, lambda number, _frame: caught.append(number)) for number in STOPPING}
    except ValueError:  # not the main thread
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if caught and not forget:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
