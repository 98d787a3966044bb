"""The figures of a town: for its administrators, editors and team leads, and, if the town likes, for everybody."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest, may_open
from tenants.context import current_town
from townhall.actions import change_profile
from townhall.administration_pages import administrators_page, editors_page, figures_page, is_administrator
from townhall.context import page_for_everybody
from townhall.figures import actions, export, queries
from townhall.figures.measures import Measure, Period
from townhall.figures.presentation import (
    applied_for,
    chart_of,
    glance_of,
    only_seen,
    step_titles,
    steps_of,
    title_of,
)
from townhall.figures.sheet import Sheet, decimal_text
from townhall.figures.small_numbers import SMALLEST
from townhall.models import Remark
from townhall.public import public_page
from townhall.shopfront import Shopfront, shopfront

SHOWN_TO_EVERYBODY = 10  # services


# --- In the town hall ----------------------------------------------------------------------------------------


@figures_page
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    """This week and the last twelve months at one glance; then service by service."""
    front, period, years = shopfront(), *_asked_for(request)
    sheet = Sheet.of(period)
    services = applied_for(sheet, front)
    context = {
        "glance": glance_of(sheet, front),
        "charts": [
            chart_of(sheet, measure, title)
            for measure, title in (
                (Measure.HANDED_IN, _("Eingegangene Anträge je Woche")),
                (Measure.VISITED, _("Besuche je Woche")),
            )
            if sheet.has(measure)
        ],
        "services": services,
        "most": max((row.handed_in.value or 0 for row in services), default=0),
        "only_seen": only_seen(sheet, front),
        "is_public": front.profile.shows_figures,
        "is_administrator": is_administrator(request),
        "sees_searches": may_open(request.user, reverse("administration:searches")),
        **_frame(period, years),
    }
    return render(request, "figures/overview.html", context)


@figures_page
@require_safe
def service(request: PersonRequest, key: str) -> HttpResponse:
    """One service: what people make of it, week by week and page by page of its form."""
    front, period, years = shopfront(), *_asked_for(request)
    sheet = Sheet.of(period)
    if key not in front.catalogue.services and key not in sheet.services(*Measure):
        raise Http404
    measure = Measure.HANDED_IN if sheet.has(Measure.HANDED_IN, key) else Measure.SEEN
    title = _("Eingegangene Anträge je Woche") if measure == Measure.HANDED_IN else _("Seite angesehen, je Woche")
    context = {
        "key": key,
        "title": title_of(front, key),
        "glance": glance_of(sheet, front, key),
        "chart": chart_of(sheet, measure, title, key) if sheet.has(measure, key) else None,
        "steps": steps_of(sheet, key),
        "has_form": bool(step_titles(key)),
        **_frame(period, years),
    }
    return render(request, "figures/service.html", context)


@figures_page
@require_safe
def weeks_csv(request: PersonRequest) -> HttpResponse:
    """Every figure of every service and week, as a table for Excel."""
    period, _years = _asked_for(request)
    return _table(export.weeks_table(Sheet.of(period), shopfront()), "zahlen")


@figures_page
@require_safe
def steps_csv(request: PersonRequest) -> HttpResponse:
    """At which page of which form people stop, as a table for Excel."""
    period, _years = _asked_for(request)
    return _table(export.steps_table(Sheet.of(period), shopfront()), "abbrueche")


@editors_page
@require_safe
def searches(request: PersonRequest) -> HttpResponse:
    """What people search for and do not find."""
    kept = [(one.text, one.number if one.number >= SMALLEST else None) for one in queries.kept_searches()]
    return render(request, "figures/searches.html", {"searches": kept, "smallest": SMALLEST})


@administrators_page
@require_safe
def remarks(request: PersonRequest) -> HttpResponse:
    """What people wrote about the portal. As long as there are few of a kind, they wait: somebody might know whose."""
    front = shopfront()
    by_service = queries.remarks_by_service()
    groups = [(title_of(front, key), found) for key, found in by_service.items() if len(found) >= SMALLEST]
    rest = [one for found in by_service.values() if len(found) < SMALLEST for one in found]
    if len(rest) >= SMALLEST:
        groups.append((_("Andere Leistungen"), sorted(rest, key=lambda one: one.text)))
    return render(request, "figures/remarks.html", {"groups": groups, "are_waiting": 0 < len(rest) < SMALLEST})


@administrators_page
@require_POST
def remove_remark(request: PersonRequest, pk: int) -> HttpResponse:
    """A sentence that names somebody goes."""
    actions.remove_remark(remark=get_object_or_404(Remark, pk=pk))
    messages.success(request, _("Der Satz ist gelöscht."))
    return redirect("administration:remarks")


@administrators_page
@require_POST
def publish(request: PersonRequest) -> HttpResponse:
    """Show the figures to everybody, or no longer."""
    is_public = request.POST.get("is_public") == "on"
    change_profile(shows_figures=is_public)
    text = _("Alle können die Zahlen jetzt sehen.") if is_public else _("Die Zahlen sind nicht mehr öffentlich.")
    messages.success(request, text)
    return redirect("administration:figures")


def _asked_for(request: HttpRequest) -> tuple[Period, list[int]]:
    """The period that the address names (`?jahr=2025`), without one the last twelve months; and the years there are."""
    today = timezone.localdate()
    first = queries.first_week()
    years = list(range(today.year, first.year - 1, -1)) if first else []
    asked = request.GET.get("jahr", "")
    if asked.isdecimal() and int(asked) in years:
        return Period.calendar_year(int(asked), today=today), years
    return Period.year_until(today), years


def _frame(period: Period, years: list[int]) -> dict[str, object]:
    """What all pages of figures say about their period."""
    is_year = period != Period.year_until(timezone.localdate())
    return {"period": period, "years": years, "year": period.last.year if is_year else None, "smallest": SMALLEST}


def _table(content: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    file = f"{name}-{current_town().slug}-{timezone.localdate().isoformat()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


# --- For everybody -------------------------------------------------------------------------------------------


@public_page
def open_figures(request: HttpRequest, front: Shopfront) -> HttpResponse:
    """What the town shows of its figures: whole weeks only, so that nothing changes from hour to hour."""
    sheet = _open_sheet(front)
    services = [row for row in applied_for(sheet, front) if row.handed_in.value]
    return page_for_everybody(
        request,
        front,
        "townhall/figures.html",
        period=sheet.period,
        handed_in=sheet.number(Measure.HANDED_IN),
        visited=sheet.number(Measure.VISITED),
        decided=sheet.number(Measure.DECIDED),
        days=decimal_text(sheet.mean_days()),
        grade=decimal_text(sheet.mean_grade()),
        rated=sheet.number(Measure.RATED),
        chart=chart_of(sheet, Measure.HANDED_IN, _("Eingegangene Anträge je Woche"))
        if sheet.has(Measure.HANDED_IN)
        else None,
        services=services[:SHOWN_TO_EVERYBODY],
        most=max((row.handed_in.value or 0 for row in services), default=0),
        smallest=SMALLEST,
    )


@public_page
def open_weeks_csv(request: HttpRequest, front: Shopfront) -> HttpResponse:  # noqa: ARG001 -- a view
    """The same, of every service and week, as a table for Excel."""
    return HttpResponse(export.weeks_table(_open_sheet(front), front), content_type="text/csv; charset=utf-8")


def _open_sheet(front: Shopfront) -> Sheet:
    if not front.profile.shows_figures:
        raise Http404
    return Sheet.of(Period.whole_weeks_until(timezone.localdate()))
