"""People sign in at an identity provider (OpenID Connect Core 1.0, code flow with PKCE).

Citizens at one for all towns; staff, where a town wants it, at the town's own (accounts.staff_openid).
mozilla-django-oidc carries the flow. What it leaves out is checked here: audience, issuer and expiry of the id token
(Core 3.1.3.7), the subject of the userinfo answer (Core 5.3.2), the issuer of the provider's description (Discovery
4.3) and of its answer (RFC 9207), and that an answer goes to the provider that was asked (RFC 9700 4.4). Citizens are
found by issuer and subject, never by their mail address, and the trust level comes from the id token only.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
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
from tenants import network
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
CENTRAL_RETURN = "/anmelden/zurueck/"  # on the operator's host
CENTRAL_SIGNED_OUT = "/abgemeldet/"


class ProviderUnreachable(Exception):
    """The identity provider does not answer, or describes itself in a way we cannot work with."""


@dataclass(frozen=True)
class Provider:
    """An identity provider, and what was agreed with it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    backend: str  # who takes its answers, as Django names it
    algorithms: tuple[str, ...]  # of signatures
    scopes: str
    return_path: str  # on a town's host
    signed_out_path: str
    is_central: bool  # its answers arrive at one address on the operator's host
    session: Callable[[], requests.Session] = requests.Session

    def discovery(self) -> dict[str, Any]:
        """Its description of itself (OpenID Connect Discovery 1.0), kept for an hour. Raises ProviderUnreachable."""
        key = f"discovery:{self.issuer}"
        found: dict[str, Any] | None = cache.get(key)
        if found is None:
            found = self.fetch_discovery()
            cache.set(key, found, 3600)
        return found

    def fetch_discovery(self) -> dict[str, Any]:
        """The same, asked for now. Raises ProviderUnreachable, AddressRefused."""
        issuer = self.issuer.rstrip("/")
        try:
            found = dict(self.fetch(f"{issuer}/.well-known/openid-configuration"))
        except (requests.RequestException, network.Unreachable, ValueError, TypeError) as problem:
            raise ProviderUnreachable(type(problem).__name__) from problem
        if str(found.get("issuer")).rstrip("/") != issuer:
            raise ProviderUnreachable("the discovery document is another issuer's")
        missing = [name for name in ENDPOINTS.values() if not found.get(name)]
        if missing:
            raise ProviderUnreachable(f"the discovery document lacks {', '.join(missing)}")
        schemes = {"https", urlsplit(issuer).scheme}
        if not all(urlsplit(str(found[name])).scheme in schemes for name in ENDPOINTS.values()):
            raise ProviderUnreachable("the discovery document names an address without TLS")
        return found

    def fetch(self, address: str, **options: Any) -> Any:
        """What an address of it answers (JSON). Raises what `session` raises, and ValueError."""
        with self.session() as http:
            answer = http.get(address, timeout=settings.OIDC_TIMEOUT, **options)
        answer.raise_for_status()
        return answer.json()

    def setting(self, name: str, *default: Any) -> Any:
        """A setting of mozilla-django-oidc; endpoints come from the discovery document. Raises ProviderUnreachable."""
        if name in ENDPOINTS:
            return self.discovery()[ENDPOINTS[name]]
        own = {
            "OIDC_RP_CLIENT_ID": self.client_id,
            "OIDC_RP_CLIENT_SECRET": self.client_secret,
            "OIDC_RP_SIGN_ALGO": self.algorithms[0],
            "OIDC_RP_SCOPES": self.scopes,
            "OIDC_AUTHENTICATION_CALLBACK_URL": "accounts:sign_in_return",  # `redirect_uri` takes its place
        }
        return own[name] if name in own else import_from_settings(name, *default)

    def has_sent(self, answer: QueryDict) -> bool:
        """Whether an answer to the redirect address says that it comes from this provider (RFC 9207).

        A provider that announces to say so must say so. Raises ProviderUnreachable.
        """
        if "iss" in answer:
            return bool(answer["iss"] == self.discovery()["issuer"])
        return not self.discovery().get("authorization_response_iss_parameter_supported")

    def redirect_uri(self, request: HttpRequest) -> str:
        """Where it sends a person back to."""
        return self._address(request, CENTRAL_RETURN, self.return_path)

    def signed_out_uri(self, request: HttpRequest) -> str:
        """Where it sends a person after signing out."""
        return self._address(request, CENTRAL_SIGNED_OUT, self.signed_out_path)

    def _address(self, request: HttpRequest, central: str, path: str) -> str:
        return f"{settings.OPERATOR_URL}{central}" if self.is_central else request.build_absolute_uri(path)

    def sealed_state(self, request: HttpRequest, state: str) -> str:
        """The state as it travels there: for the central address it names the town, and cannot be forged."""
        return seal_state(request, state, self.return_path) if self.is_central else state

    def end_session_url(self, request: HttpRequest) -> str:
        """Its address for signing out there too (OpenID Connect RP-Initiated Logout 1.0).

        Raises ProviderUnreachable; KeyError if it offers no such address.
        """
        query = {"client_id": self.client_id, "post_logout_redirect_uri": self.signed_out_uri(request)}
        if "id_token" in request.session:
            query["id_token_hint"] = request.session["id_token"]
        if self.is_central:
            query["state"] = seal_state(request, "", self.signed_out_path)
        return str(self.discovery()["end_session_endpoint"]) + "?" + urlencode(query)


