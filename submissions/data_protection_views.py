"""What the data protection officer needs to see: the record, the deletions, the log. Never a name or an answer."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import audit_chain
from accounts.guards import PersonRequest, staff_required
from accounts.models import Role
from submissions import retention
from submissions.processing import processings


@never_cache
@staff_required(Role.DATA_PROTECTION)
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    """All of it on one page."""
    return _page(request, None)


@never_cache
@staff_required(Role.DATA_PROTECTION)
@require_POST
def verify(request: PersonRequest) -> HttpResponse:
    """Walk the chain of the log now."""
    return _page(request, audit_chain.verify(now=timezone.now()))


def _page(request: PersonRequest, verdict: audit_chain.Verdict | None) -> HttpResponse:
    context = {
        "processings": list(processings(timezone.localdate())),
        "marked": retention.marked().count(),
        "next": retention.marked().first(),
        "purged": retention.purged().count(),
        "seal": audit_chain.newest_seal(),
        "verdict": verdict,
        "months": audit_chain.MONTHS_KEPT,
    }
    return render(request, "data_protection/overview.html", context)
