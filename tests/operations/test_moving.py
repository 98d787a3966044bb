"""A town moves: exported, dropped and imported again while the others serve, and nothing is lost on the way."""

import csv
import hashlib
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import audit
from accounts.audit_chain import verify
from accounts.models import AuditAction, User
from operations.models import EventKind, TownEvent
from operations.moving.bundle import SUMS, BundleRefused, Writer, open_bundle
from operations.moving.export import export_town
from operations.moving.loading import import_town
from submissions.models import Submission, Upload
from submissions.uploads.states import Scan
from tenants.actions import TownRefused
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town, TownState
from tenants.vault.models import DataKey
from tenants.vault.storage import files_below
from tests.factories import make_submission
from tests.operations.full_town import PDF, contents, drop, stored
from tests.people import MONDAY, Browser

pytestmark = pytest.mark.django_db(transaction=True)


def change(bundle: Path, name: str, content: str, *, sums: bool = False) -> Path:
    """A bundle in which a file says something else; with `sums` its checksum is made to fit."""
    changed = bundle.with_name("changed.zip")
    with ZipFile(bundle) as old, ZipFile(changed, "w", ZIP_DEFLATED) as new:
        for one in old.namelist():
            old_content = old.read(one)
            if one == name:
                old_content = content.encode()
            elif one == SUMS and sums:
                lines = (line for line in old_content.decode().splitlines() if not line.endswith(f"  {name}"))
                digest = hashlib.sha256(content.encode()).hexdigest()
                old_content = "".join(f"{line}\n" for line in (*lines, f"{digest}  {name}")).encode()
            new.writestr(one, old_content)
    return changed


@pytest.fixture
def bundle(full_town: Town, tmp_path: Path) -> Path:
    """Blomberg's bundle."""
    path = tmp_path / "blomberg.zip"
    export_town(town=full_town, path=path, now=MONDAY)
    return path


# --- The bundle -------------------------------------------------------------------------------------------


def test_a_bundle_holds_data_documents_uploads_tables_and_says_what_they_are(full_town: Town, bundle: Path) -> None:
    with ZipFile(bundle) as archive:
        names = set(archive.namelist())
        payments = list(
            csv.reader(StringIO(archive.read("zahlungen/zahlungen.csv").decode("utf-8-sig")), delimiter=";")
        )
        readme = archive.read("LIESMICH.txt").decode()
        uploads = [archive.read(name) for name in names if name.startswith("dateien/")]
        application = archive.read("antraege/BLOMBERG-2026-000001.pdf")

    assert {
        "antraege/BLOMBERG-2026-000002.pdf",
        "quittungen/BLOMBERG-2026-000002-1.pdf",
        "zahlungen/buchungen.csv",
        "verlauf/verlauf.csv",
        "daten/submissions_submission.json",
        "katalog/formulare.json",
        "stadt.json",
        "SHA256SUMS",
    } <= names
    assert payments[1][:2] == ["BLOMBERG-2026-000002-1", "BLOMBERG-2026-000002"]
    assert "Anträge: 2, Zahlungen: 1, hochgeladene Dateien: 1" in readme
    assert uploads == [PDF]
    assert application.startswith(b"%PDF-")


def test_no_secret_is_in_it(full_town: Town, bundle: Path) -> None:
    with in_town(full_town):
        hashes = [one for one in User.objects.values_list("password", flat=True) if len(one) > 1]
    opened = open_bundle(bundle)
    everything = "".join("".join(opened.lines(name)) for name in opened.sums if name.startswith("daten/"))
    drafts = [json.loads(line) for line in opened.lines("daten/submissions_draft.json") if line.startswith("{")]

    assert hashes
    assert not [one for one in hashes if one in everything]
    assert not {"django_session", "otp_totp_totpdevice"} & set(opened.manifest.rows)
    assert [draft["sealed"] for draft in drafts] == [None]


def test_the_operators_history_says_that_it_was_exported(full_town: Town, bundle: Path) -> None:
    event = TownEvent.objects.filter(town=full_town).first()

    assert event is not None
    assert (event.kind, event.text) == (EventKind.EXPORTED, open_bundle(bundle).digest)


def test_an_existing_file_is_not_written_over(full_town: Town, bundle: Path) -> None:
    before = bundle.read_bytes()

    with pytest.raises(CommandError, match="gibt es schon"):
        call_command("export_town", "blomberg", bundle)

    assert (bundle.read_bytes(), list(bundle.parent.glob("*.part"))) == (before, [])


