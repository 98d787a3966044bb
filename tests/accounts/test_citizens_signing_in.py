"""Citizens at the real identity provider: there and back, in both ways that answers can take."""

import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing

from accounts import openid
from accounts.models import User
from tenants.context import in_town
from tenants.models import Town
from tests.accounts.conftest import ANNA, DORDE, OEMER
from tests.accounts.web import Web, open_account, pass_provider, way_back

PAGE = "/meine-antraege/?von=hier"


def sign_in(web: Web, base: str, person: Any, *, level: str = "basic", next_path: str = PAGE) -> Web:
    web.get(f"{base}/anmelden/?{urlencode({'next': next_path, 'level': level})}")
    return pass_provider(web, person)


def session_of(web: Web, town: Town) -> dict[str, Any]:
    with in_town(town):
        return dict(SessionStore(web.session_key(f"{town.slug}.localhost")).load())


def people(town: Town) -> list[tuple[str, str]]:
    with in_town(town):
        return list(User.objects.order_by("pk").values_list("given_name", "family_name"))


# --- There and back ---------------------------------------------------------------------------------------


def test_whoever_signs_in_is_back_at_the_same_page_and_known_to_the_town(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA)

    assert (web.url, web.status, web.heading) == (f"{lage_url}{PAGE}", 200, "Meine Anträge")
    assert session_of(web, lage)["trust_level"] == 1
    with in_town(lage):
        anna = User.objects.get()
    assert (anna.kind, anna.given_name, anna.family_name, anna.email, anna.password) == (
        "citizen", ANNA.given_name, ANNA.family_name, ANNA.email, "",
    )  # fmt: skip
    assert anna.attributes == {
        "given_name": "Anna",
        "family_name": "Schröder",
        "birth_date": "1961-03-14",
        "email": ANNA.email,
        "street": "Lange Straße",
        "house_number": "72",
        "postal_code": "32791",
        "city": "Lage",
    }


def test_a_page_that_needs_a_person_leads_to_the_provider_and_back(web: Web, lage_url: str) -> None:
    web.get(f"{lage_url}/meine-antraege/")
    pass_provider(web, ANNA)

    assert (web.url, web.status) == (f"{lage_url}/meine-antraege/", 200)


def test_the_same_account_works_in_another_town_without_registering_again(
    web: Web, lage_url: str, detmold_url: str, lage: Town, detmold: Town
) -> None:
    sign_in(web, lage_url, ANNA)
    pages_before = len(web.visited)

    web.get(f"{detmold_url}/meine-antraege/")

    assert (web.url, web.status) == (f"{detmold_url}/meine-antraege/", 200)
    assert len(web.visited) - pages_before <= 6  # nothing but redirects
    assert people(lage) == people(detmold) == [(ANNA.given_name, ANNA.family_name)]


def test_somebody_who_comes_back_is_the_same_person_with_new_details(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA)
    with in_town(lage):
        User.objects.update(family_name="Früher", email="frueher@post.example")

    sign_in(Web(), lage_url, ANNA)

    assert people(lage) == [(ANNA.given_name, ANNA.family_name)]


def test_two_people_in_a_town_are_two(lage_url: str, lage: Town) -> None:
    sign_in(Web(), lage_url, ANNA)
    sign_in(Web(), lage_url, OEMER)

    assert people(lage) == [("Anna", "Schröder"), ("Ömer", "Şahin")]


def test_a_session_of_one_town_is_worth_nothing_in_another(
    web: Web, lage_url: str, detmold_url: str, detmold: Town
) -> None:
    sign_in(web, lage_url, ANNA)
    thief = Web(cookies={"detmold.localhost": dict(web.cookies["lage.localhost"])})

    thief.get(f"{detmold_url}/meine-antraege/", follow=False)

    assert thief.location.startswith(f"{detmold_url}/anmelden/")
    assert people(detmold) == []


