"""Citizens sign in at the identity provider (OpenID Connect, code flow with PKCE).

mozilla-django-oidc carries the flow. What it leaves out is checked here: audience, issuer, expiry and the subject
of the userinfo answer (OpenID Connect Core 3.1.3.7 and 5.3.2). People are found by issuer and subject, never by
their mail address.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils import timezone
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import import_from_settings

from accounts.models import Kind, User, citizen_login
from accounts.trust import TrustLevel
from tenants.models import Host

Claims = dict[str, Any]

ENDPOINTS = {
    "OIDC_OP_AUTHORIZATION_ENDPOINT": "authorization_endpoint",
    "OIDC_OP_TOKEN_ENDPOINT": "token_endpoint",
    "OIDC_OP_USER_ENDPOINT": "userinfo_endpoint",
    "OIDC_OP_JWKS_ENDPOINT": "jwks_uri",
    "OIDC_OP_END_SESSION_ENDPOINT": "end_session_endpoint",
}
STATE_LIFETIME = 15 * 60  # seconds a person may take at the provider


class ProviderUnreachable(Exception):
    """The identity provider does not answer."""


def provider_setting(name: str, *default: Any) -> Any:
    """A setting of mozilla-django-oidc; endpoints come from the provider's discovery document."""
    if name in ENDPOINTS:
        return discovery()[ENDPOINTS[name]]
    if name == "OIDC_AUTHENTICATION_CALLBACK_URL":
        return "accounts:sign_in_return"
    return import_from_settings(name, *default)


def discovery() -> dict[str, str]:
    """The provider's description of itself (OpenID Connect Discovery 1.0), kept for an hour.

    Raises ProviderUnreachable.
    """
    url = settings.OIDC_ISSUER.rstrip("/") + "/.well-known/openid-configuration"
    found: dict[str, str] | None = cache.get(f"discovery:{url}")
    if found is None:
        try:
            answer = requests.get(url, timeout=settings.OIDC_TIMEOUT)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as problem:
            raise ProviderUnreachable(str(problem)) from problem
        cache.set(f"discovery:{url}", found, 3600)
    return found


class CitizenBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Turns the provider's answer into a person of this town."""

    get_settings: Callable[..., Any] = staticmethod(provider_setting)

    def __init__(self) -> None:
        # The library reads all endpoints here. Django makes a backend for each request of a signed-in person,
        # who must not depend on the provider being up; `authenticate` sets up when it is needed.
        self.UserModel = User

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        if request is None or "nonce" not in kwargs:
            return None
        super().__init__()
        return super().authenticate(request, **kwargs)  # type: ignore[no-any-return]

    def get_token(self, payload: dict[str, str]) -> dict[str, str]:
        assert self.request is not None
        payload["redirect_uri"] = redirect_uri(self.request)  # must be the one the provider was asked with
        return super().get_token(payload)  # type: ignore[no-any-return]

    def verify_token(self, token: str, **kwargs: Any) -> Claims:
        try:
            claims: Claims = super().verify_token(token, **kwargs)
        except jwt.PyJWTError as problem:  # the library only answers DecodeError, an expired token is none
            raise SuspiciousOperation(f"id token: {problem}") from problem
        audience = claims.get("aud") or []
        audience = [audience] if isinstance(audience, str) else audience
        client = settings.OIDC_RP_CLIENT_ID
        if client not in audience or claims.get("azp", client) != client:
            raise SuspiciousOperation("id token: meant for another client")
        if claims.get("iss", "").rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise SuspiciousOperation("id token: other issuer")
        if not claims.get("sub"):
            raise SuspiciousOperation("id token: no subject")
        return claims

    def get_or_create_user(self, access_token: str, id_token: str, payload: Claims) -> User:
        """The person in this town, made at the first sign-in. The level reached is left on the object."""
        claims: Claims = self.get_userinfo(access_token, id_token, payload)
        if claims.get("sub") != payload["sub"]:
            raise SuspiciousOperation("userinfo: speaks of somebody else")
        told = {
            "email": str(claims.get("email") or "")[:254],
            "given_name": str(claims.get("given_name") or "")[:150],
            "family_name": str(claims.get("family_name") or "")[:150],
            "attributes": attributes_of(claims),
        }
        known = {"kind": Kind.CITIZEN, "issuer": payload["iss"], "subject": payload["sub"]}
        user, _created = User.objects.update_or_create(
            login=citizen_login(payload["iss"], payload["sub"]),
            defaults=told,
            create_defaults=told | known | {"created_at": timezone.now()},
        )
        user.proven_level = level_of(payload.get("acr"))  # type: ignore[attr-defined]
        user.id_token = id_token  # type: ignore[attr-defined]
        return user

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()


