"""Files of an answer to the town hall: they are kept as soon as they are chosen, and sent with the answer."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from submissions.casework import actions as casework
from submissions.models import InformationRequest, Submission, Upload
from submissions.uploads import actions
from tenants.models import Town
from tests.factories import make_submission
from tests.files import png
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_oemer
from tests.submissions.filling import errors_of
from tests.uploads.making import document
from tests.uploads.sending import TUS, begin, listed, offset_of, send, send_piece

CONTENT = document(words="Chip " * 400)


@pytest.fixture
def case(in_lage: Town) -> Submission:
    """Anna's, with a question of Bernd's."""
    bernd = make_bernd()
    submission = make_submission(make_anna())
    casework.take(submission=submission, by=bernd, now=MONDAY)
    casework.ask_back(submission=submission, question="Foto?", due_on=date(2026, 12, 1), by=bernd, now=MONDAY)
    return submission


@pytest.fixture
def files(case: Submission) -> str:
    """Where files are sent to."""
    return f"/meine-antraege/{case.number}/dateien/"


@pytest.fixture
def anna(case: Submission, visitor: TownClient) -> TownClient:
    assert case.citizen
    return visitor.sign_in(case.citizen)


def give(client: TownClient, case: Submission, **sent: Any) -> Any:
    return client.post(f"/meine-antraege/{case.number}/antwort/", sent)


def town_hall_sees(lage: Town, case: Submission) -> str:
    bernd = TownClient(lage).sign_in(InformationRequest.objects.get().asked_by)
    return str(bernd.get(f"/rathaus/vorgang/{case.number}/").content.decode())


def test_a_file_is_kept_when_it_is_chosen_and_sent_with_the_answer(
    anna: TownClient, case: Submission, files: str, lage: Town
) -> None:
    send(anna, CONTENT, "Chip.pdf", to=files)
    before, list_of_files = town_hall_sees(lage, case), listed(anna, files)
    page = anna.get(f"/meine-antraege/{case.number}/").content.decode()
    answer = give(anna, case, answer="")

    upload = Upload.objects.get()
    assert "Chip.pdf" not in before
    assert "Chip.pdf" in page
    assert "Chip.pdf" in list_of_files
    assert answer.status_code == 302
    assert (upload.submission, upload.request) == (case, InformationRequest.objects.get())
    assert "Chip.pdf" in town_hall_sees(lage, case)


def test_it_goes_on_where_it_stopped(anna: TownClient, case: Submission, files: str) -> None:
    first = begin(anna, CONTENT, to=files)
    send_piece(anna, first["Location"], CONTENT[:1000])

    again = begin(anna, CONTENT, to=files)

    assert (again["Location"], again["Upload-Offset"]) == (first["Location"], "1000")
    assert first["Location"].startswith(files)


def test_files_stay_when_something_else_is_wrong_or_one_is_removed(anna: TownClient, case: Submission) -> None:
    wrong = give(anna, case, answer="Hier.", attachments=[png("Gut.png"), png("Auch gut.png"), pdf_that_is_none()])
    kept = list(Upload.objects.order_by("name"))
    removed = give(anna, case, answer="Hier.", remove_upload=str(kept[0].pk))

    assert "können wir nicht annehmen" in errors_of(wrong)["attachments"][0]
    assert [upload.name for upload in kept] == ["Auch gut.png", "Gut.png"]
    assert "Hier." in removed.content.decode()
    assert [upload.name for upload in Upload.objects.all()] == ["Gut.png"]
    assert InformationRequest.objects.get().answered_at is None


def pdf_that_is_none() -> Any:
    return SimpleUploadedFile("Schlecht.pdf", b"MZ nothing", "application/pdf")


def test_nobody_else_sees_goes_on_with_or_adds_files(
    anna: TownClient, case: Submission, files: str, lage: Town
) -> None:
    address = begin(anna, CONTENT, to=files)["Location"]
    send_piece(anna, address, CONTENT[:1000])
    oemer = TownClient(lage).sign_in(make_oemer())

    assert begin(oemer, CONTENT, to=files).status_code == 404
    assert oemer.get(files).status_code == 404
    assert offset_of(oemer, address) is None
    assert send_piece(oemer, address, CONTENT[1000:], 1000).status_code == 404
    assert oemer.delete(address, headers=TUS).status_code == 404
    assert begin(TownClient(lage), CONTENT, to=files).status_code == 302
    assert offset_of(anna, address) == 1000


def test_what_was_added_to_an_answer_that_nobody_gave_is_shown_to_nobody_and_deleted(
    anna: TownClient, case: Submission, files: str, lage: Town, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(anna, CONTENT, "Chip.pdf", to=files)
    casework.let_question_lapse(asked=InformationRequest.objects.get(), now=MONDAY)

    page = town_hall_sees(lage, case)
    with django_capture_on_commit_callbacks(execute=True):
        deleted = actions.delete_what_was_not_sent(now=MONDAY)

    assert "Chip.pdf" not in page
    assert deleted == 1
    assert [file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()] == []


def test_files_come_too_late_for_a_question_that_was_answered(anna: TownClient, case: Submission, files: str) -> None:
    address = begin(anna, CONTENT, to=files)["Location"]
    give(anna, case, answer="Ohne Foto.")

    assert send_piece(anna, address, CONTENT).status_code == 404
    assert begin(anna, CONTENT, to=files).status_code == 404
