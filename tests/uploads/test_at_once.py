"""What people do in the same moment, in several windows or with an impatient finger."""

import io

import pytest

from submissions.models import Draft, InformationRequest, Transfer, Upload
from submissions.uploads import actions, limits
from submissions.uploads.intake import FileRefused
from submissions.uploads.slots import Slot
from tenants.context import in_town
from tenants.models import Town
from tests.files import accepted
from tests.people import MONDAY, make_anna
from tests.threads import at_once
from tests.uploads.making import document

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = document(words="Police " * 400)


@pytest.fixture
def draft(lage: Town) -> Draft:
    with in_town(lage):
        return Draft.objects.create(
            service_key="hund-anmelden", form_version=1, citizen=make_anna(), created_at=MONDAY, edited_at=MONDAY
        )


@pytest.fixture
def slot(draft: Draft) -> Slot:
    return Slot("nachweis", draft=draft)


def begin(slot: Slot, content: bytes = CONTENT, name: str = "Police.pdf", digest: str = "") -> Transfer:
    begun = actions.begin(slot=slot, name=name, length=len(content), digest=digest, now=MONDAY)
    assert isinstance(begun, Transfer)
    return begun


def test_of_eight_files_for_the_last_free_place_one_gets_it(lage: Town, slot: Slot) -> None:
    with in_town(lage):
        for number in range(limits.MOST - 1):
            actions.add(file=accepted(f"{number}.png"), slot=slot, now=MONDAY)

    def add() -> None:
        with in_town(lage):
            actions.add(file=accepted("last.png"), slot=slot, now=MONDAY)

    answers = at_once(8, add)

    assert sorted(type(answer).__name__ for answer in answers) == ["FileRefused"] * 7 + ["NoneType"]
    with in_town(lage):
        assert Upload.objects.count() == limits.MOST


def test_whole_files_and_those_in_pieces_share_the_last_place(lage: Town, slot: Slot) -> None:
    with in_town(lage):
        for number in range(limits.MOST - 1):
            actions.add(file=accepted(f"{number}.png"), slot=slot, now=MONDAY)
    turns = iter(range(8))

    def add() -> None:
        turn = next(turns)
        with in_town(lage):
            if turn % 2:
                begin(slot, name=f"{turn}.pdf")
            else:
                actions.add(file=accepted("last.png"), slot=slot, now=MONDAY)

    answers = at_once(8, add)

    assert sum(isinstance(answer, FileRefused) for answer in answers) == 7
    with in_town(lage):
        assert Upload.objects.count() + Transfer.objects.count() == limits.MOST


def test_the_last_megabytes_of_a_form_are_given_once(lage: Town, draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LARGEST_TOGETHER", 3 * len(CONTENT))
    places = iter("abcdefgh")

    def start() -> None:
        with in_town(lage):
            begin(Slot(next(places), draft=draft))

    answers = at_once(8, start)

    assert sum(answer is None for answer in answers) == 3
    with in_town(lage):
        assert Transfer.objects.count() == 3


def test_the_same_file_chosen_in_two_windows_is_sent_once(lage: Town, slot: Slot) -> None:
    def start() -> str:
        with in_town(lage):
            return str(begin(slot, digest="a" * 64).pk)

    assert len(set(at_once(8, start))) == 1


def test_the_same_piece_sent_twice_counts_once(lage: Town, slot: Slot) -> None:
    with in_town(lage):
        transfer = begin(slot)

    def send() -> None:
        with in_town(lage):
            actions.append(transfer=transfer, offset=0, piece=CONTENT[:1000], key=None, now=MONDAY)

    answers = at_once(8, send)

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType"] + ["WrongOffset"] * 7
    with in_town(lage):
        assert Transfer.objects.get().received == 1000


def test_a_file_that_is_finished_twice_is_one_file(lage: Town, slot: Slot) -> None:
    with in_town(lage):
        transfer = actions.append(transfer=begin(slot), offset=0, piece=CONTENT, key=None, now=MONDAY)

    def finish() -> str:
        with in_town(lage):
            return str(actions.finish(transfer=transfer, slot=slot, now=MONDAY).pk)

    assert at_once(4, finish) == [str(transfer.pk)] * 4
    with in_town(lage):
        upload = Upload.objects.get()
        with upload.file.open() as file:
            assert b"Police Police" in io.BytesIO(file.read()).getvalue()


def test_a_file_comes_too_late_for_a_draft_that_was_just_handed_in(lage: Town, slot: Slot, draft: Draft) -> None:
    with in_town(lage):
        transfer = actions.append(transfer=begin(slot), offset=0, piece=CONTENT, key=None, now=MONDAY)
        draft.delete()

        with pytest.raises(FileRefused, match="Hier lässt sich nichts mehr hinzufügen"):
            actions.add(file=accepted("late.png"), slot=slot, now=MONDAY)
        assert not Transfer.objects.filter(pk=transfer.pk).exists()
        assert not InformationRequest.objects.exists()
