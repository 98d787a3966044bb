"""What is free, and who comes when."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from submissions.appointments.models import Booking, Calendar
from submissions.appointments.states import FIRM, TAKEN, BookingState
from submissions.appointments.times import Plan, Span, Taken, free_desk
from submissions.appointments.wanted import Errand
from submissions.models import Submission
from townhall.hours import Special, Stretch, week_of


def calendars() -> QuerySet[Calendar]:
    return Calendar.objects.select_related("office").prefetch_related("hours", "office__special_days")


def calendar_for(place: str) -> Calendar | None:
    """The calendar of a place; without a place that of the town, if it has one only."""
    if place:
        return calendars().filter(place=place).first()
    found = list(calendars()[:2])
    return found[0] if len(found) == 1 else None


def plan_of(calendar: Calendar) -> Plan:
    specials = [
        Special(one.day, (Stretch(one.opens, one.closes),) if one.opens and one.closes else (), one.reason)
        for one in calendar.office.special_days.all()
    ]
    return Plan(
        week=week_of([(one.weekday, one.opens, one.closes) for one in calendar.hours.all()], specials),
        desks=calendar.desks,
        step=calendar.step,
        lead_days=calendar.lead_days,
        weeks_ahead=calendar.weeks_ahead,
    )


def holding(*, now: datetime, key: UUID | None) -> Q:
    """What takes up a desk for somebody else than the draft `key`: what has run out does not."""
    has_run_out = Q(state=BookingState.RESERVED, reserved_until__lte=now)
    own = Q(draft_id=key) if key else Q(pk__in=())
    return Q(state__in=TAKEN) & ~has_run_out & ~own


def taken_between(calendar: Calendar, begins: datetime, ends: datetime, *, now: datetime, key: UUID | None) -> Taken:
    """What is taken at each desk of a calendar."""
    found: dict[int, list[Span]] = {}
    rows = calendar.bookings.filter(holding(now=now, key=key), begins__lt=ends, ends__gt=begins)
    for desk, first, last in rows.order_by("begins").values_list("desk", "begins", "ends"):
        found.setdefault(desk, []).append(Span(first, last))
    return found


def free_spans(
    calendar: Calendar, minutes: int, first: date, last: date, *, now: datetime, key: UUID | None = None
) -> Iterator[Span]:
    """The free times from a day to another, both counted, as far as they can be taken now.

    What the draft `key` has reserved counts as free.
    """
    plan, today = plan_of(calendar), timezone.localdate(now)
    first, last = max(first, plan.first_day(today)), min(last, plan.last_day(today))
    if last < first:
        return
    begins = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    taken = taken_between(calendar, begins, begins + timedelta(days=(last - first).days + 2), now=now, key=key)
    for count in range((last - first).days + 1):
        for span in plan.spans(first + timedelta(days=count), minutes):
            if span.begins > now and free_desk(span, taken, calendar.desks):
                yield span


def is_free(calendar: Calendar, errand: Errand, begins: datetime, *, now: datetime, key: UUID | None) -> bool:
    """Whether somebody with the draft `key` may have this time now."""
    span = errand.span(begins)
    if not plan_of(calendar).offers(span, now):
        return False
    taken = taken_between(calendar, span.begins, span.ends, now=now, key=key)
    return free_desk(span, taken, calendar.desks) is not None


def reserved_for(key: UUID, *, now: datetime) -> Booking | None:
    """What is reserved for a draft at the moment."""
    return Booking.objects.filter(draft_id=key, reserved_until__gt=now).first()


def appointment_of(submission: Submission) -> Booking | None:
    """The appointment that belongs to what was handed in."""
    found = Booking.objects.select_related("calendar__office").filter(submission=submission)
    return found.first()


def day_list(calendar: Calendar, first: date, days: int, *, user: User) -> QuerySet[Booking]:
    """Who comes on these days: of the cases of the units for which this person works."""
    begins = timezone.make_aware(datetime.combine(first, datetime.min.time()))
    ends = timezone.make_aware(datetime.combine(first + timedelta(days=days), datetime.min.time()))
    found = calendar.bookings.filter(state__in=FIRM, begins__gte=begins, begins__lt=ends)
    if user.units:
        found = found.filter(submission__unit__in=user.units)
    return found.select_related("submission")
