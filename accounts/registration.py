"""The portal's registration at the identity provider, where the provider lets us manage it (RFC 7592).

With redirect addresses of each town (`OIDC_CALLBACK=per-town`) those of a new town are added here. With the
central address there is nothing to do.
"""

import logging
from typing import Any

import requests
from django.conf import settings
from django.db import connection, transaction

from accounts.openid import is_central

logger = logging.getLogger(__name__)

# What a provider returns and RFC 7592 forbids to send back (section 2.2).
_ONLY_READ = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)


class RegistrationFailed(Exception):
    """The provider did not take the new addresses; try again later."""


def add_town(urls: list[str]) -> None:
    """Let the provider send people back to a town, whose addresses these are (without a slash at the end).

    Reads the registration, adds what is missing and writes it back; what others wrote there stays. The
    provider must not change the registration's access token, which is part of our settings. Raises
    RegistrationFailed.
    """
    if is_central() or not settings.OIDC_REGISTRATION_URL:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Two at once would each forget the other's town.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stadttor.registration'))")
        known = _call("GET")
        wanted = {
            "redirect_uris": [f"{url}/anmelden/zurueck/" for url in urls],
            "post_logout_redirect_uris": [f"{url}/abgemeldet/" for url in urls],
        }
        if _holds(known, wanted):
            return
        changed = {name: value for name, value in known.items() if name not in _ONLY_READ}
        for name, addresses in wanted.items():
            changed[name] = sorted({*(known.get(name) or []), *addresses})
        if not _holds(_call("PUT", changed), wanted):
            raise RegistrationFailed("the provider left addresses out")


def _holds(registration: dict[str, Any], wanted: dict[str, list[str]]) -> bool:
    return all(set(addresses) <= set(registration.get(name) or []) for name, addresses in wanted.items())


def _call(method: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    token = settings.OIDC_REGISTRATION_TOKEN
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = requests.request(
            method, settings.OIDC_REGISTRATION_URL, json=body, headers=headers, timeout=settings.OIDC_TIMEOUT
        )
        answer.raise_for_status()
        registration: dict[str, Any] = answer.json()
    except (requests.RequestException, ValueError) as problem:
        raise RegistrationFailed(str(problem)) from problem
    if registration.get("registration_access_token", token) != token:
        logger.error("the provider replaced OIDC_REGISTRATION_TOKEN by a new one: tell it not to")
    return registration
