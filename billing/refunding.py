"""Giving money back: one person or a rule requests it, another person releases it, the provider does it."""

import logging
from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Role, User
from billing import jobs, requesting, settling
from billing.models import Movement, Payment, Refund
from billing.providers import provider
from billing.providers.contract import ProviderRefused, RefundOrder
from billing.states import ARRIVED, MovementKind, PaymentState, RefundReason, RefundState, RequestState
from catalogue.fees import round_to_cents
from submissions.models import Submission
from submissions.states import State
from templates.components import euro
from tenants.context import current_town
from townhall.shopfront import shopfront

logger = logging.getLogger(__name__)

_TAKEN_BACK = frozenset({PaymentState.DISPUTED, PaymentState.CHARGED_BACK})


class RefundRefused(Exception):
    """This cannot be given back; the message says why, in German."""


@transaction.atomic
def request_refund(
    *, payment: Payment, amount: Decimal, reason: RefundReason, note: str, by: User, now: datetime
) -> Refund:
    """Ask to give back a part of a payment, or all (EUR). Somebody else must release it. Raises RefundRefused."""
    current = settling.locked(payment)
    if PaymentState(current.state) not in ARRIVED:
        raise RefundRefused(_("Hier ist kein Geld angekommen, das man erstatten könnte."))
    if PaymentState(current.state) in _TAKEN_BACK:
        raise RefundRefused(_("Das Geld wurde schon zurückgebucht. Es ist nicht mehr bei der Stadt."))
    if amount <= 0:
        raise RefundRefused(_("Der Betrag muss größer als 0 € sein."))
    if amount != round_to_cents(amount):
        raise RefundRefused(_("Bitte höchstens zwei Stellen nach dem Komma."))
    if amount > current.refundable:
        raise RefundRefused(
            _("Von dieser Zahlung lassen sich noch höchstens %(amount)s erstatten.")
            % {"amount": euro(current.refundable)}
        )
    refund = Refund.objects.create(
        payment=current, amount=amount, reason=reason, note=note, requested_by=by, requested_at=now
    )
    text = _("Erstattung von %(amount)s beantragt: %(reason)s") % {
        "amount": euro(amount),
        "reason": note or RefundReason(reason).label,
    }
    settling.note(current, source="staff", reason=text, by=by, now=now)
    settling.rest(current, source="staff", by=by, now=now)
    return refund


@transaction.atomic
def release_refund(*, refund: Refund, by: User, now: datetime) -> Refund:
    """A second person of the cash office lets the money go. Raises RefundRefused."""
    current = _to_decide(refund, by=by)
    settling.move_refund(current, RefundState.APPROVED, decided_by=by, decided_at=now)
    text = _("Erstattung von %(amount)s freigegeben") % {"amount": euro(current.amount)}
    settling.note(current.payment, source="staff", reason=text, by=by, now=now)
    settling.rest(current.payment, source="staff", by=by, now=now)
    if not current.payment.is_transfer:  # what came by transfer goes back by transfer, made by a person
        jobs.make_refund.queue(refund=str(current.pk))
    return current


@transaction.atomic
def decline_refund(*, refund: Refund, why: str, by: User, now: datetime) -> Refund:
    """A second person of the cash office does not let the money go. Raises RefundRefused."""
    current = _to_decide(refund, by=by)
    settling.move_refund(current, RefundState.DECLINED, decided_by=by, decided_at=now, problem=why)
    text = _("Erstattung von %(amount)s abgelehnt: %(why)s") % {"amount": euro(current.amount), "why": why}
    settling.note(current.payment, source="staff", reason=text, by=by, now=now)
    settling.rest(current.payment, source="staff", by=by, now=now)
    return current


@transaction.atomic
def made_by_hand(*, refund: Refund, by: User, now: datetime, on: date | None = None) -> Refund:
    """The cash office has transferred what no provider delivers, on that day or today. Raises RefundRefused."""
    payment = settling.locked(refund.payment)
    current = Refund.objects.select_for_update().get(pk=refund.pk)
    _require_cash_office(by)
    if current.requested_by == by:
        raise RefundRefused(_own_request())
    done_at = timezone.make_aware(datetime.combine(on, time(12))) if on else now
    if not settling.move_refund(current, RefundState.DONE, done_at=done_at):
        raise RefundRefused(_already(current))
    if payment.is_transfer:
        current.refund_id, current.problem = _next_attempt(current), ""  # it may come back, and be made again
        current.save(update_fields=["refund_id", "problem"])
        settling.book(payment, MovementKind.REFUND, current.refund_id, -current.amount, now=now)
    text = _("Erstattung von %(amount)s von Hand überwiesen") % {"amount": euro(current.amount)}
    _done(current, text, by=by, now=now)
    return current


