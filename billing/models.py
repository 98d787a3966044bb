import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.states import ARRIVED, OPEN, PaymentState
from submissions.models import Submission
from templates.components import Tone

TONES: dict[PaymentState, Tone] = {
    PaymentState.CREATED: "info",
    PaymentState.STARTED: "info",
    PaymentState.PROCESSING: "info",
    PaymentState.UNKNOWN: "warning",
    PaymentState.PAID: "success",
    PaymentState.FAILED: "",
    PaymentState.CANCELLED: "",
    PaymentState.EXPIRED: "",
    PaymentState.REFUND_DUE: "warning",
}

SOURCES = {
    "person": _("durch die Person selbst"),
    "webhook": _("gemeldet vom Zahlungsanbieter"),
    "return": _("abgefragt nach der Rückkehr der Person"),
    "polling": _("abgefragt vom Portal"),
}


class Method(models.TextChoices):
    """How people can pay. Which of them a town offers is the town's choice."""

    CARD = "card", _("Karte")
    PAYPAL = "paypal", _("PayPal")
    SEPA_DEBIT = "sepa_debit", _("Lastschrift (SEPA)")


class PaymentAccount(models.Model):
    """The town's own account at the payment provider: one row, once there is one."""

    stripe_account = models.CharField(max_length=100)  # acct_…
    is_ready = models.BooleanField(default=False)  # the provider has all it wants to know and lets it be paid
    methods = ArrayField(models.CharField(max_length=20, choices=Method), default=list)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(pk=1), name="town_has_one_payment_account"),)

    def __str__(self) -> str:
        return self.stripe_account


class Payment(models.Model):
    """One attempt to pay the fee of a submission. What the provider says is recorded as ledger entries."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="payments")
    reference = models.CharField(max_length=60, unique=True)  # on the bank statement: LAGE-2026-000123-1
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.CREATED)
    account = models.CharField(max_length=100)  # the connected account at that time
    session_id = models.CharField(max_length=255, blank=True)
    session_url = models.URLField(max_length=2000, blank=True)
    intent_id = models.CharField(max_length=255, blank=True)
    method = models.CharField(max_length=40, blank=True)  # what was really used
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission"],
                condition=models.Q(state__in=sorted(OPEN)),
                name="submission_one_open_payment",
            ),
            models.UniqueConstraint(
                fields=["submission"], condition=models.Q(state=PaymentState.PAID), name="submission_paid_once"
            ),
            models.UniqueConstraint(
                fields=["session_id"], condition=~models.Q(session_id=""), name="payment_one_per_session"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~models.Q(state__in=sorted(ARRIVED)) | models.Q(paid_at__isnull=False),
                name="payment_has_a_time_once_arrived",
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return PaymentState(self.state) in OPEN

    @property
    def has_arrived(self) -> bool:
        return PaymentState(self.state) in ARRIVED

    @property
    def tone(self) -> Tone:
        """The colour of its state."""
        return TONES[PaymentState(self.state)]

    @property
    def method_label(self) -> str:
        return str(Method(self.method).label) if self.method in Method.values else self.method


class LedgerEntry(models.Model):
    """One thing that happened to a payment. Rows are added, never changed; a trigger sees to it."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    old_state = models.CharField(max_length=20, choices=PaymentState, blank=True)
    new_state = models.CharField(max_length=20, choices=PaymentState)
    source = models.CharField(max_length=20)  # person, webhook, return, polling
    reason = models.CharField(max_length=300)  # in German, for the cash office

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.old_state} → {self.new_state}"

    @property
    def source_label(self) -> str:
        """From whom we know it, for people."""
        return str(SOURCES.get(self.source, self.source))
