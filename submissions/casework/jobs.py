"""What the town hall's desk does by itself, each morning."""

import logging
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.casework import actions, delivery
from submissions.models import Delivery, InformationRequest, Submission
from submissions.states import UNDECIDED, State, Way
from submissions.steps import SubmissionRefused
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town

logger = logging.getLogger(__name__)

REMINDED_BEFORE = timedelta(days=3)


@periodic_in_every_town(
    label=_("An offene Rückfragen erinnern"), cron="11 3 * * *", spread=timedelta(hours=1), live_only=True
)
def look_after_questions() -> None:
    """Remind people of the date by which we need an answer; where it has passed, go on without one."""
    today = timezone.localdate()
    # What was handed in by a version that did not know of it.
    Submission.objects.filter(state__in=UNDECIDED, act_by=None).update(act_by=F("due_on"))
    waiting = InformationRequest.objects.filter(answered_at=None, submission__state=State.NEEDS_INFO)
    soon = waiting.filter(reminded_at=None, due_on__gte=today, due_on__lte=today + REMINDED_BEFORE)
    for asked in soon.filter(asked_at__date__lt=today):
        actions.remind_of_question(asked=asked, now=timezone.now())
    lapsed = 0
    for asked in waiting.filter(due_on__lt=today).select_related("submission"):
        try:
            actions.let_question_lapse(asked=asked, now=timezone.now())
            lapsed += 1
        except SubmissionRefused:  # somebody has just answered
            continue
    logger.info("%s: %s questions lapsed", current_town().schema_name, lapsed)


@periodic_in_every_town(
    label=_("Nicht geöffnete Bescheide auf die Postliste setzen"),
    cron="17 3 * * *",
    spread=timedelta(hours=1),
    live_only=True,
)
def look_after_deliveries() -> None:
    """What nobody has opened within ten days goes out by post."""
    now = timezone.now()
    sealed = Delivery.objects.filter(way=Way.ONLINE, delivered_on=None).select_related("decision__submission")
    late = [one for one in sealed if timezone.localdate(now) > timezone.localdate(one.ready_at + delivery.TO_RETRIEVE)]
    lapsed = sum(delivery.let_lapse(delivery=one, now=now) for one in late)
    logger.info("%s: %s decisions go out by post", current_town().schema_name, lapsed)
