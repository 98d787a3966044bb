"""A town that has left is deleted with all it has; the protocol stays."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from billing.webhooks.models import ConnectedAccount, WebhookEvent
from operations.deletion import protocol_text
from operations.models import Deletion
from operations.moving.bundle import open_bundle
from operations.moving.export import export_town
from submissions.models import Upload
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Host, Town, TownState
from tenants.vault.cipher import Tampered
from tenants.vault.storage import files_below
from tests.factories import make_submission
from tests.operations.conftest import Desk
from tests.operations.full_town import contents
from tests.pages import links_of, text_of
from tests.people import MONDAY, Browser, make_olga

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def export(full_town: Town, tmp_path: Path) -> Path:
    """Blomberg has left, and was exported."""
    Town.objects.filter(pk=full_town.pk).update(state=TownState.LEFT)
    path = tmp_path / "blomberg.zip"
    export_town(town=full_town, path=path, now=MONDAY)
    return path


def delete(export: Path, **changes: Any) -> None:
    given = {"confirm": "Blomberg", "by": "Olga Ostmann", "reason": "Vertrag ist zu Ende"}
    call_command("delete_town", "blomberg", export=export, **(given | changes))


def what_is_left() -> tuple[bool, bool, int, int, int]:
    """Schema, role, rows, jobs and files of Blomberg."""
    with at_operator(), as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('blomberg') IS NOT NULL")
        (schema,) = cursor.fetchone()
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = current_database() || '.blomberg')")
        (role,) = cursor.fetchone()
        rows = Town.objects.filter(slug="blomberg").count() + Host.objects.filter(domain__contains="blomberg").count()
        jobs = ProcrastinateJob.objects.filter(args__town="blomberg").count()
    files = list(files_below(default_storage, "blomberg"))
    return schema, role, rows, jobs, len(files)


def test_nothing_of_it_is_left_and_the_others_are_untouched(full_town: Town, export: Path) -> None:
    lage = contents(Town.objects.get(slug="lage"))
    before = what_is_left()

    delete(export)

    assert before[:3] == (True, True, 3)
    assert before[3] > 0
    assert before[4] == 1
    assert what_is_left() == (False, False, 0, 0, 0)
    assert contents(Town.objects.get(slug="lage")) == lage
    assert Browser("lage.localhost").get("/").status_code == 200
    assert Browser("blomberg.localhost").get("/").status_code == 404


def test_a_copy_of_its_files_can_be_read_by_nobody_any_more(full_town: Town, export: Path) -> None:
    with in_town(full_town):
        name = str(Upload.objects.get().file.name)
    with storages["files"].open(name) as lying:
        copy = lying.read()

    delete(export)
    call_command("import_town", export)  # even where the town is again, under the same name

    storages["files"].delete(name)
    storages["files"].save(name, ContentFile(copy))
    with in_town(Town.objects.get(slug="blomberg")), default_storage.open(name) as file, pytest.raises(Tampered):
        file.read()


def test_what_the_payment_provider_told_of_it_goes_too(export: Path, full_town: Town) -> None:
    for town in ("blomberg", "lage"):
        body = json.dumps({"data": {"object": {"metadata": {"town": town}, "email": "anna@post.example"}}}).encode()
        account = f"acct_{town}"
        WebhookEvent.objects.create(
            provider="stripe", event_id=f"evt_{town}", account=account, body=body, received_at=MONDAY
        )
        ConnectedAccount.objects.create(provider="stripe", account=account, town=Town.objects.get(slug=town))

    delete(export)

    assert list(WebhookEvent.objects.values_list("event_id", flat=True)) == ["evt_lage"]
    assert list(ConnectedAccount.objects.values_list("account", flat=True)) == ["acct_lage"]


def test_the_protocol_says_what_who_when_and_why(
    full_town: Town, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delete(export)

    kept = Deletion.objects.get()
    assert (kept.name, kept.ars, kept.by, kept.reason) == (
        full_town.full_name,
        full_town.ars,
        "Olga Ostmann",
        "Vertrag ist zu Ende",
    )
    assert kept.hosts == ["blomberg.localhost", "portal.blomberg.example"]
    assert (kept.rows["submissions_submission"], kept.rows["submissions_draft"], kept.files) == (2, 2, 1)
    assert kept.export_digest == open_bundle(export).digest
    assert [what for _at, what, *_rest in kept.history] == [
        "Angelegt",
        "Adresse hinzugefügt",
        "Exportiert",
    ]
    printed = capsys.readouterr().out
    assert "Stadt:            Stadt Blomberg" in printed
    assert "Grund:            Vertrag ist zu Ende" in printed
    assert kept.export_digest in printed


def test_the_desk_keeps_the_protocol_as_a_text(full_town: Town, export: Path) -> None:
    delete(export)
    desk = Desk().sign_in(make_olga())

    page = desk.get("/geloescht/")
    (address,) = [link for link in links_of(page) if link.endswith("protokoll.txt")]
    text = desk.get(address)

    assert "Vertrag ist zu Ende" in text_of(page)
    assert text.content.decode() == protocol_text(Deletion.objects.get())
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert Browser("betrieb.localhost").get(address)["Location"].startswith("/konto/anmelden/")


def test_the_bundle_brings_it_back(full_town: Town, export: Path) -> None:
    before = contents(full_town)
    delete(export)

    call_command("import_town", export)

    assert contents(Town.objects.get(slug="blomberg")) == before


@pytest.mark.parametrize("state", sorted(set(TownState) - {TownState.LEFT}))
def test_a_town_that_has_not_left_stays(full_town: Town, export: Path, state: TownState) -> None:
    Town.objects.filter(pk=full_town.pk).update(state=state)
    before = what_is_left()

    with pytest.raises(CommandError, match="Löschen lässt sich nur eine Stadt, deren Portal beendet ist"):
        delete(export)

    assert (what_is_left(), Deletion.objects.count()) == (before, 0)


@pytest.mark.parametrize("typed", ["blomberg", "Lage", "", "Stadt Blomberg"])
def test_the_name_must_be_typed_as_it_is(full_town: Town, export: Path, typed: str) -> None:
    before = what_is_left()

    with pytest.raises(CommandError, match="Zur Bestätigung bitte genau so schreiben: Blomberg"):
        delete(export, confirm=typed)

    assert what_is_left() == before


def test_what_came_after_the_export_is_not_lost(full_town: Town, export: Path) -> None:
    with in_town(full_town):
        make_submission(User.objects.get(subject="anna"))
    before = what_is_left()

    with pytest.raises(CommandError, match="Seit dem Export hat sich etwas geändert"):
        delete(export)

    assert (what_is_left(), Deletion.objects.count()) == (before, 0)


def test_the_export_of_another_town_does_not_do(full_town: Town, export: Path, tmp_path: Path) -> None:
    other = tmp_path / "lage.zip"
    export_town(town=Town.objects.get(slug="lage"), path=other, now=MONDAY)
    before = what_is_left()

    with pytest.raises(CommandError, match="Dieses Paket gehört zu Lage"):
        delete(other)

    assert what_is_left() == before


def test_a_broken_export_does_not_do(full_town: Town, export: Path) -> None:
    export.write_bytes(export.read_bytes()[:-100])

    with pytest.raises(CommandError, match="kein Paket einer Stadt, oder es ist beschädigt"):
        delete(export)

    with in_town(full_town):
        assert Upload.objects.count() == 1
