"""After handing in: all in one file, once more with the same answers, and what looks like a second time by mistake."""

import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from submissions import actions
from submissions.casework.actions import Ruling, ask_back, decide, take
from submissions.casework.delivery import CHOICE
from submissions.duplicates import SAME_WITHIN, SUSPECT
from submissions.models import Draft, Submission, Upload
from submissions.states import Outcome
from submissions.uploads.content import file_of
from tenants.models import Town
from tests.factories import DOG_ANSWERS, make_submission
from tests.files import pdf, png
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_oemer
from tests.submissions.filling import DOG, errors_of, fill_in_dog, fill_in_dog_registration

REVIEW = "/antrag/hund-anmelden/pruefen/"
SEND = {"complete": "on", "seen_fee": "0.00"}


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    return visitor.sign_in(make_anna())


def anna_herself() -> User:
    return User.objects.get(subject="anna")


def unpacked(answer: object) -> dict[str, bytes]:
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# --- All in one file --------------------------------------------------------------------------------------


def test_everything_comes_in_one_file(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    anna.post("/antrag/hund-anmelden/hunde/1/groesse/", {"hoehe": "55", "gewicht": "28"})
    papers = {"versicherung": "L", "versicherungsnummer": "7", "haftpflicht": pdf(), "sachkunde": [pdf()]}
    anna.post("/antrag/hund-anmelden/hunde/1/grosser-hund/", papers)
    anna.post(REVIEW, SEND)
    submission, bernd = Submission.objects.get(), make_bernd()
    take(submission=submission, by=bernd, now=MONDAY)
    due_on = (MONDAY + timedelta(days=9)).date()
    ask_back(submission=submission, question="Welche Farbe?", due_on=due_on, by=bernd, now=MONDAY)
    anna.post(f"/meine-antraege/{submission.number}/antwort/", {"answer": "Braun.", "attachments": [png("Bello.png")]})
    ruling = Ruling(Outcome.RECORDED, "Die Marke kommt.")
    decide(submission=submission, ruling=ruling, by=bernd, now=MONDAY)

    answer = anna.get(f"/meine-antraege/{submission.number}/alles.zip")
    files = unpacked(answer)

    assert answer["Content-Disposition"] == f'attachment; filename="{submission.number}.zip"'
    assert set(files) == {
        *("Antrag.pdf", "Angaben.json", "Nachrichten.txt", "Entscheidung.pdf"),
        *("Dateien/Nachweis.pdf", "Dateien/Nachweis (2).pdf", "Antworten/Bello.png"),
    }
    assert files["Antrag.pdf"].startswith(b"%PDF-")
    with file_of(submission.uploads.order_by("uploaded_at")[0]) as kept:
        assert files["Dateien/Nachweis.pdf"] == kept.read()
    told = json.loads(files["Angaben.json"])
    assert told["answers"] == submission.answers
    assert {"label": "Name des Hundes", "value": "Bello"} in [one for page in told["pages"] for one in page["answers"]]
    messages = files["Nachrichten.txt"].decode()
    assert [one in messages for one in ("Welche Farbe?", "Braun.", "Die Marke kommt.")] == [True, True, True]


def test_a_decision_that_lies_sealed_is_in_the_file_once_it_was_opened(anna: TownClient) -> None:
    submission, bernd = make_submission(anna_herself(), answers=DOG_ANSWERS | {CHOICE: "online"}), make_bernd()
    take(submission=submission, by=bernd, now=MONDAY)
    decide(submission=submission, ruling=Ruling(Outcome.GRANTED, "Ja."), by=bernd, now=MONDAY)

    sealed = unpacked(anna.get(f"/meine-antraege/{submission.number}/alles.zip"))
    anna.post(reverse("submissions:open_decision", args=[submission.number]))
    opened = unpacked(anna.get(f"/meine-antraege/{submission.number}/alles.zip"))

    assert set(opened) - set(sealed) == {"Entscheidung.pdf"}


def test_nobody_else_gets_the_file(anna: TownClient, visitor_of_detmold: TownClient) -> None:
    submission = make_submission(anna_herself())
    address = f"/meine-antraege/{submission.number}/alles.zip"

    assert TownClient(anna.town).sign_in(make_oemer()).get(address).status_code == 404
    assert TownClient(anna.town).get(address).status_code == 302
    visitor_of_detmold.cookies = anna.cookies
    assert visitor_of_detmold.get(address).status_code == 302


# --- Once more --------------------------------------------------------------------------------------------


def test_once_more_begins_with_the_old_answers_and_without_files(anna: TownClient) -> None:
    fill_in_dog_registration(anna)
    anna.post(
        "/antrag/hund-anmelden/zahlung/",
        {"zahlungsweg": "lastschrift", "kontoinhaber": "Anna", "iban": "DE02120300000000202051", "mandat": "on"},
    )
    anna.post("/antrag/hund-anmelden/hunde/1/groesse/", {"hoehe": "55", "gewicht": "28"})
    papers = {"versicherung": "Lippische", "versicherungsnummer": "7", "haftpflicht": pdf(), "sachkunde": [pdf()]}
    anna.post("/antrag/hund-anmelden/hunde/1/grosser-hund/", papers)
    anna.post(REVIEW, SEND)
    submission = Submission.objects.get()

    status = anna.get(f"/meine-antraege/{submission.number}/").content.decode()
    begun = anna.post(f"/meine-antraege/{submission.number}/noch-einmal/")

    draft = Draft.objects.get()
    assert "Noch einmal mit diesen Angaben" in status
    assert begun["Location"] == "/antrag/hund-anmelden/hunde/1/grosser-hund/"
    assert draft.answers["hunde"][0]["hund_name"] == "Bello"
    assert draft.answers["iban"] == "DE02120300000000202051"
    assert "mandat" not in draft.answers  # a declaration is made anew
    assert "zahlung" not in draft.done
    assert not Upload.objects.filter(draft=draft).exists()
    assert Submission.objects.get().uploads.count() == 2


def test_once_more_does_not_wipe_what_was_begun(anna: TownClient) -> None:
    submission = make_submission(anna_herself())
    fill_in_dog_registration(anna, rasse=DOG["rasse"] | {"hund_name": "Waldi"})

    asked = anna.post(f"/meine-antraege/{submission.number}/noch-einmal/")
    before = Draft.objects.get().answers["hunde"][0]["hund_name"]
    anna.post(f"/meine-antraege/{submission.number}/noch-einmal/", {"replace": "1"})

    assert "Sie haben schon angefangen" in text_of(asked)
    assert before == "Waldi"
    assert Draft.objects.get().answers["hunde"][0]["hund_name"] == "Bello"


def test_once_more_is_only_for_the_person_herself(anna: TownClient) -> None:
    submission = make_submission(anna_herself())
    oemer = TownClient(anna.town).sign_in(make_oemer())

    assert oemer.post(f"/meine-antraege/{submission.number}/noch-einmal/").status_code == 404
    assert not Draft.objects.exists()


# --- Twice by mistake -------------------------------------------------------------------------------------


def test_the_same_once_more_within_ten_minutes_is_the_first_one(anna: TownClient) -> None:
    for _time in range(2):
        fill_in_dog_registration(anna)
        sent = anna.post(REVIEW, SEND | {"another": "on"})

    submission = Submission.objects.get()
    assert sent["Location"] == f"/meine-antraege/{submission.number}/eingang/"
    assert not Draft.objects.exists()


def test_with_another_file_it_is_not_the_same(anna: TownClient) -> None:
    for name in ("Eins.pdf", "Zwei.pdf"):
        fill_in_dog_registration(anna)
        anna.post("/antrag/hund-anmelden/hunde/1/groesse/", {"hoehe": "55", "gewicht": "28"})
        papers = {"versicherung": "L", "versicherungsnummer": "7", "haftpflicht": pdf(name), "sachkunde_later": "on"}
        anna.post("/antrag/hund-anmelden/hunde/1/grosser-hund/", papers)
        anna.post(REVIEW, SEND | {"another": "on"})

    assert sorted(Upload.objects.values_list("name", flat=True)) == ["Eins.pdf", "Zwei.pdf"]
    assert Submission.objects.count() == 2


def test_something_similar_is_told_before_it_is_sent_and_marked_for_the_town_hall(anna: TownClient) -> None:
    first = make_submission(anna_herself(), now=timezone.now() - timedelta(days=3))
    fill_in_dog_registration(anna, groesse={"hoehe": "39", "gewicht": "12"})

    page = text_of(anna.get(REVIEW))
    refused = anna.post(REVIEW, SEND)
    anna.post(REVIEW, SEND | {"another": "on"})

    second = Submission.objects.exclude(pk=first.pk).get()
    case = text_of(TownClient(anna.town).sign_in(make_bernd()).get(f"/rathaus/vorgang/{second.number}/"))
    assert f"unter der Nummer {first.number}" in page
    assert list(errors_of(refused)) == ["another"]
    assert second.flags == [SUSPECT]
    assert "Sehr ähnlich wie ein Antrag derselben Person" in case
    assert f"Sehr ähnlich wie {first.number}" in case
    assert "Sehr ähnlich" not in text_of(anna.get(f"/meine-antraege/{second.number}/"))


@pytest.mark.parametrize(
    ("case", "days"), [("another dog", 3), ("long ago", 15), ("of somebody else", 3), ("withdrawn", 3)]
)
def test_what_is_no_second_time_is_sent_without_a_question(anna: TownClient, case: str, days: int) -> None:
    by = make_oemer() if case == "of somebody else" else anna_herself()
    submission = make_submission(by, now=timezone.now() - timedelta(days=days))
    if case == "withdrawn":
        actions.withdraw(submission=submission, by=by, now=timezone.now())
    dog = {"rasse": DOG["rasse"] | {"hund_name": "Waldi", "rasse": "dackel-teckel", "geschlecht": "huendin"}}
    fill_in_dog_registration(anna, **(dog if case == "another dog" else {}))
    if case == "another dog":
        fill_in_dog(anna, 1, groesse={"hoehe": "22", "gewicht": "8"}, chip={"hat_chip": "nein"})

    sent = anna.post(REVIEW, SEND)

    assert sent.status_code == 302, errors_of(sent)
    assert Submission.objects.exclude(pk=submission.pk).get().flags == []


def test_after_ten_minutes_the_same_is_similar(anna: TownClient) -> None:
    first = make_submission(
        anna_herself(), now=timezone.now() - SAME_WITHIN - timedelta(minutes=1), answers=DOG_ANSWERS
    )
    fill_in_dog_registration(anna)

    anna.post(REVIEW, SEND | {"another": "on"})

    assert Submission.objects.exclude(pk=first.pk).get().flags == [SUSPECT]
