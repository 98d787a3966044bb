"""Which other programs of the town hall may use the API: administrators let them in, and out again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.tokens.actions import issue, withdraw
from accounts.tokens.models import ApiToken, Scope
from accounts.typed import typed
from catalogue import german
from townhall.administration_pages import administrators_page, has_arrived, status_of
from townhall.people_forms import units_of_the_town
from townhall.shopfront import Shopfront, shopfront
from townhall.system_forms import SystemForm


@administrators_page
@require_safe
def systems(request: PersonRequest) -> HttpResponse:
    """All that were ever let in."""
    front, today = shopfront(), timezone.localdate()
    units = dict(units_of_the_town(front.catalogue))
    rows = [
        {
            "token": token,
            "units": [units.get(key, key) for key in token.system.units],
            "services": [_title(front, key) for key in token.services],
            "is_valid": token.is_valid(today),
        }
        for token in ApiToken.objects.select_related("system", "created_by", "withdrawn_by")
    ]
    return render(request, "administration/systems.html", {"rows": rows})


@administrators_page
def new_system(request: PersonRequest) -> HttpResponse:
    """Let a program in. Its token is shown once, on the page that answers."""
    front, today = shopfront(), timezone.localdate()
    form = SystemForm(
        typed(request), units=units_of_the_town(front.catalogue), services=_online_services(front), today=today
    )
    if has_arrived(request, form):
        values = form.cleaned_data
        scopes = [Scope(scope) for scope in values["scopes"]]
        token, written = issue(**values | {"scopes": scopes}, by=request.user, now=timezone.now())
        return render(request, "administration/issued.html", {"token": token, "written": written})
    return render(request, "administration/new_system.html", {"form": form}, status=status_of(request, form))


@administrators_page
@require_POST
def withdraw_system(request: PersonRequest, pk: int) -> HttpResponse:
    """Its token opens nothing any more."""
    token = get_object_or_404(ApiToken.objects.select_related("system"), pk=pk)
    withdraw(token=token, by=request.user, now=timezone.now())
    messages.success(request, _("Der Zugang von %(name)s ist zurückgezogen.") % {"name": token.system.name})
    return redirect("administration:systems")


def _online_services(front: Shopfront) -> list[tuple[str, str]]:
    """Key and title of what people can hand in, by title."""
    found = [(one.key, one.title) for one in front.services.values() if one.key in front.forms]
    return sorted(found, key=lambda service: german.sort_key(service[1]))


def _title(front: Shopfront, key: str) -> str:
    known = front.catalogue.services.get(key)
    return known.title if known else key
