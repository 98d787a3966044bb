"""A town takes all it has along, and is then deleted by two people: at the desk, by the worker, with a protocol."""

import io
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import OperatorAccess, OperatorRole, User
from operations import access, exports
from operations.actions import change_state
from operations.deletion import protocol_text
from operations.deletion_actions import confirm_deletion
from operations.export_actions import ask_for_export, fetch_export
from operations.models import Deletion, DeletionRequest, EventKind, ExportState, TownEvent, TownExport
from operations.moving.bundle import open_bundle
from operations.moving.export import unfinished_of
from tenants.actions import TownRefused
from tenants.context import at_operator, in_town
from tenants.models import Town, TownState
from tenants.vault.storage import files_below
from tests.factories import make_submission
from tests.jobs import queued_jobs, run_jobs, run_worker
from tests.operations.conftest import Desk
from tests.operations.test_deleting import what_is_left
from tests.pages import links_of, text_of
from tests.people import MONDAY, Browser, TownClient, make_astrid, make_olga, make_operator
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/staedte/blomberg/export/"
DELETE = "/staedte/blomberg/loeschen/"
ASKED = {"reason": "Vertrag ist zu Ende", "confirmed": "Blomberg"}


@pytest.fixture
def olga(db: None) -> User:
    return make_olga()


@pytest.fixture
def otto(db: None) -> User:
    """Another one who works for the operator."""
    return make_operator("otto", "Otto", "Oster", OperatorRole.FLEET)


@pytest.fixture
def left(full_town: Town) -> Town:
    """Blomberg has left."""
    Town.objects.filter(pk=full_town.pk).update(state=TownState.LEFT)
    full_town.state = TownState.LEFT
    run_jobs(also_later=True)
    return full_town


@pytest.fixture
def lets_olga_in(full_town: Town, olga: User) -> OperatorAccess:
    """Blomberg lets Olga look into its town hall now."""
    now = timezone.now()
    with in_town(full_town):
        astrid = make_astrid()
    access.ask(town=full_town, reason="Umzug", hours=1, by=olga, now=now)
    with in_town(full_town):
        return access.grant(access=OperatorAccess.objects.get(), by=astrid, now=now)


def make(desk: Desk) -> TownExport:
    """A bundle of Blomberg, made at the desk."""
    desk.post(PAGE, {"reason": "Die Stadt zieht um"})
    run_jobs()
    return TownExport.objects.latest("pk")


def fetch(desk: Desk, export: TownExport) -> bytes:
    answer: Any = desk.post(f"/pakete/{export.pk}/")
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def hand_over(desk: Desk) -> TownExport:
    export = make(desk)
    fetch(desk, export)
    return export


def kinds(town: Town) -> list[str]:
    return list(TownEvent.objects.filter(town=town).order_by("pk").values_list("kind", flat=True))


# --- The bundle -----------------------------------------------------------------------------------------------


def test_a_bundle_is_packed_by_the_worker_and_fetched_at_the_desk(
    desk: Desk, full_town: Town, olga: User, lets_olga_in: OperatorAccess
) -> None:
    run_jobs(also_later=True)
    ordered = text_of(desk.post(PAGE, {"reason": "Die Stadt zieht um"}, follow=True))
    queued = queued_jobs()
    run_worker(concurrency=2)
    ready = text_of(desk.get(PAGE))
    export = TownExport.objects.get()
    content = fetch(desk, export)

    assert "bestellt" in ordered
    assert queued == ["operations.jobs.make_export"]
    assert ("fertig" in ready, "Noch nicht heruntergeladen." in ready) == (True, True)
    assert len(content) == export.bytes == exports.path_of(export).stat().st_size
    with ZipFile(io.BytesIO(content)) as archive:
        assert "stadt.json" in archive.namelist()
    assert open_bundle(exports.path_of(export)).digest == export.digest
    assert kinds(full_town)[-3:] == [EventKind.EXPORT_ASKED, EventKind.EXPORTED, EventKind.EXPORT_FETCHED]
    fetched = TownEvent.objects.get(kind=EventKind.EXPORT_FETCHED)
    assert (fetched.by, fetched.text) == (olga, export.digest)
    assert "Zuletzt heruntergeladen am" in text_of(desk.get(PAGE))


def test_who_is_not_let_into_the_town_hall_does_not_get_all_its_cases_in_a_bundle(
    desk: Desk, full_town: Town, olga: User, lets_olga_in: OperatorAccess
) -> None:
    export = make(desk)
    offered = 'action="/pakete/' in desk.get(PAGE).content.decode()
    access.give_up(town=full_town, access=lets_olga_in, by=olga, now=timezone.now())

    answer = desk.post(f"/pakete/{export.pk}/", follow=True)

    assert (offered, 'action="/pakete/' in desk.get(PAGE).content.decode()) == (True, False)
    assert "Bitten Sie zuerst die Stadt um Zugriff" in text_of(answer)
    assert TownExport.objects.get().fetched_at is None


