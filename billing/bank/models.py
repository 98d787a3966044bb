"""Money that comes by bank transfer: the town's bank account, what people were told, and what the bank says.

Which payment a transfer is stands where all payments stand (`billing.models.Payment`).
"""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from billing.bank.references import grouped
from billing.bank.states import CheckDigit, Doubt, EntryState, PayBackState
from billing.models import Payment
from templates.components import Tone, euro

TONES: dict[EntryState, Tone] = {
    EntryState.NEW: "info",
    EntryState.TO_CLARIFY: "warning",
    EntryState.BOOKED: "success",
    EntryState.CLEARED: "success",
    EntryState.ASIDE: "",
}


class BankAccount(models.Model):
    """Where people transfer money to: one row, once an administrator has said it."""

    is_on = models.BooleanField(default=False)  # people can choose it
    holder = models.CharField(max_length=70)  # as EPC069-12 allows
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    prefix = models.CharField(max_length=8)  # how references begin
    check_digit = models.CharField(max_length=10, choices=CheckDigit, default=CheckDigit.MODULO_10)
    last_number = models.PositiveBigIntegerField(default=0)
    days_to_pay = models.PositiveSmallIntegerField(default=14)
    counts_at_once = models.BooleanField(default=False)  # an application need not wait for the money
    is_shared = models.BooleanField(default=True)  # other money comes in here, too

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="town_has_one_bank_account"),)

    def __str__(self) -> str:
        return self.iban


class Transfer(models.Model):
    """What somebody was told who pays by transfer. Amount and reference are those of the payment."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, primary_key=True, related_name="transfer")
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    due_on = models.DateField()
    reminded_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.payment.reference

    @property
    def grouped_reference(self) -> str:
        return grouped(self.payment.reference)

    @property
    def grouped_iban(self) -> str:
        return grouped(self.iban)

    @property
    def code_in_words(self) -> str:
        """What the code for banking apps holds, for those who cannot see it."""
        words = _(
            "GiroCode für die Banking-App: %(amount)s an %(holder)s, IBAN %(iban)s, Verwendungszweck %(reference)s"
        )
        return words % {
            "amount": euro(self.payment.amount),
            "holder": self.holder,
            "iban": self.grouped_iban,
            "reference": self.grouped_reference,
        }


class Statement(models.Model):
    """A file of the bank that was imported; the same file is kept once."""

    sha256 = models.CharField(max_length=64, unique=True)
    iban = models.CharField(max_length=34)
    layout = models.CharField(max_length=40)  # camt.053.001.08
    first_on = models.DateField(null=True)
    last_on = models.DateField(null=True)
    closing = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # EUR, the balance that it ends with
    lines = models.PositiveIntegerField()
    new_lines = models.PositiveIntegerField()  # that no earlier file had told
    pending_lines = models.PositiveIntegerField(default=0)  # left out: the bank has not booked them yet
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ("-imported_at", "-pk")

    def __str__(self) -> str:
        return f"{self.layout} of {self.imported_at}"


class StatementEntry(models.Model):
    """One line of the account. Written once; a trigger keeps what the bank has said as it is."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="entries")
    fingerprint = models.CharField(max_length=64)  # of what every layout tells
    occurrence = models.PositiveIntegerField()  # of lines that look the same: 1, 2, …
    iban = models.CharField(max_length=34)  # the town's account
    booked_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # EUR, signed as the account sees it
    purpose = models.TextField(max_length=2000)
    party = models.CharField(max_length=140, blank=True)  # who paid, or was paid
    party_iban = models.CharField(max_length=34, blank=True)
    bank_reference = models.CharField(max_length=140, blank=True)
    is_return = models.BooleanField(default=False)
    return_reason = models.CharField(max_length=140, blank=True)
    raw = models.TextField()  # the line as it arrived
    state = models.CharField(max_length=10, choices=EntryState, default=EntryState.NEW)
    doubt = models.CharField(max_length=10, choices=Doubt, blank=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, null=True, related_name="bank_entries")  # it names
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-booked_on", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["fingerprint", "occurrence"], name="bank_line_kept_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="bank_line_moves_money"),
            models.CheckConstraint(
                condition=~Q(state=EntryState.TO_CLARIFY) | ~Q(doubt=""), name="bank_line_to_clarify_says_why"
            ),
        )

    def __str__(self) -> str:
        return f"bank line {self.pk}"

    @property
    def is_credit(self) -> bool:
        return self.amount > 0

    @property
    def size(self) -> Decimal:
        """EUR, without a sign."""
        return abs(self.amount)

    @property
    def tone(self) -> Tone:
        return TONES[EntryState(self.state)]

    @property
    def assigned(self) -> Decimal:
        """EUR of it that belong to payments or go back."""
        to_payments = sum((one.amount for one in self.assignments.all() if one.undone_at is None), Decimal("0.00"))
        back = (one.amount for one in self.pay_backs.all() if one.state != PayBackState.DECLINED)
        return to_payments + sum(back, Decimal("0.00"))

    @property
    def unassigned(self) -> Decimal:
        """EUR of a credit about which nobody has decided."""
        return max(self.amount, Decimal("0.00")) - self.assigned

    @property
    def grouped_iban(self) -> str:
        return grouped(self.party_iban)


class Assignment(models.Model):
    """Money of a line that belongs to a payment. It can be taken back until the payment is whole."""

    entry = models.ForeignKey(StatementEntry, on_delete=models.PROTECT, related_name="assignments")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="assignments")
    amount = models.DecimalField(max_digits=9, decimal_places=2)  # EUR
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: the portal
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("at", "pk")
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="assigned_amount_positive"),)

    def __str__(self) -> str:
        return f"{self.amount} of line {self.entry_id}"


class PayBack(models.Model):
    """Money of a line that belongs to no payment and goes back to its sender, by a transfer that a person makes."""

    entry = models.ForeignKey(StatementEntry, on_delete=models.PROTECT, related_name="pay_backs")
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # EUR
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=PayBackState, default=PayBackState.REQUESTED)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    done_on = models.DateField(null=True)  # the day of the transfer

    class Meta:
        ordering = ("requested_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="pay_back_amount_positive"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(requested_by=F("decided_by")),
                name="pay_back_released_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=PayBackState.DONE) | Q(done_on__isnull=False, decided_by__isnull=False),
                name="pay_back_done_was_released_and_has_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"pay-back {self.pk}"
