"""Whether a service can be begun online, and whether what was begun can still be handed in."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from catalogue.content import Service
from submissions.drafts import OpenDraft
from townhall.offering import application_state, has_guide
from townhall.shopfront import shopfront


@dataclass(frozen=True)
class Availability:
    """`until` is the last day on which drafts can be handed in, where nothing new can be begun."""

    may_begin: bool
    may_finish: bool
    until: date | None = None


def availability_of(service_key: str) -> Availability:
    """What this town allows today."""
    front, today = shopfront(), timezone.localdate()
    service = front.catalogue.services.get(service_key)
    if service is None:
        return Availability(may_begin=False, may_finish=False)
    state = application_state(front, service, today)
    if state.is_open or has_guide(front, service):
        return Availability(may_begin=True, may_finish=True)
    until = front.offers[service_key].drafts_until if state.is_switched_off else None
    return Availability(may_begin=False, may_finish=until is not None and today <= until, until=until)


def service_with_form(service_key: str) -> Service:
    """A service that has a form, whether this town offers it or not."""
    catalogue = shopfront().catalogue
    service = catalogue.services.get(service_key)
    if service is None or service_key not in catalogue.forms:
        raise Http404
    return service


def refusal(request: HttpRequest, draft: OpenDraft) -> HttpResponse | None:
    """The page that stands in the way, if something does. What was begun stays and can be taken along on paper."""
    front = shopfront()
    allowed = availability_of(draft.service_key)
    if allowed.may_begin or (allowed.may_finish and draft.row):
        return None
    if draft.row is None and draft.service_key not in front.services:
        raise Http404
    return not_online(request, draft)


def not_online(request: HttpRequest, draft: OpenDraft) -> HttpResponse:
    """It cannot be done online at the moment; what was begun stays."""
    front = shopfront()
    service = front.catalogue.services.get(draft.service_key)
    offer = front.offers.get(draft.service_key)
    context = {
        "title": service.title if service else draft.definition.title,
        "service": service if draft.service_key in front.services else None,
        "service_key": draft.service_key,
        "has_draft": draft.row is not None,
        "is_browser": draft.citizen is None,
        "office": front.office_for(service) if service else front.main_office,
        "why": offer.pause_note if offer else "",
    }
    return render(request, "submissions/not_online.html", context, status=409)
