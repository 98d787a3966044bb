"""Files of people who have not signed in: sealed with the browser's key, taken over at sign-in."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from submissions.models import Draft, Submission, Transfer, Upload
from submissions.uploads import limits
from submissions.uploads.content import file_of
from tenants.models import Town
from tests.files import PDF, pdf, png
from tests.jobs import queued_jobs
from tests.people import TownClient, make_anna
from tests.submissions.filling import errors_of
from tests.uploads.conftest import INSURANCE
from tests.uploads.making import document
from tests.uploads.sending import FILES, PAPERS, TUS, begin, listed, offset_of, send, send_piece

CONTENT = document(words="Police " * 400)


def test_files_can_be_added_without_an_account(nobody: TownClient) -> None:
    answer = nobody.post(PAPERS, INSURANCE | {"haftpflicht": pdf("Police.pdf"), "sachkunde_later": "on"})

    upload = Upload.objects.get()
    assert answer.status_code == 302
    assert (upload.name, upload.is_sealed) == ("Police.pdf", True)
    assert "Police.pdf" in nobody.get("/antrag/hund-anmelden/pruefen/").content.decode()


def test_piece_by_piece_too(nobody: TownClient) -> None:
    send(nobody, CONTENT)

    assert Upload.objects.get().is_sealed
    assert "Police.pdf" in listed(nobody)


def test_only_the_browser_can_open_them(nobody: TownClient) -> None:
    send(nobody, CONTENT)
    upload = Upload.objects.get()
    address = f"{FILES}{upload.pk}/"

    own = nobody.get(address)
    preview = nobody.get(f"{address}vorschau/")
    somebody_else = TownClient(nobody.town)

    assert b"Police Police" in own.getvalue()
    assert Image.open(io.BytesIO(preview.getvalue())).format == "JPEG"
    assert somebody_else.get(address).status_code == 404
    with pytest.raises(FileNotFoundError):
        file_of(upload)


def test_nobody_who_has_the_towns_key_can_read_them(nobody: TownClient) -> None:
    send(nobody, CONTENT)
    upload = Upload.objects.get()

    with upload.file.storage.open(str(upload.file.name)) as stored:
        without_the_towns_key = stored.read()

    assert b"Police" not in without_the_towns_key
    assert b"%PDF" not in without_the_towns_key


def test_pieces_on_their_way_are_sealed_as_well(nobody: TownClient) -> None:
    send_piece(nobody, begin(nobody, CONTENT)["Location"], CONTENT[:3000])
    transfer = Transfer.objects.get()

    with Upload.file.field.storage.open(f"lage/transfers/{transfer.pk}/sealed/0.enc") as stored:
        assert b"Police" not in stored.read()


def test_another_browser_can_neither_see_nor_go_on_with_nor_remove_them(nobody: TownClient) -> None:
    address = begin(nobody, CONTENT)["Location"]
    send_piece(nobody, address, CONTENT[:1000])
    other = TownClient(nobody.town)

    assert offset_of(other, address) is None
    assert send_piece(other, address, CONTENT[1000:], 1000).status_code == 404
    assert other.delete(address, headers=TUS).status_code == 404
    assert offset_of(nobody, address) == 1000


def test_signing_in_takes_them_over(nobody: TownClient, settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    with django_capture_on_commit_callbacks(execute=True):
        send(nobody, CONTENT)
        assert "submissions.uploads.jobs.scan" not in queued_jobs()
        nobody.sign_in(make_anna())
        nobody.get(PAPERS, follow=True)

    upload = Upload.objects.get()
    with file_of(upload) as file:
        assert b"Police Police" in file.read()
    assert not upload.is_sealed
    assert queued_jobs().count("submissions.uploads.jobs.scan") == 1
    assert nobody.get(f"{FILES}{upload.pk}/vorschau/").getvalue().startswith(b"\xff\xd8")
    assert len([file for file in Path(settings.MEDIA_ROOT, "lage/uploads").iterdir() if file.is_file()]) == 2


def test_what_is_on_its_way_goes_on_after_signing_in(nobody: TownClient) -> None:
    address = begin(nobody, CONTENT)["Location"]
    send_piece(nobody, address, CONTENT[:1000])
    nobody.sign_in(make_anna())
    nobody.get(PAPERS, follow=True)

    assert begin(nobody, CONTENT)["Location"] == address
    assert send_piece(nobody, address, CONTENT[1000:], 1000).status_code == 204
    assert not Upload.objects.get().is_sealed


def test_they_are_handed_in_with_the_rest(nobody: TownClient) -> None:
    nobody.post(PAPERS, INSURANCE | {"haftpflicht": png("Police.png"), "sachkunde_later": "on"})
    nobody.sign_in(make_anna())
    nobody.get("/antrag/hund-anmelden/pruefen/", follow=True)
    nobody.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})

    assert [upload.name for upload in Submission.objects.get().uploads.all()] == ["Police.png"]


def test_a_draft_that_is_not_wanted_goes_with_its_files(
    nobody: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(nobody, CONTENT)
        nobody.post("/antrag/hund-anmelden/neu/")

    assert not Upload.objects.exists()
    assert [file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()] == []


def test_a_file_begins_a_draft_that_only_the_browser_can_open(visitor: TownClient, in_lage: Town) -> None:
    answer = begin(visitor, PDF, seite="verguenstigung", feld="verguenstigung_nachweis")

    assert answer.status_code == 201
    assert Draft.objects.get().citizen is None
    assert send_piece(visitor, answer["Location"], PDF).status_code == 204


def test_when_there_is_no_room_people_are_asked_to_sign_in(nobody: TownClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SEALED_TOGETHER", len(CONTENT) - 1)

    sent = begin(nobody, CONTENT)
    posted = nobody.post(PAPERS, INSURANCE | {"haftpflicht": pdf(), "sachkunde_later": "on"})
    monkeypatch.setattr(limits, "SEALED_TOGETHER", -1)
    page = nobody.get(PAPERS).content.decode()
    without = nobody.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
    signs_in = nobody.post(PAPERS, INSURANCE | {"sign_in": "1"})

    assert sent.status_code == 422
    assert "Bitte melden Sie sich an." in sent.content.decode()
    assert posted.status_code == 302  # it is small enough
    assert "Dateien können Sie zurzeit nur hinzufügen, wenn Sie angemeldet sind." in page
    assert without.status_code == 302  # what is there counts
    assert signs_in["Location"].startswith("/anmelden/?next=")
    assert errors_of(without) == 302
