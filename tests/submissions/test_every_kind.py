"""What forms ask, tell and compute, on the real pages: a sample form has one question of each kind."""

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.trust import TrustLevel
from catalogue.forms.answers import answers_schema
from catalogue.forms.definition import RESERVED, FormDefinition
from submissions import urls
from submissions.export import answers_as_json
from submissions.models import Draft, Submission
from submissions.states import State
from tenants.actions import pages_changed
from tenants.models import Town
from tests.factories import make_amount
from tests.files import pdf
from tests.forms.library import context
from tests.forms.publishing import EVERY_KIND, many_fields, publish, publish_sample
from tests.forms.walker import Plan, Rehearsal, branches, walk_through_pages
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_bernd, make_oemer
from tests.submissions.filling import errors_of
from townhall.actions import change_setting
from townhall.models import FeeAmount

FORM = f"/antrag/{EVERY_KIND}"
TODAY = timezone.localdate()

PERSON = {
    "vorname": "Anna",
    "nachname": "Schröder",
    "geburtsdatum_day": "14",
    "geburtsdatum_month": "3",
    "geburtsdatum_year": "1961",
    "strasse": "Lange Straße",
    "hausnummer": "72",
    "plz": "32791",
    "ort": "Lage",
    "email": "anna@post.example",
}
TEXTS = {
    "zeile": "Łucja",
    "zeilen": "4711\n4712",
    "absatz": "Weil es so ist, wie es ist.",
    "kennzeichen": "lip ab 123",
    "chip": "276 0981 0234 5678",
    "iban": "DE02 1203 0000 0000 2020 51",
    "ort_genau": "vor der Kirche",
    "ort_genau_latitude": "51.991720",
    "ort_genau_longitude": "8.793910",
    "ort_genau_accuracy": "20",
}


def day_parts(name: str, day: date) -> dict[str, str]:
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


FIRST, LAST = TODAY + timedelta(days=40), TODAY + timedelta(days=42)
NUMBERS = {
    "anzahl": "12",
    "laenge": "2,5",
    "betrag": "1.234,50",
    "monat_month": "3",
    "monat_year": "2027",
    "ende_year": str(TODAY.year + 1),
    "geboren_year": "2020",
    "beginn": "22.30 Uhr",
    **day_parts("von", FIRST),
    **day_parts("bis", LAST),
}
CHOICES = {
    "art": "tausch",
    "jahr": str(TODAY.year),
    "grund": "sozial",
    "stuecke_sofa": "2",
    "stuecke_stuhl": "4",
}
PAPERS = {"bescheid_later": "on", "ordnung": "on"}


@pytest.fixture
def form(in_lage: Town) -> FormDefinition:
    return publish_sample()


@pytest.fixture
def anna(form: FormDefinition, visitor: TownClient) -> TownClient:
    """Anna, who has got as far as the texts."""
    visitor.sign_in(make_anna())
    visitor.post(f"{FORM}/fuer-wen/", {"fuer": "selbst"})
    visitor.post(f"{FORM}/person/", PERSON)
    return visitor


def post(client: TownClient, page: str, data: dict[str, Any]) -> Any:
    answer = client.post(f"{FORM}/{page}/", data)
    assert answer.status_code == 302, errors_of(answer)
    return answer


def fill_in(client: TownClient, **choices: str) -> Submission:
    """All pages and the button; returns what was handed in."""
    post(client, "texte", TEXTS)
    post(client, "zahlen", NUMBERS)
    post(client, "wahl", CHOICES | choices)
    post(client, "dinge", {})
    post(client, "nachweise", PAPERS)
    review = client.get(f"{FORM}/pruefen/")
    client.post(f"{FORM}/pruefen/", {"complete": "on", "seen_fee": review.context["fee"].total})
    return Submission.objects.get()


# --- What is stored, and how it is told -------------------------------------------------------------------


