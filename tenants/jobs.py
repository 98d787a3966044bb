"""Jobs: work that follows from a write, queued in its transaction, run by the worker in the same town.

Which job comes next is decided when it is queued, by a trigger on procrastinate's table (`tenants_job_takes_its_turn`):
kinds for which somebody waits come first, and within a kind's urgency the towns take turns.
"""

import functools
import logging
import zlib
from collections.abc import Callable
from datetime import timedelta
from enum import IntEnum
from typing import Any

import procrastinate
from asgiref.sync import sync_to_async
from django.db import close_old_connections, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import JobDeferrer, Status
from procrastinate.manager import JobManager
from procrastinate.retry import RetryDecision

from tenants import hosts
from tenants.context import at_operator, current_town, has_town, in_town
from tenants.models import JobFailure, Town, TownState

logger = logging.getLogger(__name__)

RETRIES = 8
BEHIND_SECONDS = 30  # until a job looks again whether its town has migrated


class Urgency(IntEnum):
    """Which kinds of jobs come before others. The number is what procrastinate calls a priority.

    The trigger takes something off it, so that towns take turns: as long as it is less than what lies between two of
    these, nothing urgent stands behind what is not.
    """

    WAITED_FOR = 1_000_000  # somebody waits for it now, such as for a receipt or a link to sign in
    SOON = 0
    WHEN_QUIET = -1_000_000  # may take hours, such as reminders and what is done at night

    @property
    def queue(self) -> str:
        """The queue of procrastinate, so that a worker can be kept for what somebody waits for."""
        return self.name.lower()


class TownIsGone(Exception):
    """The town of a job does not exist any more."""


class TownIsBehind(Exception):
    """The tables of a job's town lack what this version needs. The job waits until they have migrated."""


class WorkerDied(Exception):
    """The process that ran a job ended without a word, each time."""


class Retry(procrastinate.RetryStrategy):
    """Eight times more, after 3, 9, 27 seconds and so on: the last time almost three hours later.

    As often as it takes while the town is behind.
    """

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if isinstance(exception, TownIsGone):
            return None
        if isinstance(exception, TownIsBehind):
            return RetryDecision(retry_in={"seconds": BEHIND_SECONDS})
        return super().get_retry_decision(exception=exception, job=job)


RETRY = Retry(max_attempts=RETRIES, exponential_wait=3)

# Always the connection at hand: the one that the worker has for itself knows neither our transaction nor our town.
MANAGER = JobManager(DjangoConnector())


# --- Declaring and queueing ------------------------------------------------------------------------------


class Job:
    """A function that runs later, in the town (or at the operator) that queued it."""

    def __init__(
        self,
        function: Callable[..., None],
        *,
        label: str | Promise,
        urgency: Urgency,
        needs_town: bool,
        sends_mail: bool = False,
    ) -> None:
        functools.update_wrapper(self, function)  # type: ignore[arg-type]  # it is called by `_task` only
        self.name = f"{function.__module__}.{function.__name__}"
        self.label = label
        self._task = _task(function, self.name, urgency)
        self._needs_town = needs_town
        _labels[self.name] = label
        if sends_mail:
            _mail_jobs.add(self.name)
        _jobs[self.name] = self

    def queue(self, *, delay: float = 0, **arguments: Any) -> None:
        """Run the job once this transaction is committed, at the earliest in `delay` seconds.

        Arguments must be plain JSON values. If the transaction fails the job was never there. Raises NoTown
        for a job of towns where none is active.
        """
        town = current_town().schema_name if self._needs_town or has_town() else None
        self._defer(town, delay, arguments)

    def queue_once(self, town: Town, *, delay: float) -> None:
        """The same for a job without arguments, from outside of the town, unless one is waiting there already."""
        try:
            with transaction.atomic():
                self._defer(town.schema_name, delay, {}, queueing_lock=f"{self.name} {town.schema_name}")
        except AlreadyEnqueued:
            logger.info("%s still waits in %s", self.name, town.schema_name)

    def _defer(
        self, town: str | None, delay: float, arguments: dict[str, Any], queueing_lock: str | None = None
    ) -> None:
        schedule_in: Any = {"seconds": delay} if delay else None
        configured = self._task.configure(schedule_in=schedule_in, queueing_lock=queueing_lock)
        JobDeferrer(job_manager=MANAGER, job=configured.job).defer(town=town, **arguments)


def queue_named(name: str, *, delay: float = 0, **arguments: Any) -> None:
    """Queue a job of a room that the caller does not know, by its name, as the name of a URL leads to its pages.

    So something may follow there from what was written here. Raises KeyError.
    """
    _jobs[name].queue(delay=delay, **arguments)


Declare = Callable[[Callable[..., None]], Job]


def town_job(*, label: str | Promise, urgency: Urgency = Urgency.SOON, sends_mail: bool = False) -> Declare:
    """Make a function a job of towns. It gets the arguments it was queued with, and runs in the same town.

    `label` says in German what it does, for the operator's eyes. With `sends_mail` it counts as a mail that failed,
    once it has failed for good.
    """
    return functools.partial(Job, label=label, urgency=urgency, needs_town=True, sends_mail=sends_mail)


