"""The life of a payment, of a refund and of a payment request, and what moves money."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentState(models.TextChoices):
    CREATED = "created", _("Vorbereitet")
    STARTED = "started", _("Begonnen")
    PROCESSING = "processing", _("Wird eingezogen")
    UNKNOWN = "unknown", _("Wird geklärt")
    PAID = "paid", _("Bezahlt")
    BOOKED = "booked", _("Gebucht")  # handed over to the town's cash system
    RECONCILED = "reconciled", _("Abgeglichen")  # the provider has paid it out to the town's bank
    FAILED = "failed", _("Fehlgeschlagen")
    CANCELLED = "cancelled", _("Abgebrochen")
    EXPIRED = "expired", _("Abgelaufen")
    REFUND_REQUESTED = "refund_requested", _("Erstattung beantragt")
    REFUND_APPROVED = "refund_approved", _("Erstattung freigegeben")
    REFUNDED = "refunded", _("Erstattet")
    PARTIALLY_REFUNDED = "partly_refunded", _("Teilweise erstattet")
    REFUND_FAILED = "refund_failed", _("Erstattung gescheitert")
    DISPUTED = "disputed", _("Bestritten")
    CHARGED_BACK = "charged_back", _("Zurückgebucht")
    WON = "won", _("Streit gewonnen")


# Not yet known how it ends; a submission has at most one such payment.
OPEN = frozenset({PaymentState.CREATED, PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.UNKNOWN})
# Given up, without money.
GIVEN_UP = frozenset({PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED})
# The money has come, whatever became of it.
ARRIVED = frozenset(set(PaymentState) - OPEN - GIVEN_UP)
# What was owed counts as paid, unless there was nothing to pay (`Payment.is_surplus`).
COUNTING = ARRIVED - {PaymentState.CHARGED_BACK}
# Where a payment comes to rest if nothing is to be given back.
RESTING = frozenset({PaymentState.PAID, PaymentState.BOOKED, PaymentState.RECONCILED})

_TAKEN_BACK = frozenset({PaymentState.DISPUTED, PaymentState.CHARGED_BACK})
_GIVEN_BACK = frozenset({PaymentState.REFUNDED, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUND_FAILED})
# A refund may also be made at the provider, past us.
_FROM_REST = frozenset({PaymentState.REFUND_REQUESTED, PaymentState.WON, *_GIVEN_BACK, *_TAKEN_BACK})

# The whole life of a payment. One that was given up may still arrive late: money that came is a fact.
TRANSITIONS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.CREATED: frozenset({PaymentState.STARTED, PaymentState.UNKNOWN, *GIVEN_UP}),
    PaymentState.STARTED: frozenset({PaymentState.PROCESSING, PaymentState.UNKNOWN, PaymentState.PAID, *GIVEN_UP}),
    PaymentState.PROCESSING: frozenset({PaymentState.PAID, PaymentState.FAILED, PaymentState.UNKNOWN}),
    PaymentState.UNKNOWN: frozenset(
        {PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED}
    ),
    PaymentState.FAILED: frozenset({PaymentState.PAID, PaymentState.UNKNOWN}),
    PaymentState.CANCELLED: frozenset({PaymentState.PAID, PaymentState.PROCESSING, PaymentState.UNKNOWN}),
    PaymentState.EXPIRED: frozenset({PaymentState.PAID, PaymentState.PROCESSING, PaymentState.UNKNOWN}),
    PaymentState.PAID: frozenset({PaymentState.BOOKED, PaymentState.RECONCILED, *_FROM_REST}),
    PaymentState.BOOKED: frozenset({PaymentState.RECONCILED, *_FROM_REST}),
    PaymentState.RECONCILED: _FROM_REST,
    PaymentState.REFUND_REQUESTED: frozenset({PaymentState.REFUND_APPROVED, *RESTING, *_GIVEN_BACK, *_TAKEN_BACK}),
    PaymentState.REFUND_APPROVED: _GIVEN_BACK | _TAKEN_BACK,
    PaymentState.REFUNDED: frozenset({PaymentState.REFUND_FAILED, *_TAKEN_BACK}),
    PaymentState.PARTIALLY_REFUNDED: _FROM_REST - {PaymentState.PARTIALLY_REFUNDED},
    PaymentState.REFUND_FAILED: _FROM_REST - {PaymentState.REFUND_FAILED},
    PaymentState.DISPUTED: frozenset({PaymentState.WON, PaymentState.CHARGED_BACK}),
    PaymentState.CHARGED_BACK: frozenset({PaymentState.WON}),
    PaymentState.WON: _FROM_REST - {PaymentState.WON},
}


class RefundState(models.TextChoices):
    REQUESTED = "requested", _("Beantragt")
    APPROVED = "approved", _("Freigegeben")
    PENDING = "pending", _("Unterwegs")  # the provider has it
    DONE = "done", _("Erstattet")
    FAILED = "failed", _("Gescheitert")
    DECLINED = "declined", _("Abgelehnt")


# The whole life of a refund. What the provider has done can still fail: the card may not exist any more.
REFUND_TRANSITIONS: dict[RefundState, frozenset[RefundState]] = {
    RefundState.REQUESTED: frozenset({RefundState.APPROVED, RefundState.DECLINED}),
    RefundState.APPROVED: frozenset({RefundState.PENDING, RefundState.DONE, RefundState.FAILED}),
    RefundState.PENDING: frozenset({RefundState.DONE, RefundState.FAILED}),
    RefundState.DONE: frozenset({RefundState.FAILED}),
    RefundState.FAILED: frozenset({RefundState.DONE}),  # somebody has transferred it by hand
    RefundState.DECLINED: frozenset(),
}
# What takes part of a payment: no other refund may use it.
REFUND_CLAIMS = frozenset({RefundState.REQUESTED, RefundState.APPROVED, RefundState.PENDING, RefundState.DONE})


class RefundReason(models.TextChoices):
    """Why something is given back. The first three are found by the portal itself."""

    SURPLUS = "surplus", _("Nicht gebraucht: doppelt oder zu spät bezahlt")
    WITHDRAWN = "withdrawn", _("Antrag zurückgezogen, bevor die Bearbeitung begonnen hat")
    TEST = "test", _("Probezahlung")
    DECISION = "decision", _("Folgt aus der Entscheidung")
    OTHER = "other", _("Anderer Grund")
    ELSEWHERE = "elsewhere", _("Beim Zahlungsanbieter erstattet")


class RequestState(models.TextChoices):
    """How a request to pay stands."""

    OPEN = "open", _("Offen")
    PAID = "paid", _("Bezahlt")
    WITHDRAWN = "withdrawn", _("Zurückgenommen")


class MovementKind(models.TextChoices):
    """What moved money on a town's account at a provider. Together they are its balance."""

    PAYMENT = "payment", _("Zahlung")
    PAYMENT_RETURNED = "payment_returned", _("Rücklastschrift")
    REFUND = "refund", _("Erstattung")
    REFUND_RETURNED = "refund_returned", _("Erstattung zurückgekommen")
    DISPUTE = "dispute", _("Rückbuchung")
    DISPUTE_WON = "dispute_won", _("Rückbuchung zurückgenommen")
    FEE = "fee", _("Entgelt des Anbieters")
    PAYOUT = "payout", _("Auszahlung")
    PAYOUT_RETURNED = "payout_returned", _("Auszahlung zurückgekommen")
    OTHER = "other", _("Sonstiges")


class DifferenceKind(models.TextChoices):
    """How ledger and provider can differ."""

    MISMATCH = "mismatch", _("Meldung passt nicht")
    MISSING_HERE = "missing_here", _("Nur beim Anbieter")
    MISSING_THERE = "missing_there", _("Nur bei uns")
    AMOUNT = "amount", _("Anderer Betrag")
