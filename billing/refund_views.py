"""Giving money back at the cash office: somebody asks for it, somebody else releases it."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import audit
from accounts.guards import PersonRequest
from accounts.typed import typed
from billing import queries, refunding
from billing.models import Payment, Refund
from billing.states import RefundState
from billing.treasury_forms import DeclineForm, RefundForm
from billing.treasury_pages import cash_office_page
from billing.treasury_views import payment_page
from templates.components import euro
from townhall.administration_pages import has_arrived, status_of


@cash_office_page
@require_safe
def refunds(request: PersonRequest) -> HttpResponse:
    """What waits for somebody: refunds to release, and those that the provider could not make."""
    return _list(request)


@cash_office_page
def request_refund(request: PersonRequest, reference: str) -> HttpResponse:
    """Ask to give back a payment or a part of it."""
    payment = get_object_or_404(Payment.objects.select_related("submission", "request"), reference=reference)
    form = RefundForm(typed(request), payment=payment)
    if has_arrived(request, form):
        try:
            refund = refunding.request_refund(payment=payment, by=request.user, now=timezone.now(), **form.cleaned_data)
        except refunding.RefundRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("Die Erstattung von %(amount)s ist beantragt. Freigeben muss sie jemand anderes aus der Kasse.")
            messages.success(request, told % {"amount": euro(refund.amount)})
            return redirect("treasury:payment", reference)
    return payment_page(request, reference, refund_form=form, status=status_of(request, form))


@cash_office_page
@require_POST
def release(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Let the money go."""
    told = _("%(amount)s sind freigegeben und gehen an die Person zurück.")
    return _decide(
        request, pk, told, lambda one: refunding.release_refund(refund=one, by=request.user, now=timezone.now())
    )


@cash_office_page
@require_POST
def decline(request: PersonRequest, pk: UUID) -> HttpResponse:
    """Do not let the money go, and say why."""
    get_object_or_404(Refund, pk=pk)
    form = DeclineForm(request.POST, auto_id=f"{pk}_%s")
    if not form.is_valid():
        return _list(request, declined=pk, form=form)
    why = form.cleaned_data["why"]
    told = _("Die Erstattung von %(amount)s ist abgelehnt.")
    return _decide(
        request,
        pk,
        told,
        lambda one: refunding.decline_refund(refund=one, why=why, by=request.user, now=timezone.now()),
    )


@cash_office_page
@require_POST
def made_by_hand(request: PersonRequest, pk: UUID) -> HttpResponse:
    """The cash office has transferred the money itself."""
    told = _("%(amount)s sind als überwiesen vermerkt.")
    return _decide(
        request, pk, told, lambda one: refunding.made_by_hand(refund=one, by=request.user, now=timezone.now())
    )


def _decide(request: PersonRequest, pk: UUID, told: str, do: Callable[[Refund], Refund]) -> HttpResponse:
    refund = get_object_or_404(Refund.objects.select_related("payment"), pk=pk)
    try:
        do(refund)
    except refunding.RefundRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, told % {"amount": euro(refund.amount)})
    return redirect("treasury:refunds")


def _list(request: PersonRequest, *, declined: UUID | None = None, form: DeclineForm | None = None) -> HttpResponse:
    waiting = list(queries.refunds_in_hand())
    audit.record_seen(
        [refund.payment for refund in waiting if refund.payment.payer],
        by=request.user,
        now=timezone.now(),
        again=False,
    )
    context = {
        "to_release": [
            (refund, form if refund.pk == declined else DeclineForm(auto_id=f"{refund.pk}_%s"))
            for refund in waiting
            if refund.state == RefundState.REQUESTED
        ],
        "failed": [refund for refund in waiting if refund.state == RefundState.FAILED],
        "declined": declined,
        "form": form,
    }
    return render(request, "treasury/refunds.html", context, status=status_of(request, form))
