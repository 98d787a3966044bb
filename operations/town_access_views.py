"""The town hall: who of the operator may look into it, and what she has looked at."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth, messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts import guests
from accounts.guards import PersonRequest
from accounts.models import OperatorAccess
from operations import access as actions
from operations.access_presentation import AccessRow, log_line
from townhall.administration_pages import administrators_page

ON_A_PAGE = 25
LINES_ON_A_PAGE = 100


@administrators_page
@require_safe
def requests(request: PersonRequest) -> HttpResponse:
    """What waits for a decision, who is there now, and what was before."""
    now = timezone.now()
    found = OperatorAccess.objects.select_related("guest", "decided_by", "ended_by")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("seite"))
    rows = [AccessRow.of(one, now=now) for one in page]
    context = {
        "page": page,
        "alive": [row for row in rows if row.is_alive],
        "over": [row for row in rows if not row.is_alive],
    }
    return render(request, "access/requests.html", context)


@administrators_page
@require_safe
def one(request: PersonRequest, pk: int) -> HttpResponse:
    """One of them: who, why, how long, and every page that was opened."""
    found = get_object_or_404(OperatorAccess.objects.select_related("guest", "decided_by", "ended_by"), pk=pk)
    entries = found.entries.select_related("by")
    page = Paginator(entries, LINES_ON_A_PAGE).get_page(request.GET.get("seite"))
    context = {
        "row": AccessRow.of(found, now=timezone.now()),
        "page": page,
        "lines": [log_line(entry) for entry in page],
    }
    return render(request, "access/one.html", context)


@administrators_page
@require_POST
def grant(request: PersonRequest, pk: int) -> HttpResponse:
    """Let her look."""
    found = get_object_or_404(OperatorAccess, pk=pk)
    return _decide(
        request,
        found,
        lambda: actions.grant(access=found, by=request.user, now=timezone.now()),
        _("Der Zugriff ist erlaubt. Sie können ihn jederzeit beenden."),
    )


@administrators_page
@require_POST
def refuse(request: PersonRequest, pk: int) -> HttpResponse:
    """Do not let her."""
    found = get_object_or_404(OperatorAccess, pk=pk)
    return _decide(
        request,
        found,
        lambda: actions.refuse(access=found, by=request.user, now=timezone.now()),
        _("Der Zugriff ist abgelehnt."),
    )


@administrators_page
@require_POST
def end(request: PersonRequest, pk: int) -> HttpResponse:
    """She must leave now."""
    found = get_object_or_404(OperatorAccess, pk=pk)
    return _decide(
        request,
        found,
        lambda: actions.end(access=found, by=request.user, now=timezone.now()),
        _("Der Zugriff ist beendet."),
    )


def _decide(request: PersonRequest, found: OperatorAccess, act: Callable[[], object], done: str) -> HttpResponse:
    try:
        act()
    except actions.VisitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("access:one", found.pk)


# --- For the guest -------------------------------------------------------------------------------------------


@never_cache
@require_GET
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """From the desk into the town hall: the link works once."""
    found = actions.use_link(token=token, now=timezone.now())
    if found is None or found.ends_at is None:
        return render(request, "access/link_expired.html", {"desk": settings.OPERATOR_URL}, status=410)
    auth.login(request, found.guest, backend=guests.BACKEND)
    request.session.set_expiry(found.ends_at + guests.TOLD_FOR)
    return redirect("staff:start")


@never_cache
@require_safe
def over(request: HttpRequest) -> HttpResponse:
    """Where a guest comes when her access has ended."""
    return render(request, "access/over.html", {"desk": settings.OPERATOR_URL})
