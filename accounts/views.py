"""Citizens: signing in at the identity provider, coming back, signing out."""

import logging

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from mozilla_django_oidc.views import get_next_url

from accounts import openid, returning
from accounts.guards import sign_in_address, signed_in_citizen, trust_level
from accounts.openid import Provider, ProviderUnreachable, provider_of_citizens
from accounts.openid_views import STATUS, Departure, Reason, Return
from accounts.trust import TrustLevel

logger = logging.getLogger(__name__)


@method_decorator(never_cache, name="dispatch")
class SignIn(Departure):
    """Sends a person to the provider, asking for the trust level in `?level=`; she comes back to `?next=`."""

    def find_provider(self) -> Provider:
        return provider_of_citizens()

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted, next_path = _wanted_level(request), get_next_url(request, "next")
        if signed_in_citizen(request) and trust_level(request) >= wanted:
            return redirect(next_path or "submissions:mine")
        try:
            return self.depart(request, next=next_path, level=int(wanted))
        except ProviderUnreachable as problem:
            logger.error("identity provider unreachable: %s", problem)
            return _failed(request, Reason.UNREACHABLE, next_path, wanted)

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        extra = super().get_extra_params(request) | {"acr_values": openid.acr_of(_wanted_level(request))}
        if signed_in_citizen(request):  # to raise the level; the provider would answer from its session
            extra["prompt"] = "login"
        return extra


def _wanted_level(request: HttpRequest) -> TrustLevel:
    try:
        return max(TrustLevel.named(request.GET.get("level", "")), TrustLevel.BASIC)
    except ValueError:
        return TrustLevel.BASIC


@method_decorator(never_cache, name="dispatch")
class SignInReturn(Return):
    """The person comes back from the provider, signed in or not."""

    def find_provider(self) -> Provider:
        return provider_of_citizens()

    @property
    def next_path(self) -> str | None:
        path: str | None = self.remembered.get("next")
        return path

    @property
    def wanted(self) -> TrustLevel:
        return TrustLevel(self.remembered.get("level", TrustLevel.BASIC))

    def login_success(self) -> HttpResponse:
        """Sign the person in; a level that she proved earlier in this session stays proven."""
        is_same = signed_in_citizen(self.request) == self.user
        level = max(self.user.proven_level, trust_level(self.request) if is_same else TrustLevel.BASIC)
        auth.login(self.request, self.user, backend=self.provider.backend)
        self.request.session.cycle_key()  # Django leaves the key to somebody who was signed in before
        self.request.session["trust_level"] = int(level)
        self.request.session["id_token"] = self.user.id_token
        answer: HttpResponse
        answer = self.failed(Reason.TOO_LOW) if level < self.wanted else redirect(self.next_path or "submissions:mine")
        returning.remember(self.request, answer, self.user)
        return answer

    def failed(self, reason: Reason) -> HttpResponse:
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
            address = provider_of_citizens().end_session_url(request)
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
def hand_on(request: HttpRequest) -> HttpResponse:
    """Hands an answer of a provider on to the town that asked, after signing in or out. No secret is handled here."""
    try:
        address = openid.address_of_state(request.GET.get("state", ""))
    except signing.BadSignature:
        return render(request, "accounts/lost.html", status=400)
    return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