def test_each_kind_of_answer_is_stored_as_json(anna: TownClient) -> None:
    answers = fill_in(anna).answers

    assert {name: value for name, value in answers.items() if name not in {*PERSON, "geburtsdatum", "_id"}} == {
        "fuer": "selbst",
        "zeile": "Łucja",
        "zeilen": ["4711", "4712"],
        "absatz": "Weil es so ist, wie es ist.",
        "kennzeichen": "LIP-AB 123",
        "chip": "276098102345678",
        "iban": "DE02120300000000202051",
        "ort_genau": {"place": "vor der Kirche", "latitude": 51.99172, "longitude": 8.79391, "accuracy": 20},
        "anzahl": 12,
        "laenge": "2.5",
        "betrag": "1234.50",
        "von": FIRST.isoformat(),
        "bis": LAST.isoformat(),
        "monat": "2027-03",
        "ende": str(TODAY.year + 1),
        "geboren": "2020",
        "beginn": "22:30",
        "art": "tausch",
        "jahr": str(TODAY.year),
        "grund": "sozial",
        "stuecke": {"sofa": 2, "stuhl": 4},
        "newsletter": False,
        "dinge": [],
        "bescheid_later": True,
        "ordnung": True,
    }


IN_WORDS = [
    "Mehrere Kassenzeichen 4711, 4712",
    "Kennzeichen LIP-AB 123",
    "IBAN DE02 1203 0000 0000 2020 51 (Deutsche Kreditbank Berlin)",
    "Wo ist es? vor der Kirche Standort: 51,99172° Nord, 8,79391° Ost, auf etwa 20 m genau",
    "Wie viele? 12 Stück",
    "Länge 2,5 m",
    "Betrag laut Bescheid 1.234,50 €",
    "Ab welchem Monat? März 2027",
    "Geburt des Hundes 2020",
    "Beginn 22:30 Uhr",
    "Art Tausch",
    "Was holen wir ab? 2 × Sofa, 4 × Stuhl",
    "Bescheid wird nachgereicht",
    "Es gilt die Ordnung von Stadt Lage. Ich halte die Ordnung ein. Ja",
]


def test_each_kind_is_read_on_the_review_the_status_page_and_in_the_town_hall(anna: TownClient, in_lage: Town) -> None:
    submission = fill_in(anna)
    submission.state = State.RECEIVED
    bernd = TownClient(in_lage).sign_in(make_bernd())

    review = text_of(anna.get(f"{FORM}/pruefen/"))
    mine = text_of(anna.get(f"/meine-antraege/{submission.number}/"))
    case = text_of(bernd.get(f"/rathaus/vorgang/{submission.number}/"))

    for place in (review, mine, case):
        told = " ".join(place.split("\u00a0"))
        assert [words for words in IN_WORDS if words not in told] == []
    assert "Sehr viel" in case  # the flag


def test_each_kind_keeps_to_the_schema(anna: TownClient, form: FormDefinition) -> None:
    plain = answers_as_json(fill_in(anna), form)

    jsonschema.Draft202012Validator(answers_schema(form, context(form))).validate(plain["answers"])
    assert plain["answers"]["stuecke"][0] == {"code": "sofa", "name": "Sofa", "count": 2}
    assert plain["answers"]["bescheid"] == {"files": [], "comes_later": True}


def test_every_way_through_the_sample_can_be_walked(form: FormDefinition) -> None:
    walks = Rehearsal(form, context(form, trust=TrustLevel.HIGH))
    missed = []
    for branch in branches(form):
        for plan in branch.plans:
            try:
                if branch.is_taken(walks.walk(plan)):
                    break
            except AssertionError:
                continue
        else:
            missed.append(branch.name)

    assert missed == []


def test_the_sample_is_filled_in_with_everything(form: FormDefinition, visitor: TownClient) -> None:
    visitor.sign_in(make_oemer(), TrustLevel.HIGH)

    assert walk_through_pages(visitor, form, Plan(everything=True)).ended == "review"


