"""Appointments: when an office sees people, and who comes when."""

from django.db import models
from django.db.models import F, Q

from submissions.appointments.states import TAKEN, BookingState
from submissions.models import Submission
from townhall.models import Office


class Calendar(models.Model):
    """When an office sees people by appointment. Days on which it is closed are the office's special days."""

    office = models.OneToOneField(Office, on_delete=models.CASCADE, related_name="calendar")
    place = models.CharField(max_length=80, unique=True)  # what it is in the town's list `termin.standorte`
    desks = models.PositiveSmallIntegerField(default=1)  # people who are seen at once
    step = models.PositiveSmallIntegerField(default=15)  # minutes between two beginnings
    lead_days = models.PositiveSmallIntegerField(default=1)  # working days
    weeks_ahead = models.PositiveSmallIntegerField(default=6)
    no_show_rule = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(desks__gte=1, desks__lte=50), name="calendar_has_desks"),
            models.CheckConstraint(condition=Q(step__gte=5, step__lte=120), name="calendar_step_in_minutes"),
            models.CheckConstraint(condition=Q(weeks_ahead__gte=1, weeks_ahead__lte=26), name="calendar_has_an_end"),
        )

    def __str__(self) -> str:
        return f"calendar {self.pk}"


class CalendarHours(models.Model):
    """A stretch of a weekday in which people are seen by appointment."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # Monday is 0
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ("weekday", "opens")
        constraints = (
            models.CheckConstraint(condition=Q(weekday__lte=6), name="calendar_hours_on_a_weekday"),
            models.CheckConstraint(condition=Q(opens__lt=F("closes")), name="calendar_hours_open_before_close"),
        )

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}–{self.closes}"


class Booking(models.Model):
    """A time at one desk: reserved for a draft, or firm for what was handed in.

    No desk is taken twice at a time: a constraint of the database (`appointment_desk_taken_once`) sees to it.
    """

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="bookings")
    desk = models.PositiveSmallIntegerField()  # 1 to `calendar.desks`; nobody needs to sit at that very one
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    persons = models.PositiveSmallIntegerField(default=1)
    matter = models.CharField(max_length=200)  # as the town called it then
    bring = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=BookingState, default=BookingState.RESERVED)
    draft_id = models.UUIDField(null=True)  # whose reservation it is
    reserved_until = models.DateTimeField(null=True)
    submission = models.OneToOneField(Submission, on_delete=models.CASCADE, null=True, related_name="appointment")
    booked_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("begins", "pk")
        indexes = (models.Index(fields=["calendar", "begins"], name="appointments_by_day"),)
        constraints = (
            models.CheckConstraint(condition=Q(begins__lt=F("ends")), name="appointment_begins_before_it_ends"),
            models.CheckConstraint(
                condition=Q(
                    state=BookingState.RESERVED,
                    draft_id__isnull=False,
                    reserved_until__isnull=False,
                    submission__isnull=True,
                )
                | (
                    ~Q(state=BookingState.RESERVED)
                    & Q(draft_id__isnull=True, reserved_until__isnull=True, submission__isnull=False)
                ),
                name="appointment_is_reserved_or_somebodys",
            ),
            models.UniqueConstraint(fields=["draft_id"], name="appointment_one_reserved_per_draft"),
        )

    def __str__(self) -> str:
        return f"appointment {self.pk}"

    @property
    def is_taken(self) -> bool:
        return self.state in TAKEN

    @property
    def is_booked(self) -> bool:
        return self.state == BookingState.BOOKED
