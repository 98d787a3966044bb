"""The identity provider, as the portal and its people use it: plain HTTP against the running server."""

import base64
import hashlib
import html
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import jwt
import pytest
import requests

from config.local import registration, sample
from config.local.canaille_gaps import ACR
from config.local.registration import Registration
from config.local.stack import Stack

PEOPLE = sample.load()
ANNA, OEMER, DORDE = PEOPLE.citizens


@dataclass
class Provider:
    """The running provider with a client for it."""

    base: str
    registration: Registration
    http: requests.Session = field(default_factory=requests.Session)

    def discovery(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"{self.base}/.well-known/openid-configuration").json()
        return answer


@dataclass
class SignIn:
    """One trip to the provider and back, with the secrets that the portal keeps for it."""

    provider: Provider
    redirect_uri: str
    acr_values: str = ""
    scope: str = "openid profile email address"
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    page: requests.Response = field(default_factory=requests.Response)

    def begin(self, *, pkce: bool = True) -> requests.Response:
        query = {
            "response_type": "code",
            "client_id": self.provider.registration.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": "some-state",
            "nonce": self.nonce,
        }
        if pkce:
            digest = hashlib.sha256(self.verifier.encode()).digest()
            query["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query["code_challenge_method"] = "S256"
        if self.acr_values:
            query["acr_values"] = self.acr_values
        return self._follow(self.provider.http.get(f"{self.provider.base}/oauth/authorize?{urlencode(query)}"))

    def submit(self, **values: str) -> requests.Response:
        """Fill in the form on the page and send it."""
        form = re.search(r"<form.*?</form>", self.page.text, re.DOTALL)
        assert form, self.page.text
        action = re.search(r'action="([^"]*)"', form[0].partition(">")[0])
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
        address = urljoin(self.page.url, html.unescape(action[1])) if action else self.page.url
        return self._follow(self.provider.http.post(address, {**fields, **values}, allow_redirects=False))

    def pass_as(self, person: sample.Citizen) -> dict[str, str]:
        """Sign in and consent, whatever is asked; what the provider tells the portal's redirect address."""
        self.begin()
        for _page in range(5):
            if 'name="password"' in self.page.text:
                self.submit(password=person.password)
            elif 'name="login"' in self.page.text:
                self.submit(login=person.username)
            elif 'value="accept"' in self.page.text:
                self.submit(answer="accept")
            else:
                break
        return self.answer()

    def answer(self) -> dict[str, str]:
        location = self.page.headers["Location"]
        assert location.startswith(self.redirect_uri), location
        return dict(parse_qsl(urlsplit(location).query))

    def exchange(self, code: str, **changes: str) -> requests.Response:
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.provider.registration.client_id,
            "client_secret": self.provider.registration.client_secret,
            "code_verifier": self.verifier,
        }
        return requests.post(f"{self.provider.base}/oauth/token", body | changes, timeout=10)

    def _follow(self, response: requests.Response) -> requests.Response:
        """Go on as long as it stays at the provider; the portal's addresses do not answer here."""
        self.page = response
        while (location := self.page.headers.get("Location")) and self._is_inside(location):
            self.page = self.provider.http.get(urljoin(self.page.url, location), allow_redirects=False)
        return self.page

    def _is_inside(self, location: str) -> bool:
        return urlsplit(urljoin(self.page.url, location)).netloc == urlsplit(self.provider.base).netloc


class Session(requests.Session):
    """Never follows a redirect by itself."""

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        return super().request(*arguments, **(options | {"allow_redirects": False, "timeout": 30}))


@pytest.fixture
def provider(services: Stack) -> Provider:
    found = registration.read(services.data / "identity")
    assert found
    return Provider(f"http://localhost:{services.ports.identity}", found, Session())


@pytest.fixture
def lage(services: Stack) -> str:
    return f"http://lage.localhost:{services.ports.web}/anmelden/zurueck/"


def claims_of(provider: Provider, tokens: dict[str, Any]) -> dict[str, Any]:
    """The id token's claims, with signature, audience and issuer checked."""
    keys = jwt.PyJWKClient(provider.discovery()["jwks_uri"])
    key = keys.get_signing_key_from_jwt(tokens["id_token"])
    claims: dict[str, Any] = jwt.decode(
        tokens["id_token"],
        key,
        algorithms=["RS256"],
        audience=provider.registration.client_id,
        issuer=provider.base,
    )
    return claims


def level_proven(provider: Provider, redirect_uri: str, person: sample.Citizen, acr_values: str) -> str:
    trip = SignIn(provider, redirect_uri, acr_values=acr_values)
    claims = claims_of(provider, trip.exchange(trip.pass_as(person)["code"]).json())
    return str(claims["acr"])


