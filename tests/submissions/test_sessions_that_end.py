"""Sessions end, people come back, sometimes as somebody else: what they had typed is where they left it."""

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.models import User
from submissions.models import Draft
from submissions.sealing import Kept
from tenants.models import Town
from tests.accounts.forger import CLIENT, SECRET, Forger, new_key, running
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_oemer
from tests.submissions.filling import PERSON, TAG, fill_in
from tests.submissions.window import Window

CONTACT_PAGE = "/antrag/hundemarke-ersatz/kontakt/"
FIRST = "/antrag/hundemarke-ersatz/halter/"
OTHER_ACCOUNT = "Dieser Entwurf gehört zu einem anderen Konto."


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Anna has filled in some pages with her account."""
    make_payable()
    visitor.sign_in(make_anna())
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")
    return visitor


def anna_herself() -> User:
    return User.objects.get(subject="anna")


def end_session(client: TownClient) -> None:
    """Two hours pass: the browser forgets the session, and nothing else."""
    del client.cookies["session"]


def test_what_is_typed_after_the_session_has_ended_is_kept_in_the_browser(anna: TownClient) -> None:
    window = Window(anna, CONTACT_PAGE)
    end_session(anna)

    told = window.types(email="halb@getip", telefon="05232 4711")
    window.types(email="halb@getippt.example", telefon="05232 4711")
    (kept,) = Draft.objects.filter(citizen=None)
    anna.sign_in(anna_herself())
    page = Window(anna, CONTACT_PAGE).page

    assert told["outcome"] == "signed_out"
    assert told["url"].startswith("/anmelden/?next=%2Fantrag%2Fhundemarke-ersatz%2Fkontakt%2F")
    assert b"getip" not in bytes(kept.sealed or b"")
    assert 'value="halb@getippt.example"' in page
    assert 'value="05232 4711"' in page
    assert "Fehler" not in page
    assert Draft.objects.get().answers["strasse"] == "Lange Straße"


def test_what_was_typed_before_anything_was_saved_comes_back_too(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    visitor.sign_in(make_anna())
    window = Window(visitor, FIRST)
    end_session(visitor)

    window.sends(vorname="Anna Maria")
    visitor.sign_in(anna_herself())

    assert 'value="Anna Maria"' in Window(visitor, FIRST).page


def test_a_page_of_a_new_dog_comes_back_too(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_anna())
    fill_in(visitor, "hund-anmelden", {"halter": {"halter_art": "privat"} | PERSON})
    window = Window(visitor, "/antrag/hund-anmelden/hunde/1/rasse/")
    end_session(visitor)

    window.sends(hund_name="Zottel")
    visitor.sign_in(anna_herself())

    assert 'value="Zottel"' in Window(visitor, "/antrag/hund-anmelden/hunde/1/rasse/").page


def test_if_the_page_was_changed_elsewhere_meanwhile_she_is_told(anna: TownClient) -> None:
    window = Window(anna, CONTACT_PAGE)
    phone = TownClient(anna.town).sign_in(anna_herself())
    end_session(anna)
    window.types(email="hier@post.example")
    Window(phone, CONTACT_PAGE).sends(email="dort@post.example")

    anna.sign_in(anna_herself())
    back = Window(anna, CONTACT_PAGE)

    assert "inzwischen auch in einem anderen Fenster" in text_of(back.response)
    assert 'value="hier@post.example"' in back.page
    assert Draft.objects.get().answers["email"] == "dort@post.example"


def test_another_account_sees_nothing_of_it_and_its_owner_still_finds_it(anna: TownClient) -> None:
    window = Window(anna, CONTACT_PAGE)
    end_session(anna)
    window.types(email="anna@geheim.example")

    anna.sign_in(make_oemer())
    first = Window(anna, FIRST)
    second = Window(anna, FIRST)
    end_session(anna)
    nobody = Window(anna, CONTACT_PAGE)
    anna.sign_in(anna_herself())

    assert OTHER_ACCOUNT in text_of(first.response)
    assert OTHER_ACCOUNT not in text_of(second.response)
    assert "geheim" not in first.page + second.page + nobody.page
    assert 'value="anna@geheim.example"' in Window(anna, CONTACT_PAGE).page


def test_a_draft_of_somebody_else_is_not_merged(anna: TownClient) -> None:
    window = Window(anna, CONTACT_PAGE)
    end_session(anna)
    window.types(email="anna@geheim.example")
    anna.sign_in(make_oemer())

    Window(anna, FIRST).sends(**PERSON | {"vorname": "Ömer", "nachname": "Şahin"})

    of_anna, of_oemer = (Draft.objects.get(citizen__subject=name) for name in ("anna", "oemer"))
    assert (of_anna.answers["nachname"], of_oemer.answers["nachname"]) == ("Schröder", "Şahin")
    assert of_anna.typed == {}


# --- Through the provider -----------------------------------------------------------------------------------


@pytest.fixture
def forger(settings: Any) -> Any:
    """The identity provider, at which Anna and Ömer have accounts."""
    with running(new_key()) as forger:
        settings.OIDC_ISSUER, settings.OIDC_CALLBACK = forger.issuer, "per-town"
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
        yield forger


def sign_in(client: TownClient, forger: Forger, name: str, next_path: str = "/meine-antraege/") -> Any:
    """Through the provider and back; returns the answer to coming back."""
    forger.claims = {"sub": name}
    forger.userinfo = {"sub": name, "given_name": name.title(), "family_name": "Beispiel"}
    leaving = client.get("/anmelden/", {"next": next_path})
    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.nonce = asked["nonce"][0]
    query = {"code": f"code-{name}", "state": asked["state"][0], "iss": forger.issuer}
    return client.get(f"/anmelden/zurueck/?{urlencode(query)}")


def test_opening_a_page_after_the_session_asks_to_sign_in_and_leads_back(
    visitor: TownClient, in_lage: Town, forger: Forger
) -> None:
    make_payable()
    sign_in(visitor, forger, "anna")
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")
    end_session(visitor)

    page = Window(visitor, CONTACT_PAGE)
    way = re.search(r'href="(/anmelden/[^"]*)"', page.page)
    back = sign_in(visitor, forger, "anna", CONTACT_PAGE)

    assert "Bitte melden Sie sich wieder an" in page.page
    assert way
    assert "kontakt" in way[1]
    assert back["Location"] == CONTACT_PAGE
    assert "Wie erreichen wir Sie?" in Window(visitor, CONTACT_PAGE).page


def test_whoever_does_not_want_to_sign_in_begins_anew_and_the_draft_stays(
    visitor: TownClient, in_lage: Town, forger: Forger
) -> None:
    make_payable()
    sign_in(visitor, forger, "anna")
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")
    end_session(visitor)

    visitor.post("/antrag/hundemarke-ersatz/neu/")

    assert "Auf wen ist der Hund angemeldet?" in Window(visitor, FIRST).page
    assert Draft.objects.get().answers["strasse"] == "Lange Straße"


def test_after_signing_out_the_browser_says_nothing(visitor: TownClient, in_lage: Town, forger: Forger) -> None:
    make_payable()
    sign_in(visitor, forger, "anna")
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")

    visitor.post("/abmelden/")

    assert "Auf wen ist der Hund angemeldet?" in Window(visitor, FIRST).page


def test_who_signs_in_with_another_account_than_before_is_told_whose_the_draft_is(
    visitor: TownClient, in_lage: Town, forger: Forger
) -> None:
    make_payable()
    sign_in(visitor, forger, "anna")
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")
    end_session(visitor)

    sign_in(visitor, forger, "oemer", CONTACT_PAGE)
    page = Window(visitor, CONTACT_PAGE)

    assert OTHER_ACCOUNT in text_of(page.response)
    assert "Lange Straße" not in page.page


def test_raising_the_level_in_the_middle_keeps_the_half_typed_page(
    visitor: TownClient, in_lage: Town, forger: Forger
) -> None:
    make_payable()
    sign_in(visitor, forger, "anna")
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")
    Window(visitor, CONTACT_PAGE).types(email="halb@getip")

    leaving = visitor.get("/anmelden/", {"next": CONTACT_PAGE, "level": "high"})

    asked = parse_qs(urlsplit(leaving["Location"]).query)
    forger.claims = {"sub": "anna", "acr": asked["acr_values"][0]}
    forger.nonce = asked["nonce"][0]
    query = {"code": "code-anna", "state": asked["state"][0], "iss": forger.issuer}
    back = visitor.get(f"/anmelden/zurueck/?{urlencode(query)}")

    assert back["Location"] == CONTACT_PAGE
    assert 'value="halb@getip"' in Window(visitor, CONTACT_PAGE).page


def test_while_the_provider_is_down_the_form_goes_on(visitor: TownClient, in_lage: Town, settings: Any) -> None:
    make_payable()
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    fill_in(visitor, "hundemarke-ersatz", TAG, until="kontakt")

    failed = visitor.get("/anmelden/", {"next": CONTACT_PAGE})
    page = Window(visitor, CONTACT_PAGE)

    assert failed.status_code == 503
    assert f'href="{CONTACT_PAGE}"' in failed.content.decode()
    assert page.sends(email="anna@post.example").status_code == 302


# --- How long it lasts --------------------------------------------------------------------------------------


def test_a_page_asks_how_long_the_session_lasts_without_making_it_longer(anna: TownClient, settings: Any) -> None:
    session = anna.session
    session.set_expiry(100)
    session.save()

    asked = anna.get("/anmelden/stand/").json()["seconds"]
    longer = anna.post("/anmelden/stand/").json()["seconds"]

    assert 90 <= asked <= 100
    assert longer == 100
    assert TownClient(anna.town).get("/anmelden/stand/").json() == {"seconds": 0}


def test_keys_to_what_was_typed_open_nothing_for_anybody_else(anna: TownClient) -> None:
    window = Window(anna, CONTACT_PAGE)
    end_session(anna)
    window.types(email="anna@geheim.example")
    stolen = TownClient(anna.town)
    stolen.cookies = anna.cookies

    assert f"{Kept.TYPED}-hundemarke-ersatz" in stolen.cookies
    assert "geheim" not in Window(stolen, CONTACT_PAGE).page
