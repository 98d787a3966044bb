"""The public pages of a town. None of them knows who looks at it; all but one say the same to everybody."""

import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from catalogue import german
from catalogue.queries import service_behind
from catalogue.search import search as search_catalogue
from townhall import actions, theme
from townhall.authorities import DATA_PROTECTION, OMBUDSMAN
from townhall.badge import badge_svg
from townhall.context import page_for_everybody, town_on_page
from townhall.forms import BarrierReportForm
from townhall.opening import days_of, now_in_words
from townhall.paper import has_paper_form, paper_form
from townhall.presentation import (
    often_wanted,
    page_of,
    provider_of,
    rows_of,
    situations_of,
)
from townhall.public import SearchResult, public_page, with_search
from townhall.shopfront import OfficeView, Shopfront, shopfront

LONGEST_QUERY = 200  # characters that the search looks at
ASSESSED_ON = date(2026, 11, 22)  # when the accessibility of the product was last assessed as a whole
FOR_EVER = "public, max-age=31536000, immutable"


# --- Finding a service -----------------------------------------------------------------------------------


@public_page
def home(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """Search, life situations, A to Z, what most people want, and the way to the town hall."""
    wanted = often_wanted(front, timezone.localdate(), limit=6)
    return page_for_everybody(
        request,
        front,
        "townhall/home.html",
        welcome=front.profile.welcome,
        situations=situations_of(front),
        letters=_letters(front),
        popular=wanted[:4],
        wanted=wanted,
        count=len(front.services),
        office=front.main_office and _open_office(front.main_office),
    )


@public_page
def services(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """All services from A to Z, or those of one letter."""
    by_letter = front.catalogue.by_first_letter(among=front.services)
    asked = searched_for(request.GET.get("buchstabe", ""))[:1]
    letter = german.first_letter(asked) if asked else ""
    shown = {letter: by_letter[letter]} if letter in by_letter else by_letter
    today = timezone.localdate()
    return page_for_everybody(
        request,
        front,
        "townhall/services.html",
        letters=list(by_letter),
        letter=letter,
        is_filtered=letter in by_letter,
        groups=[(first, rows_of(front, group, today)) for first, group in shown.items()],
        count=sum(map(len, shown.values())),
    )


@public_page
def life_situation(request: HttpRequest, front: Shopfront, key: str) -> HttpResponse:
    """The services of a life situation: what is done online first, what others do last."""
    situation = front.catalogue.life_situations.get(key)
    rows = rows_of(front, front.catalogue.services_in(key, among=front.services), timezone.localdate())
    if situation is None or not rows:
        raise Http404
    return page_for_everybody(
        request,
        front,
        "townhall/life_situation.html",
        situation=situation,
        online=[row for row in rows if row.is_online],
        in_person=[row for row in rows if not row.is_online and row.provider is None],
        elsewhere=[row for row in rows if row.provider],
    )


@public_page
def search(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """What answers a query; without one, where to begin."""
    query = searched_for(request.GET.get("q", ""))
    hits = search_catalogue(front.catalogue, query, among=front.services) if query else []
    today = timezone.localdate()
    page = page_for_everybody(
        request,
        front,
        "townhall/search.html",
        query=query,
        hits=rows_of(front, (hit.service for hit in hits), today),
        popular=often_wanted(front, today, limit=6),
        letters=_letters(front),
    )
    return with_search(page, SearchResult(query, bool(hits))) if query else page


def searched_for(typed: str) -> str:
    """What somebody typed, in one line without control characters, cut off where no question is that long."""
    readable = "".join(letter if letter.isprintable() else " " for letter in typed[: 2 * LONGEST_QUERY])
    return re.sub(r"\s+", " ", readable).strip()[:LONGEST_QUERY]


# --- Reading about it ------------------------------------------------------------------------------------


@public_page
def service(request: HttpRequest, front: Shopfront, key: str) -> HttpResponse:
    """Everything about one service in this town, and the way to get it. Former addresses lead to the present one."""
    if key not in front.services:
        present = service_behind(key)
        if present not in front.services:
            raise Http404
        return redirect("townhall:service", present, permanent=True)
    page = page_of(front, front.services[key], timezone.localdate())
    return page_for_everybody(
        request,
        front,
        "townhall/service.html",
        page=page,
        service=page.service,
        row=page.row,
        office=page.office and _open_office(page.office),
        payment_methods=front.profile.payment_methods,
        account_name=settings.OIDC_ACCOUNT_NAME,
        release=front.release,
        released_on=front.released_on,
        has_paper_form=has_paper_form(front, page.service),
        found_list_url=_found_list_url(front, key),
    )


@public_page
def paper(request: HttpRequest, front: Shopfront, key: str) -> HttpResponse:  # noqa: ARG001 -- a view
    """The form of a service to print and fill in by hand."""
    service = front.services.get(key)
    if service is None or not has_paper_form(front, service):
        raise Http404
    return HttpResponse(paper_form(front, service, timezone.localdate()), content_type="application/pdf")


@public_page
def offices(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """All offices with their hours of this week."""
    return page_for_everybody(
        request,
        front,
        "townhall/offices.html",
        offices=[_open_office(office) for office in front.offices],
        elsewhere=_others(front),
    )


@public_page
def help_page(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """How the portal works, in plain words."""
    return page_for_everybody(
        request,
        front,
        "townhall/help.html",
        account_name=settings.OIDC_ACCOUNT_NAME,
        payment_methods=front.profile.payment_methods,
    )


# --- Legal pages -----------------------------------------------------------------------------------------


@public_page
def imprint(request: HttpRequest, front: Shopfront) -> HttpResponse:
    municipality = front.town.municipality
    supervisor = municipality.county or _("Bezirksregierung %(name)s") % {"name": municipality.district}
    return page_for_everybody(request, front, "townhall/imprint.html", profile=front.profile, supervisor=supervisor)


@public_page
def privacy(request: HttpRequest, front: Shopfront) -> HttpResponse:
    return page_for_everybody(
        request,
        front,
        "townhall/privacy.html",
        profile=front.profile,
        account_name=settings.OIDC_ACCOUNT_NAME,
        payment_methods=front.profile.payment_methods,
        data_protection=DATA_PROTECTION,
    )


@public_page
def accessibility(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """The statement that EU 2018/1523 asks for."""
    gaps = [line.strip() for line in front.profile.accessibility_gaps.splitlines() if line.strip()]
    return page_for_everybody(
        request,
        front,
        "townhall/accessibility.html",
        profile=front.profile,
        gaps=gaps,
        assessed_on=ASSESSED_ON,
        ombudsman=OMBUDSMAN,
    )


@csrf_exempt  # nobody is signed in here, so nothing can be done in somebody's name; and it needs no cookie
@require_http_methods(["GET", "HEAD", "POST"])
def report_barrier(request: HttpRequest) -> HttpResponse:
    """Tell the town about something that one cannot use."""
    form = BarrierReportForm(request.POST or None, initial={"page": _page_before(request)})
    if request.method == "POST" and form.is_valid():
        actions.report_barrier(**form.cleaned_data, now=timezone.now())
        return redirect("townhall:barrier_reported")
    answer = page_for_everybody(request, shopfront(), "townhall/report_barrier.html", form=form)
    answer.status_code = 422 if form.errors else 200
    return answer


@public_page
def barrier_reported(request: HttpRequest, front: Shopfront) -> HttpResponse:
    return page_for_everybody(request, front, "townhall/barrier_reported.html")


def _page_before(request: HttpRequest) -> str:
    """The page of ours that somebody comes from."""
    before = urlsplit(request.headers.get("Referer", ""))
    return before.path if before.netloc == request.get_host() else ""


# --- What belongs to the pages ---------------------------------------------------------------------------


@require_safe
def theme_css(request: HttpRequest, digest: str) -> HttpResponse:  # noqa: ARG001 -- a view
    """The town's colours. The address changes with them."""
    colour = shopfront().profile.colour
    if digest != theme.digest(colour):
        raise Http404
    return HttpResponse(theme.css(colour), content_type="text/css", headers={"Cache-Control": FOR_EVER})


@require_safe
def crest(request: HttpRequest) -> HttpResponse:
    """The town's coat of arms, or a drawn one. What was uploaded can run and load nothing."""
    front = shopfront()
    profile = front.profile
    if profile.crest:
        answer = HttpResponse(bytes(profile.crest), content_type=profile.crest_type)
    else:
        drawn = theme.crest_svg(front.town.name[0], profile.colour)
        answer = HttpResponse(drawn, content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    answer["Cache-Control"] = FOR_EVER if request.GET.get("v") == str(front.pages) else "no-cache"
    return answer


@public_page
def badge(request: HttpRequest, front: Shopfront) -> HttpResponse:  # noqa: ARG001 -- a view
    """The badge that the town may show on its own home page."""
    return HttpResponse(badge_svg(front), content_type="image/svg+xml")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    return redirect(town_on_page(shopfront()).crest_url)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 -- a view
    """Search engines may see what everybody sees; applications and the town hall are none of their business."""
    closed = [reverse("townhall:search"), "/antrag/", "/meine-antraege/", "/rathaus/", "/anmelden/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


# --- Pieces ----------------------------------------------------------------------------------------------


def _letters(front: Shopfront) -> list[str]:
    return list(front.catalogue.by_first_letter(among=front.services))


def _found_list_url(front: Shopfront, key: str) -> str:
    """The town's own list of what was found, on the page of the service for those who miss something."""
    is_shown = key == "fundsache-suchen" and front.setting_values.get("fundsachen.eigene")
    return reverse("found:items") if is_shown else ""


def _open_office(office: OfficeView) -> dict[str, Any]:
    """An office with what its hours mean today."""
    now = timezone.localtime()
    return {
        "office": office,
        "now": now_in_words(office.week, now),
        "days": days_of(office.week, now.date()) if office.week.is_known else [],
        "specials": office.week.upcoming_specials(now.date()),
    }


def _others(front: Shopfront) -> list[tuple[str, str]]:
    """Other bodies that do something for people of this town, each with its tasks."""
    found: dict[str, list[str]] = {}
    for one in front.services.values():
        provider = provider_of(front, one)
        unit = front.catalogue.unit_of(one)
        if provider and unit.task not in found.setdefault(provider.name, []):
            found[provider.name].append(unit.task)
    return [(name, ", ".join(tasks)) for name, tasks in found.items()]
