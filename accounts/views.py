"""Citizens: signing in at the identity provider, coming back, signing out."""

import logging
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.models import Session
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
    get_next_url,
)

from accounts import openid, returning
from accounts.guards import sign_in_address, signed_in_citizen, trust_level
from accounts.openid import ProviderUnreachable
from accounts.trust import TrustLevel

logger = logging.getLogger(__name__)


class Reason(StrEnum):
    """Why a sign-in did not lead where the person wanted to go."""

    CANCELLED = "cancelled"
    TOO_LOW = "too_low"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


STATUS = {
    Reason.CANCELLED: 200,
    Reason.TOO_LOW: 200,
    Reason.EXPIRED: 400,
    Reason.REFUSED: 400,
    Reason.UNREACHABLE: 503,
}

# What the provider may answer instead of a code (RFC 6749 4.1.2.1; OpenID Connect Core Unmet Authentication
# Requirements 1.0). Everything else is a refusal.
ERRORS = {
    "access_denied": Reason.CANCELLED,
    "unmet_authentication_requirements": Reason.TOO_LOW,
    "server_error": Reason.UNREACHABLE,
    "temporarily_unavailable": Reason.UNREACHABLE,
}


@method_decorator(never_cache, name="dispatch")
class SignIn(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends a person to the provider, asking for the trust level in `?level=`; she comes back to `?next=`."""

    get_settings: Callable[..., Any] = staticmethod(openid.provider_setting)

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)  # endpoints are read in `get`

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted, next_path = _wanted_level(request), get_next_url(request, "next")
        if signed_in_citizen(request) and trust_level(request) >= wanted:
            return redirect(next_path or "submissions:mine")
        try:
            OIDCAuthenticationRequestView.__init__(self)
            answer: HttpResponse = super().get(request)
        except ProviderUnreachable as problem:
            logger.error("identity provider unreachable: %s", problem)
            return _failed(request, Reason.UNREACHABLE, next_path, wanted)
        return HttpResponseRedirect(_remember_way_back(request, answer["Location"], next_path, wanted))

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        extra = {
            "acr_values": openid.acr_of(_wanted_level(request)),
            "redirect_uri": openid.redirect_uri(request),
        }
        if signed_in_citizen(request):  # to raise the level; the provider would answer from its session
            extra["prompt"] = "login"
        return extra


def _wanted_level(request: HttpRequest) -> TrustLevel:
    try:
        return max(TrustLevel.named(request.GET.get("level", "")), TrustLevel.BASIC)
    except ValueError:
        return TrustLevel.BASIC


def _remember_way_back(request: HttpRequest, location: str, next_path: str | None, level: TrustLevel) -> str:
    """Keep with the state where the person wants to go; where answers arrive centrally, name the town in it.

    Returns the address at the provider.
    """
    parts = urlsplit(location)
    query = dict(parse_qsl(parts.query))
    states = request.session["oidc_states"]
    remembered = states.pop(query["state"]) | {"next": next_path, "level": int(level)}
    if openid.is_central():
        query["state"] = openid.seal_state(request, query["state"])
    states[query["state"]] = remembered
    request.session.pop("oidc_login_next", None)  # the library keeps one for all tabs
    request.session.modified = True
    return urlunsplit(parts._replace(query=urlencode(query)))


@method_decorator(never_cache, name="dispatch")
class SignInReturn(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """The person comes back from the provider, signed in or not."""

    get_settings: Callable[..., Any] = staticmethod(openid.provider_setting)

    def get(self, request: HttpRequest) -> HttpResponse:
        state = request.GET.get("state", "")
        remembered = request.session.get("oidc_states", {}).get(state, {})
        self.next_path: str | None = remembered.get("next")
        self.wanted = TrustLevel(remembered.get("level", TrustLevel.BASIC))
        if time.time() - remembered.get("added_on", 0) > openid.STATE_LIFETIME:
            return self._failed(Reason.EXPIRED)
        try:
            if not openid.is_from_provider(request.GET):
                raise SuspiciousOperation("another provider's answer")
            if "error" in request.GET:
                return self._failed(ERRORS.get(request.GET["error"], Reason.REFUSED))
            return super().get(request)  # type: ignore[no-any-return]
        except requests.HTTPError as problem:
            # Not the text of the problem: it holds the provider's whole answer.
            status = problem.response.status_code if problem.response is not None else 500
            logger.error("identity provider answered %s", status)
            return self._failed(Reason.REFUSED if status < 500 else Reason.UNREACHABLE)
        except (requests.RequestException, ProviderUnreachable) as problem:
            logger.error("identity provider failed: %s", type(problem).__name__)
            return self._failed(Reason.UNREACHABLE)
        except (SuspiciousOperation, ValueError) as problem:
            logger.warning("sign-in refused: %s", problem)
            return self._failed(Reason.REFUSED)

    def login_success(self) -> HttpResponse:
        """Sign the person in; a level that she proved earlier in this session stays proven."""
        is_same = signed_in_citizen(self.request) == self.user
        level = max(self.user.proven_level, trust_level(self.request) if is_same else TrustLevel.BASIC)
        auth.login(self.request, self.user, backend="accounts.openid.CitizenBackend")
        self.request.session.cycle_key()  # Django leaves the key to somebody who was signed in before
        self.request.session["trust_level"] = int(level)
        self.request.session["id_token"] = self.user.id_token
        answer: HttpResponse
        answer = self._failed(Reason.TOO_LOW) if level < self.wanted else redirect(self.next_path or "submissions:mine")
        returning.remember(self.request, answer, self.user)
        return answer

    def login_failure(self) -> HttpResponse:
        return self._failed(Reason.REFUSED)

    def _failed(self, reason: Reason) -> HttpResponse:
        states = self.request.session.get("oidc_states", {})
        if states.pop(self.request.GET.get("state"), None):
            self.request.session.modified = True
        return _failed(self.request, reason, self.next_path, self.wanted)


def _failed(request: HttpRequest, reason: Reason, next_path: str | None, level: TrustLevel) -> HttpResponse:
    """A page that says what happened and how to go on."""
    context = {
        "reason": reason,
        "next_path": next_path,
        "again": sign_in_address(next_path or "", level),
        "level": level,
        "account": settings.OIDC_ACCOUNT_NAME,
        "is_signed_in": signed_in_citizen(request) is not None,
    }
    return render(request, "accounts/sign_in_failed.html", context, status=STATUS[reason])


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
    answer = redirect(address)
    returning.forget(answer)
    return answer


# --- How long a session lasts -----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
def session(request: HttpRequest) -> JsonResponse:
    """How many seconds somebody stays signed in; after a POST as long as at the beginning."""
    if signed_in_citizen(request) is None:
        return JsonResponse({"seconds": 0})
    if request.method == "POST":
        request.session.modified = True
        return JsonResponse({"seconds": request.session.get_expiry_age()})
    ends_at = Session.objects.values_list("expire_date", flat=True).get(pk=request.session.session_key)
    return JsonResponse({"seconds": max(0, int((ends_at - timezone.now()).total_seconds()))})


@require_safe
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    """The last page of a visit."""
    return render(request, "accounts/signed_out.html", {"account": settings.OIDC_ACCOUNT_NAME})


# --- On the operator's host -------------------------------------------------------------------------------


@require_safe
@never_cache
def central_return(request: HttpRequest) -> HttpResponse:
    """Hands the provider's answer on to the town that asked. No secret is handled here."""
    return _hand_on(request, "/anmelden/zurueck/")


@require_safe
@never_cache
def central_signed_out(request: HttpRequest) -> HttpResponse:
    """After signing out at the provider, back to the town."""
    return _hand_on(request, "/abgemeldet/")


def _hand_on(request: HttpRequest, path: str) -> HttpResponse:
    try:
        origin = openid.town_of_state(request.GET.get("state", ""))
    except signing.BadSignature:
        return render(request, "accounts/lost.html", status=400)
    return HttpResponseRedirect(f"{origin}{path}?{request.GET.urlencode()}")
