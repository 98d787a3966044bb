import uuid
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.bank.states import TRANSFER
from billing.states import (
    ARRIVED,
    COUNTING,
    OPEN,
    REFUND_CLAIMS,
    DifferenceKind,
    MovementKind,
    PaymentState,
    RefundReason,
    RefundState,
    RequestState,
)
from catalogue.fees import Fee, FeeLine
from submissions.models import Submission
from templates.components import Tone

TONES: dict[PaymentState, Tone] = {
    PaymentState.CREATED: "info",
    PaymentState.STARTED: "info",
    PaymentState.PROCESSING: "info",
    PaymentState.UNKNOWN: "warning",
    PaymentState.PAID: "success",
    PaymentState.BOOKED: "success",
    PaymentState.RECONCILED: "success",
    PaymentState.FAILED: "",
    PaymentState.CANCELLED: "",
    PaymentState.EXPIRED: "",
    PaymentState.REFUND_REQUESTED: "warning",
    PaymentState.REFUND_APPROVED: "info",
    PaymentState.REFUNDED: "info",
    PaymentState.PARTIALLY_REFUNDED: "info",
    PaymentState.REFUND_FAILED: "warning",
    PaymentState.DISPUTED: "warning",
    PaymentState.CHARGED_BACK: "danger",
    PaymentState.WON: "success",
}

SOURCES = {
    "person": _("durch die Person selbst"),
    "webhook": _("gemeldet vom Zahlungsanbieter"),
    "return": _("abgefragt nach der Rückkehr der Person"),
    "polling": _("abgefragt vom Portal"),
    "statement": _("aus den Umsätzen des Kontos"),
    "staff": _("durch das Rathaus"),
    "rule": _("nach einer Regel des Portals"),
}

# What people call the ways to pay. Which there are is said by the town's account; what has no name here keeps its own.
METHOD_LABELS = {
    "card": _("Karte"),
    "paypal": _("PayPal"),
    "sepa_debit": _("Lastschrift (SEPA)"),
    "eps": _("EPS"),
    "ideal": _("iDEAL | Wero"),
    "bancontact": _("Bancontact"),
    "klarna": _("Klarna"),
    "link": _("Link"),
    "pay_by_bank": _("Zahlung über Ihre Bank"),
    "twint": _("TWINT"),
    "wero": _("Wero"),
    "giropay": _("giropay"),
    "paydirekt": _("paydirekt"),
    "other": _("andere Zahlart"),
    "transfer": _("Überweisung"),
}


def method_label(method: str) -> str:
    """What people call a way to pay."""
    return str(METHOD_LABELS.get(method, method.replace("_", " ").capitalize()))


class Method(models.TextChoices):
    """The ways to pay that the portal knows by name. An account may have others."""

    CARD = "card", _("Karte")
    PAYPAL = "paypal", _("PayPal")
    SEPA_DEBIT = "sepa_debit", _("Lastschrift (SEPA)")


class PaymentAccountQuerySet(models.QuerySet["PaymentAccount"]):
    def chosen(self) -> "PaymentAccount | None":
        """The one where people pay now, ready or not."""
        return self.filter(is_chosen=True).first()

    def ready(self) -> "PaymentAccount | None":
        """The same if it can be paid."""
        return self.filter(is_chosen=True, is_ready=True).first()


class PaymentAccount(models.Model):
    """The town's own account at a payment provider: one row each, once there is one."""

    provider = models.CharField(max_length=20, default="stripe", db_default="stripe")
    stripe_account = models.CharField(max_length=100)  # its id at the provider: acct_…
    is_ready = models.BooleanField(default=False)  # the provider has all it wants to know and lets it be paid
    methods = ArrayField(models.CharField(max_length=20), default=list)  # what the town offers people
    available = ArrayField(models.CharField(max_length=40), null=True)  # what the account has
    disabled_reason = models.CharField(max_length=100, blank=True, default="", db_default="")  # the provider's word
    checked_at = models.DateTimeField(null=True)  # when the provider was asked last
    is_chosen = models.BooleanField(default=True, db_default=True)  # people pay here; the others are from before

    objects = PaymentAccountQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider"], name="town_has_one_account_per_provider"),)

    def __str__(self) -> str:
        return self.stripe_account

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The ways to pay that the town can choose from; before the provider was asked: those known by name."""
        keys = self.available if self.available is not None else Method.values
        return [(key, method_label(key)) for key in sorted({*keys, *self.methods}, key=method_label)]


class ServiceAccess(models.Model):
    """What a payment service that speaks XBezahldienste has given the town to get in."""

    account = models.OneToOneField(PaymentAccount, on_delete=models.CASCADE, related_name="access")
    service = models.CharField(max_length=40)  # its key among those that the operator has entered
    originator = models.CharField(max_length=100)
    endpoint = models.CharField(max_length=100)
    client_id = models.CharField(max_length=200)
    sealed_secret = models.TextField()  # see billing.access
    booking = models.JSONField(default=dict)  # what each line of a payment says to the bookkeeping, by its name there

    def __str__(self) -> str:
        return f"access to {self.account}"


class PaymentRequest(models.Model):
    """A fee that is due now: set by a case worker, or open again because its payment was taken back.

    Whoever knows the id may pay, as with a letter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="payment_requests")
    title = models.CharField(max_length=200)  # what for, in words for the citizen
    lines = models.JSONField()  # as those of a fee
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    basis = models.CharField(max_length=300, blank=True)  # by-law
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: a rule
    requested_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-requested_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission"], condition=Q(state=RequestState.OPEN), name="submission_one_open_request"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="request_amount_positive"),
        )

    def __str__(self) -> str:
        return f"payment request {self.pk}"

    @property
    def fee(self) -> Fee:
        return Fee(tuple(FeeLine.from_plain(line) for line in self.lines))

    @property
    def is_open(self) -> bool:
        return self.state == RequestState.OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today


