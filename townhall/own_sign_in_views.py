"""The town's own OpenID provider for its staff: administrators enter it, try it, and switch it on."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import staff_openid
from accounts.guards import PersonRequest
from accounts.models import Kind, User
from accounts.openid import CENTRAL_RETURN, CENTRAL_SIGNED_OUT, ProviderUnreachable
from accounts.staff_openid import ProviderRefused
from accounts.typed import typed
from tenants.context import current_town
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.own_sign_in_forms import ProviderForm


@administrators_page
def own_sign_in(request: PersonRequest) -> HttpResponse:
    """What is entered, and how it stands."""
    known = staff_openid.own_provider()
    form = ProviderForm(typed(request), known=known, full_name=current_town().full_name)
    if has_arrived(request, form):
        try:
            saved = staff_openid.save_provider(details=form.details, by=request.user, now=timezone.now())
        except ProviderRefused as refusal:
            form.add_error("issuer", str(refusal))
        except ProviderUnreachable:  # the secret that was kept opens no more
            form.add_error("client_secret", _("Geben Sie das Geheimnis bitte noch einmal ein."))
        else:
            text = _("Gespeichert.") if saved.probed_at else _("Gespeichert. Machen Sie jetzt die Probe.")
            messages.success(request, text)
            return redirect("administration:own_sign_in")
    context = {
        "form": form,
        "provider": known,
        "probe_address": reverse("staff:town_account", query={"probe": "1"}),
        "return_address": settings.OPERATOR_URL + CENTRAL_RETURN,
        "signed_out_address": settings.OPERATOR_URL + CENTRAL_SIGNED_OUT,
    }
    return render(request, "administration/own_sign_in.html", context, status=status_of(request, form))


@administrators_page
@require_POST
def switch_own_sign_in(request: PersonRequest) -> HttpResponse:
    """On, if it was tried; or off."""
    is_on = request.POST.get("is_on") == "on"
    try:
        staff_openid.switch_provider(is_on=is_on, by=request.user, now=timezone.now())
    except ProviderRefused as refusal:
        messages.error(request, str(refusal))
    else:
        on, off = _("Die eigene Anmeldung ist eingeschaltet."), _("Die eigene Anmeldung ist ausgeschaltet.")
        messages.success(request, on if is_on else off)
    return redirect("administration:own_sign_in")


@administrators_page
@require_POST
def allow_passwords(request: PersonRequest) -> HttpResponse:
    """Whether staff other than administrators may still use a password."""
    if staff_openid.own_provider() is None:
        raise Http404
    are_allowed = request.POST.get("are_allowed") == "on"
    staff_openid.allow_passwords(are_allowed=are_allowed, by=request.user, now=timezone.now())
    all_may, few_may = (
        _("Alle dürfen sich mit Passwort anmelden."),
        _("Nur die Verwaltung meldet sich mit Passwort an."),
    )
    messages.success(request, all_may if are_allowed else few_may)
    return redirect("administration:own_sign_in")


@administrators_page
@require_POST
def unlink_account(request: PersonRequest, pk: int) -> HttpResponse:
    """She has a new account at the town: the next time she is found by her address."""
    person = get_object_or_404(User, pk=pk, kind=Kind.STAFF)
    staff_openid.unlink(user=person, by=request.user, now=timezone.now())
    messages.success(request, _("%(name)s ist vom Konto der Stadt gelöst.") % {"name": person.name})
    return redirect("administration:access", pk)
