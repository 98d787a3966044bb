"""The operator releases a library: once, completely, and for ever as it was."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from catalogue.actions import release
from catalogue.content import EntryKind
from catalogue.current import released_catalogue
from catalogue.models import FormVersion, Release, ReleaseEntry, ReleaseState
from catalogue.source import LibraryRefused
from tenants.context import as_owner
from tests.catalogue.libraries import service, write_library
from tests.people import MONDAY

pytestmark = pytest.mark.django_db


def released(library: Path, *, notes: str = "") -> Release:
    return release(library, by="Olga", now=MONDAY, notes=notes)


def test_a_release_gets_the_next_number_and_replaces_the_one_before_it(tmp_path: Path) -> None:
    before = Release.objects.get(state=ReleaseState.RELEASED)

    current = released(write_library(tmp_path), notes="Zwei Leistungen weniger.")

    before.refresh_from_db()
    current.refresh_from_db()
    assert before.state == ReleaseState.SUPERSEDED
    assert current.state == ReleaseState.RELEASED
    assert current.number == before.number + 1
    assert (current.released_at, current.released_by, current.notes) == (MONDAY, "Olga", "Zwei Leistungen weniger.")
    assert list(current.entries.values_list("kind", "key", "position").order_by("kind", "position")) == [
        (EntryKind.LIFE_SITUATION, "hund-und-tiere", 0),
        (EntryKind.SERVICE, "hund-anmelden", 0),
        (EntryKind.UNIT, "steueramt", 0),
        (EntryKind.UNIT, "kreis", 1),
    ]


def test_what_was_released_is_what_the_files_say(tmp_path: Path) -> None:
    current = released(write_library(tmp_path, katze_melden=service("katze-melden", title="Katze melden")))

    catalogue = released_catalogue(current.number)
    assert list(catalogue.services) == ["hund-anmelden", "katze-melden"]
    assert catalogue.services["katze-melden"].title == "Katze melden"


def test_releasing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    library = write_library(tmp_path)
    first = released(library)

    again = release(library, by="Otto", now=MONDAY + timedelta(days=1), notes="noch einmal")

    assert again == first
    assert (again.released_by, again.released_at) == ("Olga", MONDAY)
    assert Release.objects.filter(number__gt=first.number).count() == 0


@pytest.mark.parametrize("change", [("minutes: 8", "minutes: 9"), ("steueramt", "kasse"), ("teaser: An", "teaser: Ab")])
def test_any_change_makes_a_new_release(tmp_path: Path, change: tuple[str, str]) -> None:
    first = released(write_library(tmp_path))

    assert released(write_library(tmp_path, spoil=change)).number == first.number + 1


def test_going_back_is_a_new_release_with_the_old_content(tmp_path: Path) -> None:
    old = write_library(tmp_path / "old")
    first = released(old)
    released(write_library(tmp_path / "new", spoil=("minutes: 8", "minutes: 9")))

    back = released(old)

    assert back.number == first.number + 2
    assert released_catalogue(back.number).services == released_catalogue(first.number).services


def test_a_library_with_a_mistake_releases_nothing(tmp_path: Path) -> None:
    before = list(Release.objects.values())

    with pytest.raises(LibraryRefused):
        released(write_library(tmp_path, spoil=("online: full", "online: ja")))

    assert list(Release.objects.values()) == before


# --- For ever ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE catalogue_release SET number = number + 10",
        "UPDATE catalogue_release SET notes = 'anders'",
        "UPDATE catalogue_release SET released_at = now()",
        "UPDATE catalogue_release SET released_by = 'niemand'",
        "UPDATE catalogue_release SET state = 'draft', released_at = NULL",
        "DELETE FROM catalogue_release",
        "UPDATE catalogue_releaseentry SET content = '{}'",
        "UPDATE catalogue_releaseentry SET position = position + 1000",
        "DELETE FROM catalogue_releaseentry",
        "INSERT INTO catalogue_releaseentry (release_id, kind, key, position, content) "
        "SELECT id, 'service', 'neu', 9999, '{}' FROM catalogue_release",
        "UPDATE catalogue_formversion SET definition = '{}'",
        "DELETE FROM catalogue_formversion",
    ],
)
def test_the_database_refuses_to_change_what_is_released(change: str) -> None:
    assert FormVersion.objects.exists()

    with pytest.raises(IntegrityError, match="cannot change any more"), connection.cursor() as cursor:
        cursor.execute(change)


def test_an_entry_cannot_move_from_a_draft_into_a_release() -> None:
    draft = Release.objects.create(number=99)
    entries = ReleaseEntry.objects.filter(release=draft)
    ReleaseEntry.objects.create(release=draft, kind=EntryKind.SERVICE, key="neu", position=9999, content={})

    with pytest.raises(IntegrityError, match="cannot change any more"):
        entries.update(release=Release.objects.get(state=ReleaseState.RELEASED))


def test_a_draft_can_be_changed_and_thrown_away() -> None:
    draft = Release.objects.create(number=99)
    entry = ReleaseEntry.objects.create(release=draft, kind=EntryKind.SERVICE, key="neu", position=0, content={})

    entry.content = {"title": "Neu"}
    entry.save()
    draft.delete()

    assert not ReleaseEntry.objects.filter(key="neu").exists()


def test_only_one_release_is_current() -> None:
    with pytest.raises(IntegrityError, match="one_release_is_current"):
        Release.objects.create(number=99, state=ReleaseState.RELEASED, released_at=MONDAY, released_by="Olga")


def test_nothing_is_released_by_nobody() -> None:
    Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)

    with pytest.raises(IntegrityError, match="released_by_someone_at_some_time"):
        Release.objects.create(number=99, state=ReleaseState.RELEASED, released_at=MONDAY)


# --- At once ----------------------------------------------------------------------------------------------


@pytest.fixture
def releases_put_back(transactional_db: None) -> Iterator[None]:
    """Releases that a test really commits are taken back, past the triggers that forbid it."""
    newest = Release.objects.get(state=ReleaseState.RELEASED)
    yield
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        ReleaseEntry.objects.filter(release__number__gt=newest.number).delete()
        Release.objects.filter(number__gt=newest.number).delete()
        Release.objects.filter(pk=newest.pk).update(state=ReleaseState.RELEASED)


@pytest.mark.usefixtures("releases_put_back")
def test_eight_people_releasing_at_once_make_one_release(tmp_path: Path) -> None:
    library = write_library(tmp_path)
    before = Release.objects.count()
    together = Barrier(8)
    numbers: list[int] = []

    def press_the_button() -> None:
        together.wait()
        numbers.append(released(library).number)
        connection.close()

    threads = [Thread(target=press_the_button) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(numbers) == 8
    assert len(set(numbers)) == 1
    assert Release.objects.count() == before + 1
    assert ReleaseEntry.objects.filter(release__number=numbers[0]).count() == 4


# --- The command ------------------------------------------------------------------------------------------


def said(*arguments: object) -> str:
    out = StringIO()
    call_command("import_library", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_releases_a_folder_and_says_so(tmp_path: Path) -> None:
    number = Release.objects.get(state=ReleaseState.RELEASED).number + 1
    write_library(tmp_path)

    assert said(tmp_path, "--by", "Olga") == f"Katalog {number} ist freigegeben.\n"
    assert said(tmp_path) == f"Katalog {number} ist noch aktuell.\n"
    assert Release.objects.get(number=number).released_by == "Olga"


def test_without_a_folder_the_command_releases_what_ships() -> None:
    number = Release.objects.get(state=ReleaseState.RELEASED).number

    assert said() == f"Katalog {number} ist noch aktuell.\n"


def test_the_command_names_all_mistakes(tmp_path: Path) -> None:
    write_library(tmp_path, katze=service("katze", online="nie"), maus=service("maus", minutes="vier"))

    with pytest.raises(CommandError) as refused:
        said(tmp_path)

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "services/katze.yaml, Zeile 9",
        "services/maus.yaml, Zeile 12",
    ]
