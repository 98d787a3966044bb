"""Staff sign in at the town's own provider; administrators try it first."""

import logging

from django.contrib import auth, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from mozilla_django_oidc.views import get_next_url

from accounts.models import Kind, Role, StaffProvider, User
from accounts.openid import Provider, ProviderUnreachable
from accounts.openid_views import STATUS, Departure, Reason, Return
from accounts.staff import has_both_factors
from accounts.staff_openid import PROVED_ELSEWHERE, NotLetIn, Obstacle, client, mark_as_tried, own_provider

logger = logging.getLogger(__name__)


def _administrator(request: HttpRequest) -> User | None:
    """Who tries the provider: she is signed in with both factors already."""
    user = request.user
    is_one = isinstance(user, User) and user.kind == Kind.STAFF and user.has_role(Role.ADMINISTRATOR)
    return user if isinstance(user, User) and is_one and has_both_factors(request, user) else None


def _provider(request: HttpRequest, *, is_probe: bool) -> StaffProvider:
    found = own_provider()
    if found is None or (_administrator(request) is None if is_probe else not found.is_on):
        raise Http404
    return found


@method_decorator(never_cache, name="dispatch")
class TownSignIn(Departure):
    """To the provider; with `?probe=1` an administrator only tries it."""

    def find_provider(self) -> Provider:
        return client(_provider(self.request, is_probe="probe" in self.request.GET))

    def get(self, request: HttpRequest) -> HttpResponse:
        is_probe = "probe" in request.GET
        next_path = get_next_url(request, "next")
        try:
            return self.depart(request, next=next_path, probe=is_probe)
        except ProviderUnreachable as problem:
            logger.error("a town's identity provider is unreachable: %s", problem)
            return _failed(request, Reason.UNREACHABLE, next_path, is_probe=is_probe)

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        row = own_provider()
        wanted = {"acr_values": row.acr} if row and row.acr else {}
        return super().get_extra_params(request) | wanted


@method_decorator(never_cache, name="dispatch")
class TownSignInReturn(Return):
    """Back from the provider: signed in, on the way to the second factor, or told why not."""

    def find_provider(self) -> Provider:
        return client(_provider(self.request, is_probe=self._is_probe))

    @property
    def _is_probe(self) -> bool:
        states = self.request.session.get("oidc_states", {})
        return bool(states.get(self.request.GET.get("state", ""), {}).get("probe"))

    def get(self, request: HttpRequest) -> HttpResponse:
        if own_provider() is None:
            raise Http404
        is_probe = self._is_probe  # the library forgets it on the way
        try:
            return super().get(request)
        except NotLetIn as refusal:
            logger.info("not let in: %s", refusal)
            return _failed(request, refusal.obstacle, self.remembered.get("next"), is_probe=is_probe)
        except ProviderUnreachable as problem:
            logger.error("a town's identity provider failed: %s", problem)
            return _failed(request, Reason.UNREACHABLE, None, is_probe=is_probe)

    def login_success(self) -> HttpResponse:
        if self.remembered.get("probe"):
            return self._tried()
        next_path = self.remembered.get("next")
        auth.login(self.request, self.user, backend=self.provider.backend)
        self.request.session.cycle_key()
        self.request.session["id_token"] = self.user.id_token
        if self.user.proved_elsewhere:
            self.request.session[PROVED_ELSEWHERE] = self.user.pk
            return redirect(next_path or "staff:start")
        query = {"next": next_path} if next_path else None
        return redirect(reverse("staff:code", query=query))

    def _tried(self) -> HttpResponse:
        """She stays signed in as she was."""
        if self.user != _administrator(self.request):
            text = _("Dort sind Sie als %(email)s angemeldet. Melden Sie sich mit Ihrem eigenen Konto an.")
            messages.error(self.request, text % {"email": self.user.email})
        else:
            mark_as_tried(by=self.user, now=timezone.now())
            second = (
                _("Der Anbieter hat auch Ihren zweiten Faktor bestätigt.")
                if self.user.proved_elsewhere
                else _("Nach dem zweiten Faktor fragt das Portal selbst.")
            )
            messages.success(self.request, _("Die Probe hat geklappt.") + " " + second)
        return redirect("administration:own_sign_in")

    def failed(self, reason: Reason) -> HttpResponse:
        next_path, is_probe = self.remembered.get("next"), bool(self.remembered.get("probe"))
        return _failed(self.request, reason, next_path, is_probe=is_probe)


def _failed(request: HttpRequest, reason: Reason | Obstacle, next_path: str | None, *, is_probe: bool) -> HttpResponse:
    row = own_provider()
    query = {"next": next_path} if next_path else None
    context = {
        "reason": reason,
        "label": row.label if row else "",
        "again": reverse("staff:town_account", query={"probe": "1"} if is_probe else query),
        "elsewhere": reverse("administration:own_sign_in") if is_probe else reverse("staff:sign_in", query=query),
        "is_probe": is_probe,
    }
    status = STATUS[reason] if isinstance(reason, Reason) else 403
    return render(request, "accounts/staff/town_account_failed.html", context, status=status)
