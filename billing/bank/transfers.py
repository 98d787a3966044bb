"""Paying by bank transfer: what the town has switched on, who has chosen it, and who has forgotten it."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import schwifty
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing import actions, settling
from billing.actions import PaymentRefused
from billing.bank.models import BankAccount, Transfer
from billing.bank.references import PREFIX, make_reference
from billing.bank.states import REMINDS_AFTER, TRANSFER, CheckDigit
from billing.models import LedgerEntry, Payment, PaymentRequest
from billing.states import OPEN, PaymentState, RequestState
from submissions import actions as submissions
from submissions import payments as told
from submissions.models import Submission
from submissions.states import State
from templates.components import euro, german_date
from tenants.context import current_town

logger = logging.getLogger(__name__)

EXPIRES_AFTER = timedelta(days=28)  # after the day: money that comes later still counts


@dataclass(frozen=True)
class Terms:
    """How a town wants to be paid by transfer."""

    is_on: bool
    holder: str
    iban: str
    bic: str
    prefix: str
    check_digit: CheckDigit
    days_to_pay: int
    counts_at_once: bool
    is_shared: bool


@transaction.atomic
def set_terms(terms: Terms) -> BankAccount:
    """Say where people transfer money to, and switch it on or off. What was told to people stays as it was.

    Raises PaymentRefused if the account or the prefix cannot be.
    """
    try:
        iban = str(schwifty.IBAN(terms.iban, validate_bban=True))
        bic = str(schwifty.BIC(terms.bic)) if terms.bic else ""
    except ValueError as problem:
        raise PaymentRefused(_("Diese IBAN oder BIC stimmt nicht. Bitte vergleichen Sie sie.")) from problem
    if not PREFIX.fullmatch(terms.prefix):
        raise PaymentRefused(
            _("Der Anfang des Kassenzeichens hat 2 bis 8 Großbuchstaben oder Ziffern und beginnt mit zwei Buchstaben.")
        )
    account, _created = BankAccount.objects.update_or_create(
        pk=1,
        defaults={
            "is_on": terms.is_on,
            "holder": terms.holder,
            "iban": iban,
            "bic": bic,
            "prefix": terms.prefix,
            "check_digit": terms.check_digit,
            "days_to_pay": terms.days_to_pay,
            "counts_at_once": terms.counts_at_once,
            "is_shared": terms.is_shared,
        },
    )
    actions.tell_people()
    return account


def is_offered() -> bool:
    """Whether somebody can choose it now."""
    return not current_town().is_trial and BankAccount.objects.filter(is_on=True).exists()


def choose(*, submission: Submission, now: datetime, request: PaymentRequest | None = None) -> Payment:
    """Somebody wants to pay by transfer; again gives the same reference.

    A page of a provider that is open for the same is closed first. Without a `request` it is the fee that is paid on
    handing in; if the town does not wait for it, the application counts from now on and a request is made of the fee.
    Raises PaymentRefused, ProviderUnreachable.
    """
    if not is_offered():
        raise PaymentRefused(_("Bezahlen per Überweisung ist hier zurzeit nicht möglich. Bitte wählen Sie anders."))
    actions.give_up_replaced(submission, now=now)
    open_there = submission.payments.filter(state__in=OPEN).exclude(provider=TRANSFER).first()
    if open_there:
        _close(open_there, now=now)
    return _announce(submission, request, now=now)


def _close(payment: Payment, *, now: datetime) -> None:
    """Close a provider's page, so that nobody pays twice by mistake. Raises PaymentRefused, ProviderUnreachable."""
    if payment.state == PaymentState.CREATED:
        try:
            payment = actions.begin(payment=payment, now=now)
        except PaymentRefused:
            return
    payment = actions.cancel(payment=payment, now=now)
    if payment.has_arrived or payment.is_open:
        raise PaymentRefused(_("Ihre Zahlung wird gerade geprüft. Bitte zahlen Sie nicht noch einmal."))


