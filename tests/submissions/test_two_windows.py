"""The same draft in two windows or on two devices, saved while somebody types: nothing vanishes silently."""

import pytest
from django.utils import timezone

from accounts.models import User
from submissions.models import Draft, Submission
from tenants.models import Town
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_citizen
from tests.submissions.filling import ADDRESS, CONTACT, DOG, PERSON, TAG, fill_in, fill_in_dog, fill_in_dog_registration
from tests.submissions.window import Window

FIRST = "/antrag/hundemarke-ersatz/halter/"
SECOND = "/antrag/hundemarke-ersatz/anschrift/"


@pytest.fixture
def town(in_lage: Town) -> Town:
    make_payable()
    return in_lage


@pytest.fixture
def anna(town: Town) -> TownClient:
    """Anna at home. Her account knows nothing but her name."""
    return TownClient(town).sign_in(make_citizen("anna", "Anna", "Schröder"))


@pytest.fixture
def on_the_bus(anna: TownClient) -> TownClient:
    """Anna on her phone."""
    return TownClient(anna.town).sign_in(User.objects.get(subject="anna"))


@pytest.fixture
def nobody(town: Town) -> TownClient:
    return TownClient(town)


def test_what_is_typed_is_saved_while_it_is_typed(anna: TownClient, on_the_bus: TownClient) -> None:
    window = Window(anna, FIRST)

    told = window.types(vorname="An")
    window.types(vorname="Anna Ma")

    assert told["outcome"] == "saved"
    assert told["time"] == timezone.localtime().strftime("%H:%M")
    assert told["draft"] == str(Draft.objects.get().pk)
    page = Window(on_the_bus, FIRST).page
    assert 'value="Anna Ma"' in page
    assert "Geben Sie" not in page  # nobody has asked yet what is wrong with it
    assert Draft.objects.get().answers == {}


def test_without_an_account_it_is_saved_sealed(nobody: TownClient) -> None:
    told = Window(nobody, FIRST).types(vorname="Anna Maria")

    draft = Draft.objects.get()
    assert told["outcome"] == "saved"
    assert (draft.citizen, draft.answers, draft.typed, draft.saves, draft.amounts) == (None, {}, {}, {}, {})
    assert b"Maria" not in bytes(draft.sealed or b"")
    assert 'value="Anna Maria"' in Window(nobody, FIRST).page


def test_looking_at_a_form_saves_nothing(anna: TownClient, nobody: TownClient) -> None:
    Window(anna, FIRST).types(vorname="", nachname="")
    Window(nobody, FIRST).sends("back")

    assert not Draft.objects.exists()


