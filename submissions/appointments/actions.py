"""Every write on appointments. Whoever takes a time holds its calendar locked, so nobody else takes it meanwhile."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from submissions import jobs
from submissions.appointments.models import Booking, Calendar, CalendarHours
from submissions.appointments.queries import holding, plan_of, taken_between
from submissions.appointments.states import BookingState
from submissions.appointments.times import free_desk
from submissions.appointments.wanted import Wanted
from submissions.models import Submission
from submissions.states import State
from submissions.steps import SubmissionRefused, locked, move
from templates.components import clock, german_date
from townhall.actions import change_setting
from townhall.models import Office

RESERVED_FOR = timedelta(minutes=10)
IS_ON = "termin.online"  # the town's switch: forms offer times instead of asking for wishes


class SlotTaken(SubmissionRefused):
    """Nobody can have that time (any more); the message says so in German."""

    def __init__(self, wanted: Wanted) -> None:
        begins = timezone.localtime(wanted.begins)
        told = _(
            "Der Termin am %(day)s um %(clock)s Uhr ist nicht mehr frei. "
            "Bitte wählen Sie einen anderen. Ihre anderen Angaben sind noch da."
        )
        super().__init__(told % {"day": german_date(begins.date()), "clock": clock(begins.time())})


# --- Citizens ---------------------------------------------------------------------------------------------


@transaction.atomic
def reserve(*, wanted: Wanted, key: UUID, now: datetime) -> Booking:
    """Hold a time for a draft for ten minutes from now; what it held before is free again. Raises SlotTaken.

    Doing it again holds it for longer, also if the ten minutes are over and nobody has taken it meanwhile.
    """
    calendar, desk = _take(wanted, key=key, now=now)
    return Booking.objects.create(
        calendar=calendar, desk=desk, draft_id=key, reserved_until=now + RESERVED_FOR, **_details(wanted)
    )


@transaction.atomic
def book(*, wanted: Wanted, key: UUID, submission: Submission, now: datetime) -> Booking:
    """Make a time firm for what was handed in from the draft `key`. Raises SlotTaken."""
    calendar, desk = _take(wanted, key=key, now=now)
    return Booking.objects.create(
        calendar=calendar,
        desk=desk,
        state=BookingState.BOOKED,
        submission=submission,
        booked_at=now,
        **_details(wanted),
    )


def let_go(*, key: UUID) -> None:
    """A draft is thrown away: what it held is free."""
    Booking.objects.filter(draft_id=key).delete()


@transaction.atomic
def cancel(*, submission: Submission, now: datetime) -> None:
    """Whoever has the appointment does not come: its time is free at once. Raises SubmissionRefused."""
    booking = Booking.objects.select_for_update().filter(submission=submission, state=BookingState.BOOKED).first()
    if booking is None:
        return
    if booking.begins <= now:
        raise SubmissionRefused(_("Der Termin ist schon vorbei. Absagen geht nur vorher."))
    booking.state = BookingState.CANCELLED
    booking.save(update_fields=["state"])


def free(*, submission: Submission) -> None:
    """What was handed in does not count any more."""
    Booking.objects.filter(submission=submission, state=BookingState.BOOKED).update(state=BookingState.CANCELLED)


def _take(wanted: Wanted, *, key: UUID, now: datetime) -> tuple[Calendar, int]:
    """Lock the calendar and find a desk; what has run out or was the draft's own is out of the way afterwards."""
    places = Calendar.objects.select_for_update(of=("self",)).select_related("office").order_by("pk")
    named = places.filter(place=wanted.errand.place) if wanted.errand.place else places
    found = list(named[:2])
    span = wanted.span
    if len(found) != 1 or not plan_of(found[0]).offers(span, now):
        raise SlotTaken(wanted)
    calendar = found[0]
    desk = free_desk(span, taken_between(calendar, span.begins, span.ends, now=now, key=key), calendar.desks)
    if desk is None:
        raise SlotTaken(wanted)
    Booking.objects.filter(draft_id=key).delete()
    in_the_way = calendar.bookings.filter(state=BookingState.RESERVED, begins__lt=span.ends, ends__gt=span.begins)
    in_the_way.exclude(holding(now=now, key=key)).delete()
    return calendar, desk


def _details(wanted: Wanted) -> dict[str, Any]:
    errand, span = wanted.errand, wanted.span
    return {
        "begins": span.begins,
        "ends": span.ends,
        "persons": errand.persons,
        "matter": errand.matter,
        "bring": errand.bring,
    }


# --- By itself --------------------------------------------------------------------------------------------


def delete_run_out(*, now: datetime) -> int:
    """Reservations that nobody has made firm tell nothing any more; returns how many there were."""
    count, _by_model = Booking.objects.filter(state=BookingState.RESERVED, reserved_until__lte=now).delete()
    return count


@transaction.atomic
def remind(*, booking: Booking, now: datetime) -> None:
    """Write to somebody a day before; once."""
    waiting = Booking.objects.filter(pk=booking.pk, state=BookingState.BOOKED, reminded_at=None)
    if waiting.update(reminded_at=now):
        jobs.send_notice.queue(submission=str(booking.submission_id), notice="appointment_reminder")


# --- Town hall --------------------------------------------------------------------------------------------


@transaction.atomic
def mark(*, booking: Booking, has_come: bool, by: User, now: datetime) -> Booking:
    """Say whether somebody came. That settles the case. Raises SubmissionRefused."""
    submission = locked(booking.submission)  # type: ignore[arg-type]  # what is firm has one
    current = Booking.objects.select_for_update().get(pk=booking.pk)
    if current.state == BookingState.CANCELLED:
        raise SubmissionRefused(_("Dieser Termin ist abgesagt."))
    if timezone.localdate(current.begins) > timezone.localdate(now):
        raise SubmissionRefused(_("Dieser Termin ist erst an einem anderen Tag."))
    current.state = BookingState.CAME if has_come else BookingState.MISSED
    current.save(update_fields=["state"])
    if submission.state == State.RECEIVED:
        title = _("Sie waren zum Termin da") if has_come else _("Sie sind nicht zum Termin gekommen")
        move(submission, State.IN_REVIEW, by=by, now=now, title=title, case_worker=by)
        move(submission, State.DECIDED, by=by, now=now, title=_("Erledigt"), is_public=False)
        move(submission, State.CLOSED, by=by, now=now, title=_("Abgeschlossen"), closed_at=now)
    return current


@transaction.atomic
def save_calendar(
    *,
    office: Office,
    values: dict[str, Any],
    hours: list[tuple[int, time, time]],
    is_on: bool,
    by: User | None,
    now: datetime,
) -> Calendar:
    """Say when an office sees people, and whether forms offer times or ask for wishes. What is booked stays."""
    calendar, _created = Calendar.objects.update_or_create(office=office, defaults=values)
    calendar.hours.all().delete()
    CalendarHours.objects.bulk_create(
        CalendarHours(calendar=calendar, weekday=weekday, opens=opens, closes=closes)
        for weekday, opens, closes in hours
    )
    change_setting(key=IS_ON, value=is_on, by=by, now=now)
    return calendar
