"""The operator's desk: what towns are told beforehand, such as maintenance."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import history_of
from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import announcing as actions
from operations.announcement_forms import AnnouncementForm
from operations.desk import show
from tenants.announcements import SHOWN_BEFORE
from tenants.models import Announcement, Town
from townhall.administration_pages import has_arrived, status_of

ON_A_PAGE = 25


@never_cache
@operator_required(OperatorRole.FLEET, OperatorRole.SUPPORT)
@require_safe
def announcements(request: PersonRequest) -> HttpResponse:
    """What comes and what is on, then what is over."""
    now = timezone.now()
    towns = Prefetch("towns", Town.objects.only("name").order_by("name"))
    found = Announcement.objects.prefetch_related(towns)
    coming = found.filter(withdrawn_at=None, ends_at__gt=now)
    over = found.exclude(pk__in=coming.values("pk")).order_by("-starts_at", "-pk")
    context = {
        "coming": coming,
        "page": Paginator(over, ON_A_PAGE).get_page(request.GET.get("seite")),
        "days": SHOWN_BEFORE.days,
        "now": now,
    }
    return show(request, "operations/announcements.html", context)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def announce(request: PersonRequest) -> HttpResponse:
    """Something new."""
    form = AnnouncementForm(typed(request))
    if has_arrived(request, form):
        try:
            actions.announce(wanted=form.wanted, by=request.user, now=timezone.now())
        except actions.AnnouncementRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Angekündigt. Die Verwaltungen der Städte bekommen eine E-Mail."))
            return redirect("operations:announcements")
    context = {"form": form, "announcement": None, "days": SHOWN_BEFORE.days}
    return show(request, "operations/announcement.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, pk: int) -> HttpResponse:
    """Say it differently."""
    found = get_object_or_404(Announcement, pk=pk)
    form = AnnouncementForm(typed(request), announcement=found)
    if has_arrived(request, form):
        try:
            actions.change(announcement=found, wanted=form.wanted, by=request.user, now=timezone.now())
        except actions.AnnouncementRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Geändert. Die Verwaltungen der Städte bekommen eine E-Mail."))
            return redirect("operations:announcements")
    context = {
        "form": form,
        "announcement": found,
        "is_over": found.is_over(timezone.now()),
        "history": history_of(found),
        "days": SHOWN_BEFORE.days,
    }
    return show(request, "operations/announcement.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """It does not take place."""
    found = get_object_or_404(Announcement, pk=pk)
    try:
        actions.withdraw(announcement=found, by=request.user, now=timezone.now())
    except actions.AnnouncementRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Zurückgezogen. Die Verwaltungen der Städte bekommen eine E-Mail."))
    return redirect("operations:announcements")
