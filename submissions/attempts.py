"""How far people get with a form, for the figures of the town.

An attempt begins with the first page that is saved. It ends when the application has arrived, when the draft is thrown
away, or when nobody has touched it for seven days; then it is counted and its row goes. Who goes on after that makes
another attempt, so no figure is ever taken back. Of drafts that only a browser can open, too, it is known here which
pages were reached, but nothing that was typed.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from submissions.drafts import OpenDraft
from submissions.models import Attempt, Draft, Submission
from submissions.states import State
from townhall.figures.actions import Key, add
from townhall.figures.measures import PAYMENT, REVIEW, Measure, week_of

GIVEN_UP_AFTER = timedelta(days=7)
PAYMENT_GIVEN_UP_AFTER = timedelta(days=30)  # a transfer takes its time
AT_ONCE = 1_000  # attempts that are counted in one transaction


def follow(draft: OpenDraft, *, now: datetime) -> OpenDraft:
    """Remember how far somebody has got with her draft, in one statement. Gives the draft back."""
    assert draft.row is not None
    journey = draft.journey()
    current = journey.first_open()
    done = [step.key for step in journey.steps if journey.is_done(step)]
    attempt = Attempt(
        draft_id=draft.row.pk,
        service_key=draft.service_key,
        steps=[*done, current.key if current else REVIEW],
        started_at=now,
        moved_at=now,
    )
    Attempt.objects.bulk_create(
        [attempt], update_conflicts=True, unique_fields=["draft_id"], update_fields=["steps", "moved_at"]
    )
    return draft


def count_attempts(*, now: datetime) -> None:
    """Count what has begun and what has ended since the last time. Killed at any point, it goes on where it was."""
    while _count_begun() == AT_ONCE or _count_ended(now) == AT_ONCE:
        pass


@transaction.atomic
def _count_begun() -> int:
    begun = list(Attempt.objects.select_for_update().filter(is_counted=False)[:AT_ONCE])
    add(Counter(Key(_week(one.started_at), Measure.STARTED, one.service_key) for one in begun))
    Attempt.objects.filter(pk__in=[one.pk for one in begun]).update(is_counted=True)
    return len(begun)


@transaction.atomic
def _count_ended(now: datetime) -> int:
    ended = list(_ended(now)[:AT_ONCE])
    counts: Counter[Key] = Counter()
    for one in ended:
        week, steps = _week(one.moved_at), one.steps
        if one.waits_for_payment or one.has_arrived:
            steps = [*(step for step in steps if step != REVIEW), REVIEW]
        if one.waits_for_payment:
            steps = [*steps, PAYMENT]
        counts.update(Key(week, Measure.REACHED, one.service_key, step) for step in steps)
        if not one.has_arrived:
            counts[Key(week, Measure.GIVEN_UP, one.service_key, steps[-1])] += 1
    add(counts)
    Attempt.objects.filter(pk__in=[one.pk for one in ended]).delete()
    return len(ended)


def _ended(now: datetime) -> Any:
    """Attempts that nothing more comes of, with what became of them."""
    handed_in = Submission.objects.filter(draft_id=OuterRef("pk"))
    attempts = Attempt.objects.annotate(
        has_draft=Exists(Draft.objects.filter(pk=OuterRef("pk"))),
        has_arrived=Exists(handed_in.filter(received_at__isnull=False)),
        waits_for_payment=Exists(handed_in.filter(state=State.AWAITING_PAYMENT)),
    )
    is_over = attempts.filter(is_counted=True)
    return (
        is_over.filter(has_arrived=True)
        | is_over.filter(has_draft=False)
        | is_over.filter(waits_for_payment=False, moved_at__lt=now - GIVEN_UP_AFTER)
        | is_over.filter(moved_at__lt=now - PAYMENT_GIVEN_UP_AFTER)
    ).select_for_update(of=("self",))


def _week(moment: datetime) -> Any:
    return week_of(timezone.localdate(moment))
