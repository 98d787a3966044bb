import asyncio
import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker

from tenants.context import at_operator, in_town
from tenants.jobs import town_job
from tenants.models import Town

AT_ONE_GO = 1000  # jobs queued in a transaction
ALIVE = timedelta(minutes=1)


@dataclass(frozen=True)
class Measured:
    """Ways in which the first of two towns has `jobs` jobs waiting when the second one queues its only one."""

    jobs: int
    at_once: int
    queueing_ms: float  # to queue a job, on average
    fair_seconds: float  # until the second town's job was done
    fair_place: int  # as how many-th
    fifo_seconds: float  # the same if the first to come is the first to be served
    fifo_place: int
    jobs_per_second: float  # of one worker


class Command(BaseCommand):
    """Measure how long a town waits for its job while another one has thousands."""

    help = "Measure how long a town waits for its job while another one has thousands of them"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=10_000, help="how many the first town has")

    def handle(self, *, jobs: int, **_options: Any) -> None:
        with at_operator():
            towns = list(Town.objects.order_by("schema_name")[:2])
            if len(towns) < 2:
                raise CommandError("Needs two towns.")
            if ProcrastinateWorker.objects.filter(last_heartbeat__gte=timezone.now() - ALIVE).exists():
                raise CommandError("A worker runs: it would take the jobs. Stop it, wait a minute, and try again.")
            if ProcrastinateJob.objects.filter(status="todo").exists():
                raise CommandError("Jobs are waiting: they would be run, too.")
            try:
                measured = measure(jobs, towns)
            finally:
                _forget()
        self.stdout.write(
            f"{jobs} jobs of one town, then one of another: done after {measured.fair_seconds:.3f} s "
            f"as no. {measured.fair_place}; first in, first out: after {measured.fifo_seconds:.1f} s "
            f"as no. {measured.fifo_place}. One worker with {measured.at_once} threads does "
            f"{measured.jobs_per_second:.0f} jobs/s; to queue one takes {measured.queueing_ms:.2f} ms."
        )
        self.stdout.write(json.dumps(asdict(measured)))


def measure(jobs: int, towns: list[Town]) -> Measured:
    """Both ways, one after the other, in the same database."""
    first, second = towns
    queueing = queue(jobs, first)
    queue(1, second)
    fair = run_worker(second)
    queue(jobs, first)
    queue(1, second)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET priority = 0 WHERE task_name = %s", [visit.name])
    fifo = run_worker(second)
    return Measured(
        jobs=jobs,
        at_once=settings.PROCRASTINATE_WORKER_DEFAULTS["concurrency"],
        queueing_ms=round(1000 * queueing / jobs, 3),
        fair_seconds=round(fair.seconds, 3),
        fair_place=fair.place,
        fifo_seconds=round(fifo.seconds, 3),
        fifo_place=fifo.place,
        jobs_per_second=round(fifo.place / fifo.seconds, 1),
    )


# --- Queueing and running -----------------------------------------------------------------------------------

_visited: list[str] = []  # towns, in the order in which their jobs were done
_places: dict[str, int] = {}  # of each town, as how many-th its first job was done


@town_job(label="Messen, wie lange Aufträge warten")
def visit() -> None:
    """As little as a job can do: one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        (town,) = cursor.fetchone()
    _visited.append(town)
    _places.setdefault(town, len(_visited))


def queue(jobs: int, town: Town) -> float:
    """Queue so many in a town. Returns the seconds that took."""
    begun = time.perf_counter()
    for start in range(0, jobs, AT_ONE_GO):
        with in_town(town), transaction.atomic():
            for _number in range(min(AT_ONE_GO, jobs - start)):
                visit.queue()
    return time.perf_counter() - begun


@dataclass(frozen=True)
class Wait:
    """How long the job waited that was waited for."""

    seconds: float
    place: int


def run_worker(town: Town) -> Wait:
    """Run a worker until a job of this town is done; the rest is forgotten."""
    _visited.clear()
    _places.clear()

    async def work() -> float:
        async with app.open_async():
            begun = time.perf_counter()
            worker = asyncio.create_task(app.run_worker_async(listen_notify=False, install_signal_handlers=False))
            while town.schema_name not in _places and not worker.done():
                await asyncio.sleep(0.005)
            seconds = time.perf_counter() - begun
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
            return seconds

    periodic, app.periodic_registry.periodic_tasks = app.periodic_registry.periodic_tasks, {}  # this is no real worker
    try:
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]  # Django's
            seconds = asyncio.run(work())
    finally:
        app.periodic_registry.periodic_tasks = periodic
    _forget()
    return Wait(seconds, _places[town.schema_name])


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = %s", [visit.name])