def job(*, label: str | Promise, urgency: Urgency = Urgency.SOON, sends_mail: bool = False) -> Declare:
    """Make a function a job that a town or the operator may queue, and that runs there."""
    return functools.partial(Job, label=label, urgency=urgency, needs_town=False, sends_mail=sends_mail)


def periodic_in_every_town(*, label: str | Promise, cron: str, spread: timedelta, live_only: bool = False) -> Declare:
    """Make a function a job that each town does by itself, again and again, begun at `cron` (UTC).

    Not all at once: each town has its own moment within `spread`, always the same. Where the job of the time before
    still waits, no second one is queued. Towns that are suspended take part, unless `live_only`: what the law says
    about data holds for them too.
    """

    def declare(function: Callable[..., None]) -> Job:
        each = Job(function, label=label, urgency=Urgency.WHEN_QUIET, needs_town=True)

        def queue_in_every_town(*, timestamp: int) -> None:  # noqa: ARG001 -- periodic jobs are told when they are due
            towns = Town.objects.filter(state=TownState.LIVE) if live_only else Town.objects.all()
            for town in towns:
                each.queue_once(town, delay=moment_within(spread, town.schema_name).total_seconds())

        name = f"{each.name}.in_every_town"
        _labels[name] = label
        app.periodic(cron=cron)(_task(queue_in_every_town, name, Urgency.SOON))
        return each

    return declare


def periodic_at_operator(*, label: str | Promise, cron: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Let a function run again and again, begun at `cron` (UTC), once for the whole deployment and in no town.

    Where the job of the time before still waits, no second one is queued.
    """

    def declare(function: Callable[[], None]) -> Callable[[], None]:
        def run(*, timestamp: int) -> None:  # noqa: ARG001 -- periodic jobs are told when they are due
            function()

        name = f"{function.__module__}.{function.__name__}"
        _labels[name] = label
        app.periodic(cron=cron, queueing_lock=name)(_task(run, name, Urgency.WHEN_QUIET))
        return function

    return declare


def moment_within(spread: timedelta, schema: str) -> timedelta:
    """When a town's turn comes: always the same moment for the same town, as if drawn by lot."""
    return timedelta(seconds=zlib.crc32(schema.encode()) % max(1, int(spread.total_seconds())))


def label_of(task: str) -> str | None:
    """What a job does, in German; None for one that this version does not know (any more)."""
    return str(_labels[task]) if task in _labels else None


def mail_jobs() -> list[str]:
    """The names of those that send a mail."""
    return sorted(_mail_jobs)


_labels: dict[str, str | Promise] = {}
_mail_jobs: set[str] = set()
_jobs: dict[str, Job] = {}


# --- Running ---------------------------------------------------------------------------------------------


def _task(function: Callable[..., None], name: str, urgency: Urgency) -> Any:
    @functools.wraps(function)
    def run(*, town: str | None = None, **arguments: Any) -> None:
        with in_town(_town(town)) if town else at_operator():
            function(**arguments)

    declare: Any = app.task(
        name=name, retry=RETRY, queue=urgency.queue, priority=urgency.value, task_middleware=[_remembering_failure]
    )
    return declare(run)


def _town(schema: str) -> Town:
    with at_operator():
        found: Town | None = Town.objects.filter(schema_name=schema).first()
    if found is None:
        raise TownIsGone(schema)
    if hosts.is_behind(found):
        raise TownIsBehind(schema)
    return found


def _remembering_failure(call_next: Callable[[], Any], context: procrastinate.JobContext, _worker: Any) -> Any:
    """Around each attempt."""
    try:
        return call_next()
    except Exception as problem:
        remember_failure(context.job, type(problem))
        raise


def remember_failure(failed: QueuedJob, kind: type[Exception]) -> None:
    """Keep with what kind of exception the newest attempt ended. Its words are not kept: they may tell of a person."""
    close_old_connections()  # if it was the connection that failed
    try:
        with at_operator():
            error = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
            JobFailure.objects.update_or_create(job_id=failed.id, defaults={"error": error[:200]})
    except Exception:
        logger.exception("why job %s failed could not be kept", failed.id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="tenants.jobs.take_up_stalled_jobs", queue=Urgency.SOON.queue, pass_context=True)
async def take_up_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Run again what a worker had begun that is no more, such as after a power cut."""
    manager = context.app.job_manager
    for stalled in await manager.get_stalled_jobs():
        if stalled.attempts < RETRIES:
            await manager.retry_job(stalled)
        else:  # it may be the job that ends its worker
            await sync_to_async(remember_failure)(stalled, WorkerDied)
            await manager.finish_job(stalled, Status.FAILED, delete_job=False)


_labels[take_up_stalled_jobs.name] = _("Abgebrochene Aufträge wieder aufnehmen")
