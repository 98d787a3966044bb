"""Files and database are compared; files are put under new keys. Read-only unless told otherwise."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.utils import timezone

from submissions.models import Upload
from submissions.uploads import actions
from submissions.uploads.content import file_of, preview_of
from submissions.uploads.intake import accept
from submissions.uploads.slots import Slot
from submissions.uploads.states import Scan
from tenants.context import in_town
from tenants.models import Town
from tenants.vault.storage import TownStorage, files_below
from tests.people import MONDAY, TownClient, make_anna
from tests.uploads.conftest import come_to_the_papers
from tests.uploads.making import document
from tests.uploads.sending import begin, send, send_piece

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4
Check = Callable[..., str]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command; gives what it says. Raises CommandError if something is wrong."""

    def run(*arguments: Any, **options: Any) -> str:
        capsys.readouterr()
        try:
            call_command("check_uploads", *arguments, **options)
        finally:
            run.said = capsys.readouterr().out  # type: ignore[attr-defined]
        return str(run.said)  # type: ignore[attr-defined]

    return run


def complaints(check: Check, *arguments: Any, **options: Any) -> list[str]:
    with pytest.raises(CommandError, match="Es ist nicht alles in Ordnung"):
        check(*arguments, **options)
    said = str(check.said)  # type: ignore[attr-defined]
    return [line.strip() for line in said.splitlines() if line.startswith("  ")]


@pytest.fixture
def upload(lage: Town, django_capture_on_commit_callbacks: Any) -> Upload:
    """Anna's file in Lage."""
    with in_town(lage), django_capture_on_commit_callbacks(execute=True):
        send(come_to_the_papers(TownClient(lage).sign_in(make_anna())), document())
        return Upload.objects.get()


def lying(name: str) -> Path:
    return Path(default_storage.kept_in.path(name))  # type: ignore[attr-defined]  # a folder, in tests


def make_old(name: str) -> None:
    before = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(lying(name), (before, before))


# --- Checking -----------------------------------------------------------------------------------------------


def test_all_is_fine_where_all_is_fine(upload: Upload, detmold: Town, check: Check) -> None:
    said = check(contents=True)

    assert "Lage: 1 Dateien, " in said
    assert "nicht auf Viren geprüft: 1, mit Virus: 0, nicht verschlüsselt: 0" in said
    assert "Detmold: 0 Dateien" in said
    assert said.endswith("Alles in Ordnung.\n")


def test_a_missing_file_is_found(upload: Upload, check: Check) -> None:
    lying(str(upload.file.name)).unlink()

    assert complaints(check) == [f"fehlt: {upload.file.name}"]


def test_a_file_of_another_size_is_found(upload: Upload, check: Check) -> None:
    file = lying(str(upload.file.name))
    file.write_bytes(file.read_bytes()[:-1])

    assert complaints(check) == [f"ist beschädigt oder verändert: {upload.file.name}"]


def test_a_changed_file_is_found_by_looking_into_it(upload: Upload, check: Check) -> None:
    file = lying(str(upload.file.name))
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    assert "Alles in Ordnung" in check()
    assert complaints(check, contents=True) == [f"ist beschädigt oder verändert: {upload.file.name}"]


def test_a_checksum_that_does_not_fit_is_found(upload: Upload, lage: Town, check: Check) -> None:
    with in_town(lage):
        Upload.objects.update(digest="0" * 64)

    assert complaints(check, contents=True) == [f"ist beschädigt oder verändert: {upload.file.name}"]


def test_what_nobody_knows_is_told_after_a_day_and_deleted_only_when_told_to(
    upload: Upload, lage: Town, check: Check
) -> None:
    with in_town(lage):
        orphan = default_storage.save("lage/uploads/orphan.pdf", ContentFile(b"left over"))
    young = check()
    make_old(orphan)

    told = complaints(check)
    still_there = lying(orphan).exists()
    deleted = check(delete_orphans=True)

    assert "orphan" not in young
    assert told == [f"kennt die Datenbank nicht: {orphan}"]
    assert still_there
    assert f"gelöscht: {orphan}" in deleted
    assert not lying(orphan).exists()
    assert lying(str(upload.file.name)).exists()


def test_what_is_on_its_way_is_no_orphan(lage: Town, check: Check) -> None:
    with in_town(lage):
        client = come_to_the_papers(TownClient(lage).sign_in(make_anna()))
        send_piece(client, begin(client, document())["Location"], document()[:100])
    for name in files_below(default_storage, "lage"):
        make_old(name)

    assert "Alles in Ordnung" in check(delete_orphans=True)
    assert list(files_below(default_storage, "lage"))


