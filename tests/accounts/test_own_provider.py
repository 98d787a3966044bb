"""Staff sign in at a provider of their town's own: whom nobody has invited stays outside, whatever it says."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail

from accounts import staff_openid
from accounts.models import AuditEntry, Role, SecondFactor, StaffProvider, User
from accounts.staff_openid import BACKEND, ProviderDetails
from tenants.context import in_town
from tenants.models import Town
from tests.accounts.forger import CLIENT, LEFT_OUT, SECRET, Forger, new_key, running
from tests.desk import errors_of
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_astrid, make_bernd, make_clara

START, RETURN = "/rathaus/anmelden/konto/", "/rathaus/anmelden/zurueck/"
SETTINGS = "/rathaus/verwaltung/anmeldung/"
INBOX = "/rathaus/eingang/"
ENTERED = {"client_id": CLIENT, "client_secret": SECRET, "label": "Mit dem Konto der Stadt anmelden"}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def forger(key: rsa.RSAPrivateKey, settings: Any) -> Iterator[Forger]:
    """The town's provider, on this machine, where the operator allows it. It knows Bernd."""
    settings.HANDOVER_NETWORKS = ["127.0.0.0/8", "::1/128"]
    with running(key) as found:
        found.userinfo = {"email": "bernd@rathaus.example", "email_verified": True}
        yield found


@pytest.fixture
def provider(forger: Forger, in_lage: Town) -> StaffProvider:
    """It is entered, tried and on."""
    astrid = make_astrid()
    details = ProviderDetails(
        issuer=forger.issuer, trusts_addresses=False, second_factor=SecondFactor.OURS, acr="", **ENTERED
    )
    staff_openid.save_provider(details=details, by=astrid, now=MONDAY)
    staff_openid.mark_as_tried(by=astrid, now=MONDAY)
    staff_openid.switch_provider(is_on=True, by=astrid, now=MONDAY)
    return StaffProvider.objects.get()


@pytest.fixture
def bernd(in_lage: Town) -> User:
    return make_bernd()


def leave(browser: TownClient, query: str = "") -> dict[str, str]:
    """Go to the provider. Returns what it was asked."""
    leaving = browser.get(START + query)
    return {name: values[0] for name, values in parse_qs(urlsplit(leaving["Location"]).query).items()}


def come_back(browser: TownClient, forger: Forger, query: str = "", **answer: str) -> Any:
    asked = leave(browser, query)
    forger.nonce = asked["nonce"]
    return browser.get(
        f"{RETURN}?{urlencode({'code': 'code', 'state': asked['state'], 'iss': forger.issuer} | answer)}"
    )


def is_inside(browser: TownClient) -> bool:
    return browser.get(INBOX).status_code == 200


# --- There and back ------------------------------------------------------------------------------------------


