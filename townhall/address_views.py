"""Short addresses that stand on printed cards, `/hund` or `/hund/k`: they lead to where a service is now, for ever."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalogue.addresses import RESERVED, as_word
from catalogue.queries import service_behind
from townhall.context import page_for_everybody
from townhall.error_pages import no_such_page
from townhall.figures.counting import count_address
from townhall.shopfront import Shopfront, recent_shopfront


@never_cache
@require_safe
def short_address(request: HttpRequest, word: str = "", letter: str | None = None) -> HttpResponse:
    """Lead to a service, or without a word to the portal, and count that somebody came."""
    front = recent_shopfront()
    word, letter = as_word(word), (letter or "").lower()
    if word in RESERVED and not letter and not request.path.endswith("/"):
        return redirect(f"/{word}/{_query_of(request)}")  # a page of ours, typed without its last slash
    key = service_behind(word) if word else None
    if word and key is None:
        return no_such_page(request, front)
    count_address(request, word, letter)
    if key is None:
        return redirect("townhall:home")
    return redirect("townhall:service", key) if key in front.services else _not_here(request, front, key)


def _query_of(request: HttpRequest) -> str:
    return f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""


def _not_here(request: HttpRequest, front: Shopfront, key: str) -> HttpResponse:
    """The town does not offer the service here any more, or the catalogue has none: whom to ask instead."""
    service = front.catalogue.services.get(key)
    office = front.office_for(service) if service else front.main_office
    return page_for_everybody(
        request,
        front,
        "townhall/not_here.html",
        status=404 if service else 410,
        service=service,
        query=service.title if service else "",
        office=office,
    )
