"""The operator's desk: at which hosts a town answers, and for which it waits."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import host_actions
from operations.desk import show
from operations.forms import HostForm, ReasonForm
from operations.models import WaitingHost
from operations.queries import hosts_of
from tenants.actions import TownRefused
from tenants.host_check import Finding, explanation
from tenants.models import Town, readable_host
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def hosts(request: PersonRequest, slug: str) -> HttpResponse:
    """All of them. Add one, look in DNS `again` for one that waits, or `remove` one."""
    town = get_object_or_404(Town, slug=slug)
    if "remove" in request.POST:
        return _remove(request, town, request.POST["remove"])
    if "again" in request.POST:
        return _look_up_again(request, town, request.POST["again"])
    form = HostForm(typed(request))
    if has_arrived(request, form):
        host = form.cleaned_data["host"]
        try:
            finding = host_actions.ask_for_host(town=town, host=host, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error("host", str(refusal))
        else:
            return _told(request, town, host, finding)
    now = timezone.now()
    context = {
        "tenant": town,
        "form": form,
        "hosts": hosts_of(town, now=now),
        "waiting_hosts": town.waiting_hosts.all(),
        "is_checked": settings.DNS_CHECK,
    }
    return show(request, "operations/hosts.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def take_unchecked(request: PersonRequest, slug: str, host: str) -> HttpResponse:
    """Take a host that waits although DNS does not say so, with a reason."""
    waiting = get_object_or_404(WaitingHost.objects.select_related("town"), town__slug=slug, domain=host)
    form = ReasonForm(typed(request))
    if has_arrived(request, form):
        reason = form.cleaned_data["reason"]
        try:
            host_actions.take_unchecked(waiting=waiting, reason=reason, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(host)s ist eingetragen.") % {"host": waiting.label})
            return redirect("operations:hosts", slug)
    context = {
        "tenant": waiting.town,
        "form": form,
        "question": _("Soll %(host)s ohne Prüfung gelten?") % {"host": waiting.label},
        "means": (
            _("Das ist nur richtig, wenn die Adresse der Stadt gehört und wir das DNS von hier nicht fragen können."),
            _("Die Stadt antwortet dort sofort, sobald jemand die Adresse auf uns zeigen lässt."),
        ),
        "button": _("Ohne Prüfung eintragen"),
        "back": reverse("operations:hosts", args=[slug]),
    }
    return show(request, "operations/decide.html", context, status=status_of(request, form))


def _look_up_again(request: PersonRequest, town: Town, host: str) -> HttpResponse:
    waiting = town.waiting_hosts.filter(domain=host).first()
    if waiting is None:
        messages.info(request, _("%(host)s wartet nicht mehr.") % {"host": readable_host(host)})
        return redirect("operations:hosts", town.slug)
    try:
        finding = host_actions.look_up_again(waiting=waiting, now=timezone.now())
    except TownRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("operations:hosts", town.slug)
    return _told(request, town, host, finding)


def _told(request: PersonRequest, town: Town, host: str, finding: Finding) -> HttpResponse:
    if finding.is_right:
        messages.success(request, _("%(host)s ist eingetragen.") % {"host": readable_host(host)})
    else:
        messages.warning(request, explanation(finding, host, target=town.host_with_us))
    return redirect("operations:hosts", town.slug)


def _remove(request: PersonRequest, town: Town, host: str) -> HttpResponse:
    try:
        host_actions.remove_host(town=town, host=host, by=request.user, now=timezone.now())
    except TownRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(host)s ist entfernt.") % {"host": readable_host(host)})
    return redirect("operations:hosts", town.slug)