def test_it_comes_as_a_file_that_no_browser_keeps(desk: Desk, full_town: Town, lets_olga_in: OperatorAccess) -> None:
    export = make(desk)

    answer: Any = desk.post(f"/pakete/{export.pk}/", headers={"accept-encoding": "gzip"})

    assert answer["Content-Disposition"] == f'attachment; filename="{export.file}"'
    assert answer["Content-Length"] == str(export.bytes)
    assert "no-store" in answer["Cache-Control"]
    answer.close()


def test_only_the_desk_can_fetch_it(desk: Desk, full_town: Town) -> None:
    export = make(desk)
    with in_town(full_town):
        astrid = make_astrid()
    path = exports.path_of(export)

    assert Browser("betrieb.localhost").post(f"/pakete/{export.pk}/")["Location"].startswith("/konto/anmelden/")
    assert TownClient(full_town).sign_in(astrid).post(f"/pakete/{export.pk}/").status_code == 404
    assert desk.get(f"/pakete/{export.pk}/").status_code == 405
    assert desk.post("/pakete/999/").status_code == 404
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert TownExport.objects.get().fetched_at is None


def test_without_a_reason_there_is_none(desk: Desk, full_town: Town) -> None:
    answer = desk.post(PAGE, {"reason": " "})

    assert answer.status_code == 422
    assert TownExport.objects.count() == 0


def test_one_is_made_at_a_time(desk: Desk, full_town: Town, olga: User) -> None:
    run_jobs(also_later=True)
    answers = at_once(3, lambda: ask_for_export(town=full_town, reason="Umzug", by=olga, now=MONDAY))
    page = text_of(desk.get(PAGE))

    assert sorted(type(answer).__name__ for answer in answers) == ["TownExport", "TownRefused", "TownRefused"]
    assert queued_jobs() == ["operations.jobs.make_export"]
    assert ("Wartet, bis der Auftragsserver Zeit hat." in page, "Neues Paket" in page) == (True, False)


def test_while_it_is_packed_the_page_says_how_much_is_written(desk: Desk, full_town: Town, olga: User) -> None:
    export = ask_for_export(town=full_town, reason="Umzug", by=olga, now=MONDAY)
    TownExport.objects.update(state=ExportState.RUNNING, begun_at=timezone.now() - timedelta(minutes=3))
    unfinished_of(exports.path_of(export)).write_bytes(b"x" * 2048)

    assert "Läuft seit 3 Minuten, bisher 2,0 KB." in text_of(desk.get(PAGE))


