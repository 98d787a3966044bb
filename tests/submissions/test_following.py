from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from submissions import actions
from submissions.casework import actions as casework
from submissions.casework.actions import Ruling
from submissions.models import InformationRequest, Submission
from submissions.states import Outcome, State
from tenants.models import Town
from tests.factories import make_submission
from tests.files import png
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_citizen, make_oemer
from tests.submissions.filling import errors_of


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    return visitor.sign_in(make_anna())


@pytest.fixture
def submission(anna: TownClient) -> Submission:
    """Anna's dog is registered."""
    return make_submission(anna_herself())


@pytest.fixture
def asked(submission: Submission) -> Submission:
    """Bernd has asked Anna for something."""
    bernd = make_bernd()
    casework.take(submission=submission, by=bernd, now=MONDAY)
    casework.ask_back(
        submission=submission,
        question="Bitte schicken Sie ein Foto des Chips.",
        due_on=(MONDAY + timedelta(days=14)).date(),
        by=bernd,
        now=MONDAY,
    )
    return Submission.objects.get()


def anna_herself() -> User:
    return User.objects.get(subject="anna")


def test_the_list_shows_what_was_sent_and_what_to_do(anna: TownClient, asked: Submission) -> None:
    page = anna.get("/meine-antraege/").content.decode()

    assert asked.number in page
    assert "Wir haben eine Frage an Sie." in page


def test_the_status_page_tells_how_it_stands(anna: TownClient, submission: Submission) -> None:
    page = anna.get(f"/meine-antraege/{submission.number}/").content.decode()

    assert "Antrag eingegangen" in page
    assert "Ihr Antrag wartet auf die Bearbeitung" in page
    assert "Beagle" in page


def test_all_about_one_dog_stands_under_its_name(anna: TownClient, submission: Submission) -> None:
    page = anna.get(f"/meine-antraege/{submission.number}/").content.decode()

    assert page.count('<span class="kern-title">Bello, Beagle</span>') == 1
    assert '<h3 class="answers__page">Herkunft</h3>' in page


def test_a_question_is_answered_with_words_and_a_photo(anna: TownClient, asked: Submission) -> None:
    page = text_of(anna.get(f"/meine-antraege/{asked.number}/"))
    answer = anna.post(
        f"/meine-antraege/{asked.number}/antwort/", {"answer": "Hier ist es.", "attachments": [png("Chip.png")]}
    )

    question = InformationRequest.objects.get()
    assert "Bitte bis 30. November 2026 antworten" in page
    assert answer["Location"] == f"/meine-antraege/{asked.number}/"
    assert question.answer == "Hier ist es."
    assert [upload.name for upload in question.uploads.all()] == ["Chip.png"]
    assert Submission.objects.get().state == State.IN_REVIEW


@pytest.mark.parametrize("typed", [{}, {"answer": "   "}])
def test_an_empty_answer_is_no_answer(anna: TownClient, asked: Submission, typed: dict[str, str]) -> None:
    answer = anna.post(f"/meine-antraege/{asked.number}/antwort/", typed)

    assert errors_of(answer) == {"answer": ["Bitte schreiben Sie etwas oder fügen Sie eine Datei hinzu."]}
    assert Submission.objects.get().state == State.NEEDS_INFO


def test_an_answer_that_comes_too_late_is_kept_on_the_page_with_a_reason(anna: TownClient, asked: Submission) -> None:
    actions.withdraw(submission=asked, by=anna_herself(), now=MONDAY)

    answer = anna.post(f"/meine-antraege/{asked.number}/antwort/", {"answer": "Hier ist es."})

    assert "Das ist nicht mehr möglich" in errors_of(answer)["__all__"][0]


def test_a_decision_is_shown_in_the_town_halls_words(anna: TownClient, submission: Submission) -> None:
    bernd = make_bernd()
    casework.take(submission=submission, by=bernd, now=MONDAY)
    casework.decide(
        submission=submission, ruling=Ruling(Outcome.RECORDED, "Die Marke kommt mit der Post."), by=bernd, now=MONDAY
    )

    page = anna.get(f"/meine-antraege/{submission.number}/").content.decode()

    assert "Erledigt und eingetragen" in page
    assert "Die Marke kommt mit der Post." in page


