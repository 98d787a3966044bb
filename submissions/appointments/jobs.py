"""What the worker does about appointments by itself, each hour."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.appointments import actions
from submissions.appointments.models import Booking
from submissions.appointments.states import BookingState
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town

logger = logging.getLogger(__name__)

REMINDED_BEFORE = timedelta(hours=24)


@periodic_in_every_town(
    label=_("An Termine erinnern, abgelaufene Reservierungen löschen"),
    cron="3 * * * *",
    spread=timedelta(minutes=20),
    live_only=True,
)
def look_after_appointments() -> None:
    """Remind people a day before, unless they have booked within that day; forget what has run out."""
    now = timezone.now()
    soon = Booking.objects.filter(
        state=BookingState.BOOKED, reminded_at=None, begins__gt=now, begins__lte=now + REMINDED_BEFORE
    )
    due = [one for one in soon if one.booked_at and one.begins - one.booked_at > REMINDED_BEFORE]
    for booking in due:
        actions.remind(booking=booking, now=now)
    count = actions.delete_run_out(now=now)
    logger.info("%s: %s reminded, %s reservations had run out", current_town().schema_name, len(due), count)
