import logging

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import stripe
from billing.models import Payment
from billing.settling import ask
from billing.webhooks.models import WebhookEvent
from tenants.context import in_town
from tenants.jobs import Urgency, job, town_job
from tenants.models import Town

logger = logging.getLogger(__name__)

MINUTE, DAY = 60, 24 * 60 * 60
# When to ask the provider again, in seconds after the time before; then daily for two weeks.
PAUSES = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE, *([DAY] * 14))


@town_job(label=_("Stand einer Zahlung erfragen"))
def ask_provider(*, payment: str, attempt: int) -> None:
    """Ask how an open payment stands, for the case that no webhook came and nobody returned."""
    current = Payment.objects.get(pk=payment)
    if not current.is_open:
        return
    try:
        current = ask(payment=current, source="polling", now=timezone.now())
    except stripe.ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable (%s)", payment, problem)
    if current.is_open and attempt + 1 < len(PAUSES):
        ask_provider.queue(payment=payment, attempt=attempt + 1, delay=PAUSES[attempt + 1])


@job(label=_("Meldung über eine Zahlung verarbeiten"), urgency=Urgency.WAITED_FOR)
def process_event(*, event: int) -> None:
    """Understand a stored webhook: find town and payment, ask the provider, book what it says."""
    stored = WebhookEvent.objects.get(pk=event)
    notice = stripe.notice_of(bytes(stored.body))
    town = Town.objects.filter(schema_name=notice.town).first()
    outcome = "not about a payment of ours"
    if town and notice.session_id:
        with in_town(town):
            payment = Payment.objects.filter(session_id=notice.session_id, account=notice.account).first()
            if payment:
                payment = ask(payment=payment, source="webhook", now=timezone.now())
                outcome = f"{town.schema_name}: payment {payment.pk} is {payment.state}"
            else:
                outcome = f"{town.schema_name}: no such payment"
    stored.processed_at, stored.outcome = timezone.now(), outcome
    stored.save(update_fields=["processed_at", "outcome"])
