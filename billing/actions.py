"""Setting up an account, starting and giving up a payment. How it ends is in settling.py."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from billing import jobs
from billing.access import seal
from billing.bank.models import BankAccount
from billing.bank.states import TRANSFER
from billing.models import LedgerEntry, Method, Payment, PaymentAccount, PaymentRequest, ServiceAccess, method_label
from billing.providers import STRIPE, XBEZAHLDIENSTE, provider
from billing.providers.contract import Order, OrderLine, ProviderRefused, Report
from billing.providers.xbezahldienste import Access
from billing.settling import ask, locked, move
from billing.states import ARRIVED, OPEN, PaymentState, RequestState
from billing.webhooks.models import register_account
from catalogue.fees import FeeLine
from submissions.models import Submission
from submissions.states import State
from tenants.context import current_town
from townhall import actions as townhall
from townhall.fees import Booking, bookings

logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=60)  # of a page where somebody can pay
PROBE_REFERENCE = "PROBE"


class PaymentRefused(Exception):
    """This cannot be paid now; the message says why, in German."""


# --- The account ---------------------------------------------------------------------------------------------


@transaction.atomic
def set_up_account(*, stripe_account: str, methods: Sequence[str]) -> PaymentAccount:
    """Say which account the town is paid into and how people can pay. Without methods nobody can pay online."""
    told: dict[str, Any] = {
        "stripe_account": stripe_account,
        "is_ready": True,
        "methods": [str(method) for method in methods],
        "is_chosen": False,
    }
    account, _created = PaymentAccount.objects.update_or_create(provider=STRIPE.key, defaults=told)
    register_account(STRIPE.key, stripe_account)
    return choose_account(account=account)


@transaction.atomic
def choose_account(*, account: PaymentAccount) -> PaymentAccount:
    """From now on people pay there. What was begun elsewhere ends there."""
    PaymentAccount.objects.exclude(pk=account.pk).update(is_chosen=False)
    account.is_chosen = True
    account.save(update_fields=["is_chosen"])
    tell_people()
    return account


def connect_service(*, access: Access, methods: Sequence[str]) -> PaymentAccount:
    """Let people pay through a payment service that the town has a contract with, if it lets us in.

    Raises PaymentRefused, ProviderUnreachable, ProviderRefused; then nothing has changed.
    """
    name = f"{access.service.key}:{access.originator}/{access.endpoint}"
    begun = Payment.objects.filter(provider=XBEZAHLDIENSTE.key, state__in=OPEN).exclude(account=name)
    if begun.exists():
        raise PaymentRefused(
            _("Auf dem bisherigen Konto laufen noch Zahlungen. Bitte wechseln Sie es, wenn sie abgeschlossen sind.")
        )
    XBEZAHLDIENSTE.check(access)
    return _keep_service(access, name, methods)


@transaction.atomic
def _keep_service(access: Access, name: str, methods: Sequence[str]) -> PaymentAccount:
    told: dict[str, Any] = {
        "stripe_account": name,
        "is_ready": True,
        "methods": [str(method) for method in methods],
        "is_chosen": False,
    }
    account, _created = PaymentAccount.objects.update_or_create(provider=XBEZAHLDIENSTE.key, defaults=told)
    ServiceAccess.objects.update_or_create(
        account=account,
        defaults={
            "service": access.service.key,
            "originator": access.originator,
            "endpoint": access.endpoint,
            "client_id": access.client_id,
            "sealed_secret": seal(access.client_secret),
            "booking": dict(access.booking),
        },
    )
    return choose_account(account=account)


@transaction.atomic
def choose_methods(*, methods: Sequence[str]) -> PaymentAccount:
    """Say how people can pay. Raises PaymentRefused if the town has no account that can be paid, or not like that."""
    account = PaymentAccount.objects.select_for_update().ready()
    if account is None:
        raise PaymentRefused(_("Zuerst muss ein Konto beim Zahlungsanbieter verbunden sein."))
    if not set(methods) <= {key for key, _label in account.choices}:
        raise PaymentRefused(_("Diesen Zahlweg hat Ihr Konto beim Zahlungsanbieter nicht."))
    account.methods = [str(method) for method in methods]
    account.save(update_fields=["methods"])
    tell_people()
    return account


def connect_account(*, email: str, return_url: str) -> str:
    """Where the town tells the provider who it is and which bank account it has.

    The account is opened at the first time; a second click opens no second one. Raises ProviderUnreachable,
    ProviderRefused.
    """
    account = PaymentAccount.objects.filter(provider=STRIPE.key).first()
    if account is None:
        town = current_town()
        opened = STRIPE.open_account(name=town.full_name, email=email, town=town.schema_name)
        with transaction.atomic():
            others = PaymentAccount.objects.filter(is_chosen=True)
            account, _created = PaymentAccount.objects.get_or_create(
                provider=STRIPE.key, defaults={"stripe_account": opened, "is_chosen": not others.exists()}
            )
            register_account(STRIPE.key, account.stripe_account)
    return STRIPE.account_link(account.stripe_account, return_url=return_url)


def check_account(*, now: datetime) -> bool:
    """Ask the provider how the town's account stands; returns whether it can be paid.

    The first time that it can, people can pay by card at once. If it no longer can, or a way to pay was switched off
    there, the pages say so at once and the administrators get a mail. Raises ProviderUnreachable.
    """
    account = PaymentAccount.objects.filter(provider=STRIPE.key).first()
    if account is None:
        return False
    try:
        report = STRIPE.ask_account(account.stripe_account)
    except ProviderRefused as refusal:
        logger.error("the provider refuses to tell of account %s (%s)", account.stripe_account, refusal)
        return account.is_ready
    with transaction.atomic():
        current = PaymentAccount.objects.select_for_update().get(pk=account.pk)
        before = (current.is_ready, current.methods)
        current.available = list(report.methods)
        if report.may_be_paid and current.checked_at is None and not current.methods:
            current.methods = [method for method in (Method.CARD.value,) if method in report.methods]
        current.methods = [method for method in current.methods if method in report.methods]
        current.is_ready = report.may_be_paid
        current.disabled_reason, current.checked_at = report.disabled_reason, now
        current.save()
        register_account(STRIPE.key, current.stripe_account)
        if before != (current.is_ready, current.methods):
            tell_people()
        if before[0] and (not current.is_ready or len(current.methods) < len(before[1])):
            logger.error("account %s can no longer be paid as before", current.stripe_account)
            jobs.tell_administrators.queue()
    return current.is_ready


def tell_people() -> None:
    """The public pages say how people can pay; without any way nothing that costs something goes online."""
    account = PaymentAccount.objects.chosen()
    methods = account.methods if account and account.is_ready else []
    transfer = [TRANSFER] if BankAccount.objects.filter(is_on=True).exists() else []
    townhall.set_payment_methods(labels=[method_label(method) for method in [*methods, *transfer]])


# --- Trying it out -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProbeState:
    """Whether the town has tried out that it can be paid, for its own checklist and the operator's."""

    is_done: bool
    is_under_way: bool
    at: datetime | None = None


