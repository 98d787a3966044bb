"""The portal keeps its registration at the real identity provider up to date (RFC 7592)."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from accounts.registration import RegistrationFailed, add_town
from config.local.stack import Stack
from operations.host_actions import ask_for_host
from tenants.models import Town
from tests.accounts.conftest import ANNA
from tests.accounts.forger import new_key, running
from tests.accounts.web import Web, pass_provider
from tests.jobs import run_jobs
from tests.people import MONDAY, make_olga
from tests.threads import at_once

# What the provider adds and takes back only unchanged or not at all (RFC 7592, section 2.2).
NOT_OURS = {
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
}


@pytest.fixture
def registered(identity_stack: Stack, settings: Any) -> Iterator[Any]:
    """Reads what the provider knows; afterwards it is as before."""
    for name, value in identity_stack.environment.items():
        if name.startswith("OIDC_"):
            setattr(settings, name, value)
    settings.OIDC_CALLBACK = "per-town"
    access = {"Authorization": f"Bearer {settings.OIDC_REGISTRATION_TOKEN}"}
    url = settings.OIDC_REGISTRATION_URL

    def read() -> dict[str, Any]:
        found: dict[str, Any] = requests.get(url, headers=access, timeout=10).json()
        return {name: value for name, value in found.items() if name not in NOT_OURS}

    before = read()
    yield read
    requests.put(url, json=before, headers=access, timeout=10).raise_for_status()


@pytest.mark.django_db
def test_a_new_town_is_added_with_all_its_addresses_and_the_others_stay(registered: Any) -> None:
    before = registered()

    add_town(["https://blomberg.stadttor.example", "https://portal.blomberg.example"])

    after = registered()
    assert set(after["redirect_uris"]) - set(before["redirect_uris"]) == {
        "https://blomberg.stadttor.example/anmelden/zurueck/",
        "https://portal.blomberg.example/anmelden/zurueck/",
    }
    assert set(after["post_logout_redirect_uris"]) - set(before["post_logout_redirect_uris"]) == {
        "https://blomberg.stadttor.example/abgemeldet/",
        "https://portal.blomberg.example/abgemeldet/",
    }
    assert set(before["redirect_uris"]) <= set(after["redirect_uris"])
    unchanged = {name: value for name, value in before.items() if not name.endswith("_uris")}
    assert {name: after[name] for name in unchanged} == unchanged


@pytest.mark.django_db
def test_adding_a_town_twice_changes_nothing(registered: Any) -> None:
    add_town(["https://blomberg.stadttor.example"])
    once = registered()

    add_town(["https://blomberg.stadttor.example"])

    assert registered() == once


@pytest.mark.django_db(transaction=True)
def test_towns_that_are_added_at_once_are_all_there(registered: Any) -> None:
    names = iter(["blomberg", "kalletal", "luegde", "extertal"])

    problems = at_once(4, lambda: add_town([f"https://{next(names)}.stadttor.example"]))

    found = {address.split("//")[1].split(".")[0] for address in registered()["redirect_uris"]}
    assert problems == [None] * 4
    assert {"blomberg", "kalletal", "luegde", "extertal"} <= found


@pytest.mark.django_db
def test_with_the_central_address_there_is_nothing_to_do(registered: Any, settings: Any) -> None:
    settings.OIDC_CALLBACK = "central"
    settings.OIDC_REGISTRATION_URL = "http://localhost:1"

    add_town(["https://blomberg.stadttor.example"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [("OIDC_REGISTRATION_URL", "http://localhost:1"), ("OIDC_REGISTRATION_TOKEN", "wrong")],
)
def test_a_provider_that_does_not_take_it_is_asked_again_later(
    registered: Any, settings: Any, name: str, value: str
) -> None:
    good = getattr(settings, name)
    setattr(settings, name, value)
    with pytest.raises(RegistrationFailed):
        add_town(["https://blomberg.stadttor.example"])
    setattr(settings, name, good)

    add_town(["https://blomberg.stadttor.example"])

    assert "https://blomberg.stadttor.example/anmelden/zurueck/" in registered()["redirect_uris"]


@pytest.mark.django_db
def test_a_provider_that_leaves_addresses_out_is_not_believed(settings: Any) -> None:
    with running(new_key()) as forger:
        settings.OIDC_CALLBACK = "per-town"
        settings.OIDC_REGISTRATION_URL = f"{forger.issuer}/userinfo"
        with pytest.raises(RegistrationFailed):
            add_town(["https://blomberg.stadttor.example"])


@pytest.mark.parametrize("callback", ["per-town"], indirect=True)
def test_people_can_sign_in_at_a_host_that_was_added(
    web: Web, portal: str, lage: Town, identity_stack: Stack, registered: Any
) -> None:
    operator = make_olga()
    ask_for_host(town=lage, host="serviceportal.lage.localhost", by=operator, now=MONDAY)
    address = f"http://serviceportal.lage.localhost{portal}/meine-antraege/"
    too_early = pass_provider(Web().get(address), ANNA)
    run_jobs()

    pass_provider(web.get(address), ANNA)

    assert (too_early.status, too_early.url.startswith("http://localhost:")) == (400, True)
    assert (web.url, web.status) == (address, 200)


def test_the_provider_demands_the_token(identity_stack: Stack) -> None:
    url = identity_stack.environment["OIDC_REGISTRATION_URL"]

    assert requests.get(url, timeout=10).status_code in (400, 401)
