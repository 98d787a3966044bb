"""What is to be handed over, and when. Whoever receives an application calls this, in the same transaction."""

from datetime import datetime, timedelta

from submissions.handover.models import Handover, Target
from submissions.models import Submission
from tenants.jobs import queue_named

DELIVER = "submissions.handover.jobs.deliver"

# After each try that came to nothing; the last goes on. Five of them are over before an hour is.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1440))
ALARM_AFTER = timedelta(minutes=50)  # by then a person is told
GIVEN_UP_AFTER = timedelta(days=7)  # from then on only a person sends it again


def plan(*, submission: Submission, now: datetime) -> None:
    """The application has been received: it goes on to each target of its service, once."""
    targets = Target.objects.filter(service_key=submission.service_key, is_on=True)
    for target in targets:
        found = Handover.objects.create(
            submission=submission, target=target, created_at=now, waits_since=now, next_at=now
        )
        queue_named(DELIVER, handover=str(found.pk))


def next_try(*, tries: int, waits_since: datetime, now: datetime) -> datetime | None:
    """When it is tried again after so many tries; None: not by itself any more."""
    if now - waits_since >= GIVEN_UP_AFTER:
        return None
    return now + PAUSES[min(tries, len(PAUSES)) - 1]