def test_what_the_session_held_before_is_still_there_under_a_new_key(web: Web, lage_url: str, lage: Town) -> None:
    web.get(f"{lage_url}/anmelden/", follow=False)
    before = web.session_key("lage.localhost")
    assert before
    with in_town(lage):
        store = SessionStore(before)
        store["draft"] = "half filled in"
        store.save()

    sign_in(web, lage_url, ANNA)

    session = session_of(web, lage)
    assert session["draft"] == "half filled in"
    assert web.session_key("lage.localhost") != before
    with in_town(lage):
        assert not SessionStore().exists(before)


def test_each_of_two_tabs_is_led_back_to_its_own_page(web: Web, lage_url: str) -> None:
    second_tab = Web(cookies=web.cookies)
    first = way_back(web, f"{lage_url}/anmelden/?next=/hilfe/", ANNA)
    second = way_back(second_tab, f"{lage_url}/anmelden/?next=/aemter/", ANNA)

    second_tab.get(second)
    web.get(first)

    assert (web.url, second_tab.url) == (f"{lage_url}/hilfe/", f"{lage_url}/aemter/")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://boese.example/",
        "//boese.example/",
        "/\\boese.example/",
        "javascript:alert(1)",
        "http://detmold.localhost/",
        "",
    ],
)
def test_only_pages_of_the_town_are_led_back_to(web: Web, lage_url: str, elsewhere: str) -> None:
    sign_in(web, lage_url, ANNA, next_path=elsewhere)

    assert web.url == f"{lage_url}/meine-antraege/"


# --- Trust levels -----------------------------------------------------------------------------------------


def test_the_level_asked_for_is_proven(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA, level="high")

    assert web.url == f"{lage_url}{PAGE}"
    assert session_of(web, lage)["trust_level"] == 3


def test_raising_the_level_asks_for_the_person_again_and_keeps_the_session(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA)
    before = web.session_key("lage.localhost")

    web.get(f"{lage_url}/anmelden/?{urlencode({'next': PAGE, 'level': 'high'})}")
    asked_for_the_password = 'name="password"' in web.text or 'name="login"' in web.text
    pass_provider(web, ANNA)

    assert asked_for_the_password
    assert web.url == f"{lage_url}{PAGE}"
    assert session_of(web, lage)["trust_level"] == 3
    assert web.session_key("lage.localhost") != before
    assert people(lage) == [("Anna", "Schröder")]


def test_whoever_has_the_level_already_is_not_sent_to_the_provider(web: Web, lage_url: str) -> None:
    sign_in(web, lage_url, ANNA, level="substantial")

    web.get(f"{lage_url}/anmelden/?next=/hilfe/&level=substantial", follow=False)

    assert web.location == f"{lage_url}/hilfe/"


def test_prompt_login_is_asked_for_only_when_somebody_is_signed_in(web: Web, lage_url: str) -> None:
    web.get(f"{lage_url}/anmelden/?level=high", follow=False)
    first = web.query
    sign_in(web, lage_url, ANNA)
    web.get(f"{lage_url}/anmelden/?level=high", follow=False)
    step_up = web.query

    assert ("prompt" in first, step_up["prompt"]) == (False, "login")
    assert first["acr_values"] == step_up["acr_values"] == "STORK-QAA-Level-4"
    assert first["code_challenge_method"] == "S256"


def test_somebody_who_cannot_reach_the_level_is_told_how_and_stays_signed_in(
    web: Web, lage_url: str, lage: Town
) -> None:
    sign_in(web, lage_url, OEMER, level="high")

    assert (web.status, web.heading) == (200, "Dafür brauchen Sie eine höhere Stufe")
    assert "Online-Ausweis" in web.text
    assert web.links["Zurück"] == PAGE
    assert parse_qs(urlsplit(web.links["Mit höherer Stufe anmelden"]).query) == {
        "next": [PAGE],
        "level": ["high"],
    }
    assert session_of(web, lage)["trust_level"] == 1
    web.get(f"{lage_url}/meine-antraege/")
    assert web.status == 200