def test_what_is_sealed_by_a_browser_is_fine_too(lage: Town, check: Check) -> None:
    with in_town(lage):
        send(come_to_the_papers(TownClient(lage)), document())

    assert "Lage: 1 Dateien" in check("lage", contents=True)


def test_only_the_towns_that_are_named_are_looked_at(upload: Upload, detmold: Town, check: Check) -> None:
    lying(str(upload.file.name)).unlink()

    assert "Lage" not in check("detmold")
    with pytest.raises(CommandError, match="gibt es hier nicht"):
        check("nirgends")


def test_a_folder_of_a_town_that_is_gone_is_told(upload: Upload, check: Check) -> None:
    storages["files"].save("blomberg/uploads/1.pdf.enc", ContentFile(b"left over"))

    assert "Zu keiner Stadt gehört der Ordner blomberg/." in check()


# --- Encrypting anew ----------------------------------------------------------------------------------------


def key_numbers(upload: Upload) -> set[int | None]:
    storage = TownStorage()
    return {storage.key_number(str(file.name)) for file in (upload.file, upload.preview)}


def make_plain(upload: Upload) -> bytes:
    """As it was before files were encrypted."""
    with file_of(upload) as file:
        content = file.read()
    upload.file.name = storages["files"].save("lage/uploads/old.pdf", ContentFile(content))
    upload.preview.name = ""
    upload.save()
    return content


def test_files_from_before_are_encrypted_and_readable_all_the_time(
    upload: Upload, lage: Town, check: Check, django_capture_on_commit_callbacks: Any
) -> None:
    with in_town(lage):
        content = make_plain(upload)
        with file_of(upload) as file:
            before = file.read()
    told = check("lage")

    with django_capture_on_commit_callbacks(execute=True):
        call_command("encrypt_files")

    with in_town(lage):
        upload.refresh_from_db()
        with file_of(upload) as file:
            after = file.read()
    assert before == after == content
    assert "nicht verschlüsselt: 1" in told
    assert str(upload.file.name).endswith(".enc")
    assert not lying("lage/uploads/old.pdf").exists()


def test_the_deployments_key_is_changed_without_touching_files(upload: Upload, lage: Town, settings: Any) -> None:
    before = lying(str(upload.file.name)).read_bytes()

    settings.FILE_KEYS = [NEW, OLD]
    call_command("encrypt_files")
    settings.FILE_KEYS = [NEW]

    with in_town(lage), file_of(upload) as file:
        assert len(file.read()) == upload.size
    assert lying(str(upload.file.name)).read_bytes() == before


def test_a_new_town_key_encrypts_all_files_anew(
    upload: Upload, lage: Town, check: Check, django_capture_on_commit_callbacks: Any
) -> None:
    with in_town(lage), file_of(upload) as file:
        content = file.read()

    with django_capture_on_commit_callbacks(execute=True):
        call_command("encrypt_files", "lage", new_town_keys=True)

    with in_town(lage):
        upload.refresh_from_db()
        with file_of(upload) as file:
            after = file.read()
        with preview_of(upload) as small:
            assert small.read().startswith(b"\xff\xd8")
        numbers = key_numbers(upload)
    assert (after, numbers) == (content, {2})
    assert "Alles in Ordnung" in check(contents=True)
    assert len(list(files_below(default_storage, "lage/uploads"))) == 2


def test_without_the_former_key_it_says_which_one_is_missing(upload: Upload, settings: Any) -> None:
    settings.FILE_KEYS = [NEW]

    with pytest.raises(CommandError, match="In FILE_KEYS fehlt ein Schlüssel, mit dem hier verschlüsselt wurde"):
        call_command("encrypt_files")


def test_a_missing_file_does_not_stop_the_others(upload: Upload, lage: Town) -> None:
    with in_town(lage):
        second = actions.add(
            file=accept(document(words="Zwei"), "Zwei.pdf"), slot=Slot("nachweis", draft=upload.draft), now=MONDAY
        )
    lying(str(upload.file.name)).unlink()

    call_command("encrypt_files", new_town_keys=True)

    with in_town(lage):
        second.refresh_from_db()
        assert key_numbers(second) == {2}
        assert second.scan == Scan.UNSCANNED
