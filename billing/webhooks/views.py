"""Where payment providers report, on the operator's host."""

import logging

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import jobs, stripe
from billing.webhooks.models import WebhookEvent

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_event(request: HttpRequest) -> HttpResponse:
    """Store what Stripe says, queue its understanding, say thanks. The same event twice is stored once."""
    try:
        notice = stripe.read_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except stripe.WebhookRefused as refusal:
        logger.warning("webhook refused: %s", refusal)
        return HttpResponse(status=400)
    try:
        with transaction.atomic():
            event = WebhookEvent.objects.create(
                provider="stripe", event_id=notice.event_id, body=request.body, received_at=timezone.now()
            )
            jobs.process_event.queue(event=event.pk)
    except IntegrityError:
        logger.info("webhook %s came again", notice.event_id)
    return HttpResponse(status=200)
