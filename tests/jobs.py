"""Runs queued jobs: at once and in the order of queueing, or by a real worker."""

import asyncio

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.context import at_operator
from tenants.jobs import RETRIES
from tenants.models import JobFailure
from tests.threads import at_once


def run_jobs(*, also_later: bool = False) -> list[str]:
    """Run what is due, with `also_later` all that is queued now; returns the names of the jobs that ran."""
    ran = []
    with at_operator():
        jobs = list(ProcrastinateJob.objects.filter(status="todo").order_by("pk"))
        due = [job for job in jobs if also_later or job.scheduled_at is None or job.scheduled_at <= timezone.now()]
        for job in due:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
            app.tasks[job.task_name].func(**job.args)
            ran.append(job.task_name)
    return ran


def queued_jobs() -> list[str]:
    """The names of what is queued."""
    with at_operator():
        return list(ProcrastinateJob.objects.filter(status="todo").order_by("pk").values_list("task_name", flat=True))


def run_worker(*, concurrency: int) -> None:
    """Run what is due the way it is run in production, in threads, until there is nothing more. Needs real commits.

    Nothing is begun because the clock says so.
    """

    async def work() -> None:
        async with app.open_async():
            await app.run_worker_async(
                wait=False, concurrency=concurrency, install_signal_handlers=False, listen_notify=False
            )

    periodic, app.periodic_registry.periodic_tasks = app.periodic_registry.periodic_tasks, {}
    try:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]  # Django's
            # In a thread: where a browser is at work, this one has an event loop already.
            [problem] = at_once(1, lambda: asyncio.run(work()))
    finally:
        app.periodic_registry.periodic_tasks = periodic
    if problem:
        raise problem


def fail_all_queued_jobs(error: str = "smtplib.SMTPServerDisconnected") -> None:
    """What is queued has failed for good, after all attempts."""
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE status = 'todo' RETURNING id")
        ids = [pk for (pk,) in cursor.fetchall()]
        change = "UPDATE procrastinate_jobs SET status = 'failed', attempts = %s WHERE id = ANY(%s)"
        cursor.execute(change, [RETRIES + 1, ids])
        JobFailure.objects.bulk_create(JobFailure(job_id=pk, error=error) for pk in ids)
