"""Keycloak's realm holds what our settings and our code need of an identity provider."""

import json
import re
from typing import Any

from accounts.openid import Claims, attributes_of, level_of
from accounts.trust import TrustLevel
from tests.docker.files import DOCKER, compose, example, resolve, secrets

KEYCLOAK = DOCKER / "keycloak"


def read(name: str) -> dict[str, Any]:
    """A file as Keycloak reads it: names are replaced in the text, before it is JSON."""
    environment = example() | dict.fromkeys(secrets(), "only-for-tests")
    told = {key: resolve(value, environment) for key, value in compose()["services"]["keycloak"]["environment"].items()}
    text = (KEYCLOAK / name).read_text()
    assert set(re.findall(r"\$\{(.*?)\}", text)) <= set(told)
    found: dict[str, Any] = json.loads(re.sub(r"\$\{(.*?)\}", lambda match: told[match[1]], text))
    return found


def flow(alias: str) -> list[dict[str, Any]]:
    [found] = [one for one in read("realm.json")["authenticationFlows"] if one["alias"] == alias]
    steps: list[dict[str, Any]] = found["authenticationExecutions"]
    return sorted(steps, key=lambda step: int(step["priority"]))


def client() -> dict[str, Any]:
    [found] = read("realm.json")["clients"]
    assert isinstance(found, dict)
    return found


def test_each_trust_level_has_its_acr_and_they_rise(settings: Any) -> None:
    mapping = json.loads(read("realm.json")["attributes"]["acr.loa.map"])

    assert mapping == {acr: number for number, acr in enumerate(settings.OIDC_ACR_VALUES, start=1)}
    assert [level_of(acr) for acr in mapping] == [TrustLevel.BASIC, TrustLevel.SUBSTANTIAL, TrustLevel.HIGH]


def test_each_level_asks_for_more_than_the_one_below() -> None:
    configurations = {one["alias"]: one["config"] for one in read("realm.json")["authenticatorConfig"]}
    asked = []
    for step in flow("levels"):
        condition, proof = flow(step["flowAlias"])
        assert (step["requirement"], condition["requirement"], proof["requirement"]) == (
            "CONDITIONAL",
            "REQUIRED",
            "REQUIRED",
        )
        assert condition["authenticator"] == "conditional-level-of-authentication"
        asked.append((configurations[condition["authenticatorConfig"]], proof["authenticator"]))

    assert asked == [
        ({"loa-condition-level": "1", "loa-max-age": "36000"}, "auth-username-password-form"),
        ({"loa-condition-level": "2", "loa-max-age": "0"}, "auth-otp-form"),
        ({"loa-condition-level": "3", "loa-max-age": "0"}, "webauthn-authenticator"),
    ]


def test_signing_in_goes_through_the_levels() -> None:
    steps = flow(read("realm.json")["browserFlow"])

    assert [step.get("authenticator") or step["flowAlias"] for step in steps] == [
        "auth-cookie",
        "identity-provider-redirector",
        "levels",
    ]
    assert {step["requirement"] for step in steps} == {"ALTERNATIVE"}


def test_no_flow_names_one_that_is_not_there() -> None:
    realm = read("realm.json")
    flows = {one["alias"]: one for one in realm["authenticationFlows"]}
    named = {
        step["flowAlias"]
        for one in flows.values()
        for step in one["authenticationExecutions"]
        if step["authenticatorFlow"]
    }

    assert named == {alias for alias, one in flows.items() if not one["topLevel"]}
    bound = {realm["browserFlow"], realm["registrationFlow"], realm["directGrantFlow"]}
    assert bound == {alias for alias, one in flows.items() if one["topLevel"]}


def test_nobody_raises_his_level_by_himself_unless_for_trying_out() -> None:
    realm = read("realm.json")
    enabled = {action["providerId"]: str(action["enabled"]).lower() for action in realm["requiredActions"]}

    assert enabled == {
        "UPDATE_PASSWORD": "true",
        "VERIFY_EMAIL": "true",
        "CONFIGURE_TOTP": "false",
        "webauthn-register": "false",
    }
    assert (realm["registrationAllowed"], realm["bruteForceProtected"]) == (False, True)