def test_a_page_that_is_half_typed_is_open_until_it_is_sent(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    window = Window(anna, SECOND)
    window.types(**ADDRESS | {"strasse": "Neue Straße"})

    review = anna.get("/antrag/hundemarke-ersatz/pruefen/")
    window.types(**ADDRESS)
    as_before = anna.get("/antrag/hundemarke-ersatz/pruefen/")

    assert review["Location"] == SECOND
    assert as_before.status_code == 200
    assert Draft.objects.get().answers["strasse"] == "Lange Straße"


def test_two_devices_fill_in_two_pages_and_both_stay(anna: TownClient, on_the_bus: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", {"halter": PERSON, "anschrift": ADDRESS})
    first, second = Window(anna, FIRST), Window(on_the_bus, "/antrag/hundemarke-ersatz/kontakt/")

    second.types(email="anna@post.example")
    first.sends(**PERSON | {"vorname": "Anna Maria"})
    second.sends(**CONTACT)

    draft = Draft.objects.get()
    assert (draft.answers["vorname"], draft.answers["email"]) == ("Anna Maria", "anna@post.example")
    assert draft.typed == {}


def test_on_the_same_page_the_later_one_is_told_and_decides(anna: TownClient, on_the_bus: TownClient) -> None:
    at_home, phone = Window(anna, FIRST), Window(on_the_bus, FIRST)
    phone.types(vorname="Anna", nachname="Schröder")

    told = at_home.types(vorname="Berta")
    shown = at_home.sends(**PERSON | {"vorname": "Berta"})
    kept = Draft.objects.get().typed["halter"]["vorname"]
    again = at_home.sends(**PERSON | {"vorname": "Berta"})

    assert told == {"outcome": "elsewhere"}
    assert shown.status_code == 422
    assert "Vorname(n): Anna" in text_of(shown)
    assert 'value="Berta"' in shown.content.decode()
    assert kept == ["Anna"]
    assert again["Location"] == SECOND
    assert Draft.objects.get().answers["vorname"] == "Berta"


def test_two_windows_that_say_the_same_do_not_disagree(anna: TownClient, on_the_bus: TownClient) -> None:
    at_home, phone = Window(anna, FIRST), Window(on_the_bus, FIRST)
    phone.sends(**PERSON)

    assert at_home.sends(**PERSON)["Location"] == SECOND


def test_a_save_that_was_overtaken_changes_nothing(anna: TownClient) -> None:
    window = Window(anna, FIRST)
    window.late_save(2, vorname="Anna Maria")

    told = window.late_save(1, vorname="An")

    assert told == {"outcome": "overtaken"}
    assert Draft.objects.get().typed["halter"]["vorname"] == ["Anna Maria"]


def test_a_save_that_comes_after_the_button_does_not_open_the_page_again(anna: TownClient) -> None:
    window = Window(anna, FIRST)
    window.sends(**PERSON)

    told = window.types(**PERSON | {"vorname": "Ann"})

    assert told == {"outcome": "overtaken"}
    assert Draft.objects.get().typed == {}


def test_a_save_that_comes_after_handing_in_begins_nothing_new(anna: TownClient) -> None:
    end = fill_in_dog_registration(anna)
    window = Window(anna, "/antrag/hund-anmelden/zahlung/")
    anna.post(end, {"complete": "on", "seen_fee": "0.00"})

    told = window.types(zahlungsweg="lastschrift")
    shown = window.sends(zahlungsweg="lastschrift", kontoinhaber="Anna Schröder")

    number = Submission.objects.get().number
    assert told == {"outcome": "gone"}
    assert f"unter der Nummer {number}" in text_of(shown)
    assert 'value="Anna Schröder"' in shown.content.decode()
    assert not Draft.objects.exists()


def test_whoever_goes_on_with_a_lost_page_begins_a_new_draft_with_it(anna: TownClient) -> None:
    window = Window(anna, FIRST)
    window.types(vorname="Anna")
    anna.post("/antrag/hundemarke-ersatz/neu/")

    shown = window.sends(**PERSON)
    window.sends(**PERSON)

    assert "in einem anderen Fenster oder auf einem anderen Gerät gelöscht" in text_of(shown)
    assert Draft.objects.get().answers["nachname"] == "Schröder"


def test_a_page_of_a_dog_finds_its_dog_though_another_one_was_removed(anna: TownClient, on_the_bus: TownClient) -> None:
    fill_in_dog_registration(anna)
    fill_in_dog(anna, 2, rasse=DOG["rasse"] | {"hund_name": "Waldi"})
    bello, waldi = Draft.objects.get().answers["hunde"]
    window = Window(anna, "/antrag/hund-anmelden/hunde/2/groesse/")

    on_the_bus.post("/antrag/hund-anmelden/hunde/", {"remove": bello["_id"]})
    window.sends(hoehe="30", gewicht="9")

    (left,) = Draft.objects.get().answers["hunde"]
    assert (left["_id"], left["hund_name"], left["hoehe"]) == (waldi["_id"], "Waldi", 30)


def test_a_dog_that_was_removed_elsewhere_comes_back_only_if_somebody_says_so(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    (bello,) = Draft.objects.get().answers["hunde"]
    window = Window(anna, "/antrag/hund-anmelden/hunde/1/groesse/")
    anna.post("/antrag/hund-anmelden/hunde/", {"remove": bello["_id"]})

    told = window.types(hoehe="31", gewicht="9")
    shown = window.sends(hoehe="31", gewicht="9")
    gone = Draft.objects.get().answers["hunde"]
    window.sends(hoehe="31", gewicht="9")

    assert told == {"outcome": "elsewhere"}
    assert (shown.status_code, gone) == (422, [])
    assert [dog["hoehe"] for dog in Draft.objects.get().answers["hunde"]] == [31]


def test_a_new_dog_is_not_there_twice_when_the_button_is_pressed_twice(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    window = Window(anna, "/antrag/hund-anmelden/hunde/2/rasse/")
    breed = DOG["rasse"] | {"hund_name": "Waldi"}

    window.sends(**breed)
    window.sends(**breed)

    assert [dog["hund_name"] for dog in Draft.objects.get().answers["hunde"]] == ["Bello", "Waldi"]


@pytest.mark.parametrize("button", ["back", "quit"])
def test_other_buttons_keep_what_was_typed_without_judging_it(anna: TownClient, button: str) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="anschrift")
    window = Window(anna, SECOND)

    left = window.sends(button, strasse="Lange Str", plz="32")

    page = Window(anna, SECOND).page
    assert left["Location"] == {"back": FIRST, "quit": "/meine-antraege/"}[button]
    assert 'value="Lange Str"' in page
    assert "Fehler" not in page


def test_enter_means_go_on(anna: TownClient) -> None:
    """The first button that belongs to a form is the one that Enter presses, wherever it stands."""
    page = Window(anna, FIRST).page
    first = page.split("<button")[1].split("</button>")[0]

    assert 'form="antrag"' in first
    assert 'name="' not in first
    assert first.endswith(">Weiter")


def test_what_was_typed_on_a_page_that_is_not_asked_for_any_more_is_still_there(anna: TownClient) -> None:
    fill_in(anna, "hund-anmelden", {"halter": {"halter_art": "privat"} | PERSON})
    fill_in(anna, "hund-anmelden", {"anschrift": ADDRESS | {"ort_haltung": "ja"}, "kontakt": CONTACT})
    window = Window(anna, "/antrag/hund-anmelden/weitere-halter/1/person/")
    anna.post("/antrag/hund-anmelden/halter/", PERSON | {"halter_art": "firma", "firma": "Hof GmbH"})

    left = window.sends(person_vorname="Jürgen")
    anna.post("/antrag/hund-anmelden/halter/", PERSON | {"halter_art": "privat"})

    assert left.status_code == 302
    assert 'value="Jürgen"' in Window(anna, "/antrag/hund-anmelden/weitere-halter/1/person/").page


def test_a_page_takes_only_what_it_asks_for(anna: TownClient) -> None:
    Window(anna, FIRST).types(vorname="Anna", iban="DE02", junk="x" * 1000, vorname_typed="A")

    assert set(Draft.objects.get().typed["halter"]) == {"vorname", "vorname_typed"}


def test_the_review_notices_that_an_answer_has_changed_since_it_was_shown(
    anna: TownClient, on_the_bus: TownClient
) -> None:
    end = fill_in_dog_registration(anna)
    shown = anna.get(end).context["form"]
    on_the_bus.post("/antrag/hund-anmelden/bestand/", {"vorhandene": "3"})

    refused = anna.post(end, {"complete": "on", "seen_fee": "0.00", "seen_answers": shown.seen})
    now = refused.context["form"].seen
    sent = anna.post(end, {"complete": "on", "seen_fee": "0.00", "seen_answers": now})

    assert "Ihre Angaben haben sich inzwischen geändert" in text_of(refused)
    assert sent.status_code == 302
    assert Submission.objects.get().answers["vorhandene"] == 3
