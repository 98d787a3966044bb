"""Services and what they cost: how a town offers each of them."""

from datetime import date

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from catalogue.content import Service
from catalogue.forms.current import form_definition
from templates.components import german_date
from templates.fields import Form
from townhall import actions
from townhall.administration_forms import (
    OfferForm,
    PauseForm,
    ServiceFilter,
    SwitchForm,
    SwitchManyForm,
)
from townhall.administration_pages import administrators_page, editors_page, has_arrived, is_administrator, status_of
from townhall.administration_presentation import (
    Standing,
    amount_line,
    amounts_of,
    offered_service,
    offered_services,
    setting_lines,
    usual_office,
)
from townhall.models import OfferState, PlannedSwitch
from townhall.shopfront import OfferView, Shopfront, shopfront

SERVICES_PER_PAGE = 50


# --- Services ------------------------------------------------------------------------------------------------


@editors_page
@require_safe
def services(request: PersonRequest) -> HttpResponse:
    """All services of the catalogue, filtered and searched by the address."""
    return _list(request, None)


@administrators_page
def switch_many(request: PersonRequest) -> HttpResponse:
    """Switch all services that were ticked in the list."""
    front = shopfront()
    form = SwitchManyForm(typed(request), keys=front.catalogue.services)
    if not has_arrived(request, form):
        return _list(request, form if form.is_bound else None)
    state, switched = OfferState(form.cleaned_data["state"]), 0
    for key in form.cleaned_data["service"]:
        try:
            actions.switch_offer(
                service=front.catalogue.services[key],
                switch=actions.Switch(state, drafts_until=timezone.localdate() + actions.DRAFTS_GO_ON),
                front=front,
                today=timezone.localdate(),
            )
        except actions.ChangeRefused as refusal:
            messages.warning(request, str(refusal))
        else:
            switched += 1
    if switched:
        told = ngettext("%(count)d Leistung ist umgestellt.", "%(count)d Leistungen sind umgestellt.", switched)
        messages.success(request, told % {"count": switched})
    return redirect(_list_address(request))


def _list(request: PersonRequest, sent: SwitchManyForm | None) -> HttpResponse:
    front = shopfront()
    wanted = ServiceFilter(request.GET, situations=front.catalogue.life_situations.values())
    wanted.is_valid()  # what is not valid filters nothing
    chosen = wanted.cleaned_data
    found = offered_services(
        front,
        text=chosen.get("q", ""),
        standing=Standing(chosen["stand"]) if chosen.get("stand") else None,
        situation=chosen.get("lebenslage", ""),
        today=timezone.localdate(),
    )
    context = {
        "filter": wanted,
        "is_filtered": any(chosen.values()),
        "query": chosen.get("q", ""),
        "page": Paginator(found, SERVICES_PER_PAGE).get_page(request.GET.get("seite")),
        "switch_form": sent or SwitchManyForm(keys=front.catalogue.services),
        "ticked": sent["service"].value() if sent else [],
        "sent": sent,
        "is_administrator": is_administrator(request),
    }
    return render(request, "administration/services.html", context, status=status_of(request, sent))


def _list_address(request: PersonRequest) -> str:
    """The list as it was filtered."""
    query = request.GET.urlencode()
    return reverse("administration:services") + (f"?{query}" if query else "")


@editors_page
@require_safe
def service(request: PersonRequest, key: str) -> HttpResponse:
    """One service: how it is offered, what the town adds, what it costs."""
    return _service_page(request, key, None)


@administrators_page
def switch(request: PersonRequest, key: str) -> HttpResponse:
    """Hide, show, put online, pause or link a service: now, or from a later day on."""
    front, one = _service(key)
    today = timezone.localdate()
    form = SwitchForm(typed(request), today=today, auto_id="stand_%s")
    if not has_arrived(request, form):
        return _service_page(request, key, form)
    wanted, day = form.switch, form.cleaned_data["starts_on"]
    try:
        if day and day > today:
            actions.plan_switch(service=one, switch=wanted, starts_on=day, front=front, by=request.user, today=today)
            told = _("Ab %(day)s ist der Stand „%(state)s“.") % {"day": german_date(day), "state": wanted.state.label}
        else:
            actions.switch_offer(service=one, switch=wanted, front=front, today=today)
            told = _("Der Stand ist jetzt „%(state)s“.") % {"state": wanted.state.label}
    except actions.ChangeRefused as refusal:
        form.add_error(None, str(refusal))
        return _service_page(request, key, form)
    messages.success(request, told)
    return redirect("administration:service", key)