# --- Mistakes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "typed", "sentence"),
    [
        ("texte", {"zeile": "Gruß 😀"}, "Das Zeichen „😀“ können wir nicht verarbeiten. Bitte lassen Sie es weg."),
        ("texte", {"zeilen": "1\n2\n3\n4"}, "Das sind zu viele. Hier passen höchstens 3, eine Angabe je Zeile."),
        ("texte", {"absatz": "Weil."}, "Bitte schreiben Sie mindestens 10 Zeichen. Jetzt sind es 5."),
        (
            "texte",
            {"kennzeichen": "LIPAB123"},
            "Geben Sie das Kennzeichen mit Bindestrich und Leerzeichen an, zum Beispiel LIP-AB 123.",
        ),
        ("texte", {"ort_genau": ""}, "Beschreiben Sie den Ort."),
        ("zahlen", {"laenge": "0,4"}, "Geben Sie mindestens 0,5 m ein."),
        ("zahlen", {"betrag": "10000,01"}, "Geben Sie höchstens 10.000 € ein."),
        ("zahlen", {"beginn": "23:30"}, "Die Uhrzeit darf nicht nach 23 Uhr liegen."),
        ("zahlen", {"beginn": "bald"}, "Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        ("zahlen", {"ende_year": str(TODAY.year + 6)}, f"Geben Sie spätestens {TODAY.year + 5} an."),
        ("zahlen", {"monat_month": ""}, "Es fehlt noch: Monat."),
        ("wahl", {"stuecke_sofa": "", "stuecke_stuhl": ""}, "Geben Sie an, was wir abholen."),
        ("wahl", {"stuecke_sofa": "6"}, "Geben Sie höchstens 5 von jedem ein."),
        ("wahl", {"stuecke_sofa": "5"}, "Mehr als 10 m³ holen wir nicht auf einmal ab."),
        (
            "wahl",
            {"stuecke_sofa": "viele"},
            "Geben Sie Zahlen ein, zum Beispiel 2. Nichts davon? Dann lassen Sie es leer.",
        ),
        ("wahl", {"art": "elektronisch"}, "Bitte wählen Sie eine der Möglichkeiten aus."),
        ("wahl", {"jahr": str(TODAY.year + 2)}, "Bitte wählen Sie eine der Möglichkeiten aus."),
        ("nachweise", {"ordnung": ""}, "Bitte bestätigen Sie das."),
    ],
)
def test_what_is_wrong_is_told_with_how_to_mend_it(
    anna: TownClient, page: str, typed: dict[str, str], sentence: str
) -> None:
    right = {"texte": TEXTS, "zahlen": NUMBERS, "wahl": CHOICES, "nachweise": PAPERS}
    for key, data in right.items():
        if key == page:
            break
        post(anna, key, data)
        if key == "wahl":
            post(anna, "dinge", {})

    answer = anna.post(f"{FORM}/{page}/", right[page] | typed)

    assert answer.status_code == 422
    assert list(errors_of(answer).values()) == [[sentence]]


def test_a_day_may_depend_on_working_days_and_on_another_day(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)
    too_early = NUMBERS | day_parts("von", TODAY + timedelta(days=3))
    before = NUMBERS | day_parts("bis", FIRST - timedelta(days=1))
    too_long = NUMBERS | day_parts("bis", FIRST + timedelta(days=181))

    assert "darf nicht vor dem" in errors_of(anna.post(f"{FORM}/zahlen/", too_early))["von"][0]
    assert "darf nicht vor dem" in errors_of(anna.post(f"{FORM}/zahlen/", before))["bis"][0]
    assert "darf nicht nach dem" in errors_of(anna.post(f"{FORM}/zahlen/", too_long))["bis"][0]


def test_a_register_that_does_not_know_the_day_writes_zeros(form: FormDefinition, visitor: TownClient) -> None:
    visitor.sign_in(make_oemer())
    visitor.post(f"{FORM}/fuer-wen/", {"fuer": "selbst"})
    unknown = {"geburtsdatum_day": "00", "geburtsdatum_month": "00", "geburtsdatum_year": "1950"}
    forgotten = {"geburtsdatum_day": "", "geburtsdatum_month": "", "geburtsdatum_year": "1950"}

    assert errors_of(visitor.post(f"{FORM}/person/", PERSON | forgotten)) == {
        "geburtsdatum": ["Es fehlt noch: Tag und Monat."]
    }
    post(visitor, "person", PERSON | unknown)
    assert Draft.objects.get().answers["geburtsdatum"] == "1950"
    assert 'name="geburtsdatum_day" value="00"' in visitor.get(f"{FORM}/person/").content.decode()


# --- What the page asks and offers ------------------------------------------------------------------------


def test_texts_speak_to_the_person_and_of_the_town(anna: TownClient) -> None:
    page = text_of(anna.get(f"{FORM}/texte/"))

    assert "Texte für Lage" in page
    assert "Guten Tag Anna, hier schreiben Sie etwas für Stadt Lage." in page
    assert "Hilfe zu dieser Seite Hier geht es um Sie selbst." in text_of(anna.get(f"{FORM}/person/"))


