"""`/metrics`, for Prometheus: what was counted (`tenants.metrics`), and how the queue of jobs is now."""

import logging
import os
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tenants.context import at_operator

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads. 404 unless METRICS_TOKEN is set, 401 without it as a bearer token."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    text = generate_latest(_counted()) + generate_latest(_queue())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _counted() -> CollectorRegistry:
    """What this process has counted; with PROMETHEUS_MULTIPROC_DIR, what all have that share the folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _queue() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(QueueCollector())
    return registry


class QueueCollector(Collector):
    """Looks at the queue when it is asked: by task, for all towns together.

    The same whichever process is asked, so series for 20 tasks are 60. A task of which nothing waits is 0.
    """

    def collect(self) -> Iterator[Metric]:
        answers = GaugeMetricFamily("stadttor_database_answers", "1 if the database answered this request.")
        try:
            with at_operator():
                yield from _gauges()
            answers.add_metric([], 1)
        except (OperationalError, InterfaceError) as problem:
            logger.error("the queue cannot be read: %s", problem)
            answers.add_metric([], 0)
        yield answers


def _gauges() -> Iterator[Metric]:
    now = timezone.now()
    is_due = Q(scheduled_at=None) | Q(scheduled_at__lte=now)
    due = _by_task(
        ProcrastinateJob.objects.filter(is_due, status="todo"),
        count=Count("pk"),
        due_at=Min("scheduled_at"),
        first=Min("pk", filter=Q(scheduled_at=None)),
    )
    failed = _by_task(ProcrastinateJob.objects.filter(status="failed"), count=Count("pk"))
    # Jobs that are to run at once have no time of their own.
    firsts = ProcrastinateEvent.objects.filter(type="deferred", job_id__in=[row["first"] for row in due.values()])
    queued_at = dict(firsts.values_list("job_id", "at"))

    def age(row: dict[str, Any]) -> float:
        times = [time for time in (row["due_at"], queued_at.get(row["first"])) if time]
        return max(((now - time).total_seconds() for time in times), default=0)

    length = GaugeMetricFamily("stadttor_jobs_due", "Jobs that wait for a worker.", labels=["task"])
    oldest = GaugeMetricFamily("stadttor_oldest_due_job_seconds", "How long the oldest has waited.", labels=["task"])
    dead = GaugeMetricFamily("stadttor_jobs_given_up", "Jobs that failed and are not tried again.", labels=["task"])
    for task in sorted({*app.tasks, *due, *failed}):
        length.add_metric([task], due[task]["count"] if task in due else 0)
        oldest.add_metric([task], age(due[task]) if task in due else 0)
        dead.add_metric([task], failed[task]["count"] if task in failed else 0)
    yield from (length, oldest, dead)


def _by_task(jobs: Any, **figures: Any) -> dict[str, dict[str, Any]]:
    return {row["task_name"]: row for row in jobs.values("task_name").annotate(**figures)}