def test_a_failed_attempt_to_raise_the_level_lowers_nothing(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, DORDE, level="substantial")

    sign_in(web, lage_url, DORDE, level="high")

    assert web.heading == "Dafür brauchen Sie eine höhere Stufe"
    assert session_of(web, lage)["trust_level"] == 2


def test_a_lower_sign_in_in_another_tab_lowers_nothing(web: Web, lage_url: str, lage: Town) -> None:
    second_tab = Web(cookies=web.cookies)
    low = way_back(second_tab, f"{lage_url}/anmelden/?level=basic", ANNA)
    sign_in(web, lage_url, ANNA, level="high")

    second_tab.get(low)

    assert session_of(web, lage)["trust_level"] == 3


def test_another_person_who_signs_in_gets_her_own_level_and_nothing_of_the_first(
    web: Web, lage_url: str, lage: Town
) -> None:
    sign_in(web, lage_url, ANNA, level="substantial")
    with in_town(lage):
        store = SessionStore(web.session_key("lage.localhost"))
        store["draft"] = "Anna's"
        store.save()
    web.cookies.pop("localhost")  # the provider no longer knows Anna

    sign_in(web, lage_url, OEMER, level="high")

    session = session_of(web, lage)
    assert (session["trust_level"], "draft" in session) == (1, False)
    with in_town(lage):
        assert str(User.objects.get(given_name="Ömer").pk) == session["_auth_user_id"]


# --- What goes wrong --------------------------------------------------------------------------------------


def test_cancelling_leads_to_a_page_with_the_way_on(web: Web, lage_url: str, lage: Town, settings: Any) -> None:
    open_account(web, settings.OIDC_ISSUER)
    web.get(f"{lage_url}/anmelden/?{urlencode({'next': PAGE, 'level': 'substantial'})}")
    web.submit(answer="deny")

    assert (web.status, web.heading) == (200, "Sie haben die Anmeldung abgebrochen")
    assert "ist noch da" in web.text
    assert web.links["Zurück ohne Anmeldung"] == PAGE
    assert parse_qs(urlsplit(web.links["Noch einmal anmelden"]).query) == {
        "next": [PAGE],
        "level": ["substantial"],
    }
    assert "Ämter und Öffnungszeiten" in web.links
    assert people(lage) == []


def test_after_cancelling_the_old_answer_is_worth_nothing(web: Web, lage_url: str, settings: Any) -> None:
    open_account(web, settings.OIDC_ISSUER)
    web.get(f"{lage_url}/anmelden/")
    web.submit(answer="deny")

    web.get(web.url)

    assert (web.status, web.heading) == (400, "Die Anmeldung ist abgelaufen")


