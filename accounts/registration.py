"""The portal's registration at the identity provider, where the provider lets us manage it (RFC 7592).

With one redirect address per town (`OIDC_CALLBACK=per-town`) each new town is added here. With the central address
there is nothing to do.
"""

import requests
from django.conf import settings

from accounts.openid import is_central

# What a provider returns and RFC 7592 forbids to send back (section 2.2).
_ONLY_READ = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")


class RegistrationFailed(Exception):
    """The provider did not take the new addresses; try again later."""


def add_town(url: str) -> None:
    """Let the provider send people back to this town. Raises RegistrationFailed."""
    if is_central() or not settings.OIDC_REGISTRATION_URL:
        return
    known = _call("GET")
    wanted = {
        "redirect_uris": f"{url}/anmelden/zurueck/",
        "post_logout_redirect_uris": f"{url}/abgemeldet/",
    }
    if all(address in known.get(name, []) for name, address in wanted.items()):
        return
    changed = {name: value for name, value in known.items() if name not in _ONLY_READ}
    for name, address in wanted.items():
        changed[name] = sorted({*known.get(name, []), address})
    _call("PUT", changed)


def _call(method: str, body: dict[str, object] | None = None) -> dict[str, list[str]]:
    headers = {"Authorization": f"Bearer {settings.OIDC_REGISTRATION_TOKEN}"}
    try:
        answer = requests.request(
            method, settings.OIDC_REGISTRATION_URL, json=body, headers=headers, timeout=settings.OIDC_TIMEOUT
        )
        answer.raise_for_status()
        registration: dict[str, list[str]] = answer.json()
    except (requests.RequestException, ValueError) as problem:
        raise RegistrationFailed(type(problem).__name__) from problem
    return registration
