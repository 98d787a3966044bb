from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """How an application reaches another system by itself."""

    EMAIL = "email", _("E-Mail an ein Postfach")
    WEBHOOK = "webhook", _("Webhook an ein Programm")
    FIT_CONNECT = "fit_connect", _("FIT-Connect an ein Fachverfahren")


class HandoverState(models.TextChoices):
    WAITING = "waiting", _("Wartet")
    DONE = "done", _("Weitergegeben")
    FAILED = "failed", _("Gescheitert")


# The whole life of a hand-over. What has failed is still tried by itself for a week; a person may send anything again.
# Who has got it may still say that it cannot be used.
TRANSITIONS: dict[HandoverState, set[HandoverState]] = {
    HandoverState.WAITING: {HandoverState.DONE, HandoverState.FAILED},
    HandoverState.FAILED: {HandoverState.DONE, HandoverState.WAITING},
    HandoverState.DONE: {HandoverState.WAITING, HandoverState.FAILED},
}


class TransmissionState(models.TextChoices):
    ANNOUNCED = "announced", _("Angekündigt")
    SUBMITTED = "submitted", _("Beim Zustelldienst")
    ACCEPTED = "accepted", _("Angenommen")
    REJECTED = "rejected", _("Zurückgewiesen")
    ABANDONED = "abandoned", _("Nicht vollendet")


# The whole life of a transmission. One that was abandoned was never there for the receiver.
TRANSMISSION_STEPS: dict[TransmissionState, set[TransmissionState]] = {
    TransmissionState.ANNOUNCED: {TransmissionState.SUBMITTED, TransmissionState.ABANDONED},
    TransmissionState.SUBMITTED: {TransmissionState.ACCEPTED, TransmissionState.REJECTED},
    TransmissionState.ACCEPTED: set(),
    TransmissionState.REJECTED: set(),
    TransmissionState.ABANDONED: set(),
}
LIVE = (TransmissionState.ANNOUNCED, TransmissionState.SUBMITTED, TransmissionState.ACCEPTED)