def test_the_postal_codes_of_the_town_are_suggested_and_never_a_barrier(anna: TownClient) -> None:
    page = anna.get(f"{FORM}/person/").content.decode()
    elsewhere = PERSON | {"plz": "32657", "ort": "Lemgo"}

    assert '<option value="32791">' in page
    post(anna, "person", elsewhere)
    again = anna.get(f"{FORM}/person/").content.decode()
    assert "Ihr Antrag geht an Stadt Lage. Ist das die richtige Stadt?" in again
    assert 'data-field="ortshinweis">' in again
    assert 'data-field="ortshinweis" data-called-for="false" hidden' in page


def test_a_representative_is_asked_for_whom(anna: TownClient) -> None:
    child = {"kind_vorname": "Mia", "kind_nachname": "Schröder", "sorge": "on"}
    post(anna, "fuer-wen", {"fuer": "kind"})

    page = text_of(anna.get(f"{FORM}/kind/"))
    grown_up = anna.post(f"{FORM}/kind/", child | day_parts("kind_geburtsdatum", date(1990, 1, 1)))

    assert "Geburtsdatum des Kindes" in page
    assert "für eine andere Person" not in text_of(anna.get(f"{FORM}/fuer-wen/"))
    assert errors_of(grown_up) == {
        "kind_geburtsdatum": ["Wer 18 Jahre oder älter ist, stellt den Antrag selbst oder gibt Ihnen eine Vollmacht."]
    }
    post(anna, "kind", child | day_parts("kind_geburtsdatum", date(2020, 1, 1)))


def test_a_choice_may_need_a_higher_level(anna: TownClient, form: FormDefinition) -> None:
    post(anna, "texte", TEXTS)
    post(anna, "zahlen", NUMBERS)
    low = anna.get(f"{FORM}/wahl/").content.decode()
    citizen = Draft.objects.get().citizen
    assert citizen is not None
    high = anna.sign_in(citizen, TrustLevel.HIGH).get(f"{FORM}/wahl/").content.decode()

    assert ('value="elektronisch"' in low, 'value="elektronisch"' in high) == (False, True)


def test_a_question_tells_why_it_is_asked_and_on_what_ground(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)
    post(anna, "zahlen", NUMBERS)

    page = text_of(anna.get(f"{FORM}/wahl/"))

    expected = (
        "Warum fragen wir das? Davon hängt ab, welchen Nachweis wir brauchen. Rechtsgrundlage: Hundesteuersatzung"
    )
    assert expected in page


def test_a_list_takes_as_many_entries_as_the_town_says(anna: TownClient) -> None:
    change_setting(key="hundesteuer.frist-tage", value=1, by=None, now=timezone.now())
    post(anna, "texte", TEXTS)
    post(anna, "zahlen", NUMBERS)
    post(anna, "wahl", CHOICES)
    anna.post(f"{FORM}/dinge/1/ding/", {"ding": "Zaun", "foto": [pdf("a.pdf"), pdf("b.pdf"), pdf("c.pdf")]})
    too_many = anna.post(f"{FORM}/dinge/1/ding/", {"ding": "Zaun", "foto": [pdf("a.pdf"), pdf("b.pdf"), pdf("c.pdf")]})

    assert errors_of(too_many) == {"foto": ["Das sind zu viele Dateien. Hier passen höchstens 2."]}
    post(anna, "dinge/1/ding", {"ding": "Zaun"})
    assert "Ding hinzufügen" not in text_of(anna.get(f"{FORM}/dinge/"))


# --- Live -------------------------------------------------------------------------------------------------


def live(client: TownClient, page: str, data: dict[str, Any]) -> Any:
    answer = client.post(f"{FORM}/{page}/", data | {"live": "1"})
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_a_page_answers_at_once_what_an_answer_changes_and_keeps_nothing(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)
    before = Draft.objects.get().answers

    told = live(anna, "zahlen", NUMBERS)
    not_yet = live(anna, "zahlen", {"anzahl": "12"})

    assert told["called_for"]["spaet"] is True
    assert told["called_for"]["dauer"] is True
    assert not_yet["called_for"]["dauer"] is False
    assert told["told"]["dauer"].startswith("Das sind 3 Tage, bis zum ")
    assert "voraussichtlich 56,25\u00a0€." in told["told"]["dauer"]
    assert Draft.objects.get().answers == before
    assert Draft.objects.get().typed == {}


