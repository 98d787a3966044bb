"""Jobs that have failed for good: what the desk shows of them, and what can be done with them.

What a job was given is never shown: it may point to a person.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

from accounts.models import User
from operations.models import EventKind, TownEvent
from tenants.jobs import MANAGER, label_of, mail_jobs
from tenants.models import Town

OPERATOR = "-"  # stands for the operator where a town is chosen
LONGEST_REASON = 400  # leaves room for what was discarded
ALIVE = timedelta(minutes=1)  # a worker says every ten seconds that it is there

Jobs = QuerySet[Any]  # rows of procrastinate's, with `town` (schema or None), `error` and `failed_at`


@dataclass(frozen=True)
class FailedJob:
    """A row of the list."""

    pk: int
    label: str
    town: Town | None  # None: the operator's own, or of a town that is gone
    schema: str | None
    failed_at: datetime | None
    attempts: int
    error: str | None  # class of the exception; None if the worker could not even begin


def failed_jobs(*, town: str = "", task: str = "", job: int | None = None, until: datetime | None = None) -> Jobs:
    """All of them, the newest first, or those of a town (its schema, or OPERATOR), of a kind, a single one, or those
    that had failed by a certain moment."""
    failures = ProcrastinateEvent.objects.filter(job=OuterRef("pk"), type="failed").order_by("-pk")
    found: Jobs = ProcrastinateJob.objects.filter(status="failed").annotate(
        town=KT("args__town"), error=F("failure__error"), failed_at=Subquery(failures.values("at")[:1])
    )
    if town:
        found = found.filter(town__isnull=True) if town == OPERATOR else found.filter(town=town)
    if task:
        found = found.filter(task_name=task)
    if job is not None:
        found = found.filter(pk=job)
    if until is not None:
        found = found.filter(failed_at__lte=until)
    return found.order_by(F("failed_at").desc(nulls_last=True), "-pk")


def rows_of(jobs: Jobs) -> list[FailedJob]:
    """What the list shows of them."""
    found = list(jobs.values_list("pk", "task_name", "town", "failed_at", "attempts", "error"))
    towns = Town.objects.in_bulk({schema for _pk, _task, schema, *_rest in found if schema}, field_name="schema_name")
    return [
        FailedJob(pk, name_of(task), towns.get(schema), schema, failed_at, attempts, error)
        for pk, task, schema, failed_at, attempts, error in found
    ]


def name_of(task: str) -> str:
    """What a job does, in German."""
    return label_of(task) or _("Unbekannter Auftrag (%(name)s)") % {"name": task}


@dataclass(frozen=True)
class Failed:
    """How many jobs of a town have failed, and how many of those send a mail."""

    jobs: int
    mails: int


def number_by_town() -> dict[str, Failed]:
    """How many each town has that has any, by its schema, in one statement."""
    counted = ProcrastinateJob.objects.filter(status="failed").values_list(KT("args__town"))
    found = counted.annotate(jobs=Count("pk"), mails=Count("pk", filter=Q(task_name__in=mail_jobs()))).order_by()
    return {town: Failed(jobs, mails) for town, jobs, mails in found if town}


def number_of_failed_jobs() -> int:
    """How many there are."""
    return ProcrastinateJob.objects.filter(status="failed").count()


@dataclass(frozen=True)
class Waiting:
    """What the worker has before it."""

    number: int  # jobs that could run now
    has_worker: bool


def waiting(*, now: datetime) -> Waiting:
    """Whether jobs wait, and anybody works on them."""
    due = ProcrastinateJob.objects.filter(status="todo").exclude(scheduled_at__gt=now)
    workers = ProcrastinateWorker.objects.filter(last_heartbeat__gte=now - ALIVE)
    return Waiting(due.count(), workers.exists())


# --- Actions ---------------------------------------------------------------------------------------------


@transaction.atomic
def retry(*, jobs: Jobs, by: User, now: datetime) -> int:
    """Let each of them run once more, at once; whatever failed for good by now. Returns how many those are."""
    found = _locked(jobs)
    for pk, _task, _schema in found:
        MANAGER.retry_job_by_id(pk, retry_at=now)
    _record(found, EventKind.JOBS_RETRIED, by=by, now=now)
    _count_again(found)
    return len(found)


@transaction.atomic
def discard(*, jobs: Jobs, reason: str, by: User, now: datetime) -> int:
    """Forget them, with a reason (at most LONGEST_REASON characters). Returns how many those are."""
    found = _locked(jobs)
    with connection.cursor() as cursor:  # procrastinate itself only deletes what is old
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = ANY(%s)", [[pk for pk, _task, _schema in found]])
    _record(found, EventKind.JOBS_DISCARDED, by=by, now=now, reason=reason)
    _count_again(found)
    return len(found)


def _locked(jobs: Jobs) -> list[tuple[int, str, str | None]]:
    """Key, task and town of those that nobody else is deciding on."""
    still = ProcrastinateJob.objects.filter(status="failed", pk__in=jobs.order_by().values("pk"))
    locked = still.annotate(town=KT("args__town")).select_for_update().order_by("pk")
    return list(locked.values_list("pk", "task_name", "town"))


def _record(
    jobs: Iterable[tuple[int, str, str | None]], kind: EventKind, *, by: User, now: datetime, reason: str = ""
) -> None:
    """One event for each town and kind of job."""
    counts = Counter((schema, task) for _pk, task, schema in jobs)
    towns = Town.objects.in_bulk({schema for schema, _task in counts if schema}, field_name="schema_name")
    TownEvent.objects.bulk_create(
        TownEvent(
            town=towns.get(schema),
            at=now,
            by=by,
            kind=kind,
            text=f"{count} × {name_of(task)}"[: 500 - LONGEST_REASON - 2] + (f": {reason}" if reason else ""),
        )
        for (schema, task), count in counts.items()
    )


def _count_again(jobs: Iterable[tuple[int, str, str | None]]) -> None:
    """The towns of these jobs tell their numbers each hour only; what was decided is seen at once."""
    schemas = sorted({schema for _pk, _task, schema in jobs if schema})
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_AGAIN, [mail_jobs(), schemas])


_COUNT_AGAIN = """
UPDATE operations_townsummary AS kept SET failed_jobs = counted.jobs, failed_mails = counted.mails
FROM (
    SELECT town.id, count(job.id) AS jobs, count(job.id) FILTER (WHERE job.task_name = ANY(%s)) AS mails
    FROM tenants_town AS town
        LEFT JOIN procrastinate_jobs AS job ON job.status = 'failed' AND job.args ->> 'town' = town.schema_name
    WHERE town.schema_name = ANY(%s)
    GROUP BY town.id
) AS counted
WHERE kept.town_id = counted.id
"""
