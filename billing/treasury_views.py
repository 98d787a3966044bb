"""The cash office: which payments there are, how each one went, and all of them as a table to take away."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.guards import PersonRequest
from accounts.models import Role
from billing import queries
from billing.documents import receipt_pdf
from billing.export import payments_table
from billing.models import Payment
from billing.treasury_forms import PaymentFilter, RefundForm
from billing.treasury_pages import cash_office_page
from tenants.context import current_town
from townhall.pdf import pdf_answer

PAYMENTS_PER_PAGE = 25


@cash_office_page
@require_safe
def payments(request: PersonRequest) -> HttpResponse:
    """All payments, filtered and searched by the address, with the sums of what is found."""
    wanted = PaymentFilter(request.GET, services=queries.services_with_payments())
    found = queries.payments(wanted.wanted)
    page = Paginator(found, PAYMENTS_PER_PAGE).get_page(request.GET.get("seite"))
    _note_seen(request, page.object_list)
    context = {
        "filter": wanted,
        "is_filtered": any(wanted.cleaned_data.values()),
        "query": wanted.cleaned_data.get("q", ""),
        "page": page,
        "sums": queries.sums(found),
    }
    return render(request, "treasury/payments.html", context)


@cash_office_page
@require_safe
def payment(request: PersonRequest, reference: str) -> HttpResponse:
    """One payment with its whole ledger."""
    return payment_page(request, reference)


def payment_page(
    request: PersonRequest, reference: str, *, refund_form: RefundForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a payment, with a form to ask for a refund if there is something to give back."""
    found = get_object_or_404(queries.payment_with_entries(), reference=reference)
    audit.record_seen([found], by=request.user, now=timezone.now())
    context = {
        "payment": found,
        "has_receipt": found.has_arrived,
        "may_open_case": request.user.has_role(Role.CASE_WORKER, Role.TEAM_LEAD),
        "refund_form": refund_form or (RefundForm(None, payment=found) if found.can_be_refunded else None),
    }
    return render(request, "treasury/payment.html", context, status=status)


@cash_office_page
@require_safe
def receipt(request: PersonRequest, reference: str) -> HttpResponse:
    """The receipt that the citizen has, as a PDF."""
    found = get_object_or_404(Payment.objects.select_related("submission", "request"), reference=reference)
    if not found.has_arrived:
        raise Http404
    audit.record_seen([found], by=request.user, now=timezone.now())
    return pdf_answer(receipt_pdf(found), f"Quittung-{found.reference}.pdf")


@cash_office_page
@require_safe
def export(request: PersonRequest) -> HttpResponse:
    """What the list shows, on all its pages, as a table for Excel."""
    wanted = PaymentFilter(request.GET, services=queries.services_with_payments())
    found = list(queries.payments(wanted.wanted))
    _note_seen(request, found)
    answer = HttpResponse(payments_table(found), content_type="text/csv; charset=utf-8")
    name = f"zahlungen-{current_town().slug}-{timezone.localdate().isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _note_seen(request: PersonRequest, payments: Iterable[Payment]) -> None:
    """Lists show names, too: each person once a day."""
    with_names = [payment for payment in payments if payment.payer]
    audit.record_seen(with_names, by=request.user, now=timezone.now(), again=False)
