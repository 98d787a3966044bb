"""What the account knows: it fills in, is marked, and where the provider vouches for it nobody can change it."""

import pytest

from accounts.models import User
from accounts.trust import TrustLevel
from submissions.models import Draft, Submission
from tenants.models import Town
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd
from tests.submissions.filling import ADDRESS, PERSON, TAG, fill_in
from tests.submissions.window import Window
from townhall.shopfront import shopfront

FIRST = "/antrag/hundemarke-ersatz/halter/"
CONTACT_PAGE = "/antrag/hundemarke-ersatz/kontakt/"
REVIEW = "/antrag/hundemarke-ersatz/pruefen/"
MARK, VOUCHED = "aus Ihrem Konto", "aus Ihrem Konto, geprüft"


@pytest.fixture
def nobody(visitor: TownClient, in_lage: Town) -> TownClient:
    make_payable()
    make_anna()
    return visitor


def anna_herself() -> User:
    return User.objects.get(subject="anna")


def test_what_comes_from_the_account_says_so(nobody: TownClient) -> None:
    basic = text_of(Window(nobody.sign_in(anna_herself()), FIRST).response)
    high = text_of(Window(nobody.sign_in(anna_herself(), TrustLevel.HIGH), FIRST).response)

    assert f"Vorname(n) {MARK}" in basic
    assert VOUCHED not in basic
    assert f"Vorname(n) {VOUCHED}" in high
    assert f"Anrede – freiwillig {MARK}" not in high  # the account does not know it


def test_what_somebody_has_typed_over_it_does_not_come_from_the_account(nobody: TownClient) -> None:
    window = Window(nobody.sign_in(anna_herself()), FIRST)
    window.types(**PERSON | {"vorname": "Anna Maria"})

    page = text_of(Window(nobody, FIRST).response)

    assert f"Vorname(n) {MARK}" not in page
    assert f"Familienname {MARK}" in page


def test_a_forged_save_changes_nothing_that_is_vouched_for(nobody: TownClient) -> None:
    window = Window(nobody.sign_in(anna_herself(), TrustLevel.SUBSTANTIAL), FIRST)

    window.types(vorname="Berta", nachname="Betrug")
    shown = Window(nobody, FIRST).page
    window.sends(vorname="Berta", nachname="Betrug", geburtsdatum_year="2001")

    answers = Draft.objects.get().answers
    assert 'value="Anna"' in shown
    assert (answers["vorname"], answers["nachname"], answers["geburtsdatum"]) == ("Anna", "Schröder", "1961-03-14")


def test_how_to_reach_somebody_she_says_herself_at_every_level(nobody: TownClient) -> None:
    nobody.sign_in(anna_herself(), TrustLevel.HIGH)
    fill_in(nobody, "hundemarke-ersatz", TAG, until="kontakt")

    Window(nobody, CONTACT_PAGE).sends(email="anders@post.example")

    assert Draft.objects.get().answers["email"] == "anders@post.example"


def test_a_vouched_answer_that_breaks_our_patterns_does_not_lock_anybody_out(nobody: TownClient) -> None:
    anna = anna_herself()
    anna.attributes = anna.attributes | {"given_name": "Anna 2", "house_number": "am Wehr"}
    anna.save()
    nobody.sign_in(anna, TrustLevel.HIGH)

    assert Window(nobody, FIRST).sends().status_code == 302
    assert Window(nobody, "/antrag/hundemarke-ersatz/anschrift/").sends().status_code == 302


def test_who_proves_herself_later_gets_what_is_vouched_for_and_is_told(nobody: TownClient) -> None:
    pages = TAG | {"halter": PERSON | {"vorname": "Änna"}, "anschrift": ADDRESS | {"hausnummer": "7"}}
    fill_in(nobody, "hundemarke-ersatz", pages)
    nobody.sign_in(anna_herself(), TrustLevel.HIGH)

    told = text_of(nobody.get(REVIEW, follow=True))

    answers = Draft.objects.get().answers
    assert "Vorname(n): Anna (vorher: Änna), Hausnummer: 72 (vorher: 7)" in told
    assert (answers["vorname"], answers["hausnummer"]) == ("Anna", "72")
    assert "vorher" not in text_of(nobody.get(REVIEW))


def test_an_account_that_proves_nothing_only_offers(nobody: TownClient) -> None:
    """Somebody signed in late: because the provider was down, or because she did not want to before."""
    fill_in(nobody, "hundemarke-ersatz", TAG | {"anschrift": ADDRESS | {"strasse": "Neue Straße"}})
    nobody.sign_in(anna_herself())

    offered = text_of(nobody.get(REVIEW, follow=True))
    before = Draft.objects.get().answers["strasse"]
    taken = nobody.post("/antrag/hundemarke-ersatz/aus-dem-konto/")

    assert "Straße: im Konto Lange Straße, hier Neue Straße" in offered
    assert before == "Neue Straße"
    assert taken["Location"] == REVIEW
    assert Draft.objects.get().answers["strasse"] == "Lange Straße"
    assert "In Ihrem Konto steht etwas anderes" not in text_of(nobody.get(REVIEW))


def test_the_case_worker_sees_what_is_vouched_for(nobody: TownClient) -> None:
    nobody.sign_in(anna_herself(), TrustLevel.HIGH)
    fill_in(nobody, "hundemarke-ersatz", TAG | {"kontakt": {"email": "anders@post.example"}})
    nobody.post(REVIEW, {"complete": "on", "seen_fee": "10.00"})

    submission = Submission.objects.get()
    case = TownClient(nobody.town).sign_in(make_bernd()).get(f"/rathaus/vorgang/{submission.number}/")

    assert set(submission.verified) == {
        *("vorname", "nachname", "geburtsdatum"),
        *("strasse", "hausnummer", "plz", "ort"),
    }
    assert text_of(case).count("geprüft") >= 7


def test_too_low_a_level_says_how_to_raise_it_and_what_else_there_is(nobody: TownClient) -> None:
    nobody.sign_in(anna_herself())
    fill_in(nobody, "hundemarke-ersatz", TAG)
    service = shopfront().catalogue.services["hundemarke-ersatz"]
    object.__setattr__(service, "trust_level", TrustLevel.HIGH)  # in memory, until the test is over

    page = nobody.get(REVIEW)
    refused = nobody.post(REVIEW, {"complete": "on", "seen_fee": "10.00"})

    assert "Online-Ausweis mit PIN" in text_of(page)
    assert "/antrag/hundemarke-ersatz/entwurf.pdf" in page.content.decode()
    assert "/aemter/" in page.content.decode()
    assert refused.status_code == 200
    assert Draft.objects.exists()
    assert not Submission.objects.exists()