def test_it_is_of_one_moment_whatever_happens_meanwhile(
    full_town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody hands in while the export runs: it is in no table and no document."""
    from operations.moving import export

    original = export._write_uploads

    def meanwhile(writer: Writer) -> Iterator[str]:
        def hand_in() -> None:
            with in_town(full_town):
                make_submission(User.objects.get(subject="anna"))
            connection.close()

        other = Thread(target=hand_in)
        other.start()
        other.join()
        return original(writer)

    monkeypatch.setattr(export, "_write_uploads", meanwhile)
    path = tmp_path / "moment.zip"
    export_town(town=full_town, path=path, now=MONDAY)

    with in_town(full_town):
        assert Submission.objects.count() == 3
    opened = open_bundle(path)
    assert opened.manifest.rows["submissions_submission"] == 2
    assert len([name for name in opened.sums if name.startswith("antraege/")]) == 2


# --- There and back ---------------------------------------------------------------------------------------


def test_exported_dropped_and_imported_it_goes_on_while_the_others_serve(full_town: Town, bundle: Path) -> None:
    lage = Town.objects.get(slug="lage")
    others = contents(lage)
    answers: list[int] = []
    stop = Signal()

    def visit() -> None:
        while not stop.is_set():
            answers.append(Browser("lage.localhost").get("/leistungen/").status_code)
        connection.close()

    visitor = Thread(target=visit)
    visitor.start()
    try:
        drop("blomberg")
        call_command("import_town", bundle)
    finally:
        stop.set()
        visitor.join()

    back = Town.objects.get(slug="blomberg")
    with in_town(back):
        assert stored() == PDF
        assert User.objects.get(login="bernd@rathaus.example").has_usable_password() is False
        number = make_submission(User.objects.get(subject="anna")).number  # counts on where it was
    assert contents(lage) == others
    assert set(answers) == {200}
    assert number == "BLOMBERG-2026-000003"
    assert back.state == TownState.SUSPENDED
    assert sorted(back.hosts.values_list("domain", flat=True)) == ["blomberg.localhost", "portal.blomberg.example"]
    assert TownEvent.objects.filter(town=back, kind=EventKind.IMPORTED).count() == 1


def test_checksums_of_all_tables_agree_after_the_journey(full_town: Town, bundle: Path) -> None:
    before = contents(full_town)
    drop("blomberg")

    back = import_town(path=bundle, now=MONDAY)

    assert contents(back) == before


def test_its_audit_log_stays_whole_and_goes_on(full_town: Town, tmp_path: Path) -> None:
    with in_town(full_town):
        audit.record(AuditAction.SEEN, by=None, now=MONDAY, text='Ö „Zitat" \\ \n 🐕')
        before = verify(now=MONDAY)
    export_town(town=full_town, path=tmp_path / "blomberg.zip", now=MONDAY)
    drop("blomberg")

    with in_town(import_town(path=tmp_path / "blomberg.zip", now=MONDAY)):
        assert verify(now=MONDAY) == before
        audit.record(AuditAction.SEEN, by=None, now=MONDAY)
        assert verify(now=MONDAY).links == before.links + 1


def test_it_may_get_another_short_name(full_town: Town, bundle: Path) -> None:
    before = contents(full_town)
    drop("blomberg")

    back = import_town(path=bundle, slug="blomberg-zwei", now=MONDAY)

    assert contents(back) == before
    with in_town(back):
        assert str(Upload.objects.get().file).startswith("blomberg_zwei/uploads/")
        assert stored() == PDF
    assert Browser("blomberg-zwei.localhost").get("/").status_code == 503


def test_where_it_goes_its_files_are_encrypted_with_another_key(full_town: Town, bundle: Path) -> None:
    with in_town(full_town):
        before = bytes(DataKey.objects.get().wrapped)
    drop("blomberg")

    back = import_town(path=bundle, now=MONDAY)

    with in_town(back):
        name = str(Upload.objects.get().file.name)
        assert bytes(DataKey.objects.get().wrapped) != before
        assert stored() == PDF
    with storages["files"].open(name) as lying:
        assert PDF not in lying.read()


def test_a_small_picture_of_a_file_moves_along(full_town: Town, tmp_path: Path) -> None:
    with in_town(full_town):
        upload = Upload.objects.get()
        upload.preview.save("preview.jpg", ContentFile(b"\xff\xd8 small"))
    path = tmp_path / "blomberg.zip"
    export_town(town=full_town, path=path, now=MONDAY)
    drop("blomberg")

    with in_town(import_town(path=path, now=MONDAY)), Upload.objects.get().preview.open() as file:
        assert file.read() == b"\xff\xd8 small"


def test_a_file_with_a_virus_does_not_move(full_town: Town, tmp_path: Path) -> None:
    with in_town(full_town):
        Upload.objects.update(scan=Scan.INFECTED)
    path = tmp_path / "blomberg.zip"
    export_town(town=full_town, path=path, now=MONDAY)

    opened = open_bundle(path)
    with ZipFile(path) as archive:
        readme = archive.read("LIESMICH.txt").decode()
    assert [name for name in opened.sums if name.startswith("dateien/")] == []
    assert "gesperrt, weil ein Virus gefunden wurde" in readme
    drop("blomberg")
    with in_town(import_town(path=path, now=MONDAY)):
        assert Upload.objects.get().is_infected
    call_command("check_uploads", "blomberg")


def test_what_has_not_arrived_whole_and_the_keys_of_files_do_not_move(full_town: Town, bundle: Path) -> None:
    assert not {"vault_datakey", "submissions_transfer"} & set(open_bundle(bundle).manifest.rows)


# --- Refused ----------------------------------------------------------------------------------------------


def is_nowhere() -> bool:
    with at_operator(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('blomberg') IS NULL")
        (no_schema,) = cursor.fetchone()
    files = list(files_below(default_storage, "blomberg"))
    return no_schema and not files and not Town.objects.filter(slug="blomberg").exists()


def test_a_town_that_is_there_is_not_written_over(full_town: Town, bundle: Path) -> None:
    before = contents(full_town)

    with pytest.raises(TownRefused, match="Blomberg gibt es hier schon"):
        import_town(path=bundle, now=MONDAY)

    assert contents(full_town) == before
    with in_town(full_town):
        assert stored() == PDF


def test_one_changed_letter_is_found_before_anything_happens(full_town: Town, bundle: Path) -> None:
    opened = open_bundle(bundle)
    changed = "".join(opened.lines("daten/submissions_submission.json")).replace("Schröder", "Schrader")
    drop("blomberg")

    with pytest.raises(BundleRefused, match=r"submissions_submission.json“ im Paket wurde verändert"):
        import_town(path=change(bundle, "daten/submissions_submission.json", changed), now=MONDAY)

    assert is_nowhere()


@pytest.mark.parametrize(
    ("migrations", "message"),
    [
        (lambda known: [*known, "submissions.9999_tomorrow"], "stammt aus einer neueren Version"),
        (lambda known: known[:-1], "stammt aus einer älteren Version"),
    ],
)
def test_a_bundle_of_another_version_is_refused_and_leaves_nothing(
    full_town: Town, bundle: Path, migrations: object, message: str
) -> None:
    manifest = open_bundle(bundle).json("stadt.json")
    manifest["migrations"] = migrations(manifest["migrations"])  # type: ignore[operator]
    drop("blomberg")

    with pytest.raises(BundleRefused, match=message):
        import_town(path=change(bundle, "stadt.json", json.dumps(manifest), sums=True), now=MONDAY)

    assert is_nowhere()


def test_rows_that_do_not_fit_together_are_refused_and_leave_nothing(full_town: Town, bundle: Path) -> None:
    """Events of a submission that is not there, with checksums that fit."""
    drop("blomberg")

    with pytest.raises(BundleRefused, match="Die Daten im Paket passen nicht zusammen"):
        import_town(path=change(bundle, "daten/submissions_submission.json", "[\n]\n", sums=True), now=MONDAY)

    assert is_nowhere()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + b"\x00" * 18])
def test_what_is_no_bundle_is_told(tmp_path: Path, db: None, content: bytes) -> None:
    path = tmp_path / "something.zip"
    path.write_bytes(content)

    with pytest.raises(CommandError, match="ist kein Paket einer Stadt, oder es ist beschädigt"):
        call_command("import_town", path)


def test_the_rehearsal_of_one_of_many_towns_leaving_ends_right() -> None:
    output = StringIO()

    call_command("rehearse_leaving", "--towns", "5", stdout=output)

    measured, sentence = output.getvalue().splitlines()
    found = json.loads(measured)
    assert found["same"] == {"zurück aus Sicherung": True, "zurück aus Sicherung aller": True, "Import": True}
    assert list(found["answers"]) == ["200"]
    assert sentence.startswith("5 Städte, eine ging und kam wieder: ")
