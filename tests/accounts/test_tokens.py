"""What the portal makes of each answer that an identity provider, or somebody in its place, may give."""

import base64
import json
from collections.abc import Iterator
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from accounts.models import User
from tenants.context import in_town
from tenants.models import Town
from tests.accounts.forger import CLIENT, LEFT_OUT, SECRET, Forger, new_key, running
from tests.pages import text_of
from tests.people import TownClient

NOT_SIGNED_IN = "Die Anmeldung hat nicht geklappt"
NOT_REACHABLE = "Die Anmeldung geht gerade nicht"
A_DAY_IN_1999 = 915148800
A_DAY_IN_2099 = 4070908800


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def forger(key: rsa.RSAPrivateKey, settings: Any) -> Iterator[Forger]:
    with running(key) as forger:
        settings.OIDC_ISSUER = forger.issuer
        settings.OIDC_RP_CLIENT_ID = CLIENT
        settings.OIDC_RP_CLIENT_SECRET = SECRET
        settings.OIDC_CALLBACK = "per-town"
        yield forger


def come_back(visitor: TownClient, forger: Forger, **answer: str) -> Any:
    """Begin to sign in, and come back with the provider's answer."""
    leaving = visitor.get("/anmelden/?next=/meine-antraege/")
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.nonce = forger.nonce or asked["nonce"][0]
    query = {"code": "code", "state": asked["state"][0], "iss": forger.issuer} | answer
    return visitor.get(f"/anmelden/zurueck/?{urlencode(query)}")


def signed_in(town: Town) -> list[str]:
    with in_town(town):
        return list(User.objects.values_list("subject", flat=True))


def test_a_correct_answer_signs_in(visitor: TownClient, forger: Forger, lage: Town) -> None:
    answer = come_back(visitor, forger)

    assert (answer.status_code, answer["Location"]) == (302, "/meine-antraege/")
    assert signed_in(lage) == ["anna"]
    assert visitor.get("/meine-antraege/").status_code == 200


def test_the_code_is_swapped_with_secret_redirect_address_and_proof(visitor: TownClient, forger: Forger) -> None:
    come_back(visitor, forger)

    body = parse_qs(dict(forger.asked)["/token"])
    assert {name: values[0] for name, values in body.items() if name != "code_verifier"} == {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "http://lage.localhost/anmelden/zurueck/",
    }
    assert len(body["code_verifier"][0]) >= 43


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": ["somebody-else"]},
        {"aud": [CLIENT, "somebody-else"]},
        {"aud": LEFT_OUT},
        {"azp": "somebody-else"},
        {"iss": "https://boese.example"},
        {"iss": LEFT_OUT},
        {"exp": A_DAY_IN_1999},
        {"exp": LEFT_OUT},
        {"iat": A_DAY_IN_2099},
        {"iat": LEFT_OUT},
        {"nbf": A_DAY_IN_2099},
        {"nonce": "another"},
        {"nonce": LEFT_OUT},
        {"sub": LEFT_OUT},
        {"sub": ""},
        {"sub": 4711},
        {"sub": "a" * 256},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_signs_nobody_in(
    visitor: TownClient, forger: Forger, lage: Town, claims: dict[str, Any]
) -> None:
    forger.claims = claims
    forger.userinfo = {"sub": claims["sub"]} if "sub" in claims else {}

    answer = come_back(visitor, forger)

    assert (answer.status_code, NOT_SIGNED_IN in text_of(answer)) == (400, True)
    assert signed_in(lage) == []


@pytest.mark.parametrize("claims", [{"aud": [CLIENT]}, {"azp": CLIENT}], ids=str)
def test_what_the_standard_allows_is_accepted(
    visitor: TownClient, forger: Forger, lage: Town, claims: dict[str, Any]
) -> None:
    forger.claims = claims

    come_back(visitor, forger)

    assert signed_in(lage) == ["anna"]


def test_clocks_may_differ_by_a_minute(visitor: TownClient, forger: Forger, lage: Town) -> None:
    forger.claims = {"exp": int(time()) - 20, "iat": int(time()) + 20}

    come_back(visitor, forger)

    assert signed_in(lage) == ["anna"]


