"""To an identity provider and back: what citizens and staff have in common."""

import logging
import time
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from accounts.openid import STATE_LIFETIME, Provider, ProviderUnreachable
from tenants import network

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


class AtProvider:
    """A view that talks with a provider; subclasses say with which."""

    def find_provider(self) -> Provider:
        raise NotImplementedError

    @cached_property
    def provider(self) -> Provider:
        return self.find_provider()

    def get_settings(self, name: str, *default: Any) -> Any:
        return self.provider.setting(name, *default)


class Departure(AtProvider, OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends a person to the provider."""

    def __init__(self, **kwargs: Any) -> None:
        super(OIDCAuthenticationRequestView, self).__init__(**kwargs)  # endpoints are read in `depart`

    def depart(self, request: HttpRequest, **remembered: Any) -> HttpResponse:
        """The way there; what is to be `remembered` waits in the session. Raises ProviderUnreachable."""
        try:
            OIDCAuthenticationRequestView.__init__(self)
        except network.AddressRefused as problem:
            raise ProviderUnreachable(type(problem).__name__) from problem
        answer: HttpResponse = super().get(request)
        return HttpResponseRedirect(self._remember(request, answer["Location"], remembered))

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        return {"redirect_uri": self.provider.redirect_uri(request)}

    def _remember(self, request: HttpRequest, location: str, remembered: dict[str, Any]) -> str:
        """Keep with the state where the person wants to go and who was asked; where answers arrive centrally,
        name the town in it. Returns the address at the provider.
        """
        parts = urlsplit(location)
        query = dict(parse_qsl(parts.query))
        states = request.session["oidc_states"]
        kept = states.pop(query["state"]) | remembered | {"issuer": self.provider.issuer}
        query["state"] = self.provider.sealed_state(request, query["state"])
        states[query["state"]] = kept
        request.session.pop("oidc_login_next", None)  # the library keeps one for all tabs
        request.session.modified = True
        return urlunsplit(parts._replace(query=urlencode(query)))


class Return(AtProvider, OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """The person comes back from the provider, signed in or not."""

    def get(self, request: HttpRequest) -> HttpResponse:
        state = request.GET.get("state", "")
        self.remembered: dict[str, Any] = request.session.get("oidc_states", {}).get(state, {})
        is_late = time.time() - self.remembered.get("added_on", 0) > STATE_LIFETIME
        if is_late or self.remembered.get("issuer") != self.provider.issuer:
            return self._failed(Reason.EXPIRED)
        try:
            if not self.provider.has_sent(request.GET):
                raise SuspiciousOperation("another provider's answer")
            if "error" in request.GET:
                return self._failed(ERRORS.get(request.GET["error"], Reason.REFUSED))
            request.provider = self.provider  # type: ignore[attr-defined]  # tells the backend whose answer it is
            return super().get(request)  # type: ignore[no-any-return]
        except requests.HTTPError as problem:
            # Not the text of the problem: it holds the provider's whole answer.
            status = problem.response.status_code if problem.response is not None else 500
            logger.error("identity provider answered %s", status)
            return self._failed(Reason.REFUSED if status < 500 else Reason.UNREACHABLE)
        except (requests.RequestException, network.AddressRefused, network.Unreachable, ProviderUnreachable) as problem:
            logger.error("identity provider failed: %s", type(problem).__name__)
            return self._failed(Reason.UNREACHABLE)
        except (SuspiciousOperation, ValueError) as problem:
            logger.warning("sign-in refused: %s", problem)
            return self._failed(Reason.REFUSED)

    def login_failure(self) -> HttpResponse:
        return self._failed(Reason.REFUSED)

    def failed(self, reason: Reason) -> HttpResponse:
        """A page that says what happened and how to go on."""
        raise NotImplementedError

    def _failed(self, reason: Reason) -> HttpResponse:
        states = self.request.session.get("oidc_states", {})
        if states.pop(self.request.GET.get("state"), None):
            self.request.session.modified = True
        return self.failed(reason)
