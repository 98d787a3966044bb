"""Citizens: signing in at the identity provider, coming back, signing out."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from django.conf import settings
from django.contrib import auth
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
    get_next_url,
)

from accounts import openid
from accounts.guards import signed_in_citizen
from accounts.openid import ProviderUnreachable
from accounts.trust import TrustLevel

logger = logging.getLogger(__name__)


class SignIn(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends a person to the provider, asking for the trust level in `?level=`; she comes back to `?next=`."""

    get_settings: Callable[..., Any] = staticmethod(openid.provider_setting)

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)  # endpoints are read in `get`

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            OIDCAuthenticationRequestView.__init__(self)
            answer: HttpResponse = super().get(request)
        except ProviderUnreachable as problem:
            logger.error("identity provider unreachable: %s", problem)
            return _failed(request, "unreachable", get_next_url(request, "next"))
        return HttpResponseRedirect(self._through_our_address(request, answer["Location"]))

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        extra = {"acr_values": openid.acr_of(_wanted_level(request))}
        if signed_in_citizen(request):  # raising the level of somebody who is signed in
            extra["prompt"] = "login"
        return extra

    def _through_our_address(self, request: HttpRequest, location: str) -> str:
        """Put our redirect address into the provider's; remember where the person wants to go with the state."""
        parts = urlsplit(location)
        query = dict(parse_qsl(parts.query))
        states = request.session["oidc_states"]
        remembered = states.pop(query["state"])
        remembered["next"] = request.session.pop("oidc_login_next", None)
        if openid.is_central():
            query["state"] = openid.seal_state(request, query["state"])
        states[query["state"]] = remembered
        request.session.modified = True
        query["redirect_uri"] = openid.redirect_uri(request)
        return urlunsplit(parts._replace(query=urlencode(query)))


class SignInReturn(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """The person comes back from the provider, signed in or not."""

    get_settings: Callable[..., Any] = staticmethod(openid.provider_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        state = request.session.get("oidc_states", {}).get(request.GET.get("state"), {})
        self.next_path: str | None = state.get("next")
        if "error" in request.GET:
            self._forget(request)
            cancelled = request.GET["error"] == "access_denied"
            return _failed(request, "cancelled" if cancelled else "refused", self.next_path)
        if not state:
            return _failed(request, "expired", None)
        try:
            return super().get(request)  # type: ignore[no-any-return]
        except (requests.RequestException, ProviderUnreachable) as problem:
            logger.error("identity provider failed: %s", type(problem).__name__)
            return _failed(request, "unreachable", self.next_path)
        except (SuspiciousOperation, KeyError, ValueError) as problem:
            logger.warning("sign-in refused: %s", problem)
            return _failed(request, "refused", self.next_path)

    def login_success(self) -> HttpResponse:
        auth.login(self.request, self.user, backend="accounts.openid.CitizenBackend")
        self.request.session["trust_level"] = int(self.user.proven_level)
        self.request.session["id_token"] = self.user.id_token
        return redirect(self.next_path or "submissions:mine")

    def login_failure(self) -> HttpResponse:
        return _failed(self.request, "refused", self.next_path)

    def _forget(self, request: HttpRequest) -> None:
        request.session.get("oidc_states", {}).pop(request.GET.get("state"), None)
        request.session.modified = True


def _wanted_level(request: HttpRequest) -> TrustLevel:
    try:
        return TrustLevel.named(request.GET.get("level", "basic"))
    except ValueError:
        return TrustLevel.BASIC


def _failed(request: HttpRequest, reason: str, next_path: str | None) -> HttpResponse:
    """A page that says what happened and how to go on. `reason`: cancelled, expired, refused, unreachable."""
    status = 503 if reason == "unreachable" else 200 if reason == "cancelled" else 400
    context = {"reason": reason, "next_path": next_path, "account": settings.OIDC_ACCOUNT_NAME}
    return render(request, "accounts/sign_in_failed.html", context, status=status)


@require_POST
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here and at the provider."""
    address = "accounts:signed_out"
    if signed_in_citizen(request):
        try:
            address = openid.end_session_url(request)
        except (ProviderUnreachable, KeyError) as problem:
            logger.warning("signed out here only: %s", type(problem).__name__)
    auth.logout(request)
    return redirect(address)


@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/signed_out.html", {"account": settings.OIDC_ACCOUNT_NAME})


# --- On the operator's host -------------------------------------------------------------------------------


@require_GET
@never_cache
def central_return(request: HttpRequest) -> HttpResponse:
    """Hands the provider's answer on to the town that asked. No secret is handled here."""
    return _hand_on(request, "/anmelden/zurueck/")


@require_GET
@never_cache
def central_signed_out(request: HttpRequest) -> HttpResponse:
    """After signing out at the provider, back to the town."""
    return _hand_on(request, "/abgemeldet/")


def _hand_on(request: HttpRequest, path: str) -> HttpResponse:
    try:
        origin = openid.town_of_state(request.GET.get("state", ""))
    except signing.BadSignature:
        message = _("Wir wissen nicht, zu welcher Stadt diese Anmeldung gehört. Vielleicht hat sie zu lange gedauert.")
        return render(request, "accounts/lost.html", {"message": message}, status=400)
    return HttpResponseRedirect(f"{origin}{path}?{request.GET.urlencode()}")
