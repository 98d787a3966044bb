"""Jobs: work that follows from a write, queued in the same transaction, run by the worker in the town's schema."""

import functools
from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate.contrib.django import app

from tenants.context import current_town, in_town
from tenants.models import Town

RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=3)


class TownJob:
    """A function that runs later in the town that queued it."""

    def __init__(self, function: Callable[..., None], task: Any) -> None:
        functools.update_wrapper(self, function)
        self._task = task

    def queue(self, *, delay: int = 0, **arguments: Any) -> None:
        """Run the job once this transaction is committed, at the earliest in `delay` seconds.

        Arguments must be plain JSON values. If the transaction fails the job was never there.
        """
        task = self._task.configure(schedule_in={"seconds": delay}) if delay else self._task
        task.defer(town=current_town().schema_name, **arguments)


def town_job(function: Callable[..., None]) -> TownJob:
    """Make `function` a job. It gets the keyword arguments it was queued with and runs in their town."""

    @functools.wraps(function)
    def run(*, town: str, **arguments: Any) -> None:
        with in_town(Town.objects.get(schema_name=town)):
            function(**arguments)

    task = app.task(name=f"{function.__module__}.{function.__name__}", retry=RETRY)(run)
    return TownJob(function, task)