class PaymentQuerySet(models.QuerySet["Payment"]):
    def counting(self) -> "PaymentQuerySet":
        """Those for which something owed counts as paid."""
        return self.filter(state__in=COUNTING, is_surplus=False)


class Payment(models.Model):
    """One attempt to pay a fee, a request, or (without a submission) whether paying works at all.

    What the provider says is recorded as ledger entries, and what moved money as movements.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="payments")
    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, null=True, related_name="payments")
    provider = models.CharField(max_length=20, default="stripe", db_default="stripe")
    reference = models.CharField(max_length=60, unique=True)  # on the bank statement: LAGE-2026-000123-1
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, gross
    state = models.CharField(max_length=20, choices=PaymentState, default=PaymentState.CREATED)
    is_surplus = models.BooleanField(default=False, db_default=False)  # it arrived although nothing was owed any more
    account = models.CharField(max_length=100)  # the connected account at that time
    terms = models.JSONField(default=dict, null=True)  # how it was started: to ask for the very same again
    session_id = models.CharField(max_length=255, blank=True)  # the provider's id of the attempt
    session_url = models.URLField(max_length=2000, blank=True)
    intent_id = models.CharField(max_length=255, blank=True)  # the provider's id of what can be refunded
    charge_id = models.CharField(max_length=255, blank=True, default="", db_default="")  # of the money that moved
    method = models.CharField(max_length=40, blank=True)  # what was really used
    created_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(state__in=sorted(OPEN)),
                name="submission_one_open_payment",
            ),
            models.UniqueConstraint(
                fields=["submission", "request"],
                condition=Q(state__in=sorted(COUNTING), is_surplus=False, submission__isnull=False),
                nulls_distinct=False,
                name="each_claim_paid_once",
            ),
            models.UniqueConstraint(fields=["session_id"], condition=~Q(session_id=""), name="payment_one_per_session"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(ARRIVED)) | Q(paid_at__isnull=False),
                name="arrived_payment_has_a_time",
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
    def counts(self) -> bool:
        """Whether what was owed is paid by it."""
        return PaymentState(self.state) in COUNTING and not self.is_surplus

    @property
    def is_transfer(self) -> bool:
        """Whether it comes by bank transfer: then there is a `transfer`, and no provider."""
        return self.provider == TRANSFER

    @property
    def is_test(self) -> bool:
        """Whether the town only tries out whether paying works."""
        return self.submission_id is None

    @property
    def title(self) -> str:
        """What was paid for."""
        if self.submission is None:
            return str(_("Probezahlung der Stadt"))
        return self.request.title if self.request else self.submission.service_title

    @property
    def number(self) -> str:
        """Of the submission; a test has none."""
        return self.submission.number if self.submission else ""

    @property
    def payer(self) -> str:
        return self.submission.applicant if self.submission else ""

    @property
    def fee(self) -> Fee:
        """What was paid for."""
        if self.request:
            return self.request.fee
        if self.submission:
            return self.submission.fee
        return Fee((FeeLine(self.title, Decimal(1), self.amount, self.amount, ""),))

    @property
    def tone(self) -> Tone:
        """The colour of its state."""
        return TONES[PaymentState(self.state)]

    @property
    def method_label(self) -> str:
        return method_label(self.method) if self.method else ""

    @property
    def can_be_refunded(self) -> bool:
        """Whether somebody may ask to give back something of it."""
        taken_back = (PaymentState.DISPUTED, PaymentState.CHARGED_BACK)
        return self.has_arrived and self.state not in taken_back and self.refundable > 0

    @property
    def refundable(self) -> Decimal:
        """EUR that no refund has claimed yet."""
        claimed: Iterable[Decimal] = (one.amount for one in self.refunds.all() if one.state in REFUND_CLAIMS)
        return self.amount - sum(claimed, Decimal("0.00"))


class LedgerEntry(models.Model):
    """One thing that happened to a payment. Rows are added, never changed; a trigger sees to it."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    old_state = models.CharField(max_length=20, choices=PaymentState, blank=True)
    new_state = models.CharField(max_length=20, choices=PaymentState)
    source = models.CharField(max_length=20)  # one of SOURCES
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)  # in German, for the cash office

    class Meta:
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"{self.payment_id}: {self.old_state} → {self.new_state}"

    @property
    def source_label(self) -> str:
        """From whom we know it, for people."""
        return self.by.name if self.by else str(SOURCES.get(self.source, self.source))


