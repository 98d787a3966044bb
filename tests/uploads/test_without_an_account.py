"""Files of people who have not signed in: sealed with the browser's key, taken over at sign-in."""

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from PIL import Image

from submissions.casework import actions as casework
from submissions.models import Draft, InformationRequest, Submission, Transfer, Upload
from submissions.uploads import limits
from submissions.uploads.content import file_of
from tenants.models import Town
from tests.files import PDF, pdf, png
from tests.jobs import queued_jobs, run_jobs
from tests.people import MONDAY, TownClient, make_anna, make_bernd
from tests.submissions.filling import DAMAGE, errors_of, fill_in
from tests.uploads.conftest import INSURANCE
from tests.uploads.making import GPS, IN_LAGE, document, hold_a_virus, photo
from tests.uploads.scanner import Scanner
from tests.uploads.sending import FILES, PAPERS, TUS, begin, listed, offset_of, send, send_piece

CONTENT = document(words="Police " * 400)


@pytest.fixture(autouse=True)
def nothing_sent_before() -> None:
    cache.clear()


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


# --- Handed in without an account -------------------------------------------------------------------------


def send_photo(client: TownClient, content: bytes, name: str) -> Any:
    return send(client, content, name, to="/antrag/maengelmelder/dateien/", seite="ort", feld="fotos")


def report(client: TownClient, *contents: bytes) -> str:
    """A street lamp with photos; returns the address that only this person has."""
    fill_in(client, "maengelmelder", DAMAGE)
    for number, content in enumerate(contents, start=1):
        assert send_photo(client, content, f"Foto {number}.jpg").status_code == 204
    sent = client.post("/antrag/maengelmelder/pruefen/", {"complete": "on", "seen_fee": "0.00"})
    assert sent.status_code == 302, errors_of(sent)
    return str(sent["Location"]).removesuffix("eingang/")


@pytest.fixture
def somebody(visitor: TownClient, in_lage: Town) -> TownClient:
    return visitor


@pytest.fixture
def asked(somebody: TownClient) -> tuple[str, InformationRequest]:
    """She has reported a damage, and Bernd would like to see it."""
    address, bernd = report(somebody), make_bernd()
    submission = Submission.objects.get()
    casework.take(submission=submission, by=bernd, now=MONDAY)
    casework.ask_back(submission=submission, question="Foto?", due_on=date(2026, 12, 1), by=bernd, now=MONDAY)
    return address, InformationRequest.objects.get()