def test_a_token_signed_with_another_key_signs_nobody_in(visitor: TownClient, forger: Forger, lage: Town) -> None:
    forger.signing_key = new_key()

    answer = come_back(visitor, forger)

    assert (answer.status_code, signed_in(lage)) == (400, [])


@pytest.mark.parametrize(("algorithm", "signing_key"), [("none", None), ("HS256", SECRET), ("RS512", None)], ids=str)
def test_a_token_of_another_algorithm_signs_nobody_in(
    visitor: TownClient, forger: Forger, lage: Town, algorithm: str, signing_key: str | None
) -> None:
    forger.algorithm = algorithm
    forger.signing_key = signing_key

    answer = come_back(visitor, forger)

    assert (answer.status_code, signed_in(lage)) == (400, [])


@pytest.mark.parametrize("header", [{}, {"kid": "two"}], ids=str)
def test_a_token_of_an_unknown_key_signs_nobody_in(
    visitor: TownClient, forger: Forger, lage: Town, header: dict[str, Any]
) -> None:
    forger.header = header

    answer = come_back(visitor, forger)

    assert (answer.status_code, signed_in(lage)) == (400, [])


def test_a_token_changed_on_the_way_signs_nobody_in(visitor: TownClient, forger: Forger, lage: Town) -> None:
    leaving = visitor.get("/anmelden/")
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.nonce = asked["nonce"][0]
    header, payload, signature = forger.id_token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    better = json.dumps(claims | {"acr": "STORK-QAA-Level-4"}).encode()
    forger.token = ".".join([header, base64.urlsafe_b64encode(better).rstrip(b"=").decode(), signature])

    query = {"code": "code", "state": asked["state"][0]}
    answer = visitor.get(f"/anmelden/zurueck/?{urlencode(query)}")

    assert (answer.status_code, signed_in(lage)) == (400, [])


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", 4711, ["x"]], ids=str)
def test_something_that_is_no_token_signs_nobody_in(
    visitor: TownClient, forger: Forger, lage: Town, token: Any
) -> None:
    forger.token = token or "."

    answer = come_back(visitor, forger)

    assert (answer.status_code, signed_in(lage)) == (400, [])


def test_details_of_somebody_else_sign_nobody_in(visitor: TownClient, forger: Forger, lage: Town) -> None:
    forger.userinfo = {"sub": "oemer", "given_name": "Ömer"}

    answer = come_back(visitor, forger)

    assert (answer.status_code, NOT_SIGNED_IN in text_of(answer)) == (400, True)
    assert signed_in(lage) == []


def test_the_level_comes_from_the_token_and_nowhere_else(visitor: TownClient, forger: Forger) -> None:
    forger.userinfo = {"acr": "STORK-QAA-Level-4", "trust_level": 3}

    come_back(visitor, forger, acr="STORK-QAA-Level-4")

    with in_town(visitor.town):
        assert visitor.session["trust_level"] == 1


@pytest.mark.parametrize(
    ("acr", "level"),
    [
        (LEFT_OUT, 1),
        ("urn:unknown", 1),
        (3, 1),
        ("STORK-QAA-Level-1", 1),
        ("STORK-QAA-Level-3", 2),
        ("STORK-QAA-Level-4", 3),
    ],
    ids=str,
)
def test_each_value_of_acr_stands_for_a_level(visitor: TownClient, forger: Forger, acr: Any, level: int) -> None:
    forger.claims = {"acr": acr}

    come_back(visitor, forger)

    with in_town(visitor.town):
        assert visitor.session["trust_level"] == level


def test_the_same_subject_of_two_providers_is_two_people(
    visitor: TownClient, forger: Forger, lage: Town, settings: Any, key: rsa.RSAPrivateKey
) -> None:
    come_back(visitor, forger)
    with running(key) as other:
        settings.OIDC_ISSUER = other.issuer
        come_back(TownClient(lage), other)

    assert signed_in(lage) == ["anna", "anna"]


