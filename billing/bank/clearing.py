"""What a person decides about a line of the account statement that the portal could not book by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from billing import settling
from billing.bank.importing import arrive, move_entry, report_of
from billing.bank.models import Assignment, PayBack, StatementEntry
from billing.bank.references import compact
from billing.bank.states import PAY_BACK_TRANSITIONS, TRANSFER, EntryState, PayBackState
from billing.models import Payment, Refund
from billing.providers.contract import RefundReport, RefundStanding, Standing
from billing.states import PaymentState, RefundState
from submissions import payments as told
from templates.components import euro, german_date


class ClearingRefused(Exception):
    """This cannot be decided like that; the message says why, in German."""


@dataclass(frozen=True)
class Part:
    """What of a line belongs to one payment (EUR)."""

    reference: str  # as somebody has typed it
    amount: Decimal


@transaction.atomic
def assign(
    *, entry: StatementEntry, parts: Sequence[Part], pay_back: Decimal, note: str, by: User, now: datetime
) -> StatementEntry:
    """Say which payments the money of a credit belongs to, and how much of it goes back (EUR).

    A payment is paid once its whole amount is there. What goes back must be released by somebody else. Money about
    which nothing was said stays to be clarified. Raises ClearingRefused.
    """
    current = _to_clarify(entry, by=by)
    if not current.is_credit:
        raise ClearingRefused(_("Das ist eine Abbuchung. Zuordnen lässt sich nur Geld, das angekommen ist."))
    total = sum((part.amount for part in parts), pay_back)
    if not parts and not pay_back:
        raise ClearingRefused(_("Geben Sie an, wozu das Geld gehört oder wie viel davon zurückgezahlt wird."))
    if any(part.amount <= 0 for part in parts) or pay_back < 0:
        raise ClearingRefused(_("Jeder Betrag muss größer als 0 € sein."))
    if total > current.unassigned:
        raise ClearingRefused(
            _("Das sind zusammen %(total)s. Von diesem Umsatz sind nur noch %(left)s frei.")
            % {"total": euro(total), "left": euro(current.unassigned)}
        )
    payments = [(_named(part.reference, current), part.amount) for part in parts]
    if len({payment.pk for payment, _amount in payments}) < len(payments):
        raise ClearingRefused(_("Dasselbe Kassenzeichen steht zweimal da. Bitte fassen Sie die Beträge zusammen."))
    for payment, amount in sorted(payments, key=lambda pair: str(pair[0].submission_id)):  # always the same order
        _assign_one(current, payment, amount, by=by, now=now)
    if pay_back:
        PayBack.objects.create(entry=current, amount=pay_back, note=note, requested_by=by, requested_at=now)
    return _rest(current, by=by, now=now)


def _assign_one(entry: StatementEntry, payment: Payment, amount: Decimal, *, by: User, now: datetime) -> None:
    current = settling.locked(payment)
    if current.has_arrived:
        raise ClearingRefused(
            _("%(reference)s ist schon bezahlt. Was zu viel ist, zahlen Sie bitte zurück.")
            % {"reference": current.reference}
        )
    missing = current.amount - sum((one.amount for one in current.assignments.filter(undone_at=None)), Decimal("0.00"))
    if amount > missing:
        raise ClearingRefused(
            _("Zu %(reference)s fehlen nur noch %(missing)s. Den Rest zahlen Sie bitte zurück.")
            % {"reference": current.reference, "missing": euro(missing)}
        )
    Assignment.objects.create(entry=entry, payment=current, amount=amount, by=by, at=now)
    text = _("%(amount)s vom %(day)s zugeordnet") % {"amount": euro(amount), "day": german_date(entry.booked_on)}
    settling.note(current, source="staff", reason=text, by=by, now=now)
    arrive(current, now=now, by=by)


@transaction.atomic
def undo(*, assignment: Assignment, by: User, now: datetime) -> StatementEntry:
    """Take money back from a payment that is not whole yet. Raises ClearingRefused."""
    entry = StatementEntry.objects.select_for_update().get(pk=assignment.entry_id)
    _require_cash_office(by)
    payment = settling.locked(assignment.payment)
    current = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if payment.has_arrived:
        raise ClearingRefused(_("Diese Zahlung ist schon gebucht. Was falsch ist, wird jetzt erstattet."))
    if current.undone_at is None:
        current.undone_at, current.undone_by = now, by
        current.save(update_fields=["undone_at", "undone_by"])
        text = _("Zuordnung von %(amount)s aufgehoben") % {"amount": euro(current.amount)}
        settling.note(payment, source="staff", reason=text, by=by, now=now)
    return _rest(entry, by=by, now=now)


@transaction.atomic
def put_aside(*, entry: StatementEntry, note: str, by: User, now: datetime) -> StatementEntry:
    """Say that a line has nothing to do with the portal. Raises ClearingRefused."""
    current = _to_clarify(entry, by=by)
    if current.assigned:
        raise ClearingRefused(_("Von diesem Umsatz ist schon Geld zugeordnet. Heben Sie das zuerst auf."))
    move_entry(current, EntryState.ASIDE, note=note, decided_by=by, decided_at=now)
    return current


@transaction.atomic
def take_up(*, entry: StatementEntry, by: User, now: datetime) -> StatementEntry:
    """Look at a line again that was put aside. Raises ClearingRefused."""
    current = StatementEntry.objects.select_for_update().get(pk=entry.pk)
    _require_cash_office(by)
    if current.state == EntryState.ASIDE:
        doubt = current.doubt or ("debit" if not current.is_credit else "unknown")
        move_entry(current, EntryState.TO_CLARIFY, doubt=doubt, decided_by=by, decided_at=now)
    return current


@transaction.atomic
def book_return(*, entry: StatementEntry, reference: str, by: User, now: datetime) -> StatementEntry:
    """Book that a transfer came back: a payment whose sender's bank has fetched it, or a refund that did not arrive.

    Raises ClearingRefused.
    """
    current = _to_clarify(entry, by=by)
    payment = settling.locked(_named(reference, current))
    if current.is_credit:
        _refund_came_back(current, payment, now=now)
    else:
        _payment_taken_back(current, payment, now=now)
    text = _("Rückgabe vom %(day)s gebucht") % {"day": german_date(current.booked_on)}
    settling.note(Payment.objects.get(pk=payment.pk), source="staff", reason=text, by=by, now=now)
    move_entry(current, EntryState.CLEARED, payment=payment, decided_by=by, decided_at=now)
    return current


def _payment_taken_back(entry: StatementEntry, payment: Payment, *, now: datetime) -> None:
    if not payment.has_arrived or payment.state == PaymentState.CHARGED_BACK or -entry.amount != payment.amount:
        raise ClearingRefused(_("Unter diesem Kassenzeichen ist kein Geld in dieser Höhe da, das zurückgehen könnte."))
    report = report_of(payment, Standing.FAILED, charge=f"entry-{entry.pk}")
    settling.learn(payment=payment, report=report, source="statement", now=now)


def _refund_came_back(entry: StatementEntry, payment: Payment, *, now: datetime) -> None:
    refund = payment.refunds.filter(state=RefundState.DONE, amount=entry.amount).order_by("-done_at").first()
    if refund is None:
        raise ClearingRefused(_("Unter diesem Kassenzeichen ist keine Erstattung in dieser Höhe überwiesen worden."))
    came_back = RefundReport(
        id=refund.refund_id, ours=str(refund.pk), amount=refund.amount, standing=RefundStanding.FAILED
    )
    settling.book_refund(payment, came_back, now=now)
    Refund.objects.filter(pk=refund.pk).update(problem=_("Die Überweisung ist zurückgekommen."))
    settling.rest(payment, source="statement", now=now)


# --- Money that goes back to its sender ------------------------------------------------------------------------


@transaction.atomic
def release_pay_back(*, pay_back: PayBack, by: User, now: datetime) -> PayBack:
    """A second person of the cash office lets the money go. Raises ClearingRefused."""
    current = _to_decide(pay_back, PayBackState.APPROVED, by=by)
    return _move_pay_back(current, PayBackState.APPROVED, decided_by=by, decided_at=now)


@transaction.atomic
def decline_pay_back(*, pay_back: PayBack, by: User, now: datetime) -> PayBack:
    """A second person of the cash office does not let the money go: it is to be clarified again.

    Raises ClearingRefused.
    """
    current = _to_decide(pay_back, PayBackState.DECLINED, by=by)
    moved = _move_pay_back(current, PayBackState.DECLINED, decided_by=by, decided_at=now)
    _rest(StatementEntry.objects.get(pk=current.entry_id), by=by, now=now)
    return moved


@transaction.atomic
def pay_back_made(*, pay_back: PayBack, on: date, by: User, now: datetime) -> PayBack:
    """Somebody has transferred the money back, on that day. Whoever asked for it does not do that.

    Raises ClearingRefused.
    """
    current = _to_decide(pay_back, PayBackState.DONE, by=by)
    check_day(on, current.entry.booked_on, now=now)
    moved = _move_pay_back(current, PayBackState.DONE, done_on=on, done_by=by)
    payment = current.entry.payment
    if payment and payment.submission:
        text = _("%(amount)s sind auf dem Weg zu Ihnen zurück.") % {"amount": euro(current.amount)}
        told.fee_given_back(submission=payment.submission, text=text, now=now)
    return moved


def check_day(on: date, earliest: date, *, now: datetime) -> None:
    """Raises ClearingRefused if nobody can have transferred anything on that day."""
    if not earliest <= on <= timezone.localdate(now):
        raise ClearingRefused(
            _("Der Tag der Überweisung muss zwischen dem %(first)s und heute liegen.")
            % {"first": german_date(earliest)}
        )


def _to_decide(pay_back: PayBack, target: PayBackState, *, by: User) -> PayBack:
    """Lock a pay-back that this person may take a step with. Raises ClearingRefused."""
    StatementEntry.objects.select_for_update().get(pk=pay_back.entry_id)
    current = PayBack.objects.select_related("entry__payment__submission").get(pk=pay_back.pk)
    _require_cash_office(by)
    if target not in PAY_BACK_TRANSITIONS[PayBackState(current.state)]:
        label = PayBackState(current.state).label
        raise ClearingRefused(_("Das ist nicht mehr möglich. Die Rückzahlung ist „%(state)s“.") % {"state": label})
    if current.requested_by_id == by.pk:
        raise ClearingRefused(
            _("Sie haben diese Rückzahlung selbst beantragt. Das Weitere macht jemand anderes aus der Kasse.")
        )
    return current


def _move_pay_back(pay_back: PayBack, target: PayBackState, **changes: object) -> PayBack:
    for name, value in {**changes, "state": target}.items():
        setattr(pay_back, name, value)
    pay_back.save()
    return pay_back


# --- Together --------------------------------------------------------------------------------------------------


def _to_clarify(entry: StatementEntry, *, by: User) -> StatementEntry:
    """Lock a line that this person may decide on. Raises ClearingRefused."""
    current = StatementEntry.objects.select_for_update().get(pk=entry.pk)
    _require_cash_office(by)
    if current.state != EntryState.TO_CLARIFY:
        raise ClearingRefused(_("Dieser Umsatz ist schon „%(state)s“.") % {"state": EntryState(current.state).label})
    return current


def _named(typed: str, entry: StatementEntry) -> Payment:
    """The payment with that reference. Raises ClearingRefused."""
    found = Payment.objects.filter(provider=TRANSFER, account=entry.iban, reference=compact(typed)).first()
    if found is None:
        raise ClearingRefused(
            _("Das Kassenzeichen „%(typed)s“ gibt es nicht. Bitte vergleichen Sie es Zeichen für Zeichen.")
            % {"typed": typed[:40]}
        )
    return found


def _rest(entry: StatementEntry, *, by: User, now: datetime) -> StatementEntry:
    """Bring a credit into the state that follows from what was decided about its money."""
    current = StatementEntry.objects.select_for_update().get(pk=entry.pk)
    target = EntryState.CLEARED if current.unassigned == 0 else EntryState.TO_CLARIFY
    if target != current.state:
        move_entry(current, target, decided_by=by, decided_at=now)
    return current


def _require_cash_office(by: User) -> None:
    if not by.has_role(Role.CASH_OFFICE):
        raise ClearingRefused(_("Das macht nur die Kasse."))
