"""Pay later: a case worker's fee becomes a request to pay, with a day, a link and a reminder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import jobs
from billing.bank.models import BankAccount
from billing.bank.states import REMINDS_AFTER
from billing.models import Payment, PaymentAccount, PaymentRequest
from billing.states import OPEN, PaymentState, RequestState
from catalogue.fees import FeeLine, round_to_cents
from submissions import payments as told
from submissions.models import Submission
from submissions.steps import SubmissionRefused, locked
from templates.components import euro, german_date

LARGEST = Decimal("9999999.99")  # EUR, what a payment can hold


class RequestRefused(Exception):
    """This cannot be asked for now; the message says why, in German."""


@dataclass(frozen=True)
class Item:
    """One line of what is to be paid (EUR, gross)."""

    label: str
    amount: Decimal
    quantity: Decimal = Decimal(1)


@transaction.atomic
def request_payment(
    *, submission: Submission, title: str, items: Sequence[Item], basis: str, due_on: date, by: User, now: datetime
) -> PaymentRequest:
    """Ask the citizen to pay; she gets a mail and finds link and QR code in her case.

    `by` must have the case in hand. Raises RequestRefused.
    """
    if due_on <= timezone.localdate(now):
        raise RequestRefused(_("Der Tag, bis zu dem zu zahlen ist, muss in der Zukunft liegen."))
    lines = _lines(items)
    amount = sum((line.amount for line in lines), Decimal("0.00"))
    if not 0 < amount <= LARGEST:
        raise RequestRefused(_("Der Betrag muss größer als 0 € sein und darf höchstens 9.999.999,99 € betragen."))
    current = locked(submission)
    if current.payment_requests.filter(state=RequestState.OPEN).exists():
        raise RequestRefused(
            _("Zu diesem Vorgang ist schon eine Zahlung offen. Nehmen Sie diese zuerst zurück, wenn sie nicht stimmt.")
        )
    by_card = PaymentAccount.objects.exclude(methods=[]).ready() is not None
    if not by_card and not BankAccount.objects.filter(is_on=True).exists():
        raise RequestRefused(_("Online bezahlen ist in Ihrer Stadt zurzeit nicht eingerichtet."))
    text = _("%(amount)s bis %(day)s: %(title)s") % {
        "amount": euro(amount),
        "day": german_date(due_on),
        "title": title,
    }
    try:
        told.fee_requested(submission=current, text=text, by=by, now=now)
    except SubmissionRefused as refusal:
        raise RequestRefused(str(refusal)) from refusal
    return PaymentRequest.objects.create(
        submission=current,
        title=title,
        lines=[line.plain() for line in lines],
        amount=amount,
        basis=basis,
        due_on=due_on,
        requested_by=by,
        requested_at=now,
    )


@transaction.atomic
def withdraw_request(*, request: PaymentRequest, reason: str, by: User | None, now: datetime) -> PaymentRequest:
    """Nothing is to be paid any more. What still arrives goes back. Raises RequestRefused."""
    locked(request.submission)
    current = PaymentRequest.objects.select_for_update().get(pk=request.pk)
    if current.state != RequestState.OPEN:
        label = RequestState(current.state).label
        raise RequestRefused(_("Das ist nicht mehr möglich. Die Forderung ist „%(state)s“.") % {"state": label})
    current.state, current.settled_at = RequestState.WITHDRAWN, now
    current.save(update_fields=["state", "settled_at"])
    for payment in current.payments.filter(state__in=OPEN):
        jobs.close_payment.queue(payment=str(payment.pk))
    told.fee_no_longer_requested(submission=current.submission, text=reason, by=by, now=now)
    return current


@transaction.atomic
def remind(*, now: datetime) -> int:
    """Remind once of what should have been paid by today and is not under way; returns of how many requests."""
    today = timezone.localdate(now)
    due = PaymentRequest.objects.select_for_update().filter(state=RequestState.OPEN, due_on__lt=today, reminded_at=None)
    under_way = Payment.objects.exclude(request=None).filter(
        Q(state__in=[PaymentState.PROCESSING, PaymentState.UNKNOWN])
        | Q(state=PaymentState.STARTED, transfer__due_on__gte=today - REMINDS_AFTER)
    )
    requests = list(due.exclude(pk__in=under_way.values("request")))
    for request in requests:
        request.reminded_at = now
        request.save(update_fields=["reminded_at"])
        told.fee_reminded(submission=request.submission, now=now)
    return len(requests)


def _lines(items: Sequence[Item]) -> list[FeeLine]:
    """Raises RequestRefused if one of them is not an amount."""
    lines = []
    for item in items:
        if item.amount <= 0 or item.quantity <= 0:
            raise RequestRefused(_("„%(label)s“: Der Betrag muss größer als 0 € sein.") % {"label": item.label})
        if item.amount != round_to_cents(item.amount):
            raise RequestRefused(_("„%(label)s“: Bitte höchstens zwei Stellen nach dem Komma.") % {"label": item.label})
        whole = round_to_cents(item.amount * item.quantity)
        lines.append(FeeLine(item.label, item.quantity, item.amount, whole, ""))
    return lines
