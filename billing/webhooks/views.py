"""Where payment providers report, on the operator's host."""

import logging

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import jobs
from billing.providers import STRIPE
from billing.providers.contract import EventRefused
from billing.webhooks.models import ConnectedAccount, WebhookEvent

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_event(request: HttpRequest) -> HttpResponse:
    """Store what Stripe says, queue its understanding, say thanks. The same event twice is stored once.

    What is about an account that belongs to no town is refused and not kept: it is not ours to read.
    """
    try:
        notice = STRIPE.read_event(request.body, request.headers)
    except EventRefused as refusal:
        logger.warning("webhook refused: %s", refusal)
        return HttpResponse(status=400)
    if not ConnectedAccount.objects.filter(provider=STRIPE.key, account=notice.account).exists():
        logger.warning("webhook %s refused: it is about an account of no town", notice.event_id)
        return HttpResponse(status=400)
    try:
        with transaction.atomic():
            event = WebhookEvent.objects.create(
                provider=STRIPE.key,
                event_id=notice.event_id,
                account=notice.account,
                kind=notice.kind[:100],
                body=request.body,
                received_at=timezone.now(),
            )
            jobs.process_event.queue(event=event.pk)
    except IntegrityError:
        logger.info("webhook %s came again", notice.event_id)
    return HttpResponse(status=200)