def test_the_fee_so_far_is_told_where_the_choice_is_made(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)
    estimate = live(anna, "zahlen", NUMBERS)["summary"]
    post(anna, "zahlen", NUMBERS)

    nothing = live(anna, "wahl", {"art": ""})["summary"]
    something = live(anna, "wahl", CHOICES)["summary"]
    exempt = live(anna, "wahl", CHOICES | {"grund": "rettung"})["summary"]

    assert "Steuer im Jahr, voraussichtlich" in estimate
    assert "90,00" in estimate
    assert "Gebühr bisher" not in nothing
    assert "Ausweis: Tausch" in something
    assert "52,50" in something  # 7.50 and six pieces at 7.50
    assert "Gebührenfrei: Rettungshund mit Prüfung" in exempt


def test_a_price_that_the_town_has_not_entered_is_not_told(form: FormDefinition, anna: TownClient) -> None:
    post(anna, "texte", TEXTS)
    FeeAmount.objects.filter(key="hundesteuer.ein-hund").delete()
    pages_changed()

    told = live(anna, "zahlen", NUMBERS)

    assert "voraussichtlich –." in told["told"]["dauer"]
    assert "Steuer im Jahr" not in told["summary"]


def test_the_name_of_the_bank_is_told(anna: TownClient) -> None:
    assert live(anna, "texte", TEXTS)["told"]["iban"] == "Ihre Bank: Deutsche Kreditbank Berlin"
    assert live(anna, "texte", TEXTS | {"iban": "DE00"})["told"]["iban"] == ""


def test_what_was_answered_earlier_does_not_speak_for_what_is_wrong_now(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)

    answer = anna.post(f"{FORM}/texte/", TEXTS | {"iban": "DE00"})

    assert "Ihre Bank" not in answer.content.decode()


def test_without_scripts_a_button_shows_what_the_answers_change_and_complains_about_nothing(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)

    answer = anna.post(f"{FORM}/zahlen/", {"anzahl": "12", "beginn": "22:30", "refresh": "1"})
    page = answer.content.decode()
    later = anna.get(f"{FORM}/zahlen/").content.decode()

    assert answer.status_code == 200
    assert "90,00" in page
    assert 'data-field="spaet">' in page
    assert "error-summary" not in page
    assert 'value="12"' in page
    assert 'value="12"' in later  # kept, although the page is not complete


def test_a_page_whose_answers_change_nothing_is_not_live(anna: TownClient) -> None:
    assert "data-live" not in anna.get(f"{FORM}/fuer-wen/").content.decode()
    assert "data-live" in anna.get(f"{FORM}/texte/").content.decode()


def test_without_an_account_it_is_live_too(form: FormDefinition, visitor: TownClient) -> None:
    visitor.post(f"{FORM}/fuer-wen/", {"fuer": "selbst"})
    visitor.post(f"{FORM}/person/", PERSON)

    assert live(visitor, "texte", TEXTS)["told"]["iban"] == "Ihre Bank: Deutsche Kreditbank Berlin"


# --- Ways on ----------------------------------------------------------------------------------------------


@pytest.fixture
def at_the_end(anna: TownClient) -> TownClient:
    post(anna, "texte", TEXTS)
    post(anna, "zahlen", NUMBERS)
    post(anna, "wahl", CHOICES | {"art": "nichts"})
    return anna


def test_a_page_that_ends_the_form_leads_to_services_addresses_and_the_office(at_the_end: TownClient) -> None:
    page = at_the_end.get(f"{FORM}/ende/")

    text = text_of(page)
    assert "/leistungen/hund-anmelden/" in page.content.decode()
    assert 'href="https://www.example.org/mehr"' in page.content.decode()
    assert "Steuern und Abgaben" in text or "Steueramt" in text
    assert "Rufen Sie uns an, Anna." in text
    assert at_the_end.get(f"{FORM}/pruefen/")["Location"] == f"{FORM}/ende/"


