"""What is deleted when: numbers, services and days, never a name or an answer."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, staff_required
from accounts.models import Role, User
from accounts.typed import typed
from submissions import retention
from submissions.retention_forms import KeepForm
from templates.components import german_date

ROWS_PER_PAGE = 50
MOST_ROWS = 500  # of what is marked; the next first
AHEAD = timedelta(days=30)


@never_cache
@staff_required(Role.CASE_WORKER, Role.TEAM_LEAD, Role.ADMINISTRATOR, Role.DATA_PROTECTION)
@require_safe
def calendar(request: PersonRequest) -> HttpResponse:
    """What will be deleted, what somebody keeps, what was deleted; case workers see it of their units."""
    user, today = request.user, timezone.localdate()
    soon = _of_her_units(retention.soon(today=today, within=AHEAD), user, "unit")[:ROWS_PER_PAGE]
    purged = _of_her_units(retention.purged(), user)
    context = {
        "marked": _of_her_units(retention.marked(), user)[:MOST_ROWS],
        "soon": [{"case": one, "holds": retention.holds_of(one, today=today)} for one in soon],
        "stopped": _of_her_units(retention.stopped(), user)[:ROWS_PER_PAGE],
        "page": Paginator(purged, ROWS_PER_PAGE).get_page(request.GET.get("seite")),
        "may_keep": user.has_role(Role.ADMINISTRATOR) and not user.is_guest,
        "kept_days": retention.KEPT.days,
        "undo_days": retention.UNDO.days,
    }
    return render(request, "retention/calendar.html", context)


@never_cache
@staff_required(Role.ADMINISTRATOR)
def keep(request: PersonRequest, number: str) -> HttpResponse:
    """Stop a deletion, with a reason."""
    removal = get_object_or_404(retention.marked(), submission__number=number)
    form = KeepForm(typed(request))
    if request.method == "POST" and form.is_valid():
        try:
            kept = retention.keep(
                submission=removal.submission, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
            )
        except retention.KeepingRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            day = german_date(kept.kept_until)
            told = _("%(number)s wird nicht gelöscht. Am %(day)s fragen wir wieder.")
            messages.success(request, told % {"number": number, "day": day})
            return redirect("retention:calendar")
    status = 422 if request.method == "POST" else 200
    return render(request, "retention/keep.html", {"form": form, "removal": removal}, status=status)


def _of_her_units(found: "QuerySet[Any]", user: User, unit: str = "submission__unit") -> "QuerySet[Any]":
    """Who only works on cases sees the days of those of her units, others those of all."""
    if user.has_role(Role.ADMINISTRATOR, Role.DATA_PROTECTION) or not user.units:
        return found
    return found.filter(**{f"{unit}__in": user.units})