def probe_state() -> ProbeState:
    """Whether a test payment has arrived on the account that the town uses now."""
    account = PaymentAccount.objects.chosen()
    tests = Payment.objects.filter(submission=None, account=account.stripe_account if account else "")
    arrived = tests.filter(state__in=ARRIVED).order_by("paid_at").first()
    return ProbeState(bool(arrived), tests.filter(state__in=OPEN).exists(), arrived.paid_at if arrived else None)


def start_probe(*, success_url: str, cancel_url: str, now: datetime) -> Payment:
    """An administrator pays the smallest amount that the provider takes, to see that it arrives; it goes back then.

    Raises PaymentRefused, ProviderUnreachable.
    """
    with transaction.atomic():
        account = PaymentAccount.objects.select_for_update().ready()
        if account is None:
            raise PaymentRefused(_("Zuerst muss ein Konto beim Zahlungsanbieter verbunden sein."))
        payment = Payment.objects.filter(
            submission=None, state__in=[PaymentState.CREATED, PaymentState.STARTED]
        ).first()
        if payment is None:
            attempt = Payment.objects.filter(submission=None).count() + 1
            payment = _create(
                account,
                reference=f"{current_town().number_prefix}-{PROBE_REFERENCE}-{attempt}",
                amount=provider(account.provider).smallest,
                urls=(success_url, cancel_url),
                now=now,
            )
    return begin(payment=payment, now=now)


# --- Paying --------------------------------------------------------------------------------------------------


