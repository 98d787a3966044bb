"""Where applications for a service go on to, what has arrived there, and what has not."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from catalogue.content import Service
from catalogue.forms.current import form_definition
from submissions.handover import actions, queries
from submissions.handover.fit_connect.metadata import VERSION
from submissions.handover.fit_connect.sending import leika_of, reason_against
from submissions.handover.forms import FORMS, HandoverFilter
from submissions.handover.models import Handover, Target
from submissions.handover.parcels import schema_address
from submissions.handover.states import Kind
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.shopfront import shopfront

PER_PAGE = 50


# --- All of the town -----------------------------------------------------------------------------------------


@administrators_page
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    """All hand-overs, filtered by the address."""
    names = {key: _title(key) for key in Target.objects.order_by().values_list("service_key", flat=True).distinct()}
    form = HandoverFilter(request.GET, services=sorted(names.items(), key=lambda one: one[1]))
    form.is_valid()  # what is not valid filters nothing
    chosen = form.cleaned_data
    found = queries.handovers(state=chosen.get("stand", ""), service_key=chosen.get("leistung", ""))
    context = {
        "filter": form,
        "is_filtered": any(chosen.values()),
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("seite")),
        "failed": queries.count_failed(),
        "targets": [(names[one.service_key], one) for one in Target.objects.all()],
    }
    return render(request, "handover/overview.html", context)


@administrators_page
@require_POST
def send_again(request: PersonRequest, handover: UUID) -> HttpResponse:
    """Send one once more."""
    found = get_object_or_404(Handover.objects.select_related("target"), pk=handover)
    if not found.target.is_on:
        messages.warning(request, _("Dieses Ziel ist ausgeschaltet. Schalten Sie es zuerst ein."))
    else:
        try:
            actions.send_again(handover=found, by=request.user, now=timezone.now())
        except actions.AlreadyThere as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Der Antrag geht gleich noch einmal hinaus."))
    return redirect("handover:overview")


@administrators_page
@require_POST
def send_failed_again(request: PersonRequest) -> HttpResponse:
    """Send all once more that have failed."""
    number = actions.send_failed_again(by=request.user, now=timezone.now())
    told = ngettext(
        "%(number)d Antrag geht gleich noch einmal hinaus.",
        "%(number)d Anträge gehen gleich noch einmal hinaus.",
        number,
    )
    messages.success(request, told % {"number": number})
    return redirect("handover:overview")


# --- One service ---------------------------------------------------------------------------------------------


@administrators_page
@require_safe
def service(request: PersonRequest, key: str) -> HttpResponse:
    """Where applications for it go."""
    against = reason_against(key)
    context = {
        "service": _service(key),
        "targets": queries.targets_of(key),
        "kinds": [one for one in Kind if one != Kind.FIT_CONNECT or not against],
        "against_fit_connect": against,
    }
    return render(request, "handover/service.html", context)


@administrators_page
def add(request: PersonRequest, key: str, kind: str) -> HttpResponse:
    """Another target. What proves who we are is shown once, on the page that answers."""
    one, chosen = _service(key), _kind(kind)
    if chosen == Kind.FIT_CONNECT and reason_against(key):
        raise Http404
    form = FORMS[chosen](typed(request))
    if has_arrived(request, form):
        target, secret = actions.add_target(
            service_key=key, kind=chosen, details=form.details, by=request.user, now=timezone.now()
        )
        if secret:
            return _secret_page(request, target, secret)
        messages.success(request, _("Eingerichtet. Senden Sie jetzt eine Probe."))
        return redirect("handover:target", target.pk)
    context = {"service": one, "kind": chosen, "form": form, **_told_to_receivers(key, chosen)}
    return render(request, "handover/add.html", context, status=status_of(request, form))


# --- One target ----------------------------------------------------------------------------------------------


@administrators_page
def target(request: PersonRequest, pk: int) -> HttpResponse:
    """What it is, and what was sent there."""
    found = get_object_or_404(Target.objects.select_related("changed_by"), pk=pk)
    known: dict[str, Any] = {name: getattr(found, name) for name in ("name", "address", "is_whole", "inside_because")}
    form = FORMS[Kind(found.kind)](typed(request), initial=known)
    if has_arrived(request, form):
        actions.change_target(target=found, details=form.details, by=request.user, now=timezone.now())
        messages.success(request, _("Gespeichert."))
        return redirect("handover:target", found.pk)
    context = {
        "target": found,
        "title": _title(found.service_key),
        "form": form,
        "attempts": queries.attempts(found),
        "may_be_tried": found.service_key in shopfront().forms,
        **_told_to_receivers(found.service_key, Kind(found.kind)),
    }
    return render(request, "handover/target.html", context, status=status_of(request, form))


@administrators_page
@require_POST
def try_target(request: PersonRequest, pk: int) -> HttpResponse:
    """Send something made up."""
    found = get_object_or_404(Target, pk=pk)
    if found.service_key not in shopfront().forms:
        raise Http404
    attempt = actions.try_target(target=found, title=_title(found.service_key), now=timezone.now())
    if found.kind == Kind.FIT_CONNECT:
        tell = messages.success if attempt.has_arrived else messages.error
        tell(request, attempt.text)
    elif attempt.has_arrived:
        messages.success(request, _("Die Probe ist angekommen."))
    else:
        messages.error(request, _("Die Probe ist nicht angekommen. %(why)s") % {"why": attempt.text})
    return redirect("handover:target", pk)


@administrators_page
@require_POST
def switch(request: PersonRequest, pk: int) -> HttpResponse:
    """On or off."""
    found = get_object_or_404(Target, pk=pk)
    is_on = request.POST.get("an") == "ja"
    actions.switch_target(target=found, is_on=is_on, by=request.user, now=timezone.now())
    on, off = (
        _("Eingeschaltet. Was gewartet hat, geht gleich hinaus."),
        _("Ausgeschaltet. Was noch wartet, bleibt hier."),
    )
    messages.success(request, on if is_on else off)
    return redirect("handover:target", pk)


@administrators_page
@require_POST
def renew_secret(request: PersonRequest, pk: int) -> HttpResponse:
    """A new secret, shown once, on the page that answers."""
    found = get_object_or_404(Target, pk=pk, kind=Kind.WEBHOOK)
    return _secret_page(request, found, actions.renew_secret(target=found, by=request.user, now=timezone.now()))


def _told_to_receivers(key: str, kind: Kind) -> dict[str, Any]:
    """What those who look after a specialist system have to enter at FIT-Connect for us."""
    if kind != Kind.FIT_CONNECT or key not in shopfront().forms:
        return {}
    definition = form_definition(key)
    return {
        "leika": [one.key for one in leika_of(key)],
        "schema": schema_address(definition.key, definition.version),
        "metadata_version": VERSION,
    }


def _secret_page(request: PersonRequest, target: Target, secret: str) -> HttpResponse:
    return render(request, "handover/secret.html", {"target": target, "secret": secret})


def _service(key: str) -> Service:
    """A service with a form; where there is none, nothing comes in."""
    front = shopfront()
    found = front.catalogue.services.get(key)
    if found is None or key not in front.forms:
        raise Http404
    return found


def _kind(name: str) -> Kind:
    try:
        return Kind(name)
    except ValueError as problem:
        raise Http404 from problem


def _title(key: str) -> str:
    service = shopfront().catalogue.services.get(key)
    return service.title if service else key