def test_whoever_was_invited_is_found_by_her_address_and_asked_for_our_second_factor(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    answer = come_back(visitor, forger, "?next=/rathaus/post/")

    assert answer["Location"] == "/rathaus/anmelden/code/?next=%2Frathaus%2Fpost%2F"
    assert visitor.get(INBOX)["Location"].startswith("/rathaus/anmelden/code/")
    assert visitor.get("/rathaus/anmelden/code/")["Location"] == "/rathaus/anmelden/einrichten/"
    bernd.refresh_from_db()
    assert (bernd.issuer, bernd.subject) == (forger.issuer, "anna")
    assert AuditEntry.objects.filter(action="account_linked", by=bernd).count() == 1
    assert User.objects.count() == 2


def test_the_provider_is_asked_with_one_return_address_and_a_proof(
    visitor: TownClient, forger: Forger, provider: StaffProvider, settings: Any
) -> None:
    asked = leave(visitor)

    assert asked["redirect_uri"] == f"{settings.OPERATOR_URL}/anmelden/zurueck/"
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid profile email")
    assert asked["nonce"]


def test_from_then_on_the_address_does_not_matter(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    come_back(visitor, forger)
    forger.userinfo = {"email": "b.brinkmann@neu.example", "email_verified": False}

    answer = come_back(TownClient(visitor.town), forger)

    assert answer["Location"] == "/rathaus/anmelden/code/"


def test_the_sign_in_rotates_the_session(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    leave(visitor)
    before = visitor.cookies["session"].value

    come_back(visitor, forger)

    assert visitor.cookies["session"].value != before
    assert visitor.session["_auth_user_backend"] == BACKEND


@pytest.mark.parametrize(
    ("wanted", "claims", "is_enough"),
    [
        (SecondFactor.OURS, {"amr": ["pwd", "mfa"], "acr": "gold"}, False),
        (SecondFactor.AMR, {"amr": ["pwd", "otp"]}, True),
        (SecondFactor.AMR, {"amr": ["pwd"]}, False),
        (SecondFactor.AMR, {"amr": "mfa"}, False),
        (SecondFactor.AMR, {}, False),
        (SecondFactor.ACR, {"acr": "gold"}, True),
        (SecondFactor.ACR, {"acr": "silver"}, False),
        (SecondFactor.ACR, {"acr": LEFT_OUT}, False),
    ],
)
def test_our_second_factor_is_asked_unless_the_provider_says_what_the_town_has_set(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, wanted: SecondFactor,
    claims: dict[str, Any], is_enough: bool,
) -> None:  # fmt: skip
    StaffProvider.objects.update(second_factor=wanted, acr="gold")
    forger.claims = claims

    come_back(visitor, forger)

    assert is_inside(visitor) == is_enough


def test_signing_out_leads_to_the_provider(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    forger.changes = {"end_session_endpoint": f"{forger.issuer}/end"}
    come_back(visitor, forger)

    answer = visitor.post("/rathaus/abmelden/")

    address = answer["Refresh"].removeprefix("0; url=")
    assert address.startswith(f"{forger.issuer}/end?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["id_token_hint"][0].count(".") == 2
    assert "Sie sind im Rathaus abgemeldet" in text_of(answer)
    assert not is_inside(visitor)


# --- Who stays outside ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"email": "niemand@rathaus.example"}, "Für Sie gibt es hier noch keinen Zugang"),
        ({"email": LEFT_OUT}, "Für Sie gibt es hier noch keinen Zugang"),
        ({"email_verified": False}, "Ihre E-Mail-Adresse ist noch nicht bestätigt"),
        ({"email_verified": LEFT_OUT}, "Ihre E-Mail-Adresse ist noch nicht bestätigt"),
        ({"email_verified": "false"}, "Ihre E-Mail-Adresse ist noch nicht bestätigt"),
    ],
)
def test_who_was_not_invited_or_has_no_verified_address_is_told_so(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, told: dict[str, Any], sentence: str
) -> None:
    forger.userinfo |= told

    answer = come_back(visitor, forger)

    assert (answer.status_code, sentence in text_of(answer)) == (403, True)
    assert User.objects.exclude(subject="").count() == 0
    assert User.objects.count() == 2
    assert "_auth_user_id" not in visitor.session


def test_a_verified_address_counts_for_the_source_that_names_it(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    forger.claims = {"email": "anna@post.example", "email_verified": True}
    forger.userinfo = {"email": "bernd@rathaus.example"}

    assert "noch nicht bestätigt" in text_of(come_back(visitor, forger))


def test_a_town_may_say_that_its_addresses_are_its_own(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    StaffProvider.objects.update(trusts_addresses=True)
    forger.userinfo["email_verified"] = LEFT_OUT

    assert come_back(visitor, forger)["Location"] == "/rathaus/anmelden/code/"


def test_another_account_with_the_same_address_stays_outside_until_the_old_one_is_let_go(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    come_back(visitor, forger)
    forger.claims = {"sub": "somebody-new"}
    forger.userinfo["sub"] = "somebody-new"

    refused = come_back(TownClient(visitor.town), forger)
    TownClient(visitor.town).sign_in(User.objects.get(given_name="Astrid")).post(
        f"/rathaus/verwaltung/mitarbeitende/{bernd.pk}/konto/"
    )

    assert "Ihr Zugang gehört zu einem anderen Konto" in text_of(refused)
    assert come_back(TownClient(visitor.town), forger)["Location"] == "/rathaus/anmelden/code/"


def test_somebody_who_is_locked_out_stays_out_and_loses_her_session(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    StaffProvider.objects.update(second_factor=SecondFactor.AMR)
    forger.claims = {"amr": ["mfa"]}
    come_back(visitor, forger)
    was_inside = is_inside(visitor)
    User.objects.filter(pk=bernd.pk).update(is_active=False)

    assert (was_inside, is_inside(visitor)) == (True, False)
    assert "Ihr Zugang ist gesperrt" in text_of(come_back(TownClient(visitor.town), forger))


def test_sessions_from_there_end_when_it_is_switched_off(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    StaffProvider.objects.update(second_factor=SecondFactor.AMR)
    forger.claims = {"amr": ["mfa"]}
    come_back(visitor, forger)
    was_inside = is_inside(visitor)
    staff_openid.switch_provider(is_on=False, by=User.objects.get(given_name="Astrid"), now=MONDAY)

    assert (was_inside, is_inside(visitor)) == (True, False)
    assert visitor.get(START).status_code == 404


@pytest.mark.parametrize(
    "claims",
    [{"aud": "somebody-else"}, {"iss": "https://boese.example"}, {"nonce": "another"}, {"exp": 946684800}],
    ids=str,
)
def test_a_token_that_is_not_meant_for_us_signs_nobody_in(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, claims: dict[str, Any]
) -> None:
    forger.claims = claims

    answer = come_back(visitor, forger)

    assert (answer.status_code, "Die Anmeldung hat nicht geklappt" in text_of(answer)) == (400, True)
    assert "_auth_user_id" not in visitor.session


@pytest.mark.parametrize("change", [{"algorithm": "none"}, {"algorithm": "HS256", "signing_key": SECRET}], ids=str)
def test_only_agreed_signatures_count(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        setattr(forger, name, value)

    assert come_back(visitor, forger).status_code == 400
    assert "_auth_user_id" not in visitor.session


def test_an_answer_is_good_once_and_only_where_it_was_asked_for(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    asked = leave(visitor)
    forger.nonce = asked["nonce"]
    arrival = f"{RETURN}?{urlencode({'code': 'code', 'state': asked['state'], 'iss': forger.issuer})}"

    stranger = TownClient(visitor.town).get(arrival)
    as_citizen = visitor.get(arrival.replace(RETURN, "/anmelden/zurueck/"))
    first = visitor.get(arrival) if as_citizen.status_code == 400 else None
    assert "Die Anmeldung ist abgelaufen" in text_of(stranger)
    assert "/token" not in [path for path, _body in forger.asked]
    assert first is not None
    assert "abgelaufen" in text_of(visitor.get(arrival))


def test_the_answer_of_another_provider_is_refused(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    answer = come_back(visitor, forger, iss="https://boese.example")

    assert answer.status_code == 400
    assert "/token" not in [path for path, _body in forger.asked]


def test_the_staff_of_another_town_stay_outside(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, detmold: Town
) -> None:
    with in_town(detmold):
        make_clara()
    forger.userinfo = {"email": "clara@rathaus.example", "email_verified": True}

    assert "Für Sie gibt es hier noch keinen Zugang" in text_of(come_back(visitor, forger))
    assert TownClient(detmold).get(START).status_code == 404
    assert "Mit dem Konto der Stadt anmelden" not in text_of(TownClient(detmold).get("/rathaus/anmelden/"))


def test_without_the_provider_there_is_a_page_that_says_so_and_the_password_still_works(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User
) -> None:
    bernd.set_password("Ein-Probe-Passwort-1")
    bernd.save()
    StaffProvider.objects.update(issuer="http://localhost:1")

    answer = visitor.get(START)
    signed_in = visitor.post("/rathaus/anmelden/", {"email": bernd.email, "password": "Ein-Probe-Passwort-1"})

    assert (answer.status_code, "Die Anmeldung geht gerade nicht" in text_of(answer)) == (503, True)
    assert "Zur Anmeldung im Rathaus" in text_of(answer)
    assert signed_in["Location"] == "/rathaus/anmelden/code/"


# --- Passwords -----------------------------------------------------------------------------------------------


def test_passwords_can_be_kept_for_administrators(visitor: TownClient, provider: StaffProvider, bernd: User) -> None:
    astrid = User.objects.get(given_name="Astrid")
    for one in (bernd, astrid):
        one.set_password("Ein-Probe-Passwort-1")
        one.save()
    staff_openid.allow_passwords(are_allowed=False, by=astrid, now=MONDAY)

    his = visitor.post("/rathaus/anmelden/", {"email": bernd.email, "password": "Ein-Probe-Passwort-1"})
    hers = TownClient(visitor.town).post(
        "/rathaus/anmelden/", {"email": astrid.email, "password": "Ein-Probe-Passwort-1"}
    )

    assert his.status_code == 422
    assert "Mit Passwort: nur die Verwaltung des Portals" in text_of(his)
    assert hers["Location"] == "/rathaus/anmelden/code/"


def test_who_needs_no_password_gets_no_link_for_one(visitor: TownClient, provider: StaffProvider, bernd: User) -> None:
    astrid = User.objects.get(given_name="Astrid")
    staff_openid.allow_passwords(are_allowed=False, by=astrid, now=MONDAY)

    visitor.post("/rathaus/passwort/", {"email": bernd.email})
    TownClient(visitor.town).sign_in(astrid).post(
        "/rathaus/verwaltung/mitarbeitende/einladen/",
        {"given_name": "Udo", "family_name": "Uhl", "email": "udo@rathaus.example", "roles": ["case_worker"]},
    )
    run_jobs()

    [message] = mail.outbox
    assert message.to == ["udo@rathaus.example"]
    assert "http://lage.localhost:8000/rathaus/anmelden/\n" in message.body
    assert "drücken Sie „Mit dem Konto der Stadt anmelden“" in message.body
    assert "/passwort/" not in message.body


# --- Setting it up -------------------------------------------------------------------------------------------


@pytest.fixture
def astrid(lage: Town, in_lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_astrid())


@pytest.fixture
def entered(forger: Forger) -> dict[str, str]:
    return ENTERED | {"issuer": forger.issuer, "second_factor": "ours"}


def test_it_is_entered_tried_and_switched_on(
    astrid: TownClient, visitor: TownClient, forger: Forger, entered: dict[str, str]
) -> None:
    astrid.post(SETTINGS, entered | {"issuer": f"{forger.issuer}/.well-known/openid-configuration"})
    too_early = text_of(astrid.post(f"{SETTINGS}stand/", {"is_on": "on"}, follow=True))
    forger.userinfo["email"] = "astrid@rathaus.example"
    tried = text_of(astrid.get(come_back(astrid, forger, "?probe=1")["Location"]))
    astrid.post(f"{SETTINGS}stand/", {"is_on": "on"})

    assert "Melden Sie sich zuerst selbst einmal zur Probe dort an." in too_early
    assert "Die Probe hat geklappt. Nach dem zweiten Faktor fragt das Portal selbst." in tried
    assert "Mit dem Konto der Stadt anmelden" in text_of(visitor.get("/rathaus/anmelden/"))
    row = StaffProvider.objects.get()
    assert (row.issuer, row.is_on, row.probed_by and row.probed_by.given_name) == (forger.issuer, True, "Astrid")
    assert SECRET not in row.sealed_secret
    done = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert done == ["provider_changed", "account_linked", "provider_tried", "provider_changed"]


def test_a_probe_with_a_colleagues_account_is_none(
    astrid: TownClient, forger: Forger, entered: dict[str, str], bernd: User
) -> None:
    astrid.post(SETTINGS, entered)

    page = text_of(astrid.get(come_back(astrid, forger, "?probe=1")["Location"]))

    assert "Dort sind Sie als bernd@rathaus.example angemeldet." in page
    assert StaffProvider.objects.get().probed_at is None
    assert astrid.get(SETTINGS).status_code == 200


def test_nobody_but_an_administrator_tries_it(
    astrid: TownClient, visitor: TownClient, entered: dict[str, str], bernd: User
) -> None:
    astrid.post(SETTINGS, entered)

    assert visitor.get(f"{START}?probe=1").status_code == 404
    assert TownClient(visitor.town).sign_in(bernd).get(f"{START}?probe=1").status_code == 404


def test_the_secret_is_never_shown_again_and_stays_if_none_is_typed(
    astrid: TownClient, forger: Forger, provider_by_page: Callable[[], None], entered: dict[str, str]
) -> None:
    provider_by_page()
    before = StaffProvider.objects.get().sealed_secret

    page = astrid.get(SETTINGS)
    astrid.post(SETTINGS, entered | {"client_secret": "", "label": "Anmelden"})

    assert SECRET not in page.content.decode()
    row = StaffProvider.objects.get()
    assert (row.sealed_secret, row.label, row.is_on) == (before, "Anmelden", True)


def test_with_another_secret_it_is_off_until_it_was_tried(
    astrid: TownClient, provider_by_page: Callable[[], None], entered: dict[str, str]
) -> None:
    provider_by_page()

    astrid.post(SETTINGS, entered | {"client_secret": "another"})

    row = StaffProvider.objects.get()
    assert (row.is_on, row.probed_at, row.probed_by) == (False, None, None)


@pytest.fixture
def provider_by_page(astrid: TownClient, entered: dict[str, str]) -> Callable[[], None]:
    """Enters it and switches it on."""

    def enter() -> None:
        astrid.post(SETTINGS, entered)
        by = User.objects.get(roles__contains=[Role.ADMINISTRATOR])
        staff_openid.mark_as_tried(by=by, now=MONDAY)
        staff_openid.switch_provider(is_on=True, by=by, now=MONDAY)

    return enter


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"issuer": ""}, "Geben Sie die Adresse des Anbieters ein."),
        ({"issuer": "http://127.0.0.1:1"}, "Unter dieser Adresse meldet sich kein OpenID-Anbieter. "),
        ({"issuer": "http://192.0.0.9"}, "Die Adresse muss mit https:// beginnen."),
        ({"issuer": "https://10.1.2.3"}, "Diese Adresse führt in ein inneres Netz."),
        ({"issuer": "https://169.254.169.254"}, "Diese Adresse führt in ein inneres Netz."),
        ({"issuer": "ftp://stadt.example"}, "Unter dieser Adresse meldet sich kein OpenID-Anbieter. "),
        ({"client_secret": ""}, "Geben Sie das Geheimnis ein, das zu der Kennung gehört."),
        ({"second_factor": "acr"}, "Geben Sie den Wert an, der für einen zweiten Faktor steht."),
    ],
)
def test_wrong_details_are_explained(
    astrid: TownClient, entered: dict[str, str], changes: dict[str, str], sentence: str
) -> None:
    answer = astrid.post(SETTINGS, entered | changes)

    assert answer.status_code == 422
    [error] = errors_of(answer)
    assert error.startswith(sentence)
    assert StaffProvider.objects.count() == 0


@pytest.mark.parametrize("inner", ["http://10.1.2.3/token", "https://10.1.2.3/token"])
def test_a_provider_cannot_send_the_portal_into_an_inner_network(
    visitor: TownClient, forger: Forger, provider: StaffProvider, bernd: User, settings: Any, inner: str
) -> None:
    forger.changes = {"token_endpoint": inner}

    assert come_back(visitor, forger).status_code == 503
    assert "_auth_user_id" not in visitor.session
