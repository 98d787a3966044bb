"""The calendar of an office, for administrators: below /rathaus/verwaltung/aemter/."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import PersonRequest
from accounts.typed import typed
from submissions.appointments import actions
from submissions.appointments.forms import CalendarForm
from submissions.appointments.models import Calendar
from submissions.appointments.queries import free_spans, plan_of
from submissions.appointments.wanted import USUAL_MINUTES
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.models import Office
from townhall.shopfront import shopfront

PLACES = "termin.standorte"
PREVIEWED = 8  # free times that the page shows


@administrators_page
def calendar(request: PersonRequest, pk: int) -> HttpResponse:
    """When an office sees people by appointment."""
    office = get_object_or_404(Office, pk=pk)
    known = Calendar.objects.filter(office=office).prefetch_related("hours").first()
    said = shopfront().setting_values
    others = Calendar.objects.exclude(office=office)
    form = CalendarForm(
        typed(request),
        calendar=known,
        week=plan_of(known).week.days if known else (),
        is_on=bool(said.get(actions.IS_ON)),
        places=said.get(PLACES, ()),
        taken=others.values_list("place", flat=True),
    )
    if has_arrived(request, form):
        actions.save_calendar(
            office=office,
            values=form.details,
            hours=form.hours,
            is_on=form.cleaned_data["is_on"],
            by=request.user,
            now=timezone.now(),
        )
        messages.success(request, _("Die Termine von „%(office)s“ sind gespeichert.") % {"office": office.name})
        return redirect("calendars:calendar", pk)
    context = {
        "office": office,
        "form": form,
        "calendar": known,
        "minutes": USUAL_MINUTES,
        "next_free": _next_free(known) if known else [],
    }
    return render(request, "appointments/calendar.html", context, status=status_of(request, form))


def _next_free(known: Calendar) -> list[object]:
    """When the next people could come, with a matter of usual length."""
    now = timezone.now()
    today = timezone.localdate(now)
    last = plan_of(known).last_day(today)
    spans = free_spans(known, USUAL_MINUTES, today, last, now=now)
    return [span.begins for span, _count in zip(spans, range(PREVIEWED), strict=False)]
