"""The identity provider of the local stack: canaille, independent software, one process, one SQLite file.

Registered here once, the portal may sign its people in. Whatever the portal changes in its registration
(RFC 7592), every account that somebody opens and every consent survive a restart.

    python -m config.local.identity_provider --data DIRECTORY --port 8080 --portal http://localhost:8000
"""

import argparse
import json
import os
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # before authlib is imported: our issuer speaks plain http

import canaille
import canaille.oidc.provider as provider
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc.jose import build_client_management_token
from flask import Flask

from config.local import canaille_gaps, pages, registration, sample
from config.local.configuration import host_url

CLIENT_ID = "stadttor"
CLIENT_NAME = "Serviceportal"

# What people may see and change of themselves, which is also what the form for a new account asks.
OWN_FIELDS = ["given_name", "family_name", "emails", "street", "postal_code", "locality", "password"]


def make_app(*, data: Path, port: int, portal: str, people: sample.Sample) -> Flask:
    """The provider with its people and the portal's registration, ready to serve.

    `data` is a directory, `portal` the portal's base address, such as `http://localhost:8000`.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    canaille_gaps.close_all({citizen.username: citizen.level for citizen in people.citizens})
    app: Flask = canaille.create_app(config=_configuration(data, port))
    app.config["CANAILLE_OIDC"]["USERINFO_MAPPING"]["BIRTHDATE"] = "{{ user.user_name | birthdate }}"
    birthdates = {citizen.username: citizen.birthdate.isoformat() for citizen in people.citizens}
    app.jinja_env.filters["birthdate"] = lambda username: birthdates.get(username, "")
    pages.add_stylesheet(app)
    with app.app_context():
        for citizen in people.citizens:
            address = {
                "street": f"{citizen.street} {citizen.house_number}",
                "postal_code": citizen.postal_code,
                "locality": citizen.locality,
            }
            _open_account(citizen, citizen.given_name, citizen.family_name, **address)
        for member in people.staff_with_account:
            given_name, _, family_name = member.name.partition(" ")
            _open_account(member, given_name, family_name)
        _register_town_hall(people.staff_provider, portal)
        client = _register(portal, people.towns)
        registration.write(data, _registration(client, port))
    return app


# --- Configuration ---------------------------------------------------------------------------------------


def _configuration(data: Path, port: int) -> dict[str, Any]:
    return {
        "SECRET_KEY": _kept(data / "secret-key", lambda: secrets.token_urlsafe(48)),
        "SERVER_NAME": f"localhost:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "BABEL_TRANSLATION_DIRECTORIES": canaille_gaps.translation_directories(data),
        "SESSION_COOKIE_NAME": f"probe-konto-{port}",  # cookies do not tell ports apart
        "CANAILLE": {
            "NAME": "Probe-Konto",
            "DATABASE": "sql",
            "LANGUAGE": "de",
            "TIMEZONE": "Europe/Berlin",
            "THEME": str(pages.PAGES),
            "LOGO": None,
            "FAVICON": None,
            "ENABLE_REGISTRATION": True,
            "EMAIL_CONFIRMATION": False,
            "CAPTCHA_ENABLED": False,
            "JAVASCRIPT": False,
            "HTMX": False,
            "SMTP": None,
            "ACL": {
                "DEFAULT": {
                    "PERMISSIONS": ["edit_self", "use_oidc"],
                    "READ": ["user_name"],
                    "WRITE": OWN_FIELDS,
                }
            },
        },
        # The in-memory database asks only the first person for her consent, SQLite asks everybody.
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{data / 'accounts.sqlite'}?timeout=30"},
        "CANAILLE_OIDC": {
            "DYNAMIC_CLIENT_REGISTRATION_OPEN": False,
            "TRUSTED_DOMAINS": [],  # trusted clients would skip the consent page
            "ACTIVE_JWKS": [json.loads(_kept(data / "signing-key.json", _new_signing_key))],
        },
    }


def _kept(file: Path, make: Any) -> str:
    """The content of `file`, which is made once and can be read by us alone."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(make())
    return file.read_text()


def _new_signing_key() -> str:
    return json.dumps(provider.make_default_rsa_jwk().as_dict(private=True))


# --- People and registration -----------------------------------------------------------------------------


def _open_account(person: sample.Citizen | sample.Staff, given_name: str, family_name: str, **more: str) -> None:
    """Open the account of a sample person, unless she has one; what she changed there stays."""
    if Backend.instance.get(models.User, user_name=person.username):
        return
    account = models.User(
        user_name=person.username,
        given_name=given_name,
        family_name=family_name,
        formatted_name=person.name,
        emails=[person.email],
        **more,
    )
    Backend.instance.save(account)
    Backend.instance.set_user_password(account, person.password)


def _register_town_hall(wanted: sample.StaffProvider, portal: str) -> None:
    """A town's registration for its staff. Answers arrive on the operator's host (docs/adr/0034)."""
    if Backend.instance.get(models.Client, client_id=wanted.client_id):
        return
    operator = host_url(portal, "betrieb")
    client = models.Client(
        client_id=wanted.client_id,
        client_secret=wanted.client_secret,
        client_name=f"Rathaus {wanted.town.title()}",
        redirect_uris=[f"{operator}/anmelden/zurueck/"],
        post_logout_redirect_uris=[f"{operator}/abgemeldet/"],
        **_flow(operator),
    )
    Backend.instance.save(client)
    client.audience = [client]
    Backend.instance.save(client)


def _flow(home: str) -> dict[str, Any]:
    """What all registrations have in common: the code flow, signed with RS256."""
    return {
        "client_uri": home,
        "client_id_issued_at": datetime.now(UTC),
        "scope": ["openid", "profile", "email", "address", "phone"],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "RS256",
    }


def _register(portal: str, towns: Iterable[str]) -> Any:
    """The portal's registration, made at the first start; later starts only add missing addresses."""
    client = Backend.instance.get(models.Client, client_id=CLIENT_ID)
    if client is None:
        client = models.Client(
            client_id=CLIENT_ID,
            client_secret=secrets.token_urlsafe(36),
            client_name=CLIENT_NAME,
            redirect_uris=[],
            post_logout_redirect_uris=[],
            **_flow(host_url(portal, "betrieb")),
        )
        Backend.instance.save(client)
        client.audience = [client]
    hosts = [host_url(portal, name) for name in ("betrieb", *towns)]
    client.redirect_uris = _merged(client.redirect_uris, [f"{host}/anmelden/zurueck/" for host in hosts])
    client.post_logout_redirect_uris = _merged(
        client.post_logout_redirect_uris, [f"{host}/abgemeldet/" for host in hosts]
    )
    Backend.instance.save(client)
    return client


def _merged(known: Iterable[str], needed: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *needed]))


def _registration(client: Any, port: int) -> registration.Registration:
    return registration.Registration(
        client_id=client.client_id,
        client_secret=client.client_secret,
        management_url=f"http://localhost:{port}/oauth/register/{client.client_id}",
        management_token=build_client_management_token("client:manage", client_id=client.client_id),
    )


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--portal", required=True)
    parser.add_argument("--sample", type=Path, default=sample.FILE)
    given = parser.parse_args()
    app = make_app(data=given.data.resolve(), port=given.port, portal=given.portal, people=sample.load(given.sample))
    pages.serve(app, given.port)


if __name__ == "__main__":
    main()