def test_people_are_never_found_by_their_mail_address(visitor: TownClient, forger: Forger, lage: Town) -> None:
    come_back(visitor, forger)
    forger.claims = forger.userinfo = {"sub": "somebody-else"}
    forger.nonce = ""
    come_back(TownClient(lage), forger)

    with in_town(lage):
        assert list(User.objects.order_by("pk").values_list("subject", "email")) == [
            ("anna", "anna@post.example"),
            ("somebody-else", "anna@post.example"),
        ]


@pytest.mark.parametrize(
    "userinfo",
    [
        {"address": "Lange Straße 72"},
        {"address": None, "email": None, "given_name": None, "family_name": LEFT_OUT},
        {"given_name": "A" * 500, "family_name": ["x"], "email": 7},
        {"birthdate": 1961, "phone_number": {}},
    ],
    ids=str,
)
def test_odd_details_do_not_keep_anybody_out(
    visitor: TownClient, forger: Forger, lage: Town, userinfo: dict[str, Any]
) -> None:
    forger.userinfo = userinfo

    come_back(visitor, forger)

    assert signed_in(lage) == ["anna"]


@pytest.mark.parametrize(
    ("status", "expected", "text"),
    [
        ({"/token": 400}, 400, NOT_SIGNED_IN),
        ({"/token": 401}, 400, NOT_SIGNED_IN),
        ({"/token": 500}, 503, NOT_REACHABLE),
        ({"/jwks": 502}, 503, NOT_REACHABLE),
        ({"/userinfo": 503}, 503, NOT_REACHABLE),
        ({"/userinfo": 401}, 400, NOT_SIGNED_IN),
    ],
    ids=str,
)
def test_a_provider_that_fails_half_way_gets_a_german_page(
    visitor: TownClient, forger: Forger, lage: Town, status: dict[str, int], expected: int, text: str
) -> None:
    forger.status = status

    answer = come_back(visitor, forger)

    assert (answer.status_code, text in text_of(answer)) == (expected, True)
    assert signed_in(lage) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://boese.example"},
        {"issuer": LEFT_OUT},
        {"token_endpoint": LEFT_OUT},
        {"jwks_uri": ""},
    ],
    ids=str,
)
def test_a_description_that_is_not_our_providers_is_not_used(
    visitor: TownClient, forger: Forger, changes: dict[str, Any]
) -> None:
    forger.changes = changes

    answer = visitor.get("/anmelden/")

    assert (answer.status_code, NOT_REACHABLE in text_of(answer)) == (503, True)


def test_a_provider_that_announces_its_name_must_give_it(visitor: TownClient, forger: Forger, lage: Town) -> None:
    """RFC 9207, section 2.4."""
    forger.changes = {"authorization_response_iss_parameter_supported": True}
    leaving = visitor.get("/anmelden/")
    state = parse_qs(urlsplit(leaving["Location"]).query)["state"][0]

    answer = visitor.get(f"/anmelden/zurueck/?{urlencode({'code': 'code', 'state': state})}")

    assert (answer.status_code, NOT_SIGNED_IN in text_of(answer)) == (400, True)
    assert signed_in(lage) == []
    assert [path for path, _body in forger.asked] == ["/.well-known/openid-configuration"]


def test_a_provider_that_never_names_itself_needs_not_to(visitor: TownClient, forger: Forger, lage: Town) -> None:
    leaving = visitor.get("/anmelden/")
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.nonce = asked["nonce"][0]

    visitor.get(f"/anmelden/zurueck/?{urlencode({'code': 'code', 'state': asked['state'][0]})}")

    assert signed_in(lage) == ["anna"]


def test_nothing_of_a_failed_sign_in_stays_in_the_session(visitor: TownClient, forger: Forger) -> None:
    forger.userinfo = {"sub": "oemer"}

    come_back(visitor, forger)

    with in_town(visitor.town):
        assert dict(visitor.session.items()) == {"oidc_states": {}}


def test_no_personal_data_is_logged(visitor: TownClient, forger: Forger, caplog: pytest.LogCaptureFixture) -> None:
    forger.userinfo = {"sub": "oemer", "email": "oemer@post.example"}
    come_back(visitor, forger)
    forger.status = {"/token": 400}
    come_back(visitor, forger)

    assert "oemer" not in caplog.text
    assert "anna" not in caplog.text
    assert forger.id_token()[:20] not in caplog.text
