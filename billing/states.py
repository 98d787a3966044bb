"""The life of a payment."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    CREATED = "created", _("Vorbereitet")
    STARTED = "started", _("Begonnen")
    PROCESSING = "processing", _("Wird eingezogen")
    UNKNOWN = "unknown", _("Wird geklärt")
    PAID = "paid", _("Bezahlt")
    FAILED = "failed", _("Fehlgeschlagen")
    CANCELLED = "cancelled", _("Abgebrochen")
    EXPIRED = "expired", _("Abgelaufen")
    REFUND_DUE = "refund_due", _("Zu erstatten")


# The whole life of a payment. A payment given up may still arrive late: money that came is a fact.
TRANSITIONS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.CREATED: frozenset({PaymentState.STARTED}),
    PaymentState.STARTED: frozenset(set(PaymentState) - {PaymentState.CREATED, PaymentState.STARTED}),
    PaymentState.PROCESSING: frozenset(
        {PaymentState.PAID, PaymentState.FAILED, PaymentState.UNKNOWN, PaymentState.REFUND_DUE}
    ),
    PaymentState.UNKNOWN: frozenset(
        {PaymentState.PROCESSING, PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED, PaymentState.REFUND_DUE}
    ),
    PaymentState.FAILED: frozenset({PaymentState.PAID, PaymentState.UNKNOWN, PaymentState.REFUND_DUE}),
    PaymentState.CANCELLED: frozenset(
        {PaymentState.PAID, PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.REFUND_DUE}
    ),
    PaymentState.EXPIRED: frozenset(
        {PaymentState.PAID, PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.REFUND_DUE}
    ),
    PaymentState.PAID: frozenset(),
    PaymentState.REFUND_DUE: frozenset(),
}

# Not yet known how it ends; a submission has at most one such payment.
OPEN = frozenset({PaymentState.CREATED, PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.UNKNOWN})
# The money is here.
ARRIVED = frozenset({PaymentState.PAID, PaymentState.REFUND_DUE})
