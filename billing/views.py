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
from billing import actions, settling
from billing.bank import transfers
from billing.bank.girocode import girocode_svg
from billing.bank.models import Transfer
from billing.bank.states import TRANSFER
from billing.documents import qr_svg, receipt_pdf, request_pdf, transfer_pdf
from billing.models import Payment, PaymentAccount, PaymentRequest, method_label
from billing.presentation import basis_of
from billing.providers.contract import ProviderUnreachable
from billing.states import ARRIVED, PaymentState, RequestState
from submissions.models import Submission
from submissions.states import State
from townhall.pdf import pdf_answer

logger = logging.getLogger(__name__)


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def pay(request: PersonRequest, number: str) -> HttpResponse:
    """What is to be paid on handing in, and the way to the provider's page. Pressing twice begins nothing twice."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    if submission.state != State.AWAITING_PAYMENT:
        return redirect("submissions:status", number)
    if request.method == "POST":
        return _begin(request, submission, None) or redirect("billing:pay", number)
    context = {
        "submission": submission,
        "open_payment": _unsettled(submission),
        "transfer": _transfer(submission),
        "failed": _failed(submission, None),
        "basis": basis_of(submission),
        "methods": _methods(),
        "may_transfer": transfers.is_offered(),
    }
    return render(request, "billing/pay.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def pay_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What a request asks for, and the way to pay it. The address is in a letter: who has it need not sign in.

    So the page shows what is to be paid and for which number, and nothing about a person.
    """
    owed = get_object_or_404(PaymentRequest.objects.select_related("submission"), pk=request_id)
    citizen = signed_in_citizen(request)
    if request.method == "POST" and owed.state == RequestState.OPEN:
        return _begin(request, owed.submission, owed) or redirect("billing:request", request_id)
    context = {
        "owed": owed,
        "submission": owed.submission,
        "open_payment": _unsettled(owed.submission),
        "transfer": _transfer(owed.submission),
        "failed": _failed(owed.submission, owed),
        "basis": basis_of(owed),
        "methods": _methods(),
        "may_transfer": transfers.is_offered(),
        "is_owner": citizen is not None and citizen.pk == owed.submission.citizen_id,
    }
    return render(request, "billing/request.html", context)


@require_safe
def request_code(request: HttpRequest, request_id: UUID) -> HttpResponse:  # noqa: ARG001 -- a view
    """The QR code of the address above."""
    owed = get_object_or_404(PaymentRequest, pk=request_id)
    return HttpResponse(qr_svg(owed), content_type="image/svg+xml")


def _begin(request: HttpRequest, submission: Submission, owed: PaymentRequest | None) -> HttpResponse | None:
    """To the provider's page, or to where the transfer stands; None, with a message, if neither is possible now."""
    if request.POST.get("way") == TRANSFER:
        return _announce(request, submission, owed)
    here = f"{request.scheme}://{request.get_host()}"
    try:
        payment = actions.start_payment(
            submission=submission,
            request=owed,
            success_url=f"{here}/zahlung/{{payment}}/zurueck/",
            cancel_url=f"{here}/zahlung/{{payment}}/abgebrochen/",
            now=timezone.now(),
        )
    except actions.PaymentRefused as refusal:
        messages.warning(request, str(refusal))
    except ProviderUnreachable as problem:
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
    return None


def _announce(request: HttpRequest, submission: Submission, owed: PaymentRequest | None) -> HttpResponse | None:
    """To the page with account and reference; None, with a message, if that is not possible now."""
    try:
        payment = transfers.choose(submission=submission, request=owed, now=timezone.now())
    except actions.PaymentRefused as refusal:
        messages.warning(request, str(refusal))
    except ProviderUnreachable as problem:
        logger.error("payment provider unreachable: %s", problem)
        messages.error(request, _("Das geht gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal."))
    else:
        if payment.request_id and owed is None:  # it counts from now on
            return redirect("submissions:receipt", submission.number)
    return None


def _transfer(submission: Submission) -> Transfer | None:
    """What was told to somebody who wants to pay by transfer."""
    waiting = Transfer.objects.select_related("payment__submission", "payment__request")
    return waiting.filter(payment__submission=submission, payment__state=PaymentState.STARTED).first()


def _unsettled(submission: Submission) -> Payment | None:
    """A payment of which we do not know yet how it ends; until then nobody should pay again."""
    states = [PaymentState.PROCESSING, PaymentState.UNKNOWN]
    return submission.payments.filter(state__in=states).first()


def _failed(submission: Submission, owed: PaymentRequest | None) -> Payment | None:
    """The newest attempt, if it failed or was taken back."""
    newest = submission.payments.filter(request=owed).first()
    return newest if newest and newest.state in (PaymentState.FAILED, PaymentState.CHARGED_BACK) else None


