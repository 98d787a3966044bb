from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from submissions.models import Draft, Submission, Upload
from tenants.models import Town
from tests.files import JPEG, PDF, pdf, png
from tests.people import TownClient, make_anna, make_bernd
from tests.submissions.filling import DOG, errors_of, fill_in, fill_in_dog_registration

PAPERS = "/antrag/hund-anmelden/hunde/1/grosser-hund/"
INSURANCE = {"versicherung": "Lippische", "versicherungsnummer": "77-1"}
BIG = {"hoehe": "55", "gewicht": "28"}


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Anna has filled in her registration for a big dog up to its papers."""
    visitor.sign_in(make_anna())
    fill_in_dog_registration(visitor)
    visitor.post("/antrag/hund-anmelden/hunde/1/groesse/", BIG)
    return visitor


def stored_files(settings: Any) -> list[str]:
    return sorted(file.suffix for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file())


def test_files_are_kept_shown_and_handed_in(anna: TownClient) -> None:
    answer = anna.post(PAPERS, INSURANCE | {"haftpflicht": png("Police.png"), "sachkunde": [pdf(), png("Seite 2.png")]})
    review = anna.get("/antrag/hund-anmelden/pruefen/").content.decode()
    anna.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})

    submission = Submission.objects.get()
    assert answer.status_code == 302
    assert "Police.png" in review
    assert "Nachweis.pdf, Seite 2.png" in review
    assert sorted(submission.uploads.values_list("name", flat=True)) == ["Nachweis.pdf", "Police.png", "Seite 2.png"]
    assert not Draft.objects.exists()


def test_a_file_stays_when_something_else_on_the_page_is_wrong(anna: TownClient) -> None:
    answer = anna.post(PAPERS, {"versicherung": "", "haftpflicht": png("Police.png")})

    assert set(errors_of(answer)) == {"versicherung", "versicherungsnummer", "sachkunde"}
    assert "Police.png" in answer.content.decode()
    assert Upload.objects.get().name == "Police.png"


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("virus.pdf", b"MZ\x90\x00 not a document"), "können wir nicht annehmen"),
        (SimpleUploadedFile("seite.html", b"<html><script>alert(1)</script></html>"), "ist keine PDF-Datei"),
        (SimpleUploadedFile("leer.pdf", b""), "ist leer"),
        (SimpleUploadedFile("riesig.pdf", PDF + b"0" * 50 * 2**20), "höchstens 10 MB"),
    ],
    ids=["a program", "a web page", "nothing", "50 MB"],
)
def test_what_is_no_photo_or_pdf_or_too_large_is_refused_and_nothing_else_is_lost(
    anna: TownClient, settings: Any, file: SimpleUploadedFile, sentence: str
) -> None:
    answer = anna.post(PAPERS, INSURANCE | {"haftpflicht": file})

    assert sentence in errors_of(answer)["haftpflicht"][0]
    assert 'value="Lippische"' in answer.content.decode()
    assert not Upload.objects.exists()
    assert stored_files(settings) == []


def test_the_content_decides_what_a_file_is_not_its_name(anna: TownClient) -> None:
    anna.post(PAPERS, INSURANCE | {"haftpflicht": SimpleUploadedFile("../../böse\x00.exe", JPEG)})

    upload = Upload.objects.get()
    assert (upload.name, upload.content_type) == ("böse.jpg", "image/jpeg")
    assert str(upload.file.name).startswith("lage/uploads/")


def test_a_file_can_be_removed_and_is_gone_from_the_disk(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    anna.post(PAPERS, INSURANCE | {"haftpflicht": png()})
    with django_capture_on_commit_callbacks(execute=True):
        answer = anna.post(PAPERS, INSURANCE | {"remove_upload": str(Upload.objects.get().pk)})

    assert answer["Location"] == PAPERS
    assert not Upload.objects.exists()
    assert stored_files(settings) == []


def test_removing_a_dog_removes_its_files(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    anna.post(PAPERS, INSURANCE | {"haftpflicht": png()})
    with django_capture_on_commit_callbacks(execute=True):
        anna.post("/antrag/hund-anmelden/hunde/", {"remove": Draft.objects.get().answers["hunde"][0]["_id"]})

    assert stored_files(settings) == []


def test_a_dog_that_shrinks_needs_no_papers(anna: TownClient) -> None:
    anna.post("/antrag/hund-anmelden/hunde/1/groesse/", DOG["groesse"])
    end = fill_in(anna, "hund-anmelden", {"hunde": {}})

    assert end == "/antrag/hund-anmelden/verguenstigung/"


def test_staff_is_no_citizen(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_bernd())

    assert visitor.get("/meine-antraege/")["Location"].startswith("/anmelden/")