def level_of(acr: str | None) -> TrustLevel:
    """The trust level that the provider's `acr` stands for; whoever signed in has at least the lowest."""
    values = settings.OIDC_ACR_VALUES
    return TrustLevel(values.index(acr) + 1) if acr in values else TrustLevel.BASIC


def acr_of(level: TrustLevel) -> str:
    """What to ask the provider for to get at least this level."""
    return str(settings.OIDC_ACR_VALUES[max(level, TrustLevel.BASIC) - 1])


def attributes_of(claims: Claims) -> dict[str, str]:
    """What the provider knows of a person, under the names that forms use for prefilling."""
    address = claims.get("address") or {}
    street, house_number = _split_street(str(address.get("street_address") or ""))
    found = {
        "given_name": claims.get("given_name"),
        "family_name": claims.get("family_name"),
        "birth_name": claims.get("birth_name"),
        "birth_date": claims.get("birthdate"),
        "email": claims.get("email"),
        "phone": claims.get("phone_number"),
        "street": street,
        "house_number": house_number,
        "postal_code": address.get("postal_code"),
        "city": address.get("locality"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _split_street(street: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*\S)\s+(\d+\s?[a-zA-Z]?(?:-\d+\s?[a-zA-Z]?)?)", street.strip())
    return (match[1], match[2]) if match else (street.strip(), "")


# --- One client registration for all towns ----------------------------------------------------------------


def is_central() -> bool:
    """Whether answers of the provider arrive at one address on the operator's host."""
    return bool(settings.OIDC_CALLBACK == "central")


def redirect_uri(request: HttpRequest) -> str:
    """Where the provider sends a person back to."""
    return _return_address(request, "/anmelden/zurueck/")


def signed_out_uri(request: HttpRequest) -> str:
    """Where the provider sends a person after signing out."""
    return _return_address(request, "/abgemeldet/")


def _return_address(request: HttpRequest, path: str) -> str:
    return f"{settings.OPERATOR_URL}{path}" if is_central() else request.build_absolute_uri(path)


def seal_state(request: HttpRequest, state: str) -> str:
    """The state as it travels through the central address: it names the town and cannot be forged."""
    origin = f"{request.scheme}://{request.get_host()}"
    return signing.dumps([origin, state], salt="accounts.openid", compress=True)


def town_of_state(sealed: str) -> str:
    """The origin (such as `https://lage.example`) to which a sealed state belongs.

    Raises signing.BadSignature if it is forged, too old, or names no host of ours.
    """
    origin, _state = signing.loads(sealed, salt="accounts.openid", max_age=STATE_LIFETIME)
    if not Host.objects.filter(domain=urlsplit(origin).hostname).exists():
        raise signing.BadSignature("unknown host")
    return str(origin)


def end_session_url(request: HttpRequest) -> str:
    """The provider's address for signing out there too (OpenID Connect RP-Initiated Logout 1.0).

    Raises ProviderUnreachable; KeyError if the provider offers no such address.
    """
    query = {
        "id_token_hint": request.session.get("id_token", ""),
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "post_logout_redirect_uri": signed_out_uri(request),
        "state": seal_state(request, "signed-out"),
    }
    return discovery()["end_session_endpoint"] + "?" + urlencode(query)

