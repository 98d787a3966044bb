"""One town is backed up and restored with the programs of PostgreSQL, also from a dump of all; the others serve."""

import subprocess
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from operations.backup import restore_town
from operations.models import EventKind, TownEvent
from submissions.models import Submission, Upload
from tenants.actions import TownRefused, change_state
from tenants.context import as_owner, in_town
from tenants.fleet import programs, server
from tenants.models import MigrationStep, Town, TownState
from tests.factories import make_submission
from tests.operations.full_town import contents
from tests.people import MONDAY, Browser

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(full_town: Town, tmp_path: Path) -> Path:
    """Blomberg as it was before something went wrong. It is suspended now."""
    path = tmp_path / "blomberg.dump"
    call_command("backup_town", "blomberg", path)
    change_state(town=full_town, state=TownState.SUSPENDED)
    return path


def go_wrong(town: Town) -> None:
    """Somebody deletes what must not be deleted."""
    with as_owner(), in_town(town), connection.cursor() as cursor:
        cursor.execute("TRUNCATE submissions_submission CASCADE")


def schemas() -> set[str]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


def test_a_town_is_as_it_was_when_it_was_backed_up(full_town: Town, backup: Path) -> None:
    before = contents(full_town)
    lage = contents(Town.objects.get(slug="lage"))
    go_wrong(full_town)

    call_command("restore_town", "blomberg", backup)

    assert contents(full_town) == before
    assert contents(Town.objects.get(slug="lage")) == lage
    assert "blomberg_before" not in schemas()
    assert Browser("lage.localhost").get("/").status_code == 200
    assert TownEvent.objects.filter(town=full_town).first().kind == EventKind.RESTORED  # type: ignore[union-attr]


def test_afterwards_the_town_works_again_behind_its_wall(full_town: Town, backup: Path) -> None:
    go_wrong(full_town)
    call_command("restore_town", "blomberg", backup)
    change_state(town=full_town, state=TownState.LIVE)

    with in_town(full_town):
        number = make_submission(User.objects.get(subject="anna")).number
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (role,) = cursor.fetchone()

    assert number == "BLOMBERG-2026-000003"
    assert role.endswith(".blomberg")
    assert Browser("blomberg.localhost").get("/leistungen/").status_code == 200


def test_a_town_comes_back_after_its_schema_was_dropped(full_town: Town, backup: Path) -> None:
    before = contents(full_town)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA blomberg CASCADE")

    call_command("restore_town", "blomberg", backup)

    assert contents(full_town) == before


@pytest.mark.parametrize("form", ["custom", "directory"])
def test_a_town_comes_back_from_a_dump_of_all(full_town: Town, tmp_path: Path, form: str) -> None:
    before = contents(full_town)
    path = tmp_path / "nightly"
    arguments = ["--format", form, "--role=none", "--file", str(path), "--dbname", server.address()]
    subprocess.run([programs.path_of("pg_dump"), *arguments], env=programs.environment(), check=True)
    change_state(town=full_town, state=TownState.SUSPENDED)
    go_wrong(full_town)

    call_command("restore_town", "blomberg", path)

    assert contents(full_town) == before


def test_it_says_of_how_many_uploads_the_file_is_missing(
    full_town: Town, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_town(full_town):
        default_storage.delete(str(Upload.objects.get().file.name))

    call_command("restore_town", "blomberg", backup)

    assert "Zu 1 hochgeladenen Dateien fehlt die Datei" in capsys.readouterr().out


def test_an_older_backup_leaves_the_town_behind_until_all_migrate(full_town: Town, backup: Path) -> None:
    last = MigrationStep.objects.order_by("level").last()
    assert last is not None
    MigrationStep.objects.create(level=last.level + 1, app="submissions", name="9999_tomorrow")
    Town.objects.update(level=last.level + 1)
    try:
        restored = restore_town(town=full_town, path=backup, now=MONDAY)
    finally:
        MigrationStep.objects.filter(level=last.level + 1).delete()

    assert restored.level == last.level


# --- Refused ----------------------------------------------------------------------------------------------


def test_a_town_that_people_use_is_not_replaced(full_town: Town, backup: Path) -> None:
    change_state(town=full_town, state=TownState.LIVE)

    with pytest.raises(TownRefused, match="Bitte halten Sie die Stadt zuerst an"):
        restore_town(town=full_town, path=backup, now=MONDAY)


def test_a_backup_of_another_town_is_refused(full_town: Town, backup: Path, detmold: Town) -> None:
    change_state(town=detmold, state=TownState.SUSPENDED)

    with pytest.raises(CommandError, match="In dieser Sicherung gibt es Detmold nicht"):
        call_command("restore_town", "detmold", backup)


def test_a_backup_of_a_newer_version_changes_nothing(full_town: Town, tmp_path: Path) -> None:
    with as_owner(), in_town(full_town), connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('billing', '9999_tomorrow', now())")
    path = tmp_path / "newer.dump"
    call_command("backup_town", "blomberg", path)
    change_state(town=full_town, state=TownState.SUSPENDED)
    before = contents(full_town)
    with in_town(full_town):
        make_submission(User.objects.get(subject="anna"))

    with pytest.raises(CommandError, match=r"Es ist alles wie vorher: .*newer version"):
        call_command("restore_town", "blomberg", path)

    with in_town(full_town):
        assert Submission.objects.count() == 3
    assert before.keys() == contents(full_town).keys()
    assert "blomberg_before" not in schemas()


def test_what_is_no_backup_changes_nothing(full_town: Town, backup: Path) -> None:
    before = contents(full_town)
    whole = backup.read_bytes()
    for content in (b"", b"no dump", whole[: len(whole) // 2]):
        backup.write_bytes(content)

        with pytest.raises(CommandError, match="Es ist alles wie vorher"):
            call_command("restore_town", "blomberg", backup)

    assert contents(full_town) == before