def test_a_sign_in_that_took_too_long_can_be_repeated(
    web: Web, lage_url: str, lage: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.get(f"{lage_url}/anmelden/?{urlencode({'next': PAGE})}")
    an_hour_later = time.time() + openid.STATE_LIFETIME + 1
    monkeypatch.setattr("accounts.openid_views.time.time", lambda: an_hour_later)
    pass_provider(web, ANNA)

    assert (web.status, web.heading) == (400, "Die Anmeldung ist abgelaufen")
    assert parse_qs(urlsplit(web.links["Noch einmal anmelden"]).query)["next"] == [PAGE]
    assert people(lage) == []


def test_a_forged_state_signs_nobody_in(web: Web, lage_url: str, lage: Town) -> None:
    arrival = way_back(web, f"{lage_url}/anmelden/", ANNA)
    state = parse_qs(urlsplit(arrival).query)["state"][0]

    web.get(arrival.replace(urlencode({"state": state}), "state=erfunden"))

    assert (web.status, web.heading) == (400, "Die Anmeldung ist abgelaufen")
    assert people(lage) == []


def test_a_return_that_is_replayed_changes_nothing(web: Web, lage_url: str, lage: Town) -> None:
    arrival = way_back(web, f"{lage_url}/anmelden/", ANNA)
    web.get(arrival)
    session = session_of(web, lage)

    web.get(arrival)

    assert (web.status, web.heading) == (400, "Sie sind schon angemeldet")
    assert session_of(web, lage) == session


def test_somebody_elses_return_signs_nobody_in(web: Web, lage_url: str, lage: Town) -> None:
    """An attacker sends her own answer to a victim, who would go on in the attacker's name."""
    attacker = Web()
    arrival = way_back(attacker, f"{lage_url}/anmelden/", OEMER)

    web.get(f"{lage_url}/anmelden/", follow=False)
    web.get(arrival)

    assert (web.status, web.heading) == (400, "Die Anmeldung ist abgelaufen")
    assert people(lage) == []


def test_a_stolen_code_is_refused_by_the_provider(web: Web, lage_url: str, lage: Town) -> None:
    """PKCE: a code works only together with the secret of the browser that asked for it."""
    victim = Web()
    stolen = parse_qs(urlsplit(way_back(victim, f"{lage_url}/anmelden/", ANNA)).query)["code"][0]
    arrival = way_back(web, f"{lage_url}/anmelden/", OEMER)
    own = parse_qs(urlsplit(arrival).query)["code"][0]

    web.get(arrival.replace(own, stolen))

    assert (web.status, web.heading) == (400, "Die Anmeldung hat nicht geklappt")
    assert people(lage) == []


def test_an_answer_for_one_town_is_refused_by_another(
    web: Web, lage_url: str, detmold_url: str, lage: Town, detmold: Town
) -> None:
    arrival = way_back(web, f"{lage_url}/anmelden/", ANNA)
    web.get(f"{detmold_url}/anmelden/", follow=False)

    web.get(arrival.replace(lage_url, detmold_url))

    assert web.status == 400
    assert (people(lage), people(detmold)) == ([], [])


@pytest.mark.parametrize("issuer", ["", "&iss=https%3A%2F%2Fboese.example"])
def test_an_answer_that_does_not_name_our_provider_is_refused(web: Web, lage_url: str, lage: Town, issuer: str) -> None:
    arrival = way_back(web, f"{lage_url}/anmelden/", ANNA)
    named = parse_qs(urlsplit(arrival).query)["iss"][0]

    web.get(arrival.replace("&" + urlencode({"iss": named}), issuer))

    assert (web.status, web.heading) == (400, "Die Anmeldung hat nicht geklappt")
    assert people(lage) == []


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        ("access_denied", 200, "Sie haben die Anmeldung abgebrochen"),
        ("unmet_authentication_requirements", 200, "Dafür brauchen Sie eine höhere Stufe"),
        ("temporarily_unavailable", 503, "Die Anmeldung geht gerade nicht"),
        ("server_error", 503, "Die Anmeldung geht gerade nicht"),
        ("invalid_scope", 400, "Die Anmeldung hat nicht geklappt"),
    ],
)
def test_whatever_the_provider_complains_about_there_is_a_page_for_it(
    web: Web, lage_url: str, settings: Any, error: str, status: int, heading: str
) -> None:
    web.get(f"{lage_url}/anmelden/", follow=False)
    state = web.query["state"]

    answer = {"error": error, "state": state, "iss": settings.OIDC_ISSUER}
    web.get(f"{lage_url}/anmelden/zurueck/?{urlencode(answer)}")

    assert (web.status, web.heading) == (status, heading)


def test_without_the_provider_there_is_a_page_that_says_so(web: Web, lage_url: str, settings: Any) -> None:
    settings.OIDC_ISSUER = "http://localhost:1"
    web.get(f"{lage_url}/anmelden/?{urlencode({'next': PAGE})}")

    assert (web.status, web.heading) == (503, "Die Anmeldung geht gerade nicht")
    assert parse_qs(urlsplit(web.links["Noch einmal anmelden"]).query)["next"] == [PAGE]