def test_discovery_names_everything_the_portal_needs(provider: Provider) -> None:
    found = provider.discovery()

    assert found["issuer"] == provider.base
    for name in ("authorization", "token", "userinfo", "end_session", "registration"):
        assert found[f"{name}_endpoint"].startswith(provider.base)
    assert "S256" in found["code_challenge_methods_supported"]


def test_a_citizen_signs_in_and_the_portal_learns_who_she_is(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage)

    answer = trip.pass_as(ANNA)
    tokens = trip.exchange(answer["code"]).json()
    claims = claims_of(provider, tokens)
    told = requests.get(
        f"{provider.base}/oauth/userinfo",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=10,
    ).json()

    assert (answer["state"], answer["iss"], claims["nonce"]) == ("some-state", provider.base, trip.nonce)
    assert {name: told[name] for name in told if name not in ("updated_at", "preferred_username")} == {
        "sub": claims["sub"],
        "name": "Anna Schröder",
        "given_name": "Anna",
        "family_name": "Schröder",
        "birthdate": "1961-03-14",
        "email": "anna.schroeder@post.example",
        "address": {"street_address": "Lange Straße 72", "postal_code": "32791", "locality": "Lage"},
    }


def test_names_in_other_alphabets_arrive_as_they_are_written(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage)

    claims = claims_of(provider, trip.exchange(trip.pass_as(DORDE)["code"]).json())

    assert claims["name"] == "Đorđe Kőrösi-Lindemann"


@pytest.mark.parametrize(
    ("person", "asked", "proven"),
    [
        (ANNA, "", "basic"),
        (ANNA, "substantial", "substantial"),
        (ANNA, "high", "high"),
        (DORDE, "high", "substantial"),
        (OEMER, "high", "basic"),
    ],
)
def test_nobody_proves_more_than_was_asked_nor_more_than_she_can(
    provider: Provider, lage: str, person: sample.Citizen, asked: str, proven: str
) -> None:
    assert level_proven(provider, lage, person, ACR.get(asked, "")) == ACR[proven]


def test_an_unknown_level_counts_as_none_asked_for(provider: Provider, lage: str) -> None:
    assert level_proven(provider, lage, ANNA, "urn:something:else") == ACR["basic"]


def test_two_sign_ins_within_a_second_both_work(provider: Provider, lage: str) -> None:
    first, second = SignIn(provider, lage), SignIn(provider, lage)
    codes = [first.pass_as(ANNA)["code"], second.pass_as(ANNA)["code"]]

    answers = [first.exchange(codes[0]).status_code, second.exchange(codes[1]).status_code]

    assert answers == [200, 200]


def test_each_person_is_asked_for_her_consent_once(services: Stack, provider: Provider, lage: str) -> None:
    def is_asked(person: sample.Citizen) -> bool:
        trip = SignIn(Provider(provider.base, provider.registration, Session()), lage, scope="openid phone")
        trip.begin()
        trip.submit(login=person.username)
        trip.submit(password=person.password)
        asked = 'value="accept"' in trip.page.text
        if asked:
            trip.submit(answer="accept")
        return asked

    assert [is_asked(person) for person in (ANNA, OEMER, ANNA, OEMER)] == [True, True, False, False]


def test_refusing_consent_comes_back_as_access_denied(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage, scope="openid profile phone")  # nobody consented to this before
    trip.begin()
    trip.submit(login=DORDE.username)
    trip.submit(password=DORDE.password)

    trip.submit(answer="deny")

    assert trip.answer()["error"] == "access_denied"


def test_a_wrong_password_says_so_in_german_and_keeps_asking(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage)
    trip.begin()
    trip.submit(login=ANNA.username)

    trip.submit(password="falsch")

    assert "Prüfen Sie bitte Benutzernamen und Passwort." in trip.page.text
    assert 'name="password"' in trip.page.text


def test_a_code_is_worth_nothing_without_the_verifier(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage)
    code = trip.pass_as(ANNA)["code"]

    refused = [trip.exchange(code, code_verifier=other) for other in ("", secrets.token_urlsafe(48))]

    assert [answer.status_code for answer in refused] == [400, 400]


def test_without_a_challenge_nobody_signs_in(provider: Provider, lage: str) -> None:
    trip = SignIn(provider, lage)
    trip.pass_as(ANNA)

    page = SignIn(provider, lage).begin(pkce=False)

    assert "code=" not in page.headers.get("Location", "")


@pytest.mark.parametrize(
    "address",
    [
        "http://lage.localhost:{port}/anmelden/zurueck",
        "http://lage.localhost:{port}/anmelden/zurueck/?weiter=1",
        "http://boese.localhost:{port}/anmelden/zurueck/",
        "http://lage.localhost:1/anmelden/zurueck/",
    ],
)
def test_only_the_exact_redirect_address_is_served(provider: Provider, services: Stack, address: str) -> None:
    trip = SignIn(provider, address.format(port=services.ports.web))
    trip.begin()
    if 'name="login"' in trip.page.text:
        trip.submit(login=ANNA.username)
        trip.submit(password=ANNA.password)

    assert trip.page.status_code == 400
    assert "Location" not in trip.page.headers


