"""A form gets a newer version while drafts are open: answers stay, and what has changed is told."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from catalogue.forms import current
from catalogue.models import FormVersion
from submissions.models import Draft, Submission
from submissions.presentation import answers_of
from tenants.context import at_operator
from tenants.models import Town
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient, make_anna
from tests.submissions.filling import DOG, TAG, fill_in, fill_in_dog_registration
from tests.submissions.window import Window

REVIEW = "/antrag/hundemarke-ersatz/pruefen/"
DOGS_REVIEW = "/antrag/hund-anmelden/pruefen/"
Plain = dict[str, Any]


@pytest.fixture(autouse=True)
def _definitions_are_forgotten() -> Iterator[None]:
    """They are held by number, and here one number means another form in each test."""
    yield
    current._held.cache_clear()


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    make_payable()
    return visitor.sign_in(make_anna())


def release(key: str, change: Callable[[Plain], None]) -> int:
    """A newer version of a form, as `change` makes it of the last one. Returns its number."""
    with at_operator():
        last = FormVersion.objects.filter(key=key).latest("version")
        plain = deepcopy(last.definition) | {"version": last.version + 1}
        change(plain)
        return FormVersion.objects.create(key=key, version=last.version + 1, definition=plain).version


def page(plain: Plain, key: str) -> Plain:
    """A page of a definition, also one of a group."""
    pages = [one for step in plain["steps"] for one in (step.get("pages") or [step])]
    return next(one for one in pages if one["key"] == key)


def field(plain: Plain, field_id: str) -> Plain:
    pages = [one for step in plain["steps"] for one in (step.get("pages") or [step])]
    return next(one for each in pages for one in each.get("fields", []) if one["id"] == field_id)


def ask_more(plain: Plain) -> None:
    page(plain, "kontakt")["fields"].append({"id": "rueckruf", "kind": "text", "label": "Wann rufen wir an?"})


def leave_it_to_nobody_whether_files_come_later(plain: Plain) -> None:
    field(plain, "verguenstigung_nachweis")["later"] = True
    del field(plain, "verguenstigung_nachweis_later")["if"]["all"][0]


def test_who_says_whether_a_file_may_come_later_opens_no_page(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    newest = release("hund-anmelden", leave_it_to_nobody_whether_files_come_later)

    review = anna.get(DOGS_REVIEW)

    assert review.status_code == 200
    assert "Dieses Formular hat sich geändert" not in text_of(review)
    assert Draft.objects.get().form_version == newest


def test_a_new_question_opens_its_page_and_nothing_else(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    newest = release("hundemarke-ersatz", ask_more)

    review = anna.get(REVIEW)
    asked = Window(anna, review["Location"])
    done = asked.sends(email="anna@post.example", rueckruf="abends")

    assert review["Location"] == "/antrag/hundemarke-ersatz/kontakt/"
    assert "Wann rufen wir an? neu" in text_of(asked.response)
    assert "E-Mail-Adresse neu" not in text_of(asked.response)
    assert "Dieses Formular hat sich geändert" in text_of(asked.response)
    assert 'value="anna@post.example"' in asked.page
    assert done.status_code == 302
    assert "Dieses Formular hat sich geändert" not in text_of(anna.get(REVIEW))
    draft = Draft.objects.get()
    assert (draft.form_version, draft.answers["rueckruf"], draft.answers["markennummer"]) == (newest, "abends", "4711")


def test_other_words_around_a_question_change_nothing(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    newest = release("hundemarke-ersatz", lambda plain: field(plain, "strasse").update(hint="Ohne Hausnummer"))

    review = anna.get(REVIEW)

    assert review.status_code == 200
    assert "Dieses Formular hat sich geändert" not in text_of(review)
    assert Draft.objects.get().form_version == newest


def test_what_no_longer_fits_is_shown_until_somebody_has_read_it(anna: TownClient) -> None:
    def change(plain: Plain) -> None:
        page(plain, "hund")["fields"] = [one for one in page(plain, "hund")["fields"] if one["id"] != "hund_name"]
        field(plain, "grund")["choices"].pop(0)  # "Sie ist verloren"

    fill_in(anna, "hundemarke-ersatz", TAG)
    release("hundemarke-ersatz", change)

    review = anna.get(REVIEW)
    told = text_of(Window(anna, review["Location"]).response)
    anna.post("/antrag/hundemarke-ersatz/verstanden/")
    afterwards = text_of(Window(anna, review["Location"]).response)

    assert review["Location"] == "/antrag/hundemarke-ersatz/grund/"
    assert "Name des Hundes: Bello" in told
    assert "Was ist mit der alten Marke?: Sie ist verloren" in told
    assert "Bello" not in afterwards
    assert Draft.objects.get().left_over == []


def test_what_is_half_typed_stays_on_its_page_or_is_shown(anna: TownClient) -> None:
    def change(plain: Plain) -> None:
        page(plain, "kontakt")["fields"] = [one for one in page(plain, "kontakt")["fields"] if one["id"] != "telefon"]

    fill_in(anna, "hundemarke-ersatz", TAG, until="kontakt")
    Window(anna, "/antrag/hundemarke-ersatz/kontakt/").types(email="halb@getip", telefon="05232 4711")
    release("hundemarke-ersatz", change)

    shown = Window(anna, "/antrag/hundemarke-ersatz/kontakt/")

    assert 'value="halb@getip"' in shown.page
    assert "Telefon: 05232 4711" in text_of(shown.response)


def test_an_answer_of_another_kind_is_asked_again(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    release(
        "hundemarke-ersatz",
        lambda plain: field(plain, "anzahl").update(kind="radio", choices=[{"value": "eine", "label": "Eine"}]),
    )

    review = anna.get(REVIEW)

    assert review["Location"] == "/antrag/hundemarke-ersatz/bestellung/"
    assert "Wie viele Marken brauchen Sie?: 2" in text_of(Window(anna, review["Location"]).response)


def test_a_declaration_in_other_words_must_be_made_again(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    release("hundemarke-ersatz", lambda plain: field(plain, "fund").update(label="Ich gebe sie zurück und zahle."))

    review = anna.get(REVIEW)

    assert review["Location"] == "/antrag/hundemarke-ersatz/grund/"
    assert "fund" not in Draft.objects.get().answers


def test_dogs_keep_their_answers_and_a_group_that_is_gone_is_shown(anna: TownClient) -> None:
    def change(plain: Plain) -> None:
        plain["steps"] = [step for step in plain["steps"] if step["key"] != "weitere-halter"]
        page(plain, "chip")["fields"].append({"id": "tierarzt", "kind": "text", "label": "Tierarztpraxis"})

    fill_in_dog_registration(anna)
    anna.post(
        "/antrag/hund-anmelden/weitere-halter/1/person/",
        {
            "person_vorname": "Jürgen",
            "person_nachname": "Schröder",
            "person_geburtsdatum_day": "1",
            "person_geburtsdatum_month": "2",
            "person_geburtsdatum_year": "1959",
        },
    )
    release("hund-anmelden", change)

    review = anna.get(DOGS_REVIEW)
    told = text_of(Window(anna, review["Location"]).response)

    assert review["Location"] == "/antrag/hund-anmelden/hunde/1/chip/"
    assert "1: Vorname(n): Jürgen" in told
    assert "Tierarztpraxis neu" in told
    assert Draft.objects.get().answers["hunde"][0]["hund_name"] == DOG["rasse"]["hund_name"]


def test_two_versions_later_everything_new_is_still_marked(anna: TownClient) -> None:
    fill_in(anna, "hundemarke-ersatz", TAG)
    release("hundemarke-ersatz", ask_more)
    anna.get(REVIEW)
    release(
        "hundemarke-ersatz",
        lambda plain: page(plain, "kontakt")["fields"].append({"id": "fax", "kind": "text", "label": "Fax"}),
    )

    asked = text_of(Window(anna, anna.get(REVIEW)["Location"]).response)

    assert "Wann rufen wir an? neu" in asked
    assert "Fax neu" in asked


def test_without_an_account_a_draft_moves_too(visitor: TownClient, in_lage: Town) -> None:
    make_payable()
    fill_in(visitor, "hundemarke-ersatz", TAG)
    newest = release("hundemarke-ersatz", ask_more)

    review = visitor.get(REVIEW)

    assert review["Location"] == "/antrag/hundemarke-ersatz/kontakt/"
    assert 'value="anna@post.example"' in Window(visitor, review["Location"]).page
    draft = Draft.objects.get()
    assert (draft.news, draft.left_over, draft.form_version) == ([], [], newest)


def test_what_was_handed_in_is_for_ever_shown_with_its_version(anna: TownClient) -> None:
    end = fill_in_dog_registration(anna)
    anna.post(end, {"complete": "on", "seen_fee": "0.00"})
    submission = Submission.objects.get()
    before = answers_of(submission, current.form_definition("hund-anmelden"))
    release("hund-anmelden", lambda plain: field(plain, "hund_name").update(label="Rufname"))

    shown = text_of(anna.get(f"/meine-antraege/{submission.number}/"))

    assert "Name des Hundes" in shown
    assert "Rufname" not in shown
    assert answers_of(submission, current.form_definition("hund-anmelden", submission.form_version)) == before


def test_a_version_that_comes_while_the_payment_is_open_replaces_nothing(anna: TownClient) -> None:
    end = fill_in(anna, "hundemarke-ersatz", TAG)
    anna.post(end, {"complete": "on", "seen_fee": "10.00"})
    newest = release("hundemarke-ersatz", ask_more)

    assert anna.get(f"/zahlung/{Submission.objects.get().number}/").status_code == 200
    assert Submission.objects.get().form_version == newest - 1
