"""What the pages about hand-overs read."""

from django.db.models import Count, Prefetch, Q, QuerySet

from submissions.handover.models import Attempt, Handover, Target
from submissions.handover.states import HandoverState

SHOWN = 50  # attempts on a page


def targets_of(service_key: str) -> QuerySet[Target]:
    """Where applications for a service go; each with how many have failed and how many wait."""
    return Target.objects.filter(service_key=service_key).annotate(
        failed=Count("handovers", filter=Q(handovers__state=HandoverState.FAILED)),
        waiting=Count("handovers", filter=Q(handovers__state=HandoverState.WAITING)),
    )


def handovers(*, state: str = "", service_key: str = "") -> QuerySet[Handover]:
    """All of the town, the newest first, each with its newest attempt as `attempts.all()`."""
    newest = Attempt.objects.order_by("handover_id", "-at", "-pk").distinct("handover_id")
    found = Handover.objects.select_related("submission", "target").prefetch_related(Prefetch("attempts", newest))
    if state:
        found = found.filter(state=state)
    if service_key:
        found = found.filter(target__service_key=service_key)
    return found


def attempts(target: Target) -> QuerySet[Attempt]:
    """What was sent to a target lately, the newest first."""
    return target.attempts.select_related("handover__submission")[:SHOWN]


def count_failed() -> int:
    """How many have failed and wait for a person."""
    return Handover.objects.filter(state=HandoverState.FAILED).count()
