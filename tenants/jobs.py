"""Jobs: work that follows from a write, queued in its transaction, run by the worker in the same town."""

import functools
from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate.contrib.django import app

from tenants.context import at_operator, current_town, has_town, in_town
from tenants.models import Town

RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=3)


class Job:
    """A function that runs later, in the town (or at the operator) that queued it."""

    def __init__(self, function: Callable[..., None], task: Any, *, needs_town: bool) -> None:
        functools.update_wrapper(self, function)  # type: ignore[arg-type]  # it is called by `_task` only
        self._task = task
        self._needs_town = needs_town

    def queue(self, *, delay: int = 0, **arguments: Any) -> None:
        """Run the job once this transaction is committed, at the earliest in `delay` seconds.

        Arguments must be plain JSON values. If the transaction fails the job was never there. Raises NoTown
        for a job of towns where none is active.
        """
        task = self._task.configure(schedule_in={"seconds": delay}) if delay else self._task
        town = current_town().schema_name if self._needs_town or has_town() else None
        task.defer(town=town, **arguments)


def town_job(function: Callable[..., None]) -> Job:
    """Make `function` a job of towns. It gets the arguments it was queued with, and runs in the same town."""
    return Job(function, _task(function), needs_town=True)


def job(function: Callable[..., None]) -> Job:
    """Make `function` a job that a town or the operator may queue, and that runs there."""
    return Job(function, _task(function), needs_town=False)


def _task(function: Callable[..., None]) -> Any:
    @functools.wraps(function)
    def run(*, town: str | None, **arguments: Any) -> None:
        with in_town(Town.objects.get(schema_name=town)) if town else at_operator():
            function(**arguments)

    return app.task(name=f"{function.__module__}.{function.__name__}", retry=RETRY)(run)