def test_what_fails_is_told_and_tried_again(
    desk: Desk, full_town: Town, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_jobs(also_later=True)
    export = ask_for_export(town=full_town, reason="Umzug", by=olga, now=MONDAY)
    with monkeypatch.context() as patch:
        patch.setattr(exports, "export_town", broken_disk)
        with pytest.raises(OSError, match="No space"):
            exports.make(pk=export.pk)
    failed = text_of(desk.get(PAGE))

    exports.make(pk=export.pk)

    assert "nicht gelungen" in failed
    assert TownExport.objects.get().state == ExportState.READY


def broken_disk(**_arguments: object) -> str:
    raise OSError("No space left on device")


def test_what_a_worker_left_behind_that_died_does_not_stop_the_next(desk: Desk, full_town: Town, olga: User) -> None:
    export = ask_for_export(town=full_town, reason="Umzug", by=olga, now=MONDAY)
    TownExport.objects.update(state=ExportState.RUNNING)
    unfinished_of(exports.path_of(export)).write_bytes(b"half")

    exports.make(pk=export.pk)

    assert TownExport.objects.get().state == ExportState.READY
    assert [file.name for file in exports.folder().iterdir()] == [export.file]


def test_after_a_week_it_is_gone(desk: Desk, full_town: Town) -> None:
    export = make(desk)
    exports.remove_old(now=timezone.now() + timedelta(days=6, hours=23))
    still = exports.path_of(export).exists()

    exports.remove_old(now=timezone.now() + timedelta(days=7, minutes=1))

    assert (still, exports.path_of(export).exists()) == (True, False)
    assert "abgelaufen" in text_of(desk.get(PAGE))
    assert desk.post(f"/pakete/{export.pk}/").status_code == 404
    with pytest.raises(TownRefused):
        fetch_export(export=export, by=User.objects.get(login="olga@betrieb.example"), now=MONDAY)


def test_files_that_nobody_knows_go_after_a_day(desk: Desk, full_town: Town) -> None:
    export = make(desk)
    (exports.folder() / "stray.zip.part").write_bytes(b"x")

    exports.remove_old(now=timezone.now() + timedelta(hours=1))
    early = sorted(file.name for file in exports.folder().iterdir())
    exports.remove_old(now=timezone.now() + timedelta(days=2))

    assert early == sorted([export.file, "stray.zip.part"])
    assert [file.name for file in exports.folder().iterdir()] == [export.file]


def test_each_hour_old_ones_are_removed() -> None:
    name = "operations.jobs.remove_old_exports"

    assert [one.cron for one in app.periodic_registry.periodic_tasks.values() if one.task.name == name] == [
        "23 * * * *"
    ]
    app.tasks[name].func(timestamp=0)


# --- Deleting -------------------------------------------------------------------------------------------------


def test_two_people_delete_a_town_and_the_protocol_says_so(desk: Desk, left: Town, olga: User, otto: User) -> None:
    export = hand_over(desk)
    other_desk = Desk().sign_in(otto)
    desk.post(DELETE, ASKED)
    before = what_is_left()
    notice = text_of(other_desk.get("/staedte/blomberg/"))
    done = text_of(other_desk.post(DELETE, {"confirmed": "Blomberg"}, follow=True))
    run_worker(concurrency=1)

    assert before[0] is True
    assert "Diese Stadt soll gelöscht werden" in notice
    assert "wird jetzt gelöscht" in done
    assert what_is_left() == (False, False, 0, 0, 0)
    kept = Deletion.objects.get()
    assert (kept.by, kept.confirmed_by, kept.reason) == ("Olga Ostmann", "Otto Oster", "Vertrag ist zu Ende")
    assert kept.export_digest == export.digest
    assert [what for _at, what, *_rest in kept.history][-4:] == [
        "Exportiert",
        "Paket heruntergeladen",
        "Löschung beantragt",
        "Löschung bestätigt",
    ]
    assert "Bestätigt von:    Otto Oster" in protocol_text(kept)
    assert DeletionRequest.objects.count() == 0


def test_the_bundle_outlives_the_town_for_a_week_and_no_longer(desk: Desk, left: Town, otto: User) -> None:
    first = make(desk)
    second = hand_over(desk)
    content = exports.path_of(second).read_bytes()
    desk.post(DELETE, ASKED)
    Desk().sign_in(otto).post(DELETE, {"confirmed": "Blomberg"})
    run_jobs()

    page = text_of(desk.get("/geloescht/"))
    assert "bestätigt von Otto Oster" in page
    assert "Das Paket der Stadt ist noch bis" in page
    assert fetch(desk, second) == content
    assert (exports.path_of(first).exists(), desk.post(f"/pakete/{first.pk}/").status_code) == (False, 404)
    exports.remove_old(now=timezone.now() + timedelta(days=8))
    assert list(exports.folder().iterdir()) == []
    assert "Das Paket der Stadt ist noch bis" not in text_of(desk.get("/geloescht/"))


def test_who_asked_cannot_confirm(desk: Desk, left: Town, olga: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)

    page = text_of(desk.get(DELETE))
    answer = desk.post(DELETE, {"confirmed": "Blomberg"})

    assert "Jetzt muss eine zweite Person im Betrieb bestätigen." in page
    assert (answer.status_code, "Bestätigen muss sie eine andere Person." in text_of(answer)) == (422, True)
    assert (queued_jobs(), what_is_left()[0]) == ([], True)


def test_the_database_too_wants_another_person(desk: Desk, left: Town, olga: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)

    with pytest.raises(Exception, match="deletion_confirmed_by_somebody_else"):
        DeletionRequest.objects.update(confirmed_by=olga, confirmed_at=MONDAY)


@pytest.mark.parametrize("typed", ["blomberg", "Lage", "", "Stadt Blomberg"])
def test_both_type_the_name_as_it_is(desk: Desk, left: Town, otto: User, typed: str) -> None:
    hand_over(desk)
    first = desk.post(DELETE, ASKED | {"confirmed": typed})
    none = DeletionRequest.objects.count()
    desk.post(DELETE, ASKED)
    second = Desk().sign_in(otto).post(DELETE, {"confirmed": typed})

    assert (first.status_code, none, second.status_code, queued_jobs()) == (422, 0, 422, [])
    assert "Blomberg" in text_of(first)


def test_without_a_bundle_that_was_fetched_nothing_can_be_asked_for(desk: Desk, left: Town) -> None:
    nothing = text_of(desk.get(DELETE))
    make(desk)
    answer = desk.post(DELETE, ASKED)

    assert "Zuerst bekommt die Stadt ihre Daten" in nothing
    assert (answer.status_code, "Bitte laden Sie zuerst ein neues Paket herunter" in text_of(answer)) == (422, True)
    assert DeletionRequest.objects.count() == 0


@pytest.mark.parametrize("state", sorted(set(TownState) - {TownState.LEFT}))
def test_only_a_town_that_has_left_can_be_deleted(desk: Desk, left: Town, state: TownState) -> None:
    hand_over(desk)
    Town.objects.filter(pk=left.pk).update(state=state)

    answer = desk.post(DELETE, ASKED)

    assert answer.status_code == 422
    assert "Löschen lässt sich nur eine Stadt, deren Portal beendet ist." in text_of(answer)
    assert DeletionRequest.objects.count() == 0
    assert DELETE not in links_of(desk.get("/staedte/blomberg/"))


def test_a_town_that_comes_back_is_not_to_be_deleted_any_more(desk: Desk, left: Town, olga: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)

    with at_operator():
        change_state(town=left, state=TownState.SUSPENDED, reason="Bleibt doch", by=olga, now=MONDAY)

    assert DeletionRequest.objects.count() == 0


@pytest.mark.parametrize("by_the_other", [False, True])
def test_either_of_them_can_take_it_back(desk: Desk, left: Town, otto: User, by_the_other: bool) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)
    whose = Desk().sign_in(otto) if by_the_other else desk

    whose.post(f"{DELETE}zuruecknehmen/")
    again = text_of(whose.post(f"{DELETE}zuruecknehmen/", follow=True))

    assert DeletionRequest.objects.count() == 0
    assert "Die Löschung ist nicht (mehr) beantragt." in again
    assert kinds(left)[-2:] == [EventKind.DELETION_ASKED, EventKind.DELETION_WITHDRAWN]