@administrators_page
@require_POST
def drop_plan(request: PersonRequest, key: str) -> HttpResponse:
    """What was planned for a later day does not happen."""
    _front, one = _service(key)
    actions.drop_planned_switch(service_key=one.key)
    messages.success(request, _("Die geplante Umstellung ist verworfen. Es bleibt, wie es ist."))
    return redirect("administration:service", key)


@editors_page
def reword_pause(request: PersonRequest, key: str) -> HttpResponse:
    """Change the sentence that says why a service is paused. That it is, administrators have decided."""
    front, _one = _service(key)
    form = PauseForm(typed(request), auto_id="pause_%s")
    if not _is_paused(front, key):
        raise Http404
    if not has_arrived(request, form):
        return _service_page(request, key, form)
    actions.change_offer(service_key=key, pause_note=form.cleaned_data["pause_note"])
    messages.success(request, _("Ihr Satz ist gespeichert."))
    return redirect("administration:service", key)


@editors_page
def describe(request: PersonRequest, key: str) -> HttpResponse:
    """Give a service another office, a time, and the town's own words."""
    _front, one = _service(key)
    form = _offer_form(request, one, is_sent=True)
    if not has_arrived(request, form):
        return _service_page(request, key, form)
    office = form.cleaned_data.pop("office")
    actions.change_offer(service_key=key, office_id=int(office) if office else None, **form.cleaned_data)
    messages.success(request, _("Ihre Angaben sind gespeichert."))
    return redirect("administration:service", key)


def _service(key: str) -> tuple[Shopfront, Service]:
    front = shopfront()
    found = front.catalogue.services.get(key)
    if found is None:
        raise Http404
    return front, found


def _is_paused(front: Shopfront, key: str) -> bool:
    return key in front.offers and front.offers[key].state == OfferState.PAUSED


def _offer_form(request: PersonRequest, one: Service, *, is_sent: bool = False) -> OfferForm:
    front = shopfront()
    offer = front.offers.get(one.key)
    initial = {
        "office": str(offer.office_pk or "") if offer else "",
        "processing_time": offer.processing_time if offer else "",
        "addition": offer.addition if offer else "",
        "needs_second_signature": bool(offer and offer.needs_second_signature),
    }
    usual = usual_office(front, one)
    return OfferForm(
        typed(request) if is_sent else None,
        offices=front.offices,
        by_unit=usual.name if usual else "",
        asks_for_signature=is_administrator(request),
        initial=initial,
        auto_id="angaben_%s",
    )


def _drafts_until(offer: OfferView | None, today: date) -> date | None:
    """What is entered already, or would be if the service were switched off now."""
    if offer and offer.state != OfferState.ONLINE:
        return offer.drafts_until
    return today + actions.DRAFTS_GO_ON


def _service_page(request: PersonRequest, key: str, sent: Form | None) -> HttpResponse:
    front, one = _service(key)
    today = timezone.localdate()
    offered = offered_service(front, one, today)
    offer = front.offers.get(key)
    switch_form = SwitchForm(
        initial={
            "state": offered.state,
            "pause_note": offer.pause_note if offer else "",
            "drafts_until": _drafts_until(offer, today),
            "link": offer.link if offer else "",
        },
        today=today,
        auto_id="stand_%s",
    )
    pause_form = PauseForm(initial={"pause_note": offer.pause_note}, auto_id="pause_%s") if offer else None
    context = {
        "is_administrator": is_administrator(request),
        "offered": offered,
        "service": one,
        "planned": PlannedSwitch.objects.filter(service_key=key).first(),
        "switch_form": sent if isinstance(sent, SwitchForm) and sent.is_bound else switch_form,
        "pause_form": (sent if isinstance(sent, PauseForm) else pause_form) if _is_paused(front, key) else None,
        "offer_form": sent if isinstance(sent, OfferForm) else _offer_form(request, one),
        "amounts": amounts_of(front, one, today),
        "has_form": one.key in front.forms,
        "has_example": one.key in front.forms and bool(form_definition(one.key).rules),
        "missing": [amount_line(front, missing, today) for missing in offered.missing_amounts],
        "settings": setting_lines(front, one),
        "sent": sent,
    }
    return render(request, "administration/service.html", context, status=status_of(request, sent))
