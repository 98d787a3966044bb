"""Runs queued jobs at once, as the worker would."""

from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def run_jobs(*, also_later: bool = False) -> list[str]:
    """Run what is due, with `also_later` all that is queued now; returns the names of the jobs that ran."""
    ran = []
    with schema_context("public"):
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
    with schema_context("public"):
        return list(ProcrastinateJob.objects.filter(status="todo").order_by("pk").values_list("task_name", flat=True))
