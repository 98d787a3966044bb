from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.trust import TrustLevel
from catalogue.forms.definition import RESERVED
from submissions import draft_actions
from submissions.models import Draft, Submission
from submissions.states import State
from submissions.urls import urlpatterns
from tenants.models import Town
from tests.factories import make_payable
from tests.people import ANNAS_ATTRIBUTES, TownClient, make_anna, make_oemer
from tests.submissions.filling import (
    ADDRESS,
    CONTACT,
    DOG,
    PERSON,
    TAG,
    errors_of,
    fill_in,
    fill_in_dog,
    fill_in_dog_registration,
)


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Anna's browser; she is signed in."""
    make_payable()
    return visitor.sign_in(make_anna())


@pytest.fixture
def nobody(visitor: TownClient, in_lage: Town) -> TownClient:
    make_payable()
    return visitor


def test_a_signed_in_person_orders_a_tag_page_by_page(anna: TownClient) -> None:
    end = fill_in(anna, "hundemarke-ersatz", TAG)
    review = anna.get(end)
    sent = anna.post(end, {"complete": "on", "seen_fee": "10.00"})

    submission = Submission.objects.get()
    assert end == "/antrag/hundemarke-ersatz/pruefen/"
    assert "10,00" in review.content.decode()
    assert "Jetzt kostenpflichtig absenden" in review.content.decode()
    assert submission.state == State.AWAITING_PAYMENT
    assert submission.number.startswith("LAGE-2026-")
    assert submission.answers["anzahl"] == 2
    assert sent["Location"] == f"/zahlung/{submission.number}/"


def test_a_dog_is_registered_without_a_fee_and_counts_at_once(anna: TownClient) -> None:
    end = fill_in_dog_registration(anna)
    sent = anna.post(end, {"complete": "on", "seen_fee": "0.00"})

    submission = Submission.objects.get()
    assert submission.state == State.RECEIVED
    assert sent["Location"] == f"/meine-antraege/{submission.number}/eingang/"
    assert submission.answers["hunde"][0]["chip"] == "276098102345678"
    assert not Draft.objects.exists()


def test_pages_may_be_filled_in_without_an_account_and_nothing_readable_is_stored(nobody: TownClient) -> None:
    end = fill_in(nobody, "hundemarke-ersatz", TAG)

    draft = Draft.objects.get()
    assert (draft.citizen, draft.answers, draft.typed, draft.done) == (None, {}, {}, [])
    assert b"Anna" not in bytes(draft.sealed or b"")
    assert "Anmelden und weiter" in nobody.get(end).content.decode()


def test_what_was_filled_in_without_an_account_is_there_after_signing_in(nobody: TownClient) -> None:
    end = fill_in(nobody, "hundemarke-ersatz", TAG)
    nobody.sign_in(make_anna())

    adopted = nobody.get(end)
    review = nobody.get(adopted["Location"])

    assert Draft.objects.get().answers["markennummer"] == "4711"
    assert "Jetzt kostenpflichtig absenden" in review.content.decode()


def test_whoever_has_begun_with_and_without_an_account_chooses(nobody: TownClient) -> None:
    citizen = make_anna()
    first = TownClient(nobody.town).sign_in(citizen)
    fill_in(first, "hundemarke-ersatz", TAG, until="hund")
    fill_in(nobody, "hundemarke-ersatz", {"halter": PERSON | {"vorname": "Anna Maria"}})
    nobody.sign_in(citizen)

    choice = nobody.get("/antrag/hundemarke-ersatz/anschrift/")
    nobody.post("/antrag/hundemarke-ersatz/auswahl/", {"keep": "browser"})

    assert choice["Location"] == "/antrag/hundemarke-ersatz/auswahl/"
    assert Draft.objects.get().answers["vorname"] == "Anna Maria"


def test_somebody_finds_the_draft_again_on_another_device(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="grund")
    other_device = TownClient(anna.town).sign_in(Draft.objects.get().citizen)  # type: ignore[arg-type]

    mine = other_device.get("/meine-antraege/").content.decode()
    start = other_device.get("/antrag/hundemarke-ersatz/").content.decode()

    assert "Angefangen" in mine
    assert "Sie haben schon angefangen" in start
    assert "/antrag/hundemarke-ersatz/grund/" in start


def test_a_wrong_page_is_shown_again_with_everything_typed(anna: TownClient) -> None:
    wrong = PERSON | {"vorname": "Anna7", "geburtsdatum_month": "13"}

    answer = anna.post("/antrag/hundemarke-ersatz/halter/", wrong)

    assert answer.status_code == 422
    assert errors_of(answer) == {
        "vorname": ["Ein Name besteht aus Buchstaben. Bitte prüfen Sie die Schreibweise."],
        "geburtsdatum": ["Dieses Datum gibt es nicht."],
    }
    again = anna.get("/antrag/hundemarke-ersatz/halter/").content.decode()
    assert 'value="Anna7"' in again
    assert 'value="13"' in again