def test_what_was_answered_can_be_taken_along_as_a_document(at_the_end: TownClient) -> None:
    page = at_the_end.get(f"{FORM}/ende/").content.decode()
    document = at_the_end.get(f"{FORM}/ende/dokument.pdf")

    assert f"{FORM}/ende/dokument.pdf" in page
    assert "Bestätigung für Anna Schröder" in page
    assert document["Content-Type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")
    assert "no-store" in document["Cache-Control"]


def test_a_document_is_there_only_at_the_end_and_only_for_the_person(
    anna: TownClient, visitor_of_detmold: TownClient
) -> None:
    assert anna.get(f"{FORM}/ende/dokument.pdf").status_code == 302
    visitor_of_detmold.cookies = anna.cookies
    assert visitor_of_detmold.get(f"{FORM}/ende/dokument.pdf").status_code in (302, 404)


def test_hints_lead_to_services_in_a_window_of_their_own(anna: TownClient) -> None:
    post(anna, "texte", TEXTS)

    page = anna.get(f"{FORM}/zahlen/").content.decode()

    assert '<a class="kern-link" href="/leistungen/laerm-ausnahme/" target="_blank" rel="noopener">' in page


# --- Frames, and what nobody pays -------------------------------------------------------------------------

FRAMED = """
key: hund-abmelden
version: 901
title: Gestattung
steps:
  - key: fest
    title: Ihr Fest
    fields:
      - {id: staende, kind: int, label: Stände, error: Geben Sie die Zahl an.}
fee:
  pay: decision
  lines:
    - {label: Gestattung, frame: {from: gestattung.mindestens, to: gestattung.hoechstens}}
"""


def test_a_fee_that_is_set_later_is_told_from_what_to_what(visitor: TownClient, in_lage: Town) -> None:
    publish(FRAMED)
    make_amount("gestattung.mindestens", "25.00")
    make_amount("gestattung.hoechstens", "200.00")
    visitor.sign_in(make_anna())
    visitor.post(f"{FORM}/fest/", {"staende": "2"})
    review = text_of(visitor.get(f"{FORM}/pruefen/"))
    visitor.post(f"{FORM}/pruefen/", {"complete": "on", "seen_fee": "0.00"})

    submission = Submission.objects.get()
    bernd = TownClient(in_lage).sign_in(make_bernd())
    assert "25,00 € bis 200,00 €" in review
    assert "Jetzt absenden" in review
    assert (submission.state, submission.fee_is_due) == (State.RECEIVED, "decision")
    assert submission.fee.span == (Decimal("25.00"), Decimal("200.00"))
    assert "25,00 € bis 200,00 €" in text_of(bernd.get(f"/rathaus/vorgang/{submission.number}/"))


def test_who_is_exempt_hands_in_without_a_payment_and_reads_why(anna: TownClient) -> None:
    submission = fill_in(anna, grund="rettung")

    assert submission.state == State.RECEIVED
    assert [line.label for line in submission.fee.lines] == ["Gebührenfrei: Rettungshund mit Prüfung"]


# --- Many fields ------------------------------------------------------------------------------------------


def test_saving_a_step_of_a_form_with_a_hundred_conditional_fields_takes_few_statements(
    visitor: TownClient,
    in_lage: Town,
) -> None:
    publish(many_fields(10, 10))
    visitor.sign_in(make_anna())
    visitor.post(f"{FORM}/art/", {"art": "a"})
    answers = {f"f_3_{number}": "x" for number in range(10)}
    visitor.post(f"{FORM}/seite-3/", answers)

    with CaptureQueriesContext(connection) as captured:
        answer = visitor.post(f"{FORM}/seite-3/", answers)

    assert answer.status_code == 302
    # What has changed on the town's pages is asked once a second, by whatever request comes then.
    asked = [query["sql"][:160] for query in captured if "tenants_pagesversion" not in query["sql"]]
    assert len(asked) <= 12, asked


def test_no_page_of_a_form_can_be_called_like_a_page_of_the_portal() -> None:
    fixed = {
        match[1]
        for route in urls.urlpatterns
        if (match := re.fullmatch(r"antrag/<slug:service_key>/([a-z-]+)/.*", str(route.pattern)))
    }

    assert fixed == RESERVED
