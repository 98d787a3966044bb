"""The cash office: which payments there are, how each one went, and all of them as a table to take away."""

from typing import ParamSpec

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import GuardedView, PersonRequest, View, staff_required
from accounts.models import Role
from billing import queries
from billing.documents import receipt_pdf
from billing.export import payments_table
from billing.models import Payment
from billing.treasury_forms import PaymentFilter
from tenants.context import current_town

PAYMENTS_PER_PAGE = 25

P = ParamSpec("P")


def cash_office_page(view: "GuardedView[P]") -> "View[P]":
    """Only for the cash office of this town, and never kept by a browser."""
    return never_cache(staff_required(Role.CASH_OFFICE)(view))


@cash_office_page
@require_safe
def payments(request: PersonRequest) -> HttpResponse:
    """All payments, filtered and searched by the address, with the sums of what is found."""
    wanted = PaymentFilter(request.GET, services=queries.services_with_payments())
    found = queries.payments(wanted.wanted)
    context = {
        "filter": wanted,
        "is_filtered": any(wanted.cleaned_data.values()),
        "query": wanted.cleaned_data.get("q", ""),
        "page": Paginator(found, PAYMENTS_PER_PAGE).get_page(request.GET.get("seite")),
        "sums": queries.sums(found),
    }
    return render(request, "treasury/payments.html", context)


@cash_office_page
@require_safe
def payment(request: PersonRequest, reference: str) -> HttpResponse:
    """One payment with its whole ledger."""
    found = get_object_or_404(queries.payment_with_entries(), reference=reference)
    context = {
        "payment": found,
        "has_receipt": found.has_arrived,
        "may_open_case": request.user.has_role(Role.CASE_WORKER, Role.TEAM_LEAD),
    }
    return render(request, "treasury/payment.html", context)


@cash_office_page
@require_safe
def receipt(request: PersonRequest, reference: str) -> HttpResponse:  # noqa: ARG001 -- a view
    """The receipt that the citizen has, as a PDF."""
    found = get_object_or_404(Payment.objects.select_related("submission", "request"), reference=reference)
    if not found.has_arrived:
        raise Http404
    answer = HttpResponse(receipt_pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="Quittung-{found.reference}.pdf"'
    return answer


@cash_office_page
@require_safe
def export(request: PersonRequest) -> HttpResponse:
    """What the list shows, on all its pages, as a table for Excel."""
    wanted = PaymentFilter(request.GET, services=queries.services_with_payments())
    answer = HttpResponse(payments_table(queries.payments(wanted.wanted)), content_type="text/csv; charset=utf-8")
    name = f"zahlungen-{current_town().slug}-{timezone.localdate().isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