@pytest.mark.parametrize(
    "name", ["Łukasz", "Şükrü", "Đorđe", "Kőrösi-Lindemann", "O’Neill", "von der Heide", "Zoë", "Nguyễn"]
)
def test_names_of_all_latin_scripts_are_names(anna: TownClient, name: str) -> None:
    answer = anna.post("/antrag/hundemarke-ersatz/halter/", PERSON | {"nachname": name})

    assert answer.status_code == 302
    assert Draft.objects.get().answers["nachname"] == name


@pytest.mark.parametrize(
    ("page", "answers", "expected"),
    [
        ("anschrift", ADDRESS | {"plz": "3279"}, {"plz": ["Eine Postleitzahl hat fünf Ziffern, zum Beispiel 32791."]}),
        (
            "anschrift",
            ADDRESS | {"hausnummer": "zwölf"},
            {"hausnummer": ["In eine Hausnummer gehört eine Zahl, zum Beispiel 12, 12a oder 12-14."]},
        ),
        ("anschrift", ADDRESS | {"strasse": ""}, {"strasse": ["Geben Sie die Straße ein."]}),
        (
            "kontakt",
            {"email": "anna"},
            {"email": ["Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."]},
        ),
        (
            "halter",
            PERSON | {"geburtsdatum_year": "2999"},
            {"geburtsdatum": ["Das Datum darf nicht nach dem 22. November 2026 liegen."]},
        ),
        ("halter", PERSON | {"vorname": "A" * 81}, {"vorname": ["Bitte kürzen Sie auf 80 Zeichen. Jetzt sind es 81."]}),
        ("bestellung", {"anzahl": "11", "ausgabe": "post"}, {"anzahl": ["Geben Sie höchstens 10 ein."]}),
        (
            "bestellung",
            {"anzahl": "viele", "ausgabe": "post"},
            {"anzahl": ["Geben Sie eine ganze Zahl ein, zum Beispiel 12."]},
        ),
        (
            "hund",
            {"angemeldet": "ja"},
            {
                "kassenzeichen": [
                    "Geben Sie das Kassenzeichen oder die Nummer der alten Marke an, "
                    "oder kreuzen Sie an, dass Sie beide nicht kennen."
                ]
            },
        ),
        (
            "grund",
            {"grund": "verloren"},
            {"fund": ["Bitte bestätigen Sie, dass Sie die alte Marke zurückgeben, wenn sie wieder auftaucht."]},
        ),
    ],
)
def test_wrong_input_gets_a_sentence_that_says_how_to_mend_it(
    anna: TownClient,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    answers: dict[str, str],
    expected: dict[str, list[str]],
) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until=page)

    answer = anna.post(f"/antrag/hundemarke-ersatz/{page}/", answers)

    if "geburtsdatum" in expected:  # names the day of today
        assert list(errors_of(answer)) == ["geburtsdatum"]
    else:
        assert errors_of(answer) == expected


def test_a_page_that_the_answers_do_not_call_for_leads_back_to_the_form(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="grund")

    assert anna.get("/antrag/hundemarke-ersatz/erst-anmelden/")["Location"] == "/antrag/hundemarke-ersatz/grund/"
    assert anna.get("/antrag/hundemarke-ersatz/gibt-es-nicht/").status_code == 404
    assert anna.get("/antrag/gibt-es-nicht/").status_code == 404


def test_whoever_has_no_registered_dog_is_sent_to_the_registration(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="hund")

    stop = anna.post("/antrag/hundemarke-ersatz/hund/", {"angemeldet": "nein"})
    page = anna.get(stop["Location"]).content.decode()

    assert stop["Location"] == "/antrag/hundemarke-ersatz/erst-anmelden/"
    assert "/leistungen/hund-anmelden/" in page
    assert anna.get("/antrag/hundemarke-ersatz/pruefen/")["Location"] == "/antrag/hundemarke-ersatz/erst-anmelden/"


def test_a_minor_cannot_register_a_dog(anna: TownClient) -> None:
    answer = anna.post(
        "/antrag/hund-anmelden/halter/", {"halter_art": "privat"} | PERSON | {"geburtsdatum_year": "2015"}
    )

    assert list(errors_of(answer)) == ["geburtsdatum"]
    assert "18 Jahre" in errors_of(answer)["geburtsdatum"][0]