def start_payment(
    *,
    submission: Submission,
    success_url: str,
    cancel_url: str,
    now: datetime,
    request: PaymentRequest | None = None,
) -> Payment:
    """Begin to pay a fee, or go on with what was begun; the person goes to `payment.session_url`.

    The payment stands in our books before the provider hears of it, and the provider is asked with one idempotency
    key for it, so that a broken connection or a second click begins nothing twice. Without a `request` it is the fee
    that is paid on handing in. `success_url` and `cancel_url` hold `{payment}` for its id. Raises PaymentRefused,
    ProviderUnreachable.
    """
    account = PaymentAccount.objects.exclude(methods=[]).ready()
    if account and current_town().is_trial and _takes_real_money(account):
        raise PaymentRefused(_("Dieses Portal wird gerade ausprobiert. Hier wird nicht bezahlt."))
    give_up_replaced(submission, now=now)
    if account:
        for announced in submission.payments.filter(provider=TRANSFER, state=PaymentState.STARTED):
            cancel(payment=announced, now=now)
    urls = (success_url, cancel_url)
    payment = _open_payment(submission, request, account, urls, now=now)
    if payment.state == PaymentState.STARTED:
        payment = ask(payment=payment, source="person", now=now)
        if payment.state == PaymentState.STARTED:
            return payment
        payment = _open_payment(submission, request, account, urls, now=now)
    if payment.state != PaymentState.CREATED:
        raise PaymentRefused(_("Ihre Zahlung wird gerade geprüft. Bitte zahlen Sie nicht noch einmal."))
    try:
        return begin(payment=payment, now=now)
    except PaymentRefused:
        if payment.created_at == now:
            raise
    # It was prepared too long ago, and the provider never heard of it.
    return begin(payment=_open_payment(submission, request, account, urls, now=now), now=now)


def _takes_real_money(account: PaymentAccount) -> bool:
    try:
        return provider(account.provider).takes_real_money(account.stripe_account)
    except ProviderRefused:
        return True  # nobody can tell


def begin(*, payment: Payment, now: datetime) -> Payment:
    """Tell the provider of a payment that stands in our books; again in the very same words if it did not answer.

    Raises PaymentRefused if the provider does not take it, ProviderUnreachable.
    """
    if payment.state != PaymentState.CREATED:
        return payment
    try:
        report = provider(payment.provider).start(_order(payment))
    except ProviderRefused as refusal:
        logger.error("payment %s: the provider refuses to begin it (%s)", payment.pk, refusal)
        with transaction.atomic():
            move(locked(payment), PaymentState.FAILED, source="person", reason=_("Vom Anbieter abgelehnt"), now=now)
        raise PaymentRefused(
            _(
                "Die Bezahlseite lässt sich gerade nicht öffnen. Es wurde nichts abgebucht. "
                "Bitte versuchen Sie es noch einmal."
            )
        ) from refusal
    return _started(payment, report, now=now)


def give_up_replaced(submission: Submission, *, now: datetime) -> None:
    """Close the provider's pages of applications that this one has replaced, so that nobody pays for them."""
    replaced = Payment.objects.filter(
        submission__draft_id=submission.draft_id,
        submission__state=State.SUPERSEDED,
        state=PaymentState.STARTED,
    )
    for payment in replaced:
        cancel(payment=payment, now=now)


@transaction.atomic
def _open_payment(
    submission: Submission,
    request: PaymentRequest | None,
    account: PaymentAccount | None,
    urls: tuple[str, str],
    *,
    now: datetime,
) -> Payment:
    """The payment that is under way, or a new one. Raises PaymentRefused."""
    current = Submission.objects.select_for_update().get(pk=submission.pk)
    owed = PaymentRequest.objects.select_for_update().get(pk=request.pk) if request else None
    is_owed = owed.state == RequestState.OPEN if owed else current.state == State.AWAITING_PAYMENT
    if not is_owed:
        raise PaymentRefused(_("Das ist schon bezahlt oder muss nicht bezahlt werden."))
    existing = current.payments.filter(state__in=OPEN).first()
    if existing:
        return existing
    if account is None:
        raise PaymentRefused(_("Online bezahlen ist hier zurzeit nicht möglich. Bitte rufen Sie uns an."))
    return _create(
        account,
        reference=f"{current.number}-{current.payments.count() + 1}",
        amount=owed.amount if owed else current.fee_total,
        urls=urls,
        now=now,
        submission=current,
        request=owed,
    )


