"""Paying: to the provider and back, and what stands on the receipt."""

import logging
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import PersonRequest, citizen_required, signed_in_citizen
from billing import actions, settling, stripe
from billing.documents import receipt_pdf
from billing.models import Payment
from billing.states import PaymentState
from submissions.models import Submission
from submissions.states import State

logger = logging.getLogger(__name__)


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def pay(request: PersonRequest, number: str) -> HttpResponse:
    """What is to be paid, and the way to the provider's page. Pressing twice begins nothing twice."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    if submission.state != State.AWAITING_PAYMENT:
        return redirect("submissions:status", number)
    if request.method == "POST":
        here = f"{request.scheme}://{request.get_host()}"
        try:
            payment = actions.start_payment(
                submission=submission,
                success_url=f"{here}/zahlung/{{payment}}/zurueck/",
                cancel_url=f"{here}/zahlung/{{payment}}/abgebrochen/",
                now=timezone.now(),
            )
        except actions.PaymentRefused as refusal:
            messages.warning(request, str(refusal))
        except stripe.ProviderUnreachable as problem:
            logger.error("payment provider unreachable: %s", problem)
            messages.error(
                request,
                _(
                    "Die Bezahlseite ist gerade nicht erreichbar. Ihr Antrag ist gespeichert. "
                    "Bitte versuchen Sie es in ein paar Minuten noch einmal."
                ),
            )
        else:
            return redirect(payment.session_url)
        return redirect("billing:pay", number)
    context = {"submission": submission, "open_payment": _unsettled(submission)}
    return render(request, "billing/pay.html", context)


def _unsettled(submission: Submission) -> Payment | None:
    """A payment of which we do not know yet how it ends; until then nobody should pay again."""
    states = [PaymentState.PROCESSING, PaymentState.UNKNOWN]
    return submission.payments.filter(state__in=states).first()


@never_cache
@require_safe
def returned(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Back from the provider. The address proves nothing: we ask the provider and show what is known.

    Nobody needs to be signed in for this; without signing in the page shows no personal data.
    """
    payment = _payment(request, payment_id)
    try:
        payment = settling.ask(payment=payment, source="return", now=timezone.now())
    except stripe.ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable on return (%s)", payment.pk, problem)
    is_owner = signed_in_citizen(request) is not None
    if payment.state == PaymentState.PAID and is_owner:
        return redirect("submissions:receipt", payment.submission.number)
    context = {"payment": payment, "submission": payment.submission, "is_owner": is_owner}
    return render(request, "billing/returned.html", context)


@never_cache
@require_http_methods(["GET"])
def cancelled(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """The person pressed „back“ on the provider's page: nothing was charged, everything is still there."""
    payment = _payment(request, payment_id)
    try:
        payment = actions.cancel(payment=payment, now=timezone.now())
    except stripe.ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable on cancelling (%s)", payment.pk, problem)
    if payment.state == PaymentState.PAID:
        return redirect("billing:returned", payment.pk)
    messages.info(request, _("Sie haben nicht bezahlt, es wurde nichts abgebucht. Ihre Angaben sind gespeichert."))
    return redirect(reverse("submissions:review", args=[payment.submission.service_key]))


@never_cache
@citizen_required
@require_safe
def receipt(request: PersonRequest, number: str) -> HttpResponse:
    """Proof of payment as a PDF."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    payment = submission.payments.filter(state=PaymentState.PAID).first()
    if payment is None:
        raise Http404
    answer = HttpResponse(receipt_pdf(payment), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="Quittung-{payment.reference}.pdf"'
    return answer


def _payment(request: HttpRequest, payment_id: UUID) -> Payment:
    """The payment behind an address that only its payer knows; of somebody else who is signed in it is a 404."""
    payment = get_object_or_404(Payment.objects.select_related("submission"), pk=payment_id)
    citizen = signed_in_citizen(request)
    if citizen and citizen.pk != payment.submission.citizen_id:
        raise Http404
    return payment
