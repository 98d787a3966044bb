"""Workers of their own that are killed in the middle: what holds them there is a lock, or a receiver that is silent."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.context import as_owner, at_operator, current_town
from tenants.fleet import server
from tenants.jobs import Job, take_up_stalled_jobs
from tests.jobs import run_worker
from tests.processes import environment_of_a_process, until


@contextmanager
def holding(*rows: models.Model) -> Iterator[psycopg.Connection]:
    """Somebody else has locked these rows of the town at work, until the block is left or she commits."""
    schema = "public" if rows[0]._meta.app_label == "procrastinate" else current_town().schema_name
    with server.connect() as session:
        session.autocommit = False
        session.execute("SET ROLE none")
        for row in rows:
            table, key = row._meta.db_table, row._meta.pk.column
            query = f'SELECT 1 FROM "{schema}"."{table}" WHERE "{key}" = %s FOR UPDATE'  # noqa: S608 -- our own table
            assert session.execute(query, [row.pk]).fetchone()
        yield session


def waits_for(session: psycopg.Connection) -> Callable[[], bool]:
    """Tells whether somebody waits for what a session has locked."""

    def is_so() -> bool:
        with as_owner(), connection.cursor() as cursor:
            query = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid)))"
            cursor.execute(query, [session.info.backend_pid])
            return bool(cursor.fetchone()[0])

    return is_so


@contextmanager
def worker(**environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker, as in production, that is killed at the end of the block without a word."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot", "--concurrency", "1"],
        cwd=settings.ROOT,
        env=environment_of_a_process(**environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def kill_while_it_waits(*rows: models.Model) -> None:
    """Start a worker, and kill it when it has come as far as these rows."""
    with holding(*rows) as session, worker() as process:
        until(waits_for(session), process)


def time_passes() -> None:
    """The dead worker has given no sign of life for an hour; the one that looks for such comes by."""
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        app.tasks[take_up_stalled_jobs.name].defer(timestamp=0)


def finish() -> None:
    """Another worker does what is left."""
    time_passes()
    run_worker(concurrency=1)


def is_left(job: Job) -> bool:
    """Whether one is still there that should have run by now, or has failed. What has succeeded leaves nothing."""
    with at_operator():
        left = ProcrastinateJob.objects.filter(task_name=job.name)
        return left.exclude(status="todo", attempts=0, scheduled_at__gt=timezone.now()).exists()
