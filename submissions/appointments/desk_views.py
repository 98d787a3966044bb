"""Who comes today and on the next days, for case workers: below /rathaus/termine/."""

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from submissions.appointments import actions
from submissions.appointments.forms import DayFilter
from submissions.appointments.models import Booking, Calendar
from submissions.appointments.queries import calendars, day_list
from submissions.appointments.states import FIRM
from submissions.casework.desk import case_workers_page
from submissions.steps import SubmissionRefused

DAYS = 7


@case_workers_page
@require_safe
def days(request: PersonRequest) -> HttpResponse:
    """The appointments of an office from a day on, a week long; without a day from today on."""
    known = list(calendars().order_by("office__position", "pk"))
    form = DayFilter(request.GET, calendars=known)
    form.is_valid()
    wanted = form.cleaned_data.get("amt")
    calendar = next((one for one in known if str(one.pk) == wanted), known[0] if known else None)
    today = timezone.localdate()
    first: date = form.cleaned_data.get("tag") or today
    context = {
        "form": form,
        "calendars": known,
        "calendar": calendar,
        "days": _by_day(calendar, first, request, today) if calendar else [],
        "first": first,
        "today": today,
        "earlier_url": _address(calendar, first - timedelta(days=DAYS)),
        "later_url": _address(calendar, first + timedelta(days=DAYS)),
    }
    return render(request, "appointments/days.html", context)


@case_workers_page
@require_POST
def mark(request: PersonRequest, pk: int) -> HttpResponse:
    """Somebody came, or did not."""
    bookings = Booking.objects.filter(state__in=FIRM).select_related("submission", "calendar")
    if request.user.units:
        bookings = bookings.filter(submission__unit__in=request.user.units)
    booking = get_object_or_404(bookings, pk=pk)
    try:
        actions.mark(booking=booking, has_come=request.POST.get("came") == "1", by=request.user, now=timezone.now())
    except SubmissionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Vermerkt."))
    return redirect(_address(booking.calendar, timezone.localdate(booking.begins)))


def _address(calendar: Calendar | None, day: date) -> str:
    query = {"amt": calendar.pk if calendar else "", "tag": day.isoformat()}
    return f"{reverse('appointments:days')}?{urlencode(query)}"


def _by_day(calendar: Calendar, first: date, request: PersonRequest, today: date) -> list[dict[str, Any]]:
    rows = day_list(calendar, first, DAYS, user=request.user)
    by_day = {day: list(of_day) for day, of_day in groupby(rows, key=_day_of)}
    shown = sorted({first, *by_day})
    return [
        {
            "day": day,
            "name": WEEKDAYS[day.weekday()],
            "is_today": day == today,
            "may_mark": day <= today,
            "bookings": by_day.get(day, []),
        }
        for day in shown
    ]


def _day_of(booking: Booking) -> date:
    begins: datetime = booking.begins
    return timezone.localdate(begins)
