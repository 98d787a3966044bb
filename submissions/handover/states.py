from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """How an application reaches another system by itself."""

    EMAIL = "email", _("E-Mail an ein Postfach")
    WEBHOOK = "webhook", _("Webhook an ein Programm")


class HandoverState(models.TextChoices):
    WAITING = "waiting", _("Wartet")
    DONE = "done", _("Weitergegeben")
    FAILED = "failed", _("Gescheitert")


# The whole life of a hand-over. What has failed is still tried by itself for a week; a person may send anything again.
TRANSITIONS: dict[HandoverState, set[HandoverState]] = {
    HandoverState.WAITING: {HandoverState.DONE, HandoverState.FAILED},
    HandoverState.FAILED: {HandoverState.DONE, HandoverState.WAITING},
    HandoverState.DONE: {HandoverState.WAITING},
}