class Movement(models.Model):
    """Money that moved on the town's account at a provider, signed as the account sees it.

    Rows are added, never changed; a trigger sees to it. The sum of all is what the provider owes the town.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="movements")
    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=MovementKind)
    source = models.CharField(max_length=255)  # the provider's id of what moved it
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR
    at = models.DateTimeField()  # when we learnt of it, or when the statement says

    class Meta:
        ordering = ("at", "pk")
        constraints = (
            models.UniqueConstraint(fields=["provider", "account", "kind", "source"], name="movement_booked_once"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} ({self.source})"


class Refund(models.Model):
    """Money that is to go back, or has gone. One person or a rule requests it, another person releases it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR
    reason = models.CharField(max_length=20, choices=RefundReason)
    note = models.CharField(max_length=300, blank=True)  # for the cash office
    state = models.CharField(max_length=10, choices=RefundState, default=RefundState.REQUESTED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: a rule
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    refund_id = models.CharField(max_length=255, blank=True)  # the provider's
    done_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)  # why it failed or was declined, in German

    class Meta:
        ordering = ("requested_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=True) | Q(decided_by__isnull=True) | ~Q(requested_by=F("decided_by")),
                name="refund_released_by_a_second_person",
            ),
            models.UniqueConstraint(fields=["refund_id"], condition=~Q(refund_id=""), name="refund_made_once"),
            models.UniqueConstraint(
                fields=["payment", "reason"],
                condition=Q(reason__in=[RefundReason.SURPLUS, RefundReason.WITHDRAWN, RefundReason.TEST]),
                name="rule_requests_a_refund_once",
            ),
        )

    def __str__(self) -> str:
        return f"refund {self.pk}"

    @property
    def is_done(self) -> bool:
        return self.state == RefundState.DONE


class Comparison(models.Model):
    """One run that compared the provider's statement with our movements."""

    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    at = models.DateTimeField()
    since = models.DateTimeField()
    transactions = models.PositiveIntegerField()  # lines of the statement
    theirs = models.DecimalField(max_digits=12, decimal_places=2)  # EUR, sum of the statement with fees
    ours = models.DecimalField(max_digits=12, decimal_places=2)  # EUR, sum of the movements of the same sources
    differences = models.PositiveIntegerField()  # open ones after it

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"comparison of {self.account} at {self.at}"


class Difference(models.Model):
    """Something in which ledger and provider do not agree. It stays, with the moment when it was cleared up."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="differences")
    provider = models.CharField(max_length=20)
    account = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=DifferenceKind)
    source = models.CharField(max_length=255)  # the provider's id of what it is about
    ours = models.DecimalField(max_digits=9, decimal_places=2, null=True)  # EUR
    theirs = models.DecimalField(max_digits=9, decimal_places=2, null=True)  # EUR
    text = models.CharField(max_length=300)  # in German, for the cash office
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-found_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=["provider", "account", "kind", "source"],
                condition=Q(resolved_at__isnull=True),
                name="difference_named_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class DailyStatement(models.Model):
    """What moved on the town's accounts at providers by the end of a day (Tagesabschluss), for ever.

    Triggers see to it that none is changed, that numbers and days have no gap, that each begins with the balance
    with which the one before has ended, and that its posts are the difference.
    """

    day = models.DateField(unique=True)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()  # from 1 in each year
    opening = models.DecimalField(max_digits=12, decimal_places=2)  # EUR
    closing = models.DecimalField(max_digits=12, decimal_places=2)  # EUR
    count = models.PositiveIntegerField()  # of posts
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("-day",)
        constraints = (models.UniqueConstraint(fields=["year", "number"], name="daily_statement_numbered_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its number, as people quote it: 17/2026."""
        return f"{self.number}/{self.year}"

    @property
    def change(self) -> Decimal:
        """EUR by which the balance has changed."""
        return self.closing - self.opening


class StatementPost(models.Model):
    """A movement on a daily statement, or the part of it that belongs to one budget line. Each movement once."""

    statement = models.ForeignKey(DailyStatement, on_delete=models.PROTECT, related_name="posts")
    movement = models.ForeignKey(Movement, on_delete=models.PROTECT, related_name="posts")
    part = models.PositiveSmallIntegerField()  # of the movement, from 0
    at = models.DateTimeField()  # of the movement: earlier than the statement's day if it was learnt of late
    kind = models.CharField(max_length=20, choices=MovementKind)
    reference = models.CharField(max_length=60, blank=True)  # of the payment
    service_key = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=40, blank=True)
    label = models.CharField(max_length=200, blank=True)  # of the fee's line
    budget_line = models.CharField(max_length=40, blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR, signed as the movement

    class Meta:
        ordering = ("at", "movement_id", "part")
        constraints = (models.UniqueConstraint(fields=["movement", "part"], name="movement_stated_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} ({self.reference})"

    @property
    def method_label(self) -> str:
        return method_label(self.method) if self.method else ""
