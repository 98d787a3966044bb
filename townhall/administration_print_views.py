"""Printed cards and signs, how many people they brought, and what goes on the town's own home page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from catalogue.queries import services_behind
from townhall.administration_pages import editors_page
from townhall.administration_print_forms import MOST, PrintForm, query_of, read_order, titles_of
from townhall.badge import badge_size
from townhall.printing import file_name, pdf_of, preview_of, prints_of
from townhall.queries import visits_by_address
from townhall.shopfront import Shopfront, shopfront

LATELY, LONG = timedelta(days=30), timedelta(days=365)


# --- Cards and signs -----------------------------------------------------------------------------------------


@editors_page
@require_safe
def cards(request: PersonRequest) -> HttpResponse:
    """Choose what to print, look at it, and see how many people came by what was printed before."""
    front, today = shopfront(), timezone.localdate()
    order = read_order(request.GET, front)
    query = query_of(order, front)
    if "dazu" in request.GET or "weg" in request.GET:
        if len(request.GET.getlist("was")) >= MOST and request.GET.get("dazu"):
            told = _("Mehr als %(most)d gehen nicht auf einmal. Nehmen Sie zuerst etwas heraus.")
            messages.warning(request, told % {"most": MOST})
        return redirect(f"{reverse('administration:cards')}?{query}")
    context = {
        "form": PrintForm(front=front, order=order),
        "chosen": list(titles_of(order, front)),
        "order": order,
        "asked": query,
        "prints": prints_of(front, order, today),
        "visits": _visits(front, today),
    }
    return render(request, "administration/cards.html", context)


@editors_page
@require_safe
def cards_preview(request: PersonRequest) -> HttpResponse:
    """The first page as a picture."""
    front = shopfront()
    picture = preview_of(front, read_order(request.GET, front), timezone.localdate())
    return HttpResponse(picture, content_type="image/png")


@editors_page
@require_safe
def cards_pdf(request: PersonRequest) -> HttpResponse:
    """The file to print."""
    front, today = shopfront(), timezone.localdate()
    order = read_order(request.GET, front)
    name = file_name(order, prints_of(front, order, today))
    answer = HttpResponse(pdf_of(front, order, today), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@dataclass(frozen=True)
class VisitsLine:
    """How many people came by one short address."""

    path: str  # "/hund"
    title: str
    letter: str  # empty: typed by hand
    lately: int
    long: int


def _visits(front: Shopfront, today: date) -> list[VisitsLine]:
    long = visits_by_address(since=today - LONG, until=today)
    titles = _titles_behind(front, [visits.word for visits in long])
    lately = {
        (visits.word, visits.letter): visits.count for visits in visits_by_address(since=today - LATELY, until=today)
    }
    return [
        VisitsLine(
            path=f"/{visits.word}",
            title=titles.get(visits.word, ""),
            letter=visits.letter.upper(),
            lately=lately.get((visits.word, visits.letter), 0),
            long=visits.count,
        )
        for visits in long
    ]


def _titles_behind(front: Shopfront, words: Iterable[str]) -> dict[str, str]:
    """What each word leads to, by word; nothing of services that the catalogue has no more."""
    services = front.catalogue.services
    titles = {word: services[key].title for word, key in services_behind(words).items() if key in services}
    return titles | {"": _("Das ganze Serviceportal")}


# --- The town's own home page --------------------------------------------------------------------------------


@editors_page
@require_safe
def home_page(request: PersonRequest) -> HttpResponse:
    """Pieces of HTML to copy: a search field, and a badge."""
    front = shopfront()
    width, height = badge_size(front)
    values = {"portal": front.town.url, "full_name": front.town.full_name, "width": width, "height": height}
    context = {
        "search_field": render_to_string("administration/snippets/search.html", values).strip(),
        "badge_link": render_to_string("administration/snippets/badge.html", values).strip(),
        "width": width,
        "height": height,
    }
    return render(request, "administration/home_page.html", context)