def test_the_portal_is_the_only_client_and_may_only_sign_people_in() -> None:
    portal = client()

    assert (portal["clientId"], portal["publicClient"]) == (example()["OIDC_RP_CLIENT_ID"], False)
    assert portal["secret"] == "only-for-tests"
    allowed = {name: portal[name] for name in portal if name.endswith("Enabled")}
    assert {name for name, value in allowed.items() if value} == {"standardFlowEnabled"}
    assert portal["attributes"]["pkce.code.challenge.method"] == "S256"
    assert read("realm.json")["defaultSignatureAlgorithm"] == "RS256"


def test_people_come_back_to_one_address_and_to_no_pattern() -> None:
    portal = client()

    assert portal["redirectUris"] == ["https://betrieb.stadttor.example/anmelden/zurueck/"]
    assert portal["attributes"]["post.logout.redirect.uris"] == "https://betrieb.stadttor.example/abgemeldet/"
    assert portal["webOrigins"] == []


def test_the_client_may_have_every_scope_that_we_ask_for(settings: Any) -> None:
    portal = client()
    scopes = {*portal["defaultClientScopes"], *portal["optionalClientScopes"]}

    assert {*settings.OIDC_RP_SCOPES.split()} - {"openid"} <= scopes
    assert {"acr", "basic"} <= {*portal["defaultClientScopes"]}  # `acr` and `sub` come with these
    # With scopes of its own the realm would have none of those that Keycloak brings.
    assert "clientScopes" not in read("realm.json")


# Which attribute becomes which claim, in Keycloak's own scopes `profile` and `address`.
SCOPES_OF_KEYCLOAK = {
    "birthdate": "birthdate",
    "street": "street_address",
    "postal_code": "postal_code",
    "locality": "locality",
}


def claims_of(user: dict[str, Any]) -> Claims:
    """What userinfo would say of somebody."""
    attributes = {name: values[0] for name, values in user["attributes"].items()}
    own = {mapper["config"]["user.attribute"]: mapper["config"]["claim.name"] for mapper in client()["protocolMappers"]}
    named = {(SCOPES_OF_KEYCLOAK | own)[name]: value for name, value in attributes.items()}
    address = {name: named.pop(name) for name in ("street_address", "postal_code", "locality")}
    return (
        {"given_name": user["firstName"], "family_name": user["lastName"], "email": user["email"]}
        | named
        | {"address": address}
    )


def test_of_the_made_up_people_we_learn_what_forms_prefill() -> None:
    anna = next(user for user in read("people.json")["users"] if user["username"] == "anna")

    assert attributes_of(claims_of(anna)) == {
        "given_name": "Anna",
        "family_name": "Schröder",
        "birth_name": "Meier",
        "birth_date": "1961-03-14",
        "email": "anna.schroeder@post.example",
        "street": "Lange Straße",
        "house_number": "72",
        "postal_code": "32791",
        "city": "Lage",
    }


def test_what_the_realm_knows_of_people_is_proven_and_only_administrators_change_it() -> None:
    [provider] = read("realm.json")["components"]["org.keycloak.userprofile.UserProfileProvider"]
    attributes = json.loads(provider["config"]["kc.user.profile.config"][0])["attributes"]
    editable = {one["name"] for one in attributes if "user" in one["permissions"]["edit"]}

    assert editable == {"username", "email"}
    used = {name for user in read("people.json")["users"] for name in user["attributes"]}
    assert used <= {one["name"] for one in attributes}


def test_nobody_is_there_to_begin_with() -> None:
    assert read("nobody.json") == {"realm": read("realm.json")["realm"], "users": []}
    assert "users" not in read("realm.json")
    for user in read("people.json")["users"]:
        assert [one["value"] for one in user["credentials"]] == ["only-for-tests"]
