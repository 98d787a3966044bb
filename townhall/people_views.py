"""Who works in the town hall: administrators let people in, say what they may do, and who stands in for whom."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import absences
from accounts import actions as accounts
from accounts.guards import PersonRequest
from accounts.models import Absence, Kind, Role, User
from accounts.typed import typed
from templates.fields import Form
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.people_forms import AbsenceForm, AccessForm, InvitationForm, units_of_the_town
from townhall.shopfront import shopfront


@administrators_page
@require_safe
def staff(request: PersonRequest) -> HttpResponse:
    """Everybody who may sign in at the town hall."""
    away = Absence.objects.filter(last_day__gte=timezone.localdate()).select_related("substitute")
    people = (
        User.objects.filter(kind=Kind.STAFF)
        .order_by("-is_active", "family_name", "given_name")
        .prefetch_related(Prefetch("absences", away))
    )
    units = dict(units_of_the_town(shopfront().catalogue))
    rows = [
        {
            "person": person,
            "roles": ", ".join(person.role_labels),
            "units": ", ".join(units.get(key, key) for key in person.units),
            "absence": next(iter(person.absences.all()), None),
        }
        for person in people
    ]
    return render(request, "administration/staff.html", {"rows": rows})


@administrators_page
def invite(request: PersonRequest) -> HttpResponse:
    """Let somebody in; the link for a password goes out by mail."""
    form = InvitationForm(typed(request), units=units_of_the_town(shopfront().catalogue))
    if has_arrived(request, form):
        values = form.cleaned_data
        try:
            roles = [Role(role) for role in values["roles"]]
            accounts.invite_staff(**values | {"roles": roles}, by=request.user, now=timezone.now())
        except accounts.InvitationRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("Die Einladung an %(email)s ist unterwegs.") % {"email": values["email"]})
            return redirect("administration:staff")
    return render(request, "administration/invite.html", {"form": form}, status=status_of(request, form))


@administrators_page
def access(request: PersonRequest, pk: int) -> HttpResponse:
    """What a person may do; whether she may come in at all."""
    person = _member_of_staff(pk)
    now = {"roles": person.roles, "units": person.units, "is_active": person.is_active}
    form = AccessForm(typed(request), initial=now, units=units_of_the_town(shopfront().catalogue))
    if has_arrived(request, form):
        values = form.cleaned_data
        try:
            accounts.change_access(
                user=person,
                roles=[Role(role) for role in values["roles"]],
                units=values["units"],
                is_active=values["is_active"],
                by=request.user,
                now=timezone.now(),
            )
        except accounts.AccessRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Der Zugang von %(name)s ist geändert.") % {"name": person.name})
            return redirect("administration:staff")
    return _access_page(request, person, form=form)


@administrators_page
def plan_absence(request: PersonRequest, pk: int) -> HttpResponse:
    """She will be away, and a colleague does her work."""
    person = _member_of_staff(pk)
    form = AbsenceForm(typed(request), colleagues=_colleagues_of(person), auto_id="abwesenheit_%s")
    if has_arrived(request, form):
        try:
            absences.plan_absence(user=person, **form.cleaned_data, today=timezone.localdate())
        except absences.AbsenceRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Die Abwesenheit von %(name)s ist eingetragen.") % {"name": person.name})
            return redirect("administration:access", pk)
    return _access_page(request, person, absence_form=form)


@administrators_page
@require_POST
def end_absence(request: PersonRequest, pk: int, absence: int) -> HttpResponse:
    """She is back, or stays."""
    absences.end_absence(absence=get_object_or_404(Absence, pk=absence, user=_member_of_staff(pk)))
    messages.success(request, _("Die Abwesenheit ist gelöscht."))
    return redirect("administration:access", pk)


@administrators_page
@require_POST
def send_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Send the link for a password (once more)."""
    person = _member_of_staff(pk)
    accounts.send_password_link(user=person, now=timezone.now())
    messages.success(request, _("Der Link ist an %(email)s unterwegs.") % {"email": person.email})
    return redirect("administration:access", pk)


@administrators_page
@require_POST
def forget_app(request: PersonRequest, pk: int) -> HttpResponse:
    """The phone is lost: a new app can be connected."""
    person = _member_of_staff(pk)
    accounts.forget_second_factor(user=person, by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s verbindet bei der nächsten Anmeldung eine neue App.") % {"name": person.name})
    return redirect("administration:access", pk)


def _access_page(
    request: PersonRequest, person: User, *, form: AccessForm | None = None, absence_form: AbsenceForm | None = None
) -> HttpResponse:
    now = {"roles": person.roles, "units": person.units, "is_active": person.is_active}
    sent: Form | None = form or absence_form
    context = {
        "person": person,
        "sent": sent,
        "form": form or AccessForm(initial=now, units=units_of_the_town(shopfront().catalogue)),
        "absence_form": absence_form or AbsenceForm(colleagues=_colleagues_of(person), auto_id="abwesenheit_%s"),
        "absences": person.absences.filter(last_day__gte=timezone.localdate()).select_related("substitute"),
        "has_password": person.has_usable_password() or bool(person.subject),
    }
    return render(request, "administration/access.html", context, status=status_of(request, sent) if sent else 200)


def _member_of_staff(pk: int) -> User:
    return get_object_or_404(User, pk=pk, kind=Kind.STAFF)


def _colleagues_of(person: User) -> list[User]:
    """Who can stand in for her."""
    others = User.objects.filter(kind=Kind.STAFF, is_active=True).exclude(pk=person.pk)
    return list(others.order_by("family_name", "given_name"))