def _create(
    account: PaymentAccount, *, reference: str, amount: Decimal, urls: tuple[str, str], now: datetime, **claim: Any
) -> Payment:
    """A payment in our books, with all that the provider will be told, and a job that asks after it."""
    payment = Payment(
        reference=reference,
        amount=amount,
        provider=account.provider,
        account=account.stripe_account,
        created_at=now,
        **claim,
    )
    success_url, cancel_url = urls
    payment.terms = {
        "methods": account.methods or [Method.CARD.value],
        "success_url": success_url.format(payment=payment.pk),
        "cancel_url": cancel_url.format(payment=payment.pk),
        "expires_at": (now + LIFETIME).isoformat(),
    }
    payment.save(force_insert=True)
    LedgerEntry.objects.create(
        payment=payment, at=now, new_state=PaymentState.CREATED, source="person", reason=_("Zahlung vorbereitet")
    )
    jobs.ask_provider.queue(payment=str(payment.pk), attempt=0, delay=jobs.PAUSES[0])
    return payment


@transaction.atomic
def _started(payment: Payment, report: Report, *, now: datetime) -> Payment:
    current = locked(payment)
    if current.state != PaymentState.CREATED:  # a second click was faster
        return current
    current.session_id, current.session_url = report.attempt, report.url
    return move(current, PaymentState.STARTED, source="person", reason=_("Zur Bezahlseite weitergeleitet"), now=now)


def _order(payment: Payment) -> Order:
    """What the provider is told; the same at each time."""
    town, terms, booked_where = current_town(), payment.terms or {}, bookings()
    return Order(
        reference=payment.reference,
        lines=tuple(
            OrderLine(_label(line, payment), line.amount, booked_where.get(line.key, Booking("")).number)
            for line in payment.fee.lines
            if line.amount
        ),
        methods=tuple(terms["methods"]),
        success_url=terms["success_url"],
        cancel_url=terms["cancel_url"],
        expires_at=datetime.fromisoformat(terms["expires_at"]),
        town=town.schema_name,
        account=payment.account,
        idempotency_key=f"{town.schema_name}-{payment.pk}",
    )


def _label(line: FeeLine, payment: Payment) -> str:
    return f"{line.label} – {payment.number}" if payment.number else line.label


def cancel(*, payment: Payment, now: datetime) -> Payment:
    """The person does not want to pay now. Closes the provider's page, so that it cannot be paid by mistake later.

    If it was paid in the same moment, that counts. Raises ProviderUnreachable.
    """
    if payment.state != PaymentState.STARTED:
        return payment
    if payment.provider == TRANSFER:
        return _no_longer_announced(payment, now=now)
    return ask(payment=payment, source="person", now=now, closing=True, given_up=True)


@transaction.atomic
def _no_longer_announced(payment: Payment, *, now: datetime) -> Payment:
    """There is no page to close. If the money comes after all, that counts."""
    return move(locked(payment), PaymentState.CANCELLED, source="person", reason=_("Keine Überweisung mehr"), now=now)


@transaction.atomic
def come_back(*, payment: Payment, now: datetime) -> Payment:
    """The person came back from paying and the provider does not answer: until it does nobody knows how it ended."""
    current = locked(payment)
    if current.state != PaymentState.STARTED:
        return current
    reason = _("Die Person ist zurück, der Anbieter antwortet noch nicht")
    return move(current, PaymentState.UNKNOWN, source="return", reason=reason, now=now)


@transaction.atomic
def rule_out(*, payment: Payment, why: str, by: User, now: datetime) -> Payment:
    """The cash office has found that nothing arrived for a payment that could not be cleared up; it may be paid again.

    If money comes after all, that counts. Raises PaymentRefused.
    """
    if not by.has_role(Role.CASH_OFFICE):
        raise PaymentRefused(_("Das klärt nur die Kasse."))
    current = locked(payment)
    if current.state != PaymentState.UNKNOWN:
        label = PaymentState(current.state).label
        raise PaymentRefused(_("Das ist nicht mehr möglich. Die Zahlung ist „%(state)s“.") % {"state": label})
    current.differences.filter(resolved_at=None).update(resolved_at=now, resolved_by=by)
    return move(current, PaymentState.FAILED, source="staff", reason=why, now=now, by=by)
