"""Where applications go on to by themselves (other systems of the town hall), and how far each has got there."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import User
from submissions.handover.states import LIVE, HandoverState, Kind, TransmissionState
from submissions.models import Submission
from templates.components import Tone

TONES: dict[HandoverState, Tone] = {
    HandoverState.WAITING: "info",
    HandoverState.DONE: "success",
    HandoverState.FAILED: "danger",
}


class Target(models.Model):
    """A system or mailbox of the town hall that gets every application for a service."""

    service_key = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=100)  # what the town hall calls it
    address = models.CharField(max_length=500)  # of the mailbox or the program; id of the destination
    is_whole = models.BooleanField(default=False)  # with PDF and files; otherwise see casework
    inside_because = models.CharField(max_length=300, blank=True)  # why the whole application may go by e-mail
    sealed_secret = models.TextField(blank=True)  # see tenants.sealing
    is_on = models.BooleanField(default=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()
    alarmed_at = models.DateTimeField(null=True)  # people were told that it does not work; nothing arrived since then

    class Meta:
        ordering = ("service_key", "name", "pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind=Kind.EMAIL, is_whole=True) | ~Q(inside_because=""),
                name="whole_application_by_mail_says_why",
            ),
            models.CheckConstraint(condition=~Q(kind=Kind.WEBHOOK) | ~Q(sealed_secret=""), name="webhook_has_a_secret"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Handover(models.Model):
    """One application on its way to one target. Its key stays the same however often it is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="handovers")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=10, choices=HandoverState, default=HandoverState.WAITING)
    created_at = models.DateTimeField()
    waits_since = models.DateTimeField()  # was to arrive: when it was made, or sent again by a person
    tries = models.PositiveSmallIntegerField(default=0)  # since then
    next_at = models.DateTimeField(null=True)  # tried by itself then; never: it is done, switched off or given up
    busy_until = models.DateTimeField(null=True)  # somebody is at it, and has died if it is not over by then
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["submission", "target"], name="handed_over_once_to_each_target"),
            models.CheckConstraint(
                condition=~Q(state=HandoverState.DONE) | Q(done_at__isnull=False, next_at__isnull=True),
                name="handover_done_has_a_time",
            ),
        )
        indexes = (
            models.Index(fields=["next_at"], condition=~Q(state=HandoverState.DONE), name="handover_to_do"),
            models.Index(fields=["-created_at"], name="handover_newest"),
        )

    def __str__(self) -> str:
        return f"handover {self.pk}"

    @property
    def tone(self) -> Tone:
        return TONES[HandoverState(self.state)]

    @property
    def is_failed(self) -> bool:
        return self.state == HandoverState.FAILED

    @property
    def is_done(self) -> bool:
        return self.state == HandoverState.DONE


class Attempt(models.Model):
    """One time that something was sent to a target. Rows are added, never changed; a trigger sees to it."""

    target = models.ForeignKey(Target, on_delete=models.CASCADE, related_name="attempts")
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, null=True, related_name="attempts")  # none: a test
    at = models.DateTimeField()
    has_arrived = models.BooleanField()
    status = models.PositiveSmallIntegerField(null=True)  # of HTTP
    text = models.CharField(max_length=200)  # what came of it, in German

    class Meta:
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"attempt {self.pk}: {self.has_arrived}"


class Transmission(models.Model):
    """A hand-over as the delivery service of FIT-Connect knows it: a submission there, with the id that it gave."""

    id = models.UUIDField(primary_key=True, editable=False)
    case_id = models.UUIDField()  # what the service's log of events is about
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="transmissions")
    destination = models.UUIDField()
    attachments = models.JSONField()  # id of each there, by the key of the upload; "": of the application itself
    tags = models.JSONField(default=dict)  # what proves that the receiver sees what was sent last (authentication tags)
    state = models.CharField(max_length=10, choices=TransmissionState, default=TransmissionState.ANNOUNCED)
    announced_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # what became of it

    class Meta:
        ordering = ("-announced_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=["handover"], condition=Q(state__in=LIVE), name="one_live_transmission_of_a_handover"
            ),
        )
        indexes = (
            models.Index(
                fields=["asked_at"], condition=Q(state=TransmissionState.SUBMITTED), name="transmission_to_ask_about"
            ),
        )

    def __str__(self) -> str:
        return f"transmission {self.pk}"