def make_refund(*, refund: Refund, now: datetime) -> Refund:
    """Let the provider do what was released. Once, however often it is asked. Raises ProviderUnreachable."""
    if refund.state != RefundState.APPROVED or not refund.decided_at:
        return refund
    payment = refund.payment
    order = RefundOrder(
        refund=str(refund.pk),
        account=payment.account,
        transaction=payment.intent_id,
        amount=refund.amount,
        idempotency_key=f"{current_town().schema_name}-refund-{refund.pk}",
    )
    try:
        report = provider(payment.provider).refund(order)
    except ProviderRefused as refusal:
        logger.error("refund %s: the provider refuses (%s)", refund.pk, refusal)
        return _failed(refund, now=now)
    with transaction.atomic():
        current = settling.locked(payment)
        booked = settling.book_refund(current, report, now=now)
        settling.rest(current, source="polling", now=now)
    return booked


@transaction.atomic
def refund_withdrawn(*, submission: Submission, now: datetime) -> Refund | None:
    """Ask to give back what the service's rule says, if an application was withdrawn before work on it began."""
    if submission.state != State.WITHDRAWN:
        return None
    for request in submission.payment_requests.filter(state=RequestState.OPEN):
        requesting.withdraw_request(request=request, reason=_("Der Antrag ist zurückgezogen."), by=None, now=now)
    if submission.events.filter(new_state=State.IN_REVIEW).exists():
        return None
    fee_itself = Q(request=None) | Q(request__requested_by=None)  # also by a request that the portal has made of it
    payment = submission.payments.counting().filter(fee_itself).first()
    if payment is None:
        return None
    current = settling.locked(payment)
    service = shopfront().catalogue.services.get(submission.service_key)
    amount = service.fee.refund_of(current.amount) if service else current.amount
    return settling.request_by_rule(current, reason=RefundReason.WITHDRAWN, amount=amount, now=now)


def _next_attempt(refund: Refund) -> str:
    """How the movement of a transfer is named: the refund's id, with a number if an earlier one came back."""
    earlier = Movement.objects.filter(kind=MovementKind.REFUND, source__startswith=str(refund.pk)).count()
    return f"{refund.pk}/{earlier + 1}" if earlier else str(refund.pk)


def _to_decide(refund: Refund, *, by: User) -> Refund:
    """Lock a refund that this person may decide on. Raises RefundRefused."""
    settling.locked(refund.payment)
    current = Refund.objects.select_for_update().get(pk=refund.pk)
    _require_cash_office(by)
    if current.state != RefundState.REQUESTED:
        raise RefundRefused(_already(current))
    if current.requested_by_id == by.pk:
        raise RefundRefused(_own_request())
    if PaymentState(current.payment.state) in _TAKEN_BACK:
        raise RefundRefused(_("Das Geld wurde schon zurückgebucht. Es ist nicht mehr bei der Stadt."))
    return current


def _require_cash_office(by: User) -> None:
    if not by.has_role(Role.CASH_OFFICE):
        raise RefundRefused(_("Erstattungen gibt nur die Kasse frei."))


def _own_request() -> str:
    return _("Sie haben diese Erstattung selbst beantragt. Freigeben muss sie jemand anderes aus der Kasse.")


def _already(refund: Refund) -> str:
    label = RefundState(refund.state).label
    if refund.decided_by:
        return _("Über diese Erstattung hat schon %(name)s entschieden: „%(state)s“.") % {
            "name": refund.decided_by.name,
            "state": label,
        }
    return _("Das ist nicht mehr möglich. Die Erstattung ist „%(state)s“.") % {"state": label}


@transaction.atomic
def _failed(refund: Refund, *, now: datetime) -> Refund:
    payment = settling.locked(refund.payment)
    current = Refund.objects.select_for_update().get(pk=refund.pk)
    settling.move_refund(
        current, RefundState.FAILED, problem=_("Der Zahlungsanbieter lehnt die Erstattung ab. Bitte überweisen Sie.")
    )
    settling.rest(payment, source="polling", now=now)
    return current


def _done(refund: Refund, text: str, *, by: User, now: datetime) -> None:
    payment = Payment.objects.get(pk=refund.payment_id)
    settling.note(payment, source="staff", reason=text, by=by, now=now)
    settling.rest(payment, source="staff", by=by, now=now)
    settling.tell_refunded(refund, now=now)
