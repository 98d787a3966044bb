"""Files are held back until the virus scanner has looked at them; who sent one with a virus can replace it."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import User
from submissions.casework import actions as casework
from submissions.models import Event, InformationRequest, Submission, Upload
from submissions.uploads.clamav import ScannerUnavailable, threat_in
from submissions.uploads.scanning import keep_finding
from submissions.uploads.states import Scan
from tenants.context import at_operator, in_town
from tenants.jobs import take_up_stalled_jobs
from tenants.models import Town
from tests.factories import make_submission
from tests.files import pdf
from tests.jobs import queued_jobs, run_jobs, run_worker
from tests.people import MONDAY, TownClient, make_anna, make_bernd, make_oemer
from tests.processes import environment_of_a_process
from tests.submissions.filling import errors_of
from tests.threads import at_once
from tests.uploads import making
from tests.uploads.conftest import INSURANCE, come_to_the_papers
from tests.uploads.making import document
from tests.uploads.scanner import Scanner
from tests.uploads.sending import FILES, PAPERS, listed, send

VIRUS = document(making.hold_a_virus)
REVIEW = "/antrag/hund-anmelden/pruefen/"
SCAN = "submissions.uploads.jobs.scan"
HOURLY = app.tasks["submissions.uploads.jobs.scan_what_is_left.in_every_town"]


def hand_in(client: TownClient) -> Submission:
    client.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
    client.post(REVIEW, {"complete": "on", "seen_fee": "0.00"})
    return Submission.objects.get()


def case_page(lage: Town, case: Submission) -> str:
    bernd = User.objects.filter(login="bernd@rathaus.example").first() or make_bernd()
    return str(TownClient(lage).sign_in(bernd).get(f"/rathaus/vorgang/{case.number}/").content.decode())


def status_of_file(lage: Town, case: Submission, upload: Upload) -> list[int]:
    bernd = User.objects.filter(login="bernd@rathaus.example").first() or make_bernd()
    client = TownClient(lage).sign_in(bernd)
    address = f"/rathaus/vorgang/{case.number}/datei/{upload.pk}/"
    answers = [client.get(address), client.get(f"{address}vorschau/")]
    for answer in answers:
        answer.getvalue()  # closes what is streamed
    return [answer.status_code for answer in answers]


# --- The scanner itself -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "threat"), [(b"harmless", ""), (making.EICAR, "Eicar-Test-Signature")])
def test_the_scanner_is_asked_over_tcp_and_over_a_socket_of_unix(
    settings: Any, tmp_path: Path, content: bytes, threat: str
) -> None:
    for scanner in (Scanner(), Scanner(tmp_path / "clamd.ctl")):
        with scanner:
            settings.CLAMAV_URL = scanner.url
            file = tmp_path / "file"
            file.write_bytes(content * 10_000 if not threat else content)
            with file.open("rb") as source:
                assert threat_in(source) == threat


def test_a_scanner_that_does_not_answer_or_complains_says_nothing_about_a_file(settings: Any, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0" * 100)

    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    with file.open("rb") as source, pytest.raises(ScannerUnavailable):
        threat_in(source)
    with Scanner(limit=10) as scanner, file.open("rb") as source:
        settings.CLAMAV_URL = scanner.url
        with pytest.raises(ScannerUnavailable, match="size limit exceeded"):
            threat_in(source)


# --- Held back ----------------------------------------------------------------------------------------------


def test_nobody_in_the_town_hall_opens_a_file_before_it_was_scanned(
    anna: TownClient, lage: Town, scanner: Scanner
) -> None:
    send(anna, document())
    case = hand_in(anna)
    [upload] = case.uploads.all()

    before, page_before = status_of_file(lage, case, upload), case_page(lage, case)
    run_jobs()
    after, page_after = status_of_file(lage, case, upload), case_page(lage, case)

    upload.refresh_from_db()
    assert (before, after) == ([404, 404], [200, 200])
    assert "gesperrt, bis sie auf Viren geprüft ist" in page_before
    assert "gesperrt" not in page_after
    assert (upload.scan, upload.threat, scanner.log) == (Scan.CLEAN, "", [upload.size])


def test_who_sent_it_sees_it_at_once_and_that_it_is_being_scanned(anna: TownClient, scanner: Scanner) -> None:
    send(anna, document())

    before = listed(anna)
    run_jobs()
    after = listed(anna)

    assert "wird auf Viren geprüft" in before
    assert "data-waiting" in before
    assert "wird auf Viren geprüft" not in after
    assert "data-waiting" not in after


def test_without_a_scanner_the_town_hall_is_told_so_and_can_open_it(anna: TownClient, lage: Town) -> None:
    send(anna, document())
    case = hand_in(anna)
    [upload] = case.uploads.all()

    assert "nicht auf Viren geprüft" in case_page(lage, case)
    assert status_of_file(lage, case, upload) == [200, 200]
    assert SCAN not in queued_jobs()


def test_what_was_there_before_the_scanner_is_held_back_and_scanned_within_the_hour(
    anna: TownClient, lage: Town, settings: Any
) -> None:
    send(anna, document())
    case = hand_in(anna)
    [upload] = case.uploads.all()
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(days=3))

    with Scanner() as scanner:
        settings.CLAMAV_URL = scanner.url
        before = status_of_file(lage, case, upload)
        HOURLY.func(timestamp=0)
        run_jobs(also_later=True)
        after = status_of_file(lage, case, upload)

    assert (before, after) == ([404, 404], [200, 200])


def test_a_scanner_that_is_away_holds_nothing_up_but_the_file(anna: TownClient, lage: Town, settings: Any) -> None:
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    send(anna, document())

    case = hand_in(anna)

    with pytest.raises(ScannerUnavailable):
        run_jobs()
    assert case.state == "received"
    assert status_of_file(lage, case, case.uploads.get()) == [404, 404]


def test_a_file_that_is_gone_needs_no_scan(anna: TownClient, scanner: Scanner) -> None:
    send(anna, document())
    anna.post(PAPERS, {"remove_upload": str(Upload.objects.get().pk)})

    run_jobs()

    assert scanner.log == []


# --- A virus ------------------------------------------------------------------------------------------------


def test_who_is_still_filling_in_is_told_on_the_page_and_can_replace_it(anna: TownClient, scanner: Scanner) -> None:
    send(anna, VIRUS)
    run_jobs()

    page = anna.get(PAPERS).content.decode()
    goes_on = anna.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
    upload = Upload.objects.get()
    opened = anna.get(f"{FILES}{upload.pk}/")
    anna.post(PAPERS, INSURANCE | {"remove_upload": str(upload.pk)})
    replaced = anna.post(PAPERS, INSURANCE | {"haftpflicht": pdf("Sauber.pdf"), "sachkunde_later": "on"})

    told = "In „Police.pdf“ wurde ein Virus gefunden. Wir haben die Datei gesperrt."
    assert told in page
    assert told in errors_of(goes_on)["haftpflicht"][0]
    assert 'value="Lippische"' in goes_on.content.decode()
    assert opened.status_code == 404
    assert replaced.status_code == 302
    assert [one.name for one in Upload.objects.all()] == ["Sauber.pdf"]


def test_it_is_found_before_handing_in_if_the_scan_was_later_than_the_page(anna: TownClient, scanner: Scanner) -> None:
    send(anna, VIRUS)
    anna.post(PAPERS, INSURANCE | {"sachkunde_later": "on"})
    run_jobs()

    answer = anna.post(REVIEW, {"complete": "on", "seen_fee": "0.00"})

    assert answer["Location"] == PAPERS
    assert not Submission.objects.exists()


def test_who_has_handed_it_in_is_told_and_replaces_it_and_nothing_else_is_lost(
    anna: TownClient, lage: Town, scanner: Scanner
) -> None:
    send(anna, VIRUS)
    case = hand_in(anna)
    status = f"/meine-antraege/{case.number}/"
    run_jobs()
    mail.outbox.clear()
    run_jobs()

    [infected] = Upload.objects.all()
    page, town_hall = anna.get(status).content.decode(), case_page(lage, case)
    held = status_of_file(lage, case, infected)
    answer = anna.post(f"{status}dateien/{infected.pk}/ersetzen/", {"new_file": pdf("Sauber.pdf")}, follow=True)
    run_jobs()

    case.refresh_from_db()
    new = case.uploads.exclude(pk=infected.pk).get()
    assert case.state == "received"
    assert [message.subject for message in mail.outbox] == ["Bitte ersetzen Sie eine Datei – Stadt Lage"]
    assert "Police" not in mail.outbox[0].body
    assert "In „Police.pdf“ wurde ein Virus gefunden." in page
    assert "gesperrt, weil ein Virus gefunden wurde" in town_hall
    assert held == [404, 404]
    assert "Danke. Die neue Datei ist angekommen." in answer.content.decode()
    assert "Neue Datei schicken" not in answer.content.decode()
    assert (new.replaces, new.place, new.scan) == (infected, infected.place, Scan.CLEAN)
    assert status_of_file(lage, case, new) == [200, 200]
    assert list(Event.objects.filter(text__in=["Police.pdf", "Sauber.pdf"]).values_list("title", "text")) == [
        ("In einer Datei wurde ein Virus gefunden. Sie ist gesperrt.", "Police.pdf"),
        ("Datei ersetzt", "Sauber.pdf"),
    ]


def test_a_second_virus_can_be_replaced_as_well(anna: TownClient, scanner: Scanner) -> None:
    send(anna, VIRUS)
    case = hand_in(anna)
    run_jobs()
    status = f"/meine-antraege/{case.number}/"

    first = Upload.objects.get()
    anna.post(f"{status}dateien/{first.pk}/ersetzen/", {"new_file": pdf("Sauber.pdf")})
    again = anna.post(f"{status}dateien/{first.pk}/ersetzen/", {"new_file": pdf("Noch.pdf")}, follow=True)

    assert "Möglich ist nur eine Datei." in again.content.decode()
    assert Upload.objects.count() == 2


@pytest.mark.parametrize("who", ["oemer", "nobody"])
def test_nobody_else_replaces_it(anna: TownClient, lage: Town, scanner: Scanner, who: str) -> None:
    send(anna, VIRUS)
    case = hand_in(anna)
    run_jobs()
    other = TownClient(lage)
    if who == "oemer":
        other.sign_in(make_oemer())

    path = f"/meine-antraege/{case.number}/dateien/{Upload.objects.get().pk}/ersetzen/"
    answer = other.post(path, {"new_file": pdf()})

    assert answer.status_code == (404 if who == "oemer" else 302)
    assert Upload.objects.count() == 1


def test_only_what_has_a_virus_is_replaced(anna: TownClient, scanner: Scanner) -> None:
    send(anna, document())
    case = hand_in(anna)
    run_jobs()
    upload = Upload.objects.get()

    answer = anna.post(f"/meine-antraege/{case.number}/dateien/{upload.pk}/ersetzen/", {"new_file": pdf()}, follow=True)

    assert "Hier lässt sich nichts mehr hinzufügen." in answer.content.decode()
    assert Upload.objects.count() == 1


def test_a_virus_in_an_answer_is_told_before_it_is_given(lage: Town, in_lage: Town, scanner: Scanner) -> None:
    anna, bernd = make_anna(), make_bernd()
    case = make_submission(anna)
    casework.take(submission=case, by=bernd, now=MONDAY)
    casework.ask_back(submission=case, question="Foto?", due_on=date(2026, 12, 1), by=bernd, now=MONDAY)
    client = TownClient(lage).sign_in(anna)
    send(client, VIRUS, to=f"/meine-antraege/{case.number}/dateien/")
    run_jobs()

    answer = client.post(f"/meine-antraege/{case.number}/antwort/", {"answer": "Hier."})

    assert "wurde ein Virus gefunden" in errors_of(answer)["attachments"][0]
    assert "Hier." in answer.content.decode()
    assert InformationRequest.objects.get().answered_at is None


# --- Real workers -------------------------------------------------------------------------------------------


@pytest.fixture
def annas_file(lage: Town, transactional_db: None) -> Upload:
    """A harmless one in her draft, which is to be scanned. Really committed."""
    with in_town(lage):
        send(come_to_the_papers(TownClient(lage).sign_in(make_anna())), document())
        return Upload.objects.get()


def test_a_worker_that_is_killed_while_it_scans_leaves_the_file_held_back_and_the_next_one_scans_it(
    scanner: Scanner, annas_file: Upload, lage: Town
) -> None:
    scanner.is_allowed.clear()
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"],
        cwd=configured.ROOT,
        env=environment_of_a_process(CLAMAV_URL=scanner.url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert scanner.is_asked.wait(60)
    worker.kill()
    worker.wait()

    with in_town(lage):
        annas_file.refresh_from_db()
    assert (annas_file.scan, annas_file.is_held_back) == (Scan.UNSCANNED, True)

    scanner.is_allowed.set()
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
        app.tasks[take_up_stalled_jobs.name].defer(timestamp=0)
    run_worker(concurrency=1)

    with in_town(lage):
        annas_file.refresh_from_db()
    assert (annas_file.scan, annas_file.is_held_back) == (Scan.CLEAN, False)


def test_four_workers_that_scan_the_same_file_write_one_finding(
    scanner: Scanner, annas_file: Upload, lage: Town
) -> None:
    def find() -> None:
        with in_town(lage):
            keep_finding(number=annas_file.pk, threat="Eicar", now=MONDAY)

    with in_town(lage):
        case = make_submission(make_oemer())
        Upload.objects.update(submission=case)

    assert at_once(4, find) == [None] * 4

    with in_town(lage):
        assert Event.objects.filter(text=annas_file.name).count() == 1