def test_several_dogs_are_listed_changed_and_removed(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    fill_in_dog(anna, 2, rasse=DOG["rasse"] | {"hund_name": "Waldi", "rasse": "dackel-teckel"})

    both = anna.get("/antrag/hund-anmelden/hunde/").content.decode()
    anna.post("/antrag/hund-anmelden/hunde/", {"remove": Draft.objects.get().answers["hunde"][0]["_id"]})
    one = anna.get("/antrag/hund-anmelden/hunde/").content.decode()

    assert "Bello, Beagle" in both
    assert "Waldi, Dackel (Teckel)" in both
    assert "Bello" not in one
    assert [dog["hund_name"] for dog in Draft.objects.get().answers["hunde"]] == ["Waldi"]


def test_no_more_than_five_dogs_can_be_added(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    for number in range(2, 6):
        fill_in_dog(anna, number)

    assert "hinzufügen" not in anna.get("/antrag/hund-anmelden/hunde/").content.decode()
    assert anna.get("/antrag/hund-anmelden/hunde/6/rasse/").status_code == 302


def test_a_big_dog_is_asked_for_its_papers_and_they_may_come_later(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    changed = anna.post("/antrag/hund-anmelden/hunde/1/groesse/?pruefen", {"hoehe": "55", "gewicht": "28"})
    papers = {"versicherung": "Lippische", "versicherungsnummer": "77-1"}
    missing = anna.post(changed["Location"], papers)
    done = anna.post(changed["Location"], papers | {"haftpflicht_later": "on", "sachkunde_later": "on"})

    assert changed["Location"] == "/antrag/hund-anmelden/hunde/1/grosser-hund/?pruefen"
    assert set(errors_of(missing)) == {"haftpflicht", "sachkunde"}
    assert done["Location"] == "/antrag/hund-anmelden/pruefen/"


def test_a_listed_breed_is_recorded_and_flagged_for_a_visit(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    rasse = DOG["rasse"] | {"rasse": "mischling", "kreuzung": ["rottweiler"]}
    anna.post("/antrag/hund-anmelden/hunde/1/rasse/?pruefen", rasse)
    first = anna.get("/antrag/hund-anmelden/pruefen/")["Location"]
    papers = {"versicherung": "L", "versicherungsnummer": "7", "haftpflicht_later": "on", "sachkunde_later": "on"}
    permit = anna.post(first, papers)["Location"]
    end = anna.post(permit, {"erlaubnis_gelesen": "on"})["Location"]
    if end.endswith("/hunde/"):
        end = "/antrag/hund-anmelden/pruefen/"
    anna.post(end, {"complete": "on", "seen_fee": "0.00"})

    assert "Erlaubnis" in anna.get(permit).content.decode() or permit.endswith("/erlaubnis/")
    assert Submission.objects.get().flags == ["in_person_required"]


def test_answers_that_a_change_has_made_moot_are_not_handed_in(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    anna.post(
        "/antrag/hund-anmelden/zahlung/",
        {
            "zahlungsweg": "lastschrift",
            "kontoinhaber": "Anna Schröder",
            "iban": "DE02 1203 0000 0000 2020 51",
            "mandat": "on",
        },
    )
    anna.post("/antrag/hund-anmelden/zahlung/", {"zahlungsweg": "ueberweisung"})
    anna.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})

    assert "iban" not in Submission.objects.get().answers


def test_a_wrong_iban_is_refused(anna: TownClient) -> None:
    fill_in_dog_registration(anna)

    answer = anna.post(
        "/antrag/hund-anmelden/zahlung/",
        {"zahlungsweg": "lastschrift", "kontoinhaber": "Anna", "iban": "DE02 1203 0000 0000 2020 52", "mandat": "on"},
    )

    assert errors_of(answer) == {"iban": ["Diese IBAN stimmt nicht. Bitte vergleichen Sie sie mit Ihrer Bankkarte."]}


def test_the_account_fills_in_and_verified_answers_cannot_be_changed(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    anna = visitor.sign_in(make_anna(), TrustLevel.HIGH)

    page = anna.get("/antrag/hundemarke-ersatz/halter/").content.decode()
    anna.post("/antrag/hundemarke-ersatz/halter/", PERSON | {"vorname": "Berta"})

    assert 'value="Schröder"' in page
    assert "readonly" in page
    assert Draft.objects.get().answers["vorname"] == ANNAS_ATTRIBUTES["given_name"]


def test_an_account_without_proof_only_suggests(anna: TownClient) -> None:
    anna.post("/antrag/hundemarke-ersatz/halter/", PERSON | {"vorname": "Berta"})

    assert Draft.objects.get().answers["vorname"] == "Berta"


def test_a_person_whose_session_has_ended_signs_in_and_finds_what_she_typed(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="kontakt")
    page = anna.get("/antrag/hundemarke-ersatz/kontakt/")
    token = page.context["account"]
    citizen = Draft.objects.get().citizen
    anna.logout()

    sent = anna.post("/antrag/hundemarke-ersatz/kontakt/", {"account": token, "email": "halb@getip"})
    anna.sign_in(citizen)  # type: ignore[arg-type]
    back = anna.get("/antrag/hundemarke-ersatz/kontakt/", follow=True).content.decode()

    assert sent["Location"].startswith("/anmelden/?next=%2Fantrag%2Fhundemarke-ersatz%2Fkontakt%2F")
    assert 'value="halb@getip"' in back
    assert Draft.objects.get().answers["strasse"] == "Lange Straße"


def test_what_somebody_typed_is_not_shown_to_the_next_person_at_the_same_browser(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="kontakt")
    token = anna.get("/antrag/hundemarke-ersatz/kontakt/").context["account"]
    anna.logout()
    anna.post("/antrag/hundemarke-ersatz/kontakt/", {"account": token, "email": "anna@geheim.example"})

    anna.sign_in(make_oemer())
    page = anna.get("/antrag/hundemarke-ersatz/kontakt/", follow=True).content.decode()

    assert "anna@geheim.example" not in page
    assert "gehört zu einem anderen Konto" in page


def test_nothing_of_a_draft_is_seen_by_another_person_or_town(anna: TownClient, visitor_of_detmold: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG, until="kontakt")
    oemer = TownClient(anna.town).sign_in(make_oemer())

    assert "Lange Straße" not in oemer.get("/antrag/hundemarke-ersatz/anschrift/").content.decode()
    visitor_of_detmold.cookies = anna.cookies
    assert (
        "Lange Straße"
        not in visitor_of_detmold.get("/antrag/hundemarke-ersatz/anschrift/", follow=True).content.decode()
    )


def test_the_declaration_is_asked_for(anna: TownClient) -> None:
    end = fill_in(anna, "hundemarke-ersatz", TAG)

    answer = anna.post(end, {"seen_fee": "10.00"})

    assert errors_of(answer) == {"complete": ["Bitte bestätigen Sie, dass Ihre Angaben vollständig und richtig sind."]}
    assert not Submission.objects.exists()


def test_a_fee_that_has_changed_must_be_seen_again(anna: TownClient) -> None:
    end = fill_in(anna, "hundemarke-ersatz", TAG)

    answer = anna.post(end, {"complete": "on", "seen_fee": "8.00"})

    assert "früher 8,00" in errors_of(answer)["__all__"][0]
    assert not Submission.objects.exists()


def test_the_second_click_and_the_back_button_lead_to_the_same_submission(anna: TownClient) -> None:
    end = fill_in_dog_registration(anna)
    first = anna.post(end, {"complete": "on", "seen_fee": "0.00"})
    second = anna.post(end, {"complete": "on", "seen_fee": "0.00"})
    back = anna.get("/antrag/hund-anmelden/zahlung/")

    assert Submission.objects.count() == 1
    assert first["Location"] == second["Location"] == back["Location"]


def test_a_draft_can_be_thrown_away(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", {"halter": PERSON, "anschrift": ADDRESS, "kontakt": CONTACT})

    anna.post("/antrag/hundemarke-ersatz/neu/")

    assert not Draft.objects.exists()


def test_a_service_that_cannot_be_paid_yet_does_not_begin(visitor: TownClient, in_lage: Town) -> None:
    answer = visitor.get("/antrag/hundemarke-ersatz/")

    assert answer.status_code == 409
    assert "Das geht zurzeit nicht online" in answer.content.decode()


def test_drafts_that_nobody_touches_are_deleted_after_their_time(nobody: TownClient) -> None:
    account = TownClient(nobody.town).sign_in(make_anna())
    fill_in(account, "hundemarke-ersatz", TAG, until="kontakt")
    fill_in(nobody, "hundemarke-ersatz", TAG, until="kontakt")
    today = timezone.now()

    after_a_week = draft_actions.delete_old_drafts(now=today + timedelta(days=6))
    after_eight_days = draft_actions.delete_old_drafts(now=today + timedelta(days=8))
    after_three_months = draft_actions.delete_old_drafts(now=today + timedelta(days=91))

    assert (after_a_week, after_eight_days, after_three_months) == (0, 1, 1)


def test_an_unpaid_application_keeps_its_draft(anna: TownClient) -> None:
    end = fill_in(anna, "hundemarke-ersatz", TAG)
    anna.post(end, {"complete": "on", "seen_fee": "10.00"})

    assert draft_actions.delete_old_drafts(now=timezone.now() + timedelta(days=91)) == 0


def test_no_page_of_a_form_can_stand_where_the_portal_has_one() -> None:
    addresses = [str(pattern.pattern).split("/")[1:] for pattern in urlpatterns]
    own = {parts[1] for parts in addresses if parts[:1] == ["<slug:service_key>"] and len(parts) == 3}

    assert own - {"<slug:step_key>"} == RESERVED
