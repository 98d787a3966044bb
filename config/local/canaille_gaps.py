"""What canaille 0.3.6 leaves out and the portal needs, each added with the fewest lines that do it."""

import secrets
from pathlib import Path
from typing import Any

import canaille.oidc.provider as provider
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from canaille.app import models
from canaille.backends import Backend

# What the provider writes into `acr` for each trust level; the values are BundID's, lowest first.
ACR = {"basic": "STORK-QAA-Level-1", "substantial": "STORK-QAA-Level-3", "high": "STORK-QAA-Level-4"}


GERMAN = Path(__file__).with_name("identity_provider.de.po")


def close_all(levels: dict[str, str]) -> None:
    """Close the gaps, before the application is made. `levels` holds the highest level of each user name."""
    prove_levels(levels)
    make_access_tokens_unique()
    demand_proof_keys()
    omit_what_is_not_registered()


def prove_levels(levels: dict[str, str]) -> None:
    """Give `acr` its meaning: the level asked for, at most the highest that the person can prove.

    canaille stores and delivers `acr`, but nothing in it ever sets it. People who opened an account
    themselves can prove the lowest level.
    """
    save_authorization_code = provider.save_authorization_code
    ladder = list(ACR.values())

    def save_with_acr(code: str, request: Any) -> str:
        saved: str = save_authorization_code(code, request)
        row = Backend.instance.get(models.AuthorizationCode, code=saved)
        asked = [value for value in request.payload.data.get("acr_values", "").split() if value in ladder]
        highest = ACR[levels.get(row.subject.user_name, "basic")]
        row.acr = min(asked[0] if asked else ladder[0], highest, key=ladder.index)
        Backend.instance.save(row)
        return saved

    provider.save_authorization_code = save_with_acr


def make_access_tokens_unique() -> None:
    """Two sign-ins of a person within a second get the same token, which its own database refuses."""
    provider.generate_access_token = lambda **_request: secrets.token_urlsafe(36)


def demand_proof_keys() -> None:
    """Refuse sign-ins without PKCE; canaille demands it only of clients without a secret."""
    validate = provider.CodeChallenge.validate_code_challenge

    def demand(self: Any, grant: Any, redirect_uri: str) -> None:
        if not grant.request.payload.data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'", redirect_uri=redirect_uri)
        validate(self, grant, redirect_uri)

    provider.CodeChallenge.validate_code_challenge = demand


def omit_what_is_not_registered() -> None:
    """Let a registration that was read be written back (RFC 7592): canaille refuses its own nulls."""
    introspect = provider.ClientConfigurationEndpoint.introspect_client

    def introspect_without_nulls(self: Any, client: Any) -> dict[str, Any]:
        return {name: value for name, value in introspect(self, client).items() if value is not None}

    provider.ClientConfigurationEndpoint.introspect_client = introspect_without_nulls


def translation_directories(data: Path) -> str:
    """Where Flask-Babel finds canaille's German texts and, compiled into `data`, those that it lacks."""
    compiled = data / "translations" / "de" / "LC_MESSAGES" / "messages.mo"
    compiled.parent.mkdir(parents=True, exist_ok=True)
    with GERMAN.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source, locale="de"))
    return f"translations;{data / 'translations'}"
