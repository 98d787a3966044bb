"""Offices, their week, and the days that differ from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.typed import typed
from catalogue.content import Unit
from templates.components import german_date
from townhall import actions
from townhall.actions import OfficeDetails
from townhall.administration_forms import OfficeForm, SpecialDayForm
from townhall.administration_pages import editors_page, has_arrived, is_administrator, status_of
from townhall.hours import Stretch
from townhall.models import Office, SpecialDay
from townhall.opening import days_of
from townhall.shopfront import Shopfront, shopfront


@editors_page
@require_safe
def offices(request: PersonRequest) -> HttpResponse:
    """All offices with their week."""
    front, today = shopfront(), timezone.localdate()
    units = front.catalogue.units
    shown = [
        {
            "office": office,
            "days": days_of(office.week, today) if office.week.is_known else [],
            "units": [units[key].name for key in office.units if key in units],
            "specials": office.week.upcoming_specials(today, days=365),
        }
        for office in front.offices
    ]
    return render(request, "administration/offices.html", {"offices": shown, "homeless": _homeless_units(front)})


def _homeless_units(front: Shopfront) -> list[str]:
    """Tasks of the town that no office has; their services lead to the main office."""
    taken = {key for office in front.offices for key in office.units}
    return [unit.name for unit in _own_units(front) if unit.key not in taken]


@editors_page
def new_office(request: PersonRequest) -> HttpResponse:
    """One more office."""
    return _office_form(request, None)


@editors_page
def office(request: PersonRequest, pk: int) -> HttpResponse:
    """Change an office and its week."""
    return _office_form(request, get_object_or_404(Office, pk=pk))


@editors_page
def remove_office(request: PersonRequest, pk: int) -> HttpResponse:
    """Take an office away, after a question."""
    found = get_object_or_404(Office, pk=pk)
    if request.method == "POST":
        try:
            actions.remove_office(office=found)
        except actions.ChangeRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("administration:office", pk)
        messages.success(request, _("„%(office)s“ ist entfernt.") % {"office": found.name})
        return redirect("administration:offices")
    return render(request, "administration/remove_office.html", {"office": found})


@editors_page
def add_special_day(request: PersonRequest, pk: int) -> HttpResponse:
    """Say that an office is closed on a day, or open at other hours."""
    found = get_object_or_404(Office, pk=pk)
    form = SpecialDayForm(typed(request), today=timezone.localdate(), auto_id="besonders_%s")
    if not has_arrived(request, form):
        return _office_page(request, found, _fresh_form(found), form)
    values = form.cleaned_data
    actions.set_special_day(
        office=found, day=values["day"], opens=values["opens"], closes=values["closes"], reason=values["reason"]
    )
    messages.success(request, _("Der %(day)s ist eingetragen.") % {"day": german_date(values["day"])})
    return redirect("administration:office", pk)


@editors_page
@require_POST
def remove_special_day(request: PersonRequest, pk: int) -> HttpResponse:
    """The day is like any other again."""
    number = request.POST.get("day", "")
    special = get_object_or_404(SpecialDay, office_id=pk, pk=number if number.isdecimal() else None)
    actions.remove_special_day(special=special)
    messages.success(request, _("Am %(day)s gelten wieder die üblichen Zeiten.") % {"day": german_date(special.day)})
    return redirect("administration:office", pk)


def _office_form(request: PersonRequest, found: Office | None) -> HttpResponse:
    form = _fresh_form(found, typed(request))
    if has_arrived(request, form):
        try:
            saved = actions.save_office(office=found, details=OfficeDetails(form.values, form.hours))
        except actions.ChangeRefused as refusal:
            form.add_error("is_main", str(refusal))
        else:
            messages.success(request, _("„%(office)s“ ist gespeichert.") % {"office": saved.name})
            return redirect("administration:office", saved.pk)
    return _office_page(request, found, form, None)


def _fresh_form(found: Office | None, data: Any = None) -> OfficeForm:
    front = shopfront()
    known = next((one for one in front.offices if found and one.pk == found.pk), None)
    week: tuple[tuple[Stretch, ...], ...] = known.week.days if known else ()
    return OfficeForm(data, office=found, week=week, units=_own_units(front))


def _office_page(
    request: PersonRequest, found: Office | None, form: OfficeForm, special_form: SpecialDayForm | None
) -> HttpResponse:
    today = timezone.localdate()
    context = {
        "office": found,
        "form": form,
        "special_form": special_form or SpecialDayForm(today=today, auto_id="besonders_%s"),
        "specials": found.special_days.filter(day__gte=today) if found else [],
        "is_administrator": is_administrator(request),
    }
    status = max(status_of(request, form), status_of(request, special_form))
    return render(request, "administration/office.html", context, status=status)


def _own_units(front: Shopfront) -> list[Unit]:
    """The parts of an administration that a town has itself."""
    return [unit for unit in front.catalogue.units.values() if not unit.county and not unit.elsewhere]