@transaction.atomic
def _announce(submission: Submission, request: PaymentRequest | None, *, now: datetime) -> Payment:
    current = Submission.objects.select_for_update().get(pk=submission.pk)
    owed = PaymentRequest.objects.select_for_update().get(pk=request.pk) if request else None
    is_owed = owed.state == RequestState.OPEN if owed else current.state == State.AWAITING_PAYMENT
    existing = current.payments.filter(state__in=OPEN).first()
    if existing and existing.is_transfer:
        return existing
    if not is_owed:
        raise PaymentRefused(_("Das ist schon bezahlt oder muss nicht bezahlt werden."))
    if existing:  # begun in the same moment by somebody else
        raise PaymentRefused(_("Ihre Zahlung wird gerade geprüft. Bitte zahlen Sie nicht noch einmal."))
    account = BankAccount.objects.select_for_update().get(pk=1)
    today = timezone.localdate(now)
    due_on = owed.due_on if owed and owed.due_on > today else today + timedelta(days=account.days_to_pay)
    if owed is None and account.counts_at_once:
        owed = _request_of(current, due_on, now=now)
        submissions.receive(submission=current, by=current.citizen, now=now)
    payment = _create(account, current, owed, due_on, now=now)
    text = _("Bitte überweisen Sie %(amount)s bis %(day)s.") % {
        "amount": euro(payment.amount),
        "day": german_date(due_on),
    }
    told.transfer_announced(submission=current, text=text, now=now)
    return payment


def _request_of(submission: Submission, due_on: date, *, now: datetime) -> PaymentRequest:
    """The fee on handing in as something that is owed while the town hall already works on it."""
    return PaymentRequest.objects.create(
        submission=submission,
        title=submission.service_title,
        lines=submission.fee_lines,
        amount=submission.fee_total,
        due_on=due_on,
        requested_at=now,
    )


def _create(
    account: BankAccount, submission: Submission, owed: PaymentRequest | None, due_on: date, *, now: datetime
) -> Payment:
    payment = Payment.objects.create(
        submission=submission,
        request=owed,
        provider=TRANSFER,
        reference=_next_reference(account),
        amount=owed.amount if owed else submission.fee_total,
        account=account.iban,
        method=TRANSFER,
        created_at=now,
    )
    Transfer.objects.create(payment=payment, holder=account.holder, iban=account.iban, bic=account.bic, due_on=due_on)
    LedgerEntry.objects.create(
        payment=payment, at=now, new_state=PaymentState.CREATED, source="person", reason=_("Zahlung vorbereitet")
    )
    return settling.move(payment, PaymentState.STARTED, source="person", reason=_("Überweisung gewählt"), now=now)


def _next_reference(account: BankAccount) -> str:
    """The next reference of the town. Its row is locked, so no two are alike."""
    reference = None
    while reference is None:
        account.last_number += 1
        reference = make_reference(account.prefix, account.last_number, account.check_digit)
    account.save(update_fields=["last_number"])
    return reference


# --- Every night ---------------------------------------------------------------------------------------------


def follow_up(*, now: datetime) -> tuple[int, int]:
    """Remind of transfers that have not come and give up old ones; returns of how many payments each.

    What a request asks for is reminded of as a request.
    """
    today = timezone.localdate(now)
    waiting = Payment.objects.filter(provider=TRANSFER, state=PaymentState.STARTED)
    late = waiting.filter(
        request=None,
        submission__state=State.AWAITING_PAYMENT,
        transfer__due_on__lt=today - REMINDS_AFTER,
        transfer__reminded_at=None,
    )
    reminded = sum(_remind(payment, now=now) for payment in late)
    old = waiting.filter(transfer__due_on__lt=today - EXPIRES_AFTER)
    expired = sum(_expire(payment, now=now) for payment in old)
    return reminded, expired


@transaction.atomic
def _remind(payment: Payment, *, now: datetime) -> bool:
    current = settling.locked(payment)
    transfer = Transfer.objects.get(pk=payment.pk)
    if current.state != PaymentState.STARTED or transfer.reminded_at or current.submission is None:
        return False
    transfer.reminded_at = now
    transfer.save(update_fields=["reminded_at"])
    told.fee_reminded(submission=current.submission, now=now)
    return True


@transaction.atomic
def _expire(payment: Payment, *, now: datetime) -> bool:
    current = settling.locked(payment)
    if current.assignments.filter(undone_at=None).exists():  # a part has come: a person decides
        return False
    reason = _("Nicht rechtzeitig überwiesen")
    return settling.move(current, PaymentState.EXPIRED, source="rule", reason=reason, now=now).state == (
        PaymentState.EXPIRED
    )
