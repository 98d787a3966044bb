import logging
from datetime import timedelta

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.bank.states import TRANSFER
from billing.models import Payment, PaymentAccount, Refund
from billing.providers import provider
from billing.providers.contract import Notice, ProviderUnreachable
from billing.states import OPEN, PaymentState, RefundState
from billing.webhooks.models import ConnectedAccount, WebhookEvent
from submissions.models import Submission
from tenants import hosts
from tenants.context import current_town, in_town
from tenants.jobs import TownIsBehind, Urgency, job, periodic_in_every_town, town_job

logger = logging.getLogger(__name__)

MINUTE = 60
# When to ask the provider about a new payment, in seconds after the time before; then every night.
PAUSES = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)


@town_job(label=gettext_lazy("Stand einer Zahlung erfragen"))
def ask_provider(*, payment: str, attempt: int) -> None:
    """Ask how an open payment stands, for the case that no webhook came and nobody returned."""
    current = Payment.objects.get(pk=payment)
    if not current.is_open:
        return
    current = _find_out(current)
    if current.is_open and attempt + 1 < len(PAUSES):
        ask_provider.queue(payment=payment, attempt=attempt + 1, delay=PAUSES[attempt + 1])


def _find_out(payment: Payment) -> Payment:
    """How it stands now, also if the provider has never confirmed that it was begun."""
    from billing import actions, settling

    now = timezone.now()
    try:
        if payment.state == PaymentState.CREATED:
            payment = actions.begin(payment=payment, now=now)
        return settling.ask(payment=payment, source="polling", now=now)
    except actions.PaymentRefused:
        return Payment.objects.get(pk=payment.pk)
    except ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable (%s)", payment.pk, problem)
        return payment


@town_job(label=gettext_lazy("Bezahlseite schließen"))
def close_payment(*, payment: str) -> None:
    """What was under way is not owed any more: nobody should be able to pay it."""
    from billing import actions

    actions.cancel(payment=Payment.objects.get(pk=payment), now=timezone.now())


@town_job(label=gettext_lazy("Erstattung beim Zahlungsanbieter ausführen"))
def make_refund(*, refund: str) -> None:
    """Let the provider give back what was released."""
    from billing import refunding

    refunding.make_refund(refund=Refund.objects.select_related("payment").get(pk=refund), now=timezone.now())


@town_job(label=gettext_lazy("Erstattung nach einem Rückzug beantragen"))
def refund_withdrawn(*, submission: str) -> None:
    """An application was withdrawn (submissions.actions.withdraw): what goes back, goes back without anybody typing."""
    from billing import refunding

    refunding.refund_withdrawn(submission=Submission.objects.get(pk=submission), now=timezone.now())


@town_job(label=gettext_lazy("Stand des Zahlungskontos erfragen"))
def check_account() -> None:
    """The provider has told that something about the town's account has changed."""
    from billing import actions

    actions.check_account(now=timezone.now())


@town_job(label=gettext_lazy("Verwaltung über das Zahlungskonto benachrichtigen"), sends_mail=True)
def tell_administrators() -> None:
    """The account can no longer be paid as before: somebody of the town must see to it."""
    account, town = PaymentAccount.objects.chosen(), current_town()
    link = f"{town.url}/rathaus/verwaltung/bezahlen/"
    text = render_to_string("billing/mail/account.txt", {"town": town, "link": link, "account": account})
    for person in User.objects.administrators():
        send_mail(_("Bitte prüfen Sie das Zahlungskonto – %s") % town.full_name, text, None, [person.email])


# --- What providers tell -------------------------------------------------------------------------------------


@job(label=gettext_lazy("Meldung über eine Zahlung verarbeiten"), urgency=Urgency.WAITED_FOR)
def process_event(*, event: int) -> None:
    """Understand a stored webhook: find town and payment, ask the provider, book what it says."""
    stored = WebhookEvent.objects.get(pk=event)
    notice = provider(stored.provider).notice_of(bytes(stored.body))
    owner = ConnectedAccount.objects.select_related("town").filter(provider=stored.provider, account=notice.account)
    connected = owner.first()
    if connected is None:
        outcome = "no town has this account"
    elif notice.town and notice.town != connected.town.schema_name:
        outcome = f"refused: account of {connected.town.schema_name}, but about another town"
        logger.error("webhook %s names another town than its account", stored.event_id)
    else:
        if hosts.is_behind(connected.town):
            raise TownIsBehind(connected.town.schema_name)
        with in_town(connected.town):
            outcome = f"{connected.town.schema_name}: {_understood(stored.provider, notice)}"
    stored.processed_at, stored.outcome = timezone.now(), outcome[:200]
    stored.save(update_fields=["processed_at", "outcome"])


def _understood(key: str, notice: Notice) -> str:
    """What came of an event, in the town of its account."""
    from billing import settling

    if notice.is_about_account:
        check_account.queue()
        return "account will be checked"
    if not notice.is_about_payment:
        return "nothing to do"
    payments = Payment.objects.filter(provider=key, account=notice.account)
    payment = (
        (notice.attempt and payments.filter(session_id=notice.attempt).first())
        or (notice.transaction and payments.filter(intent_id=notice.transaction).first())
        or (notice.reference and payments.filter(reference=notice.reference).first())
    )
    if not payment:
        return "no such payment"
    payment = settling.ask(payment=payment, source="webhook", now=timezone.now())
    return f"payment {payment.pk} is {payment.state}"


# --- Every night ---------------------------------------------------------------------------------------------


@periodic_in_every_town(label=gettext_lazy("Offene Zahlungen klären"), cron="40 1 * * *", spread=timedelta(hours=1))
def settle_open_payments() -> None:
    """Ask after everything whose end is not known, however old, and finish refunds that were released."""
    from billing import refunding

    begun = Payment.objects.filter(state__in=OPEN, created_at__lt=timezone.now() - timedelta(hours=1))
    for payment in begun.exclude(provider=TRANSFER):
        _find_out(payment)
    for refund in (
        Refund.objects.select_related("payment").filter(state=RefundState.APPROVED).exclude(payment__provider=TRANSFER)
    ):
        refunding.make_refund(refund=refund, now=timezone.now())


@periodic_in_every_town(
    label=gettext_lazy("Stand des Zahlungskontos erfragen"), cron="10 3 * * *", spread=timedelta(hours=2)
)
def check_account_daily() -> None:
    """An account may be disabled although no webhook said so."""
    from billing import actions

    actions.check_account(now=timezone.now())


@periodic_in_every_town(
    label=gettext_lazy("Mit den Umsätzen des Zahlungsanbieters vergleichen"),
    cron="20 2 * * *",
    spread=timedelta(hours=2),
)
def compare_with_provider() -> None:
    """Every euro that moved there must stand here, and the other way round."""
    from billing import comparing

    comparing.compare(now=timezone.now())


@periodic_in_every_town(label=gettext_lazy("An Zahlungen erinnern"), cron="0 6 * * *", spread=timedelta(hours=2))
def remind_of_requests() -> None:
    """What should have been paid by yesterday."""
    from billing import requesting

    count = requesting.remind(now=timezone.now())
    logger.info("%s: %s reminders of payments", current_town().schema_name, count)


@periodic_in_every_town(
    # Shortly after midnight in Germany, in summer and in winter: the other one of the two finds nothing to do.
    label=gettext_lazy("Tagesabschluss erstellen"),
    cron="5 22,23 * * *",
    spread=timedelta(minutes=10),
)
def close_days() -> None:
    """Close yesterday, and every day before it that was missed."""
    from billing import closing

    closing.close_days(now=timezone.now())
