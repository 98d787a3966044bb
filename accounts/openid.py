"""Citizens sign in at the identity provider (OpenID Connect Core 1.0, code flow with PKCE).

mozilla-django-oidc carries the flow. What it leaves out is checked here: audience, issuer and expiry of the
id token (Core 3.1.3.7), the subject of the userinfo answer (Core 5.3.2), the issuer of the provider's
description (Discovery 4.3) and of its answer (RFC 9207). People are found by issuer and subject, never by
their mail address, and the trust level comes from the id token only.
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
from django.http import HttpRequest, QueryDict
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
}
STATE_LIFETIME = 60 * 60  # seconds at the provider: somebody may open her account there on the way
CLOCK_SKEW = 60  # seconds by which the provider's clock may differ from ours
LONGEST_SUBJECT = 255  # characters, OpenID Connect Core 2


class ProviderUnreachable(Exception):
    """The identity provider does not answer, or describes itself in a way we cannot work with."""


def provider_setting(name: str, *default: Any) -> Any:
    """A setting of mozilla-django-oidc; endpoints come from the provider's discovery document."""
    if name in ENDPOINTS:
        return discovery()[ENDPOINTS[name]]
    if name == "OIDC_AUTHENTICATION_CALLBACK_URL":
        return "accounts:sign_in_return"
    return import_from_settings(name, *default)


def discovery() -> dict[str, Any]:
    """The provider's description of itself (OpenID Connect Discovery 1.0), kept for an hour.

    Raises ProviderUnreachable.
    """
    issuer = settings.OIDC_ISSUER.rstrip("/")
    found: dict[str, Any] | None = cache.get(f"discovery:{issuer}")
    if found is None:
        try:
            answer = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=settings.OIDC_TIMEOUT)
            answer.raise_for_status()
            found = dict(answer.json())
        except (requests.RequestException, ValueError, TypeError) as problem:
            raise ProviderUnreachable(type(problem).__name__) from problem
        if str(found.get("issuer")).rstrip("/") != issuer:
            raise ProviderUnreachable("the discovery document is another issuer's")
        missing = [name for name in ENDPOINTS.values() if not found.get(name)]
        if missing:
            raise ProviderUnreachable(f"the discovery document lacks {', '.join(missing)}")
        cache.set(f"discovery:{issuer}", found, 3600)
    return found


def is_from_provider(answer: QueryDict) -> bool:
    """Whether an answer to the redirect address says that it comes from our provider (RFC 9207).

    A provider that announces to say so must say so. Raises ProviderUnreachable.
    """
    if "iss" in answer:
        return bool(answer["iss"] == discovery()["issuer"])
    return not discovery().get("authorization_response_iss_parameter_supported")


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
        payload["redirect_uri"] = redirect_uri(self.request)  # must be the one the provider was asked with
        return super().get_token(payload)  # type: ignore[no-any-return]

    def verify_token(self, token: str, **kwargs: Any) -> Claims:
        """The claims of a token that is our provider's and meant for us. Raises SuspiciousOperation."""
        try:
            return super().verify_token(token, **kwargs)  # type: ignore[no-any-return]
        except (jwt.PyJWTError, KeyError) as problem:
            raise SuspiciousOperation(f"id token: {type(problem).__name__}") from problem

    def get_payload_data(self, token: str, key: jwt.PyJWK) -> Claims:
        client = settings.OIDC_RP_CLIENT_ID
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=[settings.OIDC_RP_SIGN_ALGO],
            audience=client,
            issuer=discovery()["issuer"],
            leeway=CLOCK_SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        if claims["aud"] not in (client, [client]) or claims.get("azp", client) != client:
            raise SuspiciousOperation("id token: meant for others too")
        if not 0 < len(claims["sub"]) <= LONGEST_SUBJECT:
            raise SuspiciousOperation("id token: no usable subject")
        return claims

    def store_tokens(self, access_token: str, id_token: str) -> None:
        """The view keeps what is needed, once somebody is signed in."""

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
        return User.objects.filter(pk=user_id, kind=Kind.CITIZEN, is_active=True).first()


def level_of(acr: str | None) -> TrustLevel:
    """The trust level that the provider's `acr` stands for; whoever signed in has at least the lowest."""
    values = settings.OIDC_ACR_VALUES
    return TrustLevel(values.index(acr) + 1) if acr in values else TrustLevel.BASIC


def acr_of(level: TrustLevel) -> str:
    """What to ask the provider for to get at least this level."""
    return str(settings.OIDC_ACR_VALUES[max(level, TrustLevel.BASIC) - 1])


def attributes_of(claims: Claims) -> dict[str, str]:
    """What the provider knows of a person, under the names that forms use for prefilling."""
    address = claims.get("address")
    address = address if isinstance(address, dict) else {}
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

    However old it is: the town itself knows which of its states are still good, and tells the person in its
    own pages. Raises signing.BadSignature if it is forged or names no host of ours.
    """
    origin, _state = signing.loads(sealed, salt="accounts.openid")
    if not Host.objects.filter(domain=urlsplit(origin).hostname).exists():
        raise signing.BadSignature("unknown host")
    return str(origin)


def end_session_url(request: HttpRequest) -> str:
    """The provider's address for signing out there too (OpenID Connect RP-Initiated Logout 1.0).

    Raises ProviderUnreachable; KeyError if the provider offers no such address.
    """
    query = {"client_id": settings.OIDC_RP_CLIENT_ID, "post_logout_redirect_uri": signed_out_uri(request)}
    if "id_token" in request.session:
        query["id_token_hint"] = request.session["id_token"]
    if is_central():
        query["state"] = seal_state(request, "")
    return str(discovery()["end_session_endpoint"]) + "?" + urlencode(query)
