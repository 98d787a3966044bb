"""The operator's desk: who works there, and what each may do."""

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import actions as accounts
from accounts.audit import history_of
from accounts.guards import PersonRequest, operator_required
from accounts.models import Kind, OperatorRole, User
from accounts.typed import typed
from operations import people as actions
from operations.desk import show
from operations.people_forms import ColleagueForm, RightsForm
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.PEOPLE)
@require_safe
def people(request: PersonRequest) -> HttpResponse:
    """Everybody who may sign in at the desk, those who are locked out last."""
    has_app = Exists(TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True))
    found = User.objects.filter(kind=Kind.OPERATOR).annotate(has_app=has_app)
    ordered = found.order_by("-is_active", "family_name", "given_name")
    return show(request, "operations/people.html", {"people": ordered})


@never_cache
@operator_required(OperatorRole.PEOPLE)
@require_http_methods(["GET", "POST"])
def invite(request: PersonRequest) -> HttpResponse:
    """Let somebody in; the link for a password goes out by mail."""
    form = ColleagueForm(typed(request))
    if has_arrived(request, form):
        try:
            accounts.invite_operator(**form.cleaned_data, by=request.user, now=timezone.now())
        except accounts.InvitationRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            email = form.cleaned_data["email"]
            messages.success(request, _("Die Einladung an %(email)s ist unterwegs.") % {"email": email})
            return redirect("operations:people")
    return show(request, "operations/invite_person.html", {"form": form}, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.PEOPLE)
@require_http_methods(["GET", "POST"])
def person(request: PersonRequest, pk: int) -> HttpResponse:
    """What a person may do; whether she may come in at all; what was done about that."""
    found = _person(pk)
    form = RightsForm(typed(request), initial={"roles": found.roles, "is_active": found.is_active})
    if has_arrived(request, form):
        try:
            actions.change_rights(person=found, **form.cleaned_data, by=request.user, now=timezone.now())
        except accounts.AccessRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Der Zugang von %(name)s ist geändert.") % {"name": found.name})
            gave_it_away = found.pk == request.user.pk and not found.has_role(OperatorRole.PEOPLE)
            return redirect("operations:towns" if gave_it_away else "operations:people")
    context = {
        "person": found,
        "form": form,
        "has_password": found.has_usable_password(),
        "history": history_of(found),
    }
    return show(request, "operations/person.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.PEOPLE)
@require_POST
def send_link(request: PersonRequest, pk: int) -> HttpResponse:
    """Send the link for a password (once more)."""
    found = _person(pk)
    accounts.send_password_link(user=found, now=timezone.now())
    messages.success(request, _("Der Link ist an %(email)s unterwegs.") % {"email": found.email})
    return redirect("operations:person", pk)


@never_cache
@operator_required(OperatorRole.PEOPLE)
@require_POST
def forget_app(request: PersonRequest, pk: int) -> HttpResponse:
    """The phone is lost: a new app can be connected."""
    found = _person(pk)
    actions.forget_app(person=found, by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s verbindet bei der nächsten Anmeldung eine neue App.") % {"name": found.name})
    return redirect("operations:person", pk)


def _person(pk: int) -> User:
    return get_object_or_404(User, pk=pk, kind=Kind.OPERATOR)