def _methods() -> list[str]:
    account = PaymentAccount.objects.ready()
    return [method_label(method) for method in account.methods] if account else []


@never_cache
@require_safe
def returned(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Back from the provider. The address proves nothing: we ask the provider and show what is known.

    Nobody needs to be signed in for this; without signing in the page shows no personal data.
    """
    payment = _payment(request, payment_id)
    try:
        payment = settling.ask(payment=payment, source="return", now=timezone.now())
    except ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable on return (%s)", payment.pk, problem)
        payment = actions.come_back(payment=payment, now=timezone.now())
    if payment.state == PaymentState.CANCELLED:  # there is one way back from the provider's page, also for this
        return redirect("billing:cancelled", payment.pk)
    citizen = signed_in_citizen(request)
    is_owner = citizen is not None and payment.submission is not None and citizen.pk == payment.submission.citizen_id
    if payment.counts and is_owner:
        target = "submissions:status" if payment.request_id else "submissions:receipt"
        return redirect(target, payment.number)
    context = {"payment": payment, "submission": payment.submission, "is_owner": is_owner}
    return render(request, "billing/returned.html", context)


@never_cache
@require_http_methods(["GET"])
def cancelled(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """The person pressed „back“ on the provider's page: nothing was charged, everything is still there."""
    payment = _payment(request, payment_id)
    try:
        payment = actions.cancel(payment=payment, now=timezone.now())
    except ProviderUnreachable as problem:
        logger.warning("payment %s: provider unreachable on cancelling (%s)", payment.pk, problem)
    if payment.has_arrived or payment.state == PaymentState.PROCESSING:
        return redirect("billing:returned", payment.pk)
    messages.info(request, _("Sie haben nicht bezahlt, es wurde nichts abgebucht. Ihre Angaben sind gespeichert."))
    if payment.request_id:
        return redirect("billing:request", payment.request_id)
    assert payment.submission is not None
    return redirect(reverse("submissions:review", args=[payment.submission.service_key]))


@never_cache
@citizen_required
@require_safe
def receipt(request: PersonRequest, number: str) -> HttpResponse:
    """Proof of the first payment as a PDF."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    payment = submission.payments.counting().order_by("paid_at").first()
    if payment is None:
        raise Http404
    return pdf_answer(receipt_pdf(payment), f"Quittung-{payment.reference}.pdf")


@never_cache
@citizen_required
@require_safe
def payment_receipt(request: PersonRequest, payment_id: UUID) -> HttpResponse:
    """Proof of a payment as a PDF, with what was given back of it."""
    payment = get_object_or_404(Payment, pk=payment_id, submission__citizen=request.user, state__in=ARRIVED)
    return pdf_answer(receipt_pdf(payment), f"Quittung-{payment.reference}.pdf")


@never_cache
@citizen_required
@require_safe
def request_letter(request: PersonRequest, number: str) -> HttpResponse:
    """The letter that asks for what is to be paid now."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    owed = get_object_or_404(submission.payment_requests.all(), state=RequestState.OPEN)
    return pdf_answer(request_pdf(owed), f"Zahlungsaufforderung-{submission.number}.pdf")


@never_cache
@require_safe
def transfer_code(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """The code that banking apps read."""
    return HttpResponse(girocode_svg(_told_transfer(request, payment_id)), content_type="image/svg+xml")


@never_cache
@require_safe
def transfer_letter(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Where to transfer what, as a PDF: for the person herself, because her address stands on it."""
    transfer = _told_transfer(request, payment_id)
    payment, citizen = transfer.payment, signed_in_citizen(request)
    if citizen is None or payment.submission is None or citizen.pk != payment.submission.citizen_id:
        raise Http404
    return pdf_answer(transfer_pdf(transfer), f"Ueberweisung-{payment.reference}.pdf")


def _told_transfer(request: HttpRequest, payment_id: UUID) -> Transfer:
    """What was told for a payment that is still to come."""
    payment = _payment(request, payment_id)
    found = Transfer.objects.select_related("payment__submission", "payment__request")
    return get_object_or_404(found, payment=payment, payment__state=PaymentState.STARTED)


def _payment(request: HttpRequest, payment_id: UUID) -> Payment:
    """The payment behind an address that only its payer knows; of somebody else who is signed in it is a 404.

    A request may be paid by anybody who has its letter.
    """
    found = Payment.objects.select_related("submission").exclude(submission=None)
    payment = get_object_or_404(found, pk=payment_id)
    citizen = signed_in_citizen(request)
    assert payment.submission is not None
    if citizen and citizen.pk != payment.submission.citizen_id and not payment.request_id:
        raise Http404
    return payment
