"""Files that are sent as soon as they are chosen, and go on where they stopped (tus 1.0.0)."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from submissions.models import Draft, Transfer, Upload
from submissions.uploads import actions, limits
from tenants.models import Town
from tests.files import PDF, PNG
from tests.people import MONDAY, TownClient, make_anna
from tests.uploads.conftest import INSURANCE
from tests.uploads.making import document, photo
from tests.uploads.sending import (
    FILES,
    PAPERS,
    TUS,
    begin,
    insurance_field,
    listed,
    metadata,
    offset_of,
    send,
    send_piece,
)

CONTENT = document(words="Police " * 400)  # some thousand bytes


def stored(settings: Any, folder: str) -> int:
    return sum(file.is_file() for file in Path(settings.MEDIA_ROOT, "lage", folder).rglob("*"))


def test_a_file_arrives_piece_by_piece_and_counts(anna: TownClient, settings: Any) -> None:
    answer = send(anna, CONTENT)

    upload = Upload.objects.get()
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(CONTENT)))
    assert (upload.name, upload.place) == ("Police.pdf", f"hunde/{dog_id()}/haftpflicht")
    assert (upload.sent_size, upload.sent_digest) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert "Police.pdf" in listed(anna)
    assert "Police.pdf" in anna.get(PAPERS).content.decode()
    assert not Transfer.objects.exists()


def dog_id() -> str:
    return str(Draft.objects.get().answers["hunde"][0]["_id"])


def test_it_goes_on_where_it_stopped(anna: TownClient) -> None:
    address = begin(anna, CONTENT)["Location"]
    send_piece(anna, address, CONTENT[:1000])

    assert offset_of(anna, address) == 1000
    assert send_piece(anna, address, CONTENT[1000:], 1000).status_code == 204
    assert Upload.objects.get().sent_digest == hashlib.sha256(CONTENT).hexdigest()


def test_choosing_the_same_file_again_goes_on_where_it_stopped(anna: TownClient) -> None:
    first = begin(anna, CONTENT)
    send_piece(anna, first["Location"], CONTENT[:1000])

    again = begin(anna, CONTENT)
    other = begin(anna, CONTENT + b"\n")

    assert (again["Location"], again["Upload-Offset"]) == (first["Location"], "1000")
    assert other["Location"] != first["Location"]


def test_a_file_that_is_there_already_is_not_sent_twice(anna: TownClient) -> None:
    send(anna, CONTENT)

    again = begin(anna, CONTENT)

    assert again["Upload-Offset"] == str(len(CONTENT))
    assert offset_of(anna, again["Location"]) == len(CONTENT)
    assert send_piece(anna, again["Location"], b"", len(CONTENT)).status_code == 204
    assert Upload.objects.count() == 1


def test_what_has_not_arrived_whole_is_shown_and_can_be_removed(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    address = begin(anna, CONTENT)["Location"]
    send_piece(anna, address, CONTENT[: len(CONTENT) // 2])

    page = anna.get(PAPERS).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(PAPERS, INSURANCE | {"remove_upload": str(Transfer.objects.get().pk)})

    assert "50 % von" in page
    assert "Wählen Sie die Datei noch einmal aus, dann geht es dort weiter." in page
    assert not Transfer.objects.exists()
    assert stored(settings, "transfers") == 0


def test_what_has_not_arrived_whole_does_not_count(anna: TownClient) -> None:
    send_piece(anna, begin(anna, CONTENT)["Location"], CONTENT[:1000])

    answer = anna.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})

    assert list(answer.context["form"].errors) == ["haftpflicht"]


def test_pieces_lie_there_encrypted(anna: TownClient, settings: Any) -> None:
    send_piece(anna, begin(anna, CONTENT)["Location"], CONTENT[:3000])

    [piece] = Path(settings.MEDIA_ROOT, "lage/transfers").rglob("*.enc")
    assert b"Police" not in piece.read_bytes()


def test_a_file_that_has_arrived_leaves_no_pieces(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(anna, CONTENT)

    assert (stored(settings, "transfers"), stored(settings, "uploads")) == (0, 2)  # file and preview


def test_a_file_can_be_removed_on_its_way_and_afterwards(anna: TownClient) -> None:
    address = begin(anna, CONTENT)["Location"]
    send_piece(anna, address, CONTENT[:1000])

    assert anna.delete(address, headers=TUS).status_code == 204
    assert offset_of(anna, address) is None
    send(anna, CONTENT)
    assert anna.delete(f"{FILES}{Upload.objects.get().pk}/", headers=TUS).status_code == 204
    assert not Upload.objects.exists()


# --- What is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"MZ\x90\x00 a program", "können wir nicht annehmen"), (photo((640, 480))[:3000], "ist beschädigt")],
)
def test_a_file_that_we_do_not_take_gets_a_sentence_and_is_gone(anna: TownClient, content: bytes, said: str) -> None:
    answer = send(anna, content, "Police.exe")

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Transfer.objects.exists()
    assert not Upload.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(anna: TownClient) -> None:
    answer = begin(anna, CONTENT, length=limits.LARGEST + 1)

    assert answer.status_code == 422
    assert "„Police.pdf“ hat 11 MB. Eine Datei darf höchstens 10 MB haben." in answer.content.decode()


def test_ten_files_fit_into_a_field_also_those_on_their_way(anna: TownClient) -> None:
    for number in range(10):
        assert begin(anna, b"%d" % number).status_code == 201

    answer = begin(anna, b"one more", "Elf.pdf")

    assert answer.status_code == 422
    assert "„Elf.pdf“ passt hier nicht mehr dazu: Möglich sind höchstens 10 Dateien." in answer.content.decode()
    assert begin(anna, CONTENT, feld="sachkunde").status_code == 201


def test_forty_megabytes_fit_into_a_form(anna: TownClient) -> None:
    for number in range(4):
        assert begin(anna, b"%d" % number, length=limits.LARGEST).status_code == 201

    answer = begin(anna, b"x", "Mehr.pdf", feld="sachkunde")

    assert answer.status_code == 422
    assert "Alle Dateien zusammen dürfen höchstens 40 MB haben" in answer.content.decode()


def test_a_file_that_changed_on_its_way_is_asked_for_again(anna: TownClient) -> None:
    address = begin(anna, CONTENT)["Location"]

    answer = send_piece(anna, address, b"x" * len(CONTENT))

    assert answer.status_code == 422
    assert "ist beschädigt angekommen" in answer.content.decode()
    assert not Transfer.objects.exists()


# --- The protocol -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 999, 1001])
def test_a_piece_must_go_on_where_the_last_one_ended(anna: TownClient, offset: int) -> None:
    address = begin(anna, CONTENT)["Location"]
    send_piece(anna, address, CONTENT[:1000])

    assert send_piece(anna, address, CONTENT[offset:], offset).status_code == 409
    assert offset_of(anna, address) == 1000


def test_more_than_was_announced_is_refused(anna: TownClient) -> None:
    address = begin(anna, CONTENT)["Location"]

    assert send_piece(anna, address, CONTENT + b"x").status_code == 409


def test_it_says_what_it_speaks(anna: TownClient) -> None:
    answer = anna.options(FILES)

    assert (answer["Tus-Version"], answer["Tus-Extension"], answer["Tus-Max-Size"]) == (
        "1.0.0",
        "creation,termination",
        str(limits.LARGEST),
    )
    assert anna.post(FILES, headers={"Upload-Length": "5"}).status_code == 412


@pytest.mark.parametrize(
    ("length", "about", "status"),
    [
        ("much", "", 400),
        ("5", "filename ???", 400),
        ("5", metadata(seite="hunde"), 404),
        ("0", "", 422),
    ],
)
def test_what_is_not_understood_is_refused(anna: TownClient, length: str, about: str, status: int) -> None:
    headers = TUS | {"Upload-Length": length, "Upload-Metadata": about or metadata(**insurance_field(anna))}

    assert anna.post(FILES, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("about", "status"),
    [
        ({"digest": "abc"}, 400),
        ({"feld": "versicherung"}, 404),
        ({"feld": "unbekannt"}, 404),
        ({"seite": "hunde/7/grosser-hund"}, 404),
        ({"seite": "hunde/x/grosser-hund"}, 404),
        ({"seite": ""}, 404),
    ],
)
def test_files_go_only_to_fields_that_ask_for_files(anna: TownClient, about: dict[str, str], status: int) -> None:
    assert begin(anna, CONTENT, **about).status_code == status  # type: ignore[arg-type]  # texts, all of them


def test_a_piece_needs_a_length_a_kind_and_an_end(anna: TownClient) -> None:
    address = begin(anna, CONTENT)["Location"]

    kind = anna.patch(address, b"x", content_type="text/plain", headers=TUS | {"Upload-Offset": "0"})
    large = send_piece(anna, address, b"x" * (2**20 + 1))

    assert (kind.status_code, large.status_code) == (415, 413)


def test_an_ended_session_does_not_begin_a_second_draft(anna: TownClient) -> None:
    said_along = insurance_field(anna)
    anna.logout()

    answer = begin(anna, CONTENT, **said_along)  # type: ignore[arg-type]  # texts, all of them

    assert answer.status_code == 401
    assert Draft.objects.count() == 1


def test_what_stopped_a_week_ago_is_deleted(anna: TownClient) -> None:
    send_piece(anna, begin(anna, CONTENT)["Location"], CONTENT[:1000])
    Transfer.objects.update(moved_at=MONDAY)
    begin(anna, PNG, "Neu.png")
    Transfer.objects.filter(name="Neu.png").update(moved_at=MONDAY + timedelta(days=4))

    deleted = actions.delete_what_was_not_sent(now=MONDAY + timedelta(days=8))

    assert deleted == 1
    assert Transfer.objects.get().name == "Neu.png"


def test_throwing_a_draft_away_takes_all_of_it(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(anna, PDF)
        send_piece(anna, begin(anna, CONTENT)["Location"], CONTENT[:1000])
        anna.post("/antrag/hund-anmelden/neu/")

    assert not Transfer.objects.exists()
    assert not Upload.objects.exists()
    assert stored(settings, "") == 0


def test_handing_in_takes_what_is_whole_and_forgets_the_rest(
    anna: TownClient, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        send(anna, PDF)
        send_piece(anna, begin(anna, CONTENT, feld="sachkunde")["Location"], CONTENT[:1000])
        anna.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
        anna.post("/antrag/hund-anmelden/pruefen/", {"complete": "on", "seen_fee": "0.00"})

    assert Upload.objects.get().submission is not None
    assert not Transfer.objects.exists()
    assert stored(settings, "transfers") == 0


def test_a_file_begins_a_draft_where_there_is_none(visitor: TownClient, in_lage: Town) -> None:
    visitor.sign_in(make_anna())

    answer = begin(visitor, CONTENT, seite="verguenstigung", feld="verguenstigung_nachweis")

    assert answer.status_code == 201
    assert Draft.objects.get().transfers.get().place == "verguenstigung_nachweis"