def test_a_provider_that_breaks_down_on_the_way_loses_nothing(
    web: Web, lage_url: str, lage: Town, settings: Any
) -> None:
    arrival = way_back(web, f"{lage_url}/anmelden/?{urlencode({'next': PAGE})}", ANNA)
    timeout, settings.OIDC_TIMEOUT = settings.OIDC_TIMEOUT, 0.000_001  # seconds
    web.get(arrival)
    said = web.status, web.heading
    settings.OIDC_TIMEOUT = timeout
    web.get(f"{lage_url}{web.links['Noch einmal anmelden']}")
    pass_provider(web, ANNA)

    assert said == (503, "Die Anmeldung geht gerade nicht")
    assert web.url == f"{lage_url}{PAGE}"


def test_somebody_whose_access_is_blocked_is_not_signed_in(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA)
    with in_town(lage):
        User.objects.update(is_active=False)

    web.get(f"{lage_url}/meine-antraege/", follow=False)
    loses_the_session = web.location.startswith(f"{lage_url}/anmelden/")
    sign_in(web, lage_url, ANNA)

    assert loses_the_session
    assert (web.status, web.heading) == (400, "Die Anmeldung hat nicht geklappt")


# --- Signing out ------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_here_and_at_the_provider(web: Web, lage_url: str, lage: Town) -> None:
    sign_in(web, lage_url, ANNA)
    web.post(f"{lage_url}/abmelden/", {"csrfmiddlewaretoken": token_of(web)})

    assert web.url.startswith(f"{lage_url}/abgemeldet/")
    assert (web.status, web.heading) == (200, "Sie sind abgemeldet")
    web.get(f"{lage_url}/meine-antraege/")
    assert 'name="login"' in web.text  # the provider asks who it is


def test_without_the_provider_one_is_still_signed_out_here(web: Web, lage_url: str, settings: Any) -> None:
    sign_in(web, lage_url, ANNA)
    settings.OIDC_ISSUER = "http://localhost:1"

    web.post(f"{lage_url}/abmelden/", {"csrfmiddlewaretoken": token_of(web)})

    assert web.url == f"{lage_url}/abgemeldet/"
    web.get(f"{lage_url}/meine-antraege/", follow=False)
    assert web.location.startswith(f"{lage_url}/anmelden/")


def test_another_website_cannot_sign_somebody_out(web: Web, lage_url: str) -> None:
    sign_in(web, lage_url, ANNA)

    web.post(f"{lage_url}/abmelden/", {})
    refused = web.status
    web.get(f"{lage_url}/abmelden/")

    assert (refused, web.status) == (403, 405)
    web.get(f"{lage_url}/meine-antraege/")
    assert web.status == 200


def token_of(web: Web) -> str:
    """The token that forms of the page carry against other websites."""
    return web.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]


# --- The address that all towns share ---------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/anmelden/zurueck/", "/abgemeldet/"])
@pytest.mark.parametrize("state", ["", "erfunden", "WyJodHRwOi8vbGFnZS5sb2NhbGhvc3QiLCIiXQ:1a2b3c:xyz"])
def test_an_answer_that_names_no_town_gets_a_german_page(web: Web, portal: str, path: str, state: str) -> None:
    web.get(f"http://betrieb.localhost{portal}{path}?state={state}&code=x")

    assert (web.status, web.heading) == (400, "Zu welcher Stadt möchten Sie?")


def test_a_signed_state_leads_to_hosts_of_towns_only(web: Web, portal: str) -> None:
    sealed = signing.dumps(["http://boese.localhost", "x", "/anmelden/"], salt="accounts.openid", compress=True)

    web.get(f"http://betrieb.localhost{portal}/anmelden/zurueck/?{urlencode({'state': sealed})}")

    assert (web.status, web.heading) == (400, "Zu welcher Stadt möchten Sie?")


def test_the_redirect_address_is_the_one_that_the_deployment_has_chosen(
    web: Web, lage_url: str, portal: str, callback: str
) -> None:
    web.get(f"{lage_url}/anmelden/", follow=False)

    expected = {
        "central": f"http://betrieb.localhost{portal}/anmelden/zurueck/",
        "per-town": f"{lage_url}/anmelden/zurueck/",
    }
    assert web.query["redirect_uri"] == expected[callback]