def test_notes_of_the_town_hall_stay_there(anna: TownClient, submission: Submission) -> None:
    casework.add_note(submission=submission, text="Ruft oft an.", by=make_bernd(), now=MONDAY)

    assert "Ruft oft an" not in anna.get(f"/meine-antraege/{submission.number}/").content.decode()


def test_withdrawing_needs_a_tick_and_ends_the_matter(anna: TownClient, submission: Submission) -> None:
    address = f"/meine-antraege/{submission.number}/zurueckziehen/"
    without = anna.post(address, {})
    with_tick = anna.post(address, {"sure": "on"})

    assert without.status_code == 422
    assert with_tick["Location"] == f"/meine-antraege/{submission.number}/"
    assert Submission.objects.get().state == State.WITHDRAWN
    assert anna.get(address).status_code == 404


def test_the_application_can_be_had_as_a_pdf(anna: TownClient, submission: Submission) -> None:
    answer = anna.get(f"/meine-antraege/{submission.number}/antrag.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"FiraSans" in answer.content  # the fonts are inside


def test_mails_tell_that_there_is_news_and_nothing_personal(anna: TownClient, asked: Submission) -> None:
    actions.answer_question(submission=asked, answer="Ja.", files=[], by=anna_herself(), now=MONDAY)
    casework.decide(
        submission=asked,
        ruling=Ruling(Outcome.REJECTED, "Leider nein."),
        by=User.objects.get(login="bernd@rathaus.example"),
        now=MONDAY,
    )

    run_jobs()

    assert [message.subject for message in mail.outbox] == [
        "Ihr Antrag ist eingegangen – Stadt Lage",
        "Wir haben eine Frage zu Ihrem Antrag – Stadt Lage",
        "Es gibt Neues zu Ihrem Antrag – Stadt Lage",
    ]
    for message in mail.outbox:
        assert message.to == ["anna@post.example"]
        assert f"http://lage.localhost:8000/meine-antraege/{asked.number}/" in message.body
        for private in ("Anna", "Schröder", "Hund", "Chip", "Leider"):
            assert private not in message.body


@pytest.mark.parametrize("page", ["", "eingang/", "zurueckziehen/", "antrag.pdf", "quittung.pdf"])
def test_another_citizen_and_another_town_see_nothing(
    anna: TownClient, visitor_of_detmold: TownClient, submission: Submission, page: str
) -> None:
    address = f"/meine-antraege/{submission.number}/{page}"

    assert TownClient(anna.town).sign_in(make_oemer()).get(address).status_code == 404
    assert TownClient(anna.town).get(address)["Location"].startswith("/anmelden/")
    visitor_of_detmold.cookies = anna.cookies
    assert visitor_of_detmold.get(address)["Location"].startswith("/anmelden/")
    assert (
        submission.number
        not in TownClient(anna.town)
        .sign_in(make_citizen("zwei", "Zoë", "Zwei"))
        .get("/meine-antraege/")
        .content.decode()
    )


def test_another_citizen_cannot_answer(anna: TownClient, asked: Submission) -> None:
    oemer = TownClient(anna.town).sign_in(make_oemer())

    assert oemer.post(f"/meine-antraege/{asked.number}/antwort/", {"answer": "Hallo"}).status_code == 404


def test_the_list_needs_as_many_statements_for_three_as_for_one(anna: TownClient, submission: Submission) -> None:
    anna.get("/meine-antraege/")
    with CaptureQueriesContext(connection) as one:
        anna.get("/meine-antraege/")
    make_submission(anna_herself())
    make_submission(anna_herself())
    with CaptureQueriesContext(connection) as three:
        anna.get("/meine-antraege/")

    assert len(three) == len(one)
