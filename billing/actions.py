"""Setting up, starting and giving up a payment. How it ends is in settling.py."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import jobs, stripe
from billing.models import LedgerEntry, Method, Payment, PaymentAccount
from billing.settling import ask, learn, move
from billing.states import OPEN, PaymentState
from submissions.models import Submission
from submissions.states import State
from tenants.context import current_town
from townhall import actions as townhall


class PaymentRefused(Exception):
    """This cannot be paid now; the message says why, in German."""


@transaction.atomic
def set_up_account(*, stripe_account: str, methods: list[Method]) -> PaymentAccount:
    """Say which account the town is paid into and how people can pay. Without methods nobody can pay online."""
    told = {"stripe_account": stripe_account, "is_ready": True, "methods": [str(method) for method in methods]}
    account, _created = PaymentAccount.objects.update_or_create(pk=1, defaults=told)
    townhall.set_payment_methods(labels=[str(method.label) for method in methods])
    return account


@transaction.atomic
def choose_methods(*, methods: list[Method]) -> PaymentAccount:
    """Say how people can pay. Raises PaymentRefused if the town has no account that can be paid."""
    account = PaymentAccount.objects.select_for_update().filter(is_ready=True).first()
    if account is None:
        raise PaymentRefused(_("Zuerst muss ein Konto beim Zahlungsanbieter verbunden sein."))
    return set_up_account(stripe_account=account.stripe_account, methods=methods)


def connect_account(*, email: str, return_url: str) -> str:
    """Where the town tells the provider who it is and which bank account it has.

    The account is opened at the first time; a second click opens no second one. Raises stripe.ProviderUnreachable.
    """
    account = PaymentAccount.objects.first()
    if account is None:
        town = current_town()
        opened = stripe.open_account(
            name=town.full_name, email=email, town=town.schema_name, idempotency_key=f"account-{town.schema_name}"
        )
        account, _created = PaymentAccount.objects.get_or_create(pk=1, defaults={"stripe_account": opened})
    return stripe.account_link(account.stripe_account, return_url=return_url)


def check_account() -> bool:
    """Ask the provider whether the town's account can be paid by now. Then people can pay by card at once.

    Raises stripe.ProviderUnreachable.
    """
    account = PaymentAccount.objects.filter(is_ready=False).first()
    if account is None:
        return PaymentAccount.objects.filter(is_ready=True).exists()
    if not stripe.may_be_paid(account.stripe_account):
        return False
    set_up_account(stripe_account=account.stripe_account, methods=[Method.CARD])
    return True


def start_payment(*, submission: Submission, success_url: str, cancel_url: str, now: datetime) -> Payment:
    """Begin to pay a submission's fee, or go on with what was begun; the person goes to `payment.session_url`.

    The payment stands in our books before the provider hears of it, and the provider is asked with one idempotency
    key for it, so that a broken connection or a second click begins nothing twice.
    `success_url` and `cancel_url` hold `{payment}` for its id. Raises PaymentRefused, stripe.ProviderUnreachable.
    """
    if current_town().is_trial and stripe.takes_real_money():
        raise PaymentRefused(_("Dieses Portal wird gerade ausprobiert. Hier wird nicht bezahlt."))
    _give_up_replaced(submission, now=now)
    payment = _open_payment(submission=submission, now=now)
    if payment.state == PaymentState.STARTED:
        payment = ask(payment=payment, source="person", now=now)
        if payment.state == PaymentState.STARTED:
            return payment
        payment = _open_payment(submission=submission, now=now)
    if payment.state != PaymentState.CREATED:
        raise PaymentRefused(_("Ihre Zahlung wird gerade geprüft. Bitte zahlen Sie nicht noch einmal."))
    report = stripe.start(_order(payment, success_url=success_url, cancel_url=cancel_url), account=payment.account)
    return _started(payment, report, now=now)


def _give_up_replaced(submission: Submission, *, now: datetime) -> None:
    """Close the provider's pages of applications that this one has replaced, so that nobody pays for them."""
    replaced = Payment.objects.filter(
        submission__draft_id=submission.draft_id,
        submission__state=State.SUPERSEDED,
        state=PaymentState.STARTED,
    )
    for payment in replaced:
        cancel(payment=payment, now=now)


@transaction.atomic
def _open_payment(*, submission: Submission, now: datetime) -> Payment:
    current = Submission.objects.select_for_update().get(pk=submission.pk)
    if current.state != State.AWAITING_PAYMENT:
        raise PaymentRefused(_("Dieser Antrag ist schon bezahlt oder muss nicht bezahlt werden."))
    existing = current.payments.filter(state__in=OPEN).first()
    if existing:
        return existing
    account = PaymentAccount.objects.filter(is_ready=True).first()
    if account is None or not account.methods:
        raise PaymentRefused(_("Online bezahlen ist hier zurzeit nicht möglich. Bitte rufen Sie uns an."))
    attempt = current.payments.count() + 1
    payment = Payment.objects.create(
        submission=current,
        reference=f"{current.number}-{attempt}",
        amount=current.fee_total,
        account=account.stripe_account,
        created_at=now,
    )
    LedgerEntry.objects.create(
        payment=payment, at=now, new_state=PaymentState.CREATED, source="person", reason=_("Zahlung vorbereitet")
    )
    return payment


@transaction.atomic
def _started(payment: Payment, report: stripe.Report, *, now: datetime) -> Payment:
    current = Payment.objects.select_for_update().get(pk=payment.pk)
    if current.state != PaymentState.CREATED:  # a second click was faster
        return current
    current.session_id, current.session_url = report.session_id, report.url
    move(current, PaymentState.STARTED, source="person", reason=_("Zur Bezahlseite weitergeleitet"), now=now)
    jobs.ask_provider.queue(payment=str(current.pk), attempt=0, delay=jobs.PAUSES[0])
    return current


def _order(payment: Payment, *, success_url: str, cancel_url: str) -> stripe.Order:
    town = current_town()
    account = PaymentAccount.objects.get(pk=1)
    submission = payment.submission
    return stripe.Order(
        reference=payment.reference,
        lines=tuple(
            (f"{line.label} – {submission.number}", line.amount) for line in submission.fee.lines if line.amount
        ),
        methods=tuple(account.methods),
        email=submission.email,
        success_url=success_url.format(payment=payment.pk),
        cancel_url=cancel_url.format(payment=payment.pk),
        town=town.schema_name,
        idempotency_key=f"{town.schema_name}-{payment.pk}",
    )


def cancel(*, payment: Payment, now: datetime) -> Payment:
    """The person does not want to pay now. Closes the provider's page, so that it cannot be paid by mistake later.

    If it was paid in the same moment, that counts. Raises stripe.ProviderUnreachable.
    """
    if payment.state != PaymentState.STARTED:
        return payment
    report = stripe.expire(payment.session_id, account=payment.account)
    return learn(payment=payment, report=report, source="person", now=now, given_up=True)
