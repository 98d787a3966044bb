"""The same step with many cases at once: a job does one after the other, each in a transaction of its own.

A job that is killed goes on where it stopped: what is done has a time.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from submissions.casework import actions
from submissions.models import BulkItem, BulkRun, Submission
from submissions.steps import SubmissionRefused
from tenants.jobs import Urgency, town_job

MOST = 500  # cases at once


class Step(models.TextChoices):
    """What can be done with many cases."""

    TAKE = "take", _("Übernehmen")
    ASSIGN = "assign", _("Zuweisen")
    CLOSE = "close", _("Abschließen")


@transaction.atomic
def begin(*, step: Step, cases: Iterable[Submission], to: User | None, by: User, now: datetime) -> BulkRun:
    """Do the step with all of these, in the background. `to` is who gets them."""
    run = BulkRun.objects.create(step=step, to=to, by=by, created_at=now)
    BulkItem.objects.bulk_create(BulkItem(run=run, submission=case) for case in cases)
    work_through.queue(run=str(run.pk))
    return run


@town_job(label=_("Viele Vorgänge auf einmal bearbeiten"), urgency=Urgency.WAITED_FOR)
def work_through(*, run: str) -> None:
    """Everything of a run that is not done yet."""
    found = BulkRun.objects.select_related("by", "to").get(pk=run)
    for pk in found.items.filter(done_at=None).values_list("pk", flat=True):
        _do(found, pk)


@transaction.atomic
def _do(run: BulkRun, pk: int) -> None:
    item = BulkItem.objects.select_for_update().get(pk=pk)
    if item.done_at:  # the same job ran twice
        return
    item.done_at = timezone.now()
    try:
        with transaction.atomic():
            _step(run, item.submission)
    except SubmissionRefused as refusal:
        item.problem = str(refusal)[:300]
    item.save(update_fields=["done_at", "problem"])


def _step(run: BulkRun, case: Submission) -> None:
    """Raises SubmissionRefused."""
    now = timezone.now()
    match Step(run.step):
        case Step.TAKE:
            actions.take(submission=case, by=run.by, now=now)
        case Step.ASSIGN:
            assert run.to is not None
            actions.assign(submission=case, to=run.to, by=run.by, now=now)
        case Step.CLOSE:
            actions.close(submission=case, by=run.by, now=now)
