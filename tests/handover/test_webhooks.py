"""What a program is told when an application comes in, and how it knows that we have said it."""

import base64
import hashlib
import hmac
import json
import socket
from typing import Any

import pytest
from django.core.files.base import ContentFile

from accounts.models import User
from submissions.handover.models import Attempt, Handover, Target
from submissions.models import Upload
from submissions.uploads.states import Scan
from tenants.network import AddressRefused, Unreachable, looked_up
from tests.factories import make_submission
from tests.handover.receiver import Receiver
from tests.jobs import run_jobs
from tests.people import MONDAY


def test_the_program_gets_the_answers_and_knows_where_the_case_is(
    webhook: Target, receiver: Receiver, anna: User
) -> None:
    case = make_submission(anna)
    run_jobs()

    (call,) = receiver.calls
    told = json.loads(call.body)
    base = f"http://lage.localhost:8000/rathaus/vorgang/{case.number}"
    assert call.path == "/antraege?amt=steuer"
    assert (told["id"], told["type"], told["is_test"]) == (
        str(Handover.objects.get().pk),
        "submission.received",
        False,
    )
    assert told["links"] == {"case": f"{base}/", "pdf": f"{base}/antrag.pdf", "json": f"{base}/antrag.json"}
    assert told["submission"]["number"] == case.number
    assert told["submission"]["answers"]["nachname"] == "Schröder"
    assert "documents" not in told


def test_the_signature_covers_time_and_body(
    webhook_with_secret: tuple[Target, str], receiver: Receiver, anna: User
) -> None:
    make_submission(anna)
    run_jobs()

    (call,) = receiver.calls
    seconds = int(MONDAY.timestamp())
    signed = f"{seconds}.".encode() + call.body
    proof = hmac.new(webhook_with_secret[1].encode(), signed, hashlib.sha256).hexdigest()
    assert call.headers["Stadttor-Signature"] == f"t={seconds},v1={proof}"


def test_where_it_is_wanted_pdf_and_files_come_with_it(webhook: Target, receiver: Receiver, anna: User) -> None:
    Target.objects.update(is_whole=True)
    case = make_submission(anna)
    upload = Upload(submission=case, place="nachweis", name="Nachweis.pdf", content_type="application/pdf", size=4)
    upload.uploaded_at = MONDAY
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    run_jobs()

    application, file = json.loads(receiver.calls[0].body)["documents"]
    content = base64.b64decode(application["content"])
    assert application["name"] == f"{case.number}.pdf"
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == application["sha256"]
    assert (file["id"], file["name"], base64.b64decode(file["content"])) == (str(upload.pk), "Nachweis.pdf", b"%PDF")


@pytest.mark.parametrize(("scan", "status"), [(Scan.INFECTED, 200), (Scan.UNSCANNED, None)])
def test_no_file_goes_on_that_has_a_virus_or_may_have_one(
    webhook: Target, receiver: Receiver, anna: User, settings: Any, scan: Scan, status: int | None
) -> None:
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    Target.objects.update(is_whole=True)
    case = make_submission(anna)
    upload = Upload(submission=case, place="nachweis", name="Nachweis.pdf", content_type="application/pdf", size=4)
    upload.uploaded_at, upload.scan = MONDAY, scan
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    run_jobs()

    assert Attempt.objects.get().status == status
    assert [len(json.loads(call.body)["documents"]) for call in receiver.calls] == ([1] if status else [])


def test_nobody_is_followed_elsewhere(webhook: Target, receiver: Receiver, anna: User) -> None:
    receiver.status, receiver.location = 307, receiver.url
    make_submission(anna)
    run_jobs()

    attempt = Attempt.objects.get()
    assert (len(receiver.calls), attempt.has_arrived, attempt.status) == (1, False, 307)
    assert attempt.text.startswith("Die Gegenstelle leitet weiter.")


def test_who_is_not_there_is_tried_again(webhook: Target, anna: User) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        Target.objects.update(address=f"http://127.0.0.1:{unused.getsockname()[1]}/")
        make_submission(anna)
        run_jobs()

    assert Attempt.objects.get().text == "Die Gegenstelle ist nicht zu erreichen."
    assert Handover.objects.get().next_at is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://2130706433/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
    ],
)
def test_no_address_leads_into_the_operators_own_network(url: str) -> None:
    with pytest.raises(AddressRefused, match="inneres Netz"):
        looked_up(url)


@pytest.mark.parametrize(
    "url", ["http://93.184.215.14/", "ftp://93.184.215.14/", "https://", "nichts", "https://a:b@93.184.215.14/", ""]
)
def test_only_plain_https_is_taken(url: str) -> None:
    with pytest.raises(AddressRefused):
        looked_up(url)


def test_a_name_that_leads_to_several_addresses_is_refused_if_one_of_them_is_inside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def leads_to(*addresses: str) -> None:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)

    leads_to("93.184.215.14")
    fine = looked_up("https://fach.example/annahme?x=1")
    leads_to("93.184.215.14", "10.0.0.1")

    assert (str(fine.address), fine.path, fine.host_header) == ("93.184.215.14", "/annahme?x=1", "fach.example")
    with pytest.raises(AddressRefused):
        looked_up("https://fach.example/annahme")


def test_a_name_that_nobody_knows_is_told() -> None:
    with pytest.raises(Unreachable, match="kennt das Internet nicht"):
        looked_up("https://gibt-es-nicht.invalid/")


def test_only_what_the_operator_names_is_open_and_plain_http_only_on_this_machine(settings: Any) -> None:
    settings.HANDOVER_NETWORKS = ["10.20.0.0/16", "127.0.0.0/8"]

    assert str(looked_up("https://10.20.3.4/").address) == "10.20.3.4"
    assert looked_up("http://127.0.0.1:8080/").port == 8080
    for url in ("http://10.20.3.4/", "https://10.21.3.4/"):
        with pytest.raises(AddressRefused):
            looked_up(url)