def changed_registration(provider: Provider, **changes: Any) -> dict[str, Any]:
    """Read the registration, change it and write it back, as RFC 7592 says."""
    known = provider.registration
    access = {"Authorization": f"Bearer {known.management_token}"}
    found = requests.get(known.management_url, headers=access, timeout=10).json()
    for name in ("registration_access_token", "registration_client_uri"):
        found.pop(name)
    for name in ("client_secret_expires_at", "client_id_issued_at"):
        found.pop(name, None)
    for name, value in changes.items():
        found[name] = [*found[name], value]
    answer = requests.put(known.management_url, json=found, headers=access, timeout=10)
    assert answer.status_code == 200, answer.text
    written: dict[str, Any] = answer.json()
    return written


def test_the_sample_towns_and_the_operator_are_registered(provider: Provider, services: Stack) -> None:
    access = {"Authorization": f"Bearer {provider.registration.management_token}"}
    found = requests.get(provider.registration.management_url, headers=access, timeout=10).json()

    for host in ("betrieb", "lage", "detmold", "lemgo"):
        base = f"http://{host}.localhost:{services.ports.web}"
        assert f"{base}/anmelden/zurueck/" in found["redirect_uris"]
        assert f"{base}/abgemeldet/" in found["post_logout_redirect_uris"]


def test_a_new_town_is_added_and_stays_after_a_restart(provider: Provider, services: Stack) -> None:
    blomberg = f"http://blomberg.localhost:{services.ports.web}/anmelden/zurueck/"
    changed_registration(provider, redirect_uris=blomberg)

    services.stop()
    services.start()

    again = registration.read(services.data / "identity")
    assert again
    assert again.client_secret == provider.registration.client_secret
    trip = SignIn(Provider(provider.base, again, Session()), blomberg)
    assert claims_of(provider, trip.exchange(trip.pass_as(ANNA)["code"]).json())["given_name"] == "Anna"


def test_the_registration_cannot_be_changed_without_its_token(provider: Provider) -> None:
    url = provider.registration.management_url

    answers = [
        requests.put(url, json={"client_id": "stadttor"}, headers=headers, timeout=10).status_code
        for headers in ({}, {"Authorization": "Bearer something"})
    ]

    assert answers == [400, 400]


def test_signing_out_ends_the_session_and_leads_back(provider: Provider, services: Stack, lage: str) -> None:
    trip = SignIn(provider, lage)
    tokens = trip.exchange(trip.pass_as(ANNA)["code"]).json()
    back = f"http://lage.localhost:{services.ports.web}/abgemeldet/"
    query = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": back, "state": "x"}
    query["client_id"] = provider.registration.client_id

    answer = provider.http.get(f"{provider.base}/oauth/end_session?{urlencode(query)}")
    page = SignIn(provider, lage).begin()

    assert answer.headers["Location"] == f"{back}?state=x"
    assert 'name="login"' in page.text


def test_somebody_opens_an_account_and_signs_in_at_the_lowest_level(provider: Provider, lage: str) -> None:
    name = f"neu{secrets.token_hex(4)}"
    trip = SignIn(provider, lage, acr_values=ACR["high"])
    trip.begin()
    trip._follow(provider.http.get(f"{provider.base}/register"))

    trip.submit(
        **{
            "user_name": name,
            "given_name": "Nele",
            "family_name": "Neumann",
            "emails-0": f"{name}@post.example",
            "password1": "Ein-Probe-Passwort-1",
            "password2": "Ein-Probe-Passwort-1",
            "action": "create-profile",
        }
    )
    trip.submit(answer="accept")
    claims = claims_of(provider, trip.exchange(trip.answer()["code"]).json())

    assert (claims["given_name"], claims["acr"], "birthdate" in claims) == ("Nele", ACR["basic"], False)


def test_every_page_is_german_and_needs_no_script_and_no_other_host(provider: Provider, lage: str) -> None:
    trip = SignIn(Provider(provider.base, provider.registration, Session()), lage)
    texts = [trip.begin().text]
    texts.append(trip.submit(login=OEMER.username).text)
    texts.append(provider.http.get(f"{provider.base}/register").text)
    texts.append(provider.http.get(f"{provider.base}/gibt-es-nicht").text)

    for text in texts:
        assert '<html lang="de">' in text
        assert "Probe-Konto" in text
        assert "<script" not in text
        assert not re.findall(r'(?:src|href)="https?://(?!localhost)', text)