def provider_of_citizens() -> Provider:
    """The one at which citizens of all towns have their account."""
    return Provider(
        issuer=settings.OIDC_ISSUER.rstrip("/"),
        client_id=settings.OIDC_RP_CLIENT_ID,
        client_secret=settings.OIDC_RP_CLIENT_SECRET,
        backend="accounts.openid.CitizenBackend",
        algorithms=(settings.OIDC_RP_SIGN_ALGO,),
        scopes=settings.OIDC_RP_SCOPES,
        return_path="/anmelden/zurueck/",
        signed_out_path="/abgemeldet/",
        is_central=is_central(),
    )


def is_central() -> bool:
    """Whether answers of the citizens' provider arrive at one address on the operator's host."""
    return bool(settings.OIDC_CALLBACK == "central")


class ProviderBackend(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Turns the answer of a provider into a person of this town. Subclasses say whom."""

    provider: Provider

    def __init__(self) -> None:
        # The library reads all endpoints here. Django makes a backend for each request of a signed-in person,
        # who must not depend on the provider being up; `authenticate` sets up when it is needed.
        self.UserModel = User

    def get_settings(self, name: str, *default: Any) -> Any:
        return self.provider.setting(name, *default)

    def authenticate(self, request: HttpRequest | None, **kwargs: Any) -> User | None:
        """The person whom the provider of `request.provider` (set by the view) has sent, if it is this backend's."""
        provider: Provider | None = getattr(request, "provider", None)
        if provider is None or provider.backend != f"{type(self).__module__}.{type(self).__name__}":
            return None
        self.provider = provider
        super().__init__()
        return super().authenticate(request, **kwargs)  # type: ignore[no-any-return]

    def get_token(self, payload: dict[str, str]) -> dict[str, str]:
        payload["redirect_uri"] = self.provider.redirect_uri(self.request)  # must be the one it was asked with
        auth = None
        if "client_secret_post" not in self._ways_to_authenticate():
            auth = (payload["client_id"], payload.pop("client_secret"))
        with self.provider.session() as http:
            answer = http.post(self.OIDC_OP_TOKEN_ENDPOINT, data=payload, auth=auth, timeout=settings.OIDC_TIMEOUT)
        self.raise_token_response_error(answer)
        return answer.json()  # type: ignore[no-any-return]

    def _ways_to_authenticate(self) -> list[str]:
        """What the provider accepts at its token endpoint. One that does not say so gets what most do accept."""
        return self.provider.discovery().get("token_endpoint_auth_methods_supported") or ["client_secret_post"]

    def get_userinfo(self, access_token: str, id_token: str, payload: Claims) -> Claims:  # noqa: ARG002 -- the library's
        """What the provider tells of the person. Raises SuspiciousOperation if it speaks of somebody else."""
        headers = {"Authorization": f"Bearer {access_token}"}
        claims = dict(self.provider.fetch(self.OIDC_OP_USER_ENDPOINT, headers=headers))
        if claims.get("sub") != payload["sub"]:
            raise SuspiciousOperation("userinfo: speaks of somebody else")
        return claims

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        """The provider's key with which a token says it is signed, for the algorithm that was agreed."""
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in self.provider.algorithms:
            raise SuspiciousOperation(f"id token: signed with {algorithm}")
        for key in self.provider.fetch(self.OIDC_OP_JWKS_ENDPOINT)["keys"]:
            if key.get("kid") == header["kid"] and key.get("alg", algorithm) == algorithm:
                return jwt.PyJWK(key, algorithm)
        raise SuspiciousOperation("id token: signed with an unknown key")

    def verify_token(self, token: str, **kwargs: Any) -> Claims:
        """The claims of a token that is our provider's and meant for us. Raises SuspiciousOperation."""
        try:
            return super().verify_token(token, **kwargs)  # type: ignore[no-any-return]
        except (jwt.PyJWTError, KeyError, TypeError) as problem:
            raise SuspiciousOperation(f"id token: {type(problem).__name__}") from problem

    def get_payload_data(self, token: str, key: jwt.PyJWK) -> Claims:
        client = self.provider.client_id
        claims: Claims = jwt.decode(
            token,
            key,
            algorithms=list(self.provider.algorithms),
            audience=client,
            issuer=self.provider.discovery()["issuer"],
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


class CitizenBackend(ProviderBackend):
    """Turns the answer of the citizens' provider into a citizen of this town."""

    def get_or_create_user(self, access_token: str, id_token: str, payload: Claims) -> User:
        """The person in this town, made at the first sign-in. The level reached is left on the object."""
        claims: Claims = self.get_userinfo(access_token, id_token, payload)
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


# --- One return address for all towns ---------------------------------------------------------------------


def seal_state(request: HttpRequest, state: str, path: str) -> str:
    """A state for the central address: it says to which town and path the answer goes, and cannot be forged."""
    origin = f"{request.scheme}://{request.get_host()}"
    return signing.dumps([origin, state, path], salt="accounts.openid", compress=True)


def address_of_state(sealed: str) -> str:
    """Where the answer with a sealed state goes (such as `https://lage.example/anmelden/zurueck/`).

    However old it is: the town itself knows which of its states are still good, and tells the person in its
    own pages. Raises signing.BadSignature if it is forged or names no host of ours.
    """
    try:
        origin, _state, path = signing.loads(sealed, salt="accounts.openid")
    except ValueError:
        raise signing.BadSignature("not one of ours") from None
    if not Host.objects.filter(domain=urlsplit(origin).hostname).exists():
        raise signing.BadSignature("unknown host")
    return f"{origin}{path}"
