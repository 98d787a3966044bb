"""What surrounds each job that the worker runs: its lines in the log name town and job, and it is counted."""

import asyncio
import logging
import time
from typing import Any

import procrastinate
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from tenants.log_context import working_on
from tenants.metrics import count_job

logger = logging.getLogger(__name__)


def observe_jobs(app: procrastinate.App) -> None:
    """Called once, when the app is ready (PROCRASTINATE_ON_APP_READY)."""
    app.worker_defaults["worker_middleware"] = [*(app.worker_defaults.get("worker_middleware") or []), observe]


async def observe(call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
    """Run a job. The town is the one that queued it; a job may work for others, too."""
    town = str(context.job.task_kwargs.get("town") or "")
    with working_on(town=town, job_id=str(context.job.id)):
        begun = time.perf_counter()
        try:
            result = await call_next()
        except BaseException as problem:
            _tell(context, _outcome_of(problem, context), time.perf_counter() - begun, problem)
            raise
        _tell(context, "succeeded", time.perf_counter() - begun)
        return result


def _outcome_of(problem: BaseException, context: JobContext) -> str:
    """As the worker will decide: aborted, retried (that is, it will be) or failed for good."""
    if isinstance(problem, JobAborted | asyncio.CancelledError):
        return "aborted"
    retry = context.task.get_retry_exception(exception=problem, job=context.job)
    return "retried" if retry else "failed"


def _tell(context: JobContext, outcome: str, seconds: float, problem: BaseException | None = None) -> None:
    task, milliseconds = context.job.task_name, round(1000 * seconds, 1)
    level = {"succeeded": logging.INFO, "failed": logging.ERROR}.get(outcome, logging.WARNING)
    count_job(task=task, outcome=outcome, seconds=seconds)
    logger.log(
        level,
        "%s %s %s ms",
        task,
        outcome,
        milliseconds,
        exc_info=problem,
        extra={"fields": {"task": task, "outcome": outcome, "milliseconds": milliseconds}},
    )