def test_what_came_after_the_bundle_keeps_the_town(desk: Desk, left: Town, otto: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)
    with in_town(left):
        make_submission(User.objects.get(subject="anna"))
    Desk().sign_in(otto).post(DELETE, {"confirmed": "Blomberg"})
    run_jobs()

    assert (what_is_left()[0], Deletion.objects.count(), DeletionRequest.objects.count()) == (True, 0, 0)
    page = text_of(desk.get(DELETE))
    assert "Die Stadt ist nicht gelöscht" in page
    assert "Seit dem Export hat sich etwas geändert" in page
    assert kinds(left)[-1] == EventKind.DELETION_REFUSED


def test_a_bundle_that_has_expired_does_not_do(desk: Desk, left: Town, otto: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)
    exports.remove_old(now=timezone.now() + timedelta(days=8))

    answer = Desk().sign_in(otto).post(DELETE, {"confirmed": "Blomberg"})

    assert (answer.status_code, "Das Paket ist abgelaufen." in text_of(answer)) == (422, True)
    assert what_is_left()[0] is True


def test_what_is_confirmed_cannot_be_taken_back_nor_confirmed_twice(desk: Desk, left: Town, otto: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)

    answers = at_once(2, lambda: confirm_deletion(town=left, confirmed="Blomberg", by=otto, now=MONDAY))
    back = text_of(desk.post(f"{DELETE}zuruecknehmen/", follow=True))

    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "TownRefused"]
    assert queued_jobs() == ["operations.jobs.delete_town"]
    assert "Die Löschung ist schon bestätigt." in back
    assert "wird gelöscht" in back


def test_a_job_that_runs_twice_deletes_once(desk: Desk, left: Town, otto: User) -> None:
    hand_over(desk)
    desk.post(DELETE, ASKED)
    confirm_deletion(town=left, confirmed="Blomberg", by=otto, now=MONDAY)

    for _attempt in range(2):
        app.tasks["operations.jobs.delete_town"].func(pk=left.pk)

    assert Deletion.objects.count() == 1


def test_the_contacts_and_notes_of_the_operator_go_too(desk: Desk, left: Town, otto: User) -> None:
    desk.post("/staedte/blomberg/kontakte/neu/", {"name": "Kim Kaiser", "tasks": ["it"], "phone": "05235 1"})
    desk.post("/staedte/blomberg/checkliste/avv/", {"note": "Ordner 12"})
    hand_over(desk)
    desk.post(DELETE, ASKED)
    confirm_deletion(town=left, confirmed="Blomberg", by=otto, now=MONDAY)
    run_jobs()

    assert what_is_left() == (False, False, 0, 0, 0)
    assert list(files_below(default_storage, "blomberg")) == []


def test_another_towns_page_knows_nothing_of_it(desk: Desk, left: Town, lage: Town) -> None:
    export = make(desk)

    assert export.file not in text_of(desk.get("/staedte/lage/export/"))