def test_the_town_hall_sees_photos_that_were_handed_in_without_an_account(
    somebody: TownClient, lage: Town, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        report(somebody, photo(), photo((300, 200)))

    case = Submission.objects.get()
    first, second = case.uploads.all()
    bernd = TownClient(lage).sign_in(make_bernd())
    page = bernd.get(f"/rathaus/vorgang/{case.number}/").content.decode()
    seen = bernd.get(f"/rathaus/vorgang/{case.number}/datei/{first.pk}/")
    assert (first.is_sealed, second.is_sealed) == (False, False)
    assert "Foto 1.jpg" in page
    assert "Foto 2.jpg" in page
    assert seen.getvalue().startswith(b"\xff\xd8\xff")
    assert len([file for file in Path(settings.MEDIA_ROOT).rglob("*") if file.is_file()]) == 4  # each with a preview


def test_photos_without_an_account_are_held_back_until_they_are_clean(
    somebody: TownClient, lage: Town, scanner: Scanner
) -> None:
    report(somebody, photo())
    upload = Upload.objects.get()
    case = Submission.objects.get()
    bernd = TownClient(lage).sign_in(make_bernd())
    address = f"/rathaus/vorgang/{case.number}/datei/{upload.pk}/"

    before = bernd.get(address)
    run_jobs()
    after = bernd.get(address)

    assert (before.status_code, after.status_code) == (404, 200)
    assert after.getvalue().startswith(b"\xff\xd8\xff")


def test_a_form_says_how_many_photos_it_takes(somebody: TownClient) -> None:
    fill_in(somebody, "maengelmelder", DAMAGE, until="kontakt")
    for number in range(3):
        send_photo(somebody, photo((200 + number, 100)), f"Foto {number}.jpg")

    fourth = send_photo(somebody, photo((400, 100)), "Viertes.jpg")

    assert fourth.status_code == 422
    assert "Möglich sind höchstens 3 Dateien." in fourth.content.decode()
    assert Upload.objects.count() == 3


def test_a_photo_of_a_damage_says_where_it_was_taken_and_any_other_does_not(
    somebody: TownClient, nobody: TownClient
) -> None:
    report(somebody, photo())
    send(nobody, photo(), "Police.jpg")
    nobody.sign_in(make_anna())
    nobody.get(PAPERS, follow=True)

    places = {}
    for upload in Upload.objects.all():
        with file_of(upload) as file:
            places[upload.name] = Image.open(io.BytesIO(file.read())).getexif().get_ifd(GPS)
    assert places == {"Foto 1.jpg": IN_LAGE, "Police.jpg": {}}


def test_her_address_shows_her_photos_to_whoever_has_it_and_to_nobody_else(
    somebody: TownClient, lage: Town, visitor_of_detmold: TownClient
) -> None:
    address = report(somebody, photo())
    upload = Upload.objects.get()
    file = f"{address}datei/{upload.pk}/"
    forged = f"{address[:-2]}{'A' if address[-2] != 'A' else 'B'}/datei/{upload.pk}/"

    page = TownClient(lage).get(address).content.decode()
    shown, preview = TownClient(lage).get(file), TownClient(lage).get(f"{file}vorschau/")

    assert file in page
    assert shown.getvalue().startswith(b"\xff\xd8\xff")
    assert preview.getvalue().startswith(b"\xff\xd8\xff")
    assert TownClient(lage).get(forged).status_code == 404
    assert visitor_of_detmold.get(file).status_code == 404
    signed_in = TownClient(lage).sign_in(make_anna())
    number = Submission.objects.get().number
    assert signed_in.get(f"/meine-antraege/{number}/datei/{upload.pk}/").status_code == 404


def test_a_file_of_somebody_else_is_not_found_at_her_address(somebody: TownClient, lage: Town) -> None:
    mine, other = report(somebody, photo()), TownClient(lage)
    theirs = report(other, photo((300, 300)))
    upload = Submission.objects.order_by("-frozen_at")[0].uploads.get()

    assert other.get(f"{theirs}datei/{upload.pk}/").getvalue().startswith(b"\xff\xd8\xff")
    assert other.get(f"{mine}datei/{upload.pk}/").status_code == 404


def test_a_question_is_answered_with_files_at_her_address(
    somebody: TownClient, asked: tuple[str, InformationRequest], lage: Town
) -> None:
    address, question = asked
    first = begin(somebody, CONTENT, "Laterne.pdf", to=f"{address}dateien/")
    send_piece(somebody, first["Location"], CONTENT[:1000])
    send_piece(somebody, first["Location"], CONTENT[1000:], 1000)
    in_list, in_page = listed(somebody, f"{address}dateien/"), somebody.get(address).content.decode()

    answered = somebody.post(f"{address}antwort/", {"answer": "", "attachments": pdf("Noch eine.pdf")})

    question.refresh_from_db()
    assert first["Location"].startswith(f"{address}dateien/")
    assert "Laterne.pdf" in in_list
    assert f"{address}dateien/" in in_page
    assert answered["Location"] == address
    assert question.answered_at is not None
    assert sorted(question.submission.uploads.values_list("name", flat=True)) == ["Laterne.pdf", "Noch eine.pdf"]


def test_nobody_adds_files_to_an_answer_without_her_address(
    somebody: TownClient, asked: tuple[str, InformationRequest], lage: Town
) -> None:
    address, question = asked
    begun = begin(somebody, CONTENT, to=f"{address}dateien/")["Location"]
    number = question.submission.number
    anna = TownClient(lage).sign_in(make_anna())

    assert begin(anna, CONTENT, to=f"/meine-antraege/{number}/dateien/").status_code == 404
    assert begin(anna, CONTENT, to=f"/vorgang/{number}/dateien/").status_code == 404
    assert send_piece(anna, begun.replace(address, "/vorgang/x/"), CONTENT).status_code == 404
    assert offset_of(somebody, begun) == 0


def test_a_photo_with_a_virus_is_replaced_at_her_address(somebody: TownClient, scanner: Scanner) -> None:
    fill_in(somebody, "maengelmelder", DAMAGE)
    send_photo(somebody, document(hold_a_virus), "Laterne.pdf")
    sent = somebody.post("/antrag/maengelmelder/pruefen/", {"complete": "on", "seen_fee": "0.00"})
    address = sent["Location"].removesuffix("eingang/")
    run_jobs()
    infected = Upload.objects.get()
    page = somebody.get(address).content.decode()

    answer = somebody.post(f"{address}dateien/{infected.pk}/ersetzen/", {"new_file": png("Neu.png")}, follow=True)
    run_jobs()

    [told] = [message for message in mail.outbox if "ersetzen" in message.subject]
    assert address in told.body
    assert f"{address}dateien/{infected.pk}/ersetzen/" in page
    assert "Danke. Die neue Datei ist angekommen." in answer.content.decode()
    assert Submission.objects.get().uploads.get(replaces=infected).name == "Neu.png"
