"""An application that goes through FIT-Connect is there once, whole and readable for its receiver alone."""

import base64
import json
import socket
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import NameOID
from django.core import mail
from django.core.files.base import ContentFile

from accounts.models import User
from config.local.fit_connect import keys as crypto
from config.local.fit_connect.site import ISSUER
from submissions import retention
from submissions.documents import application_pdf
from submissions.handover import actions, jobs
from submissions.handover.fit_connect import keys, metadata, sending, service
from submissions.handover.models import Attempt, Handover, Target, Transmission
from submissions.handover.parcels import Document, answers, made_up
from submissions.handover.states import HandoverState, TransmissionState
from submissions.models import Event, Removal, Submission, Upload
from submissions.uploads.content import file_of
from submissions.uploads.states import Scan
from tenants import network
from tenants.models import Town
from tests.factories import make_submission
from tests.handover.fit_connect import DESTINATION, LEIKA, StandIn
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient
from townhall.shopfront import shopfront

Clock = Callable[[datetime], None]
HERE = "/rathaus/verwaltung/weitergabe/"
SERVICE = f"{HERE}leistung/hund-anmelden/"
REJECTED = {"type": "x", "title": "Hund unbekannt", "detail": "Die Chipnummer gibt es nicht.", "instance": "data"}


def attach(case: Submission, **values: Any) -> Upload:
    given = {"place": "nachweis", "name": "Nachweis.pdf", "content_type": "application/pdf", "size": 4}
    upload = Upload(submission=case, uploaded_at=MONDAY, **given | values)
    upload.file.save("nachweis.pdf", ContentFile(b"%PDF"), save=False)
    upload.save()
    return upload


def try_again() -> None:
    """The worker comes by when the next try is due."""
    Handover.objects.exclude(state=HandoverState.DONE).update(next_at=MONDAY, busy_until=None)
    for pk in Handover.objects.exclude(state=HandoverState.DONE).values_list("pk", flat=True):
        jobs.deliver._task.func(town="lage", handover=str(pk))


def ask() -> None:
    jobs.ask_fit_connect._task.func(town="lage")


def state() -> str:
    return Handover.objects.get().state


def text() -> str:
    """What came of the newest attempt."""
    newest = Attempt.objects.first()
    assert newest
    return newest.text


# --- It arrives ----------------------------------------------------------------------------------------------


def test_it_arrives_whole_and_only_the_receiver_can_open_it(fit: StandIn, fit_target: Target, anna: User) -> None:
    case = make_submission(anna)
    upload = attach(case)
    run_jobs()

    [found] = fit.arrived
    plain = fit.opened
    application, file = plain.files
    content = plain.attachments
    assert plain.problems == []
    assert (state(), text(), found.state) == (HandoverState.DONE, "Liegt beim Zustelldienst.", "submitted")
    assert found.announced["publicService"]["identifier"] == f"urn:de:fim:leika:leistung:{LEIKA}"
    assert (application["purpose"], application["filename"]) == ("form", f"{case.number}.pdf")
    assert content[application["attachmentId"]] == application_pdf(case)
    with file_of(upload) as source:
        assert (file["purpose"], content[file["attachmentId"]]) == ("attachment", source.read())
    assert plain.answers["answers"]["nachname"] == "Schröder"
    reference = plain.metadata["additionalReferenceInfo"]
    assert reference == {"senderReference": case.number, "applicationDate": "2026-11-16"}
    assert plain.metadata["contentStructure"]["data"]["submissionSchema"]["schemaUri"] == answers(case)["$schema"]
    assert "Schröder" not in found.data + found.metadata
    told = Event.objects.get(title="An „Hundesteuer-Programm“ weitergegeben")
    assert (told.submission, told.is_public) == (case, False)


def test_the_answers_call_files_as_their_attachments_are_called(
    fit: StandIn, fit_target: Target, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_submission(anna)
    upload = attach(case)
    told = {"$schema": "https://lage.example/schema.json", "answers": {"nachweis": {"files": [{"id": str(upload.pk)}]}}}
    monkeypatch.setattr(sending, "answers", lambda _submission: told)
    run_jobs()

    [_form, file] = fit.opened.files
    assert fit.opened.answers["answers"]["nachweis"]["files"] == [{"id": file["attachmentId"]}]
    assert file["attachmentId"] != str(upload.pk)


@pytest.mark.parametrize(("scan", "arrives"), [(Scan.INFECTED, True), (Scan.UNSCANNED, False)])
def test_no_file_goes_on_that_has_a_virus_or_may_have_one(
    fit: StandIn, fit_target: Target, anna: User, settings: Any, scan: Scan, arrives: bool
) -> None:
    settings.CLAMAV_URL = "tcp://127.0.0.1:1"
    attach(make_submission(anna), scan=scan)
    run_jobs()

    assert [len(one.attachments) for one in fit.arrived] == ([1] if arrives else [])
    assert fit.here.store.count() == arrives


def test_a_protected_address_goes_by_hand(fit: StandIn, fit_target: Target, anna: User) -> None:
    case = make_submission(anna)
    Submission.objects.filter(pk=case.pk).update(is_protected=True)
    run_jobs()

    assert (fit.calls, text()[:40]) == ([], "Für die Person gilt eine Auskunftssperre")


# --- Once, whatever happens ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "status", "announced"),
    [
        ("POST /token", 503, 0),
        ("GET /v2/destinations", 500, 0),
        ("POST /v2/submissions", 503, 0),
        ("POST /v2/submissions", 0, 1),  # nobody ever hears of the first one
        ("PUT /v2/submissions", 502, 1),
        ("PUT /v2/submissions", 0, 1),
    ],
)
def test_what_fails_on_the_way_goes_on_and_arrives_once(
    fit: StandIn, fit_target: Target, anna: User, call: str, status: int, announced: int
) -> None:
    service._tokens.clear()
    fit.fail(call, status)
    make_submission(anna)
    run_jobs()
    before = state(), fit.here.store.count()
    try_again()

    assert before == (HandoverState.WAITING, announced)
    assert (state(), len(fit.arrived), fit.opened.problems) == (HandoverState.DONE, 1, [])
    assert fit.called("POST /v2/submissions") == (2 if call.startswith("POST /v2") else 1)


def test_when_the_last_answer_is_lost_the_service_is_asked_and_nothing_sent_again(
    fit: StandIn, fit_target: Target, anna: User
) -> None:
    fit.fail("PUT /v2/submissions/[^/]+$", 0)
    make_submission(anna)
    run_jobs()
    in_between = state(), len(fit.arrived), Transmission.objects.get().state
    sent = len(fit.calls)
    try_again()

    assert in_between == (HandoverState.WAITING, 1, TransmissionState.ANNOUNCED)
    assert (state(), len(fit.arrived)) == (HandoverState.DONE, 1)
    assert [one for one in fit.calls[sent:] if one.startswith(("PUT", "POST"))] == []


def test_who_died_after_submitting_is_followed_by_one_who_sends_nothing(
    fit: StandIn, fit_target: Target, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_submission(anna)

    def die(**_values: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(actions, "has_arrived", die)
        with pytest.raises(SystemExit):
            run_jobs()
    try_again()

    assert (state(), len(fit.arrived), fit.called("PUT")) == (HandoverState.DONE, 1, 2)


def test_what_the_service_has_forgotten_begins_anew(fit: StandIn, fit_target: Target, anna: User) -> None:
    fit.fail("PUT /v2/submissions", 503)
    make_submission(anna)
    run_jobs()
    fit.here.store.forget(str(Transmission.objects.get().pk))
    try_again()
    try_again()

    assert (state(), len(fit.arrived)) == (HandoverState.DONE, 1)
    assert sorted(Transmission.objects.values_list("state", flat=True)) == ["abandoned", "submitted"]


def test_when_a_file_is_found_infected_meanwhile_it_begins_anew_without_it(
    fit: StandIn, fit_target: Target, anna: User
) -> None:
    fit.fail("PUT /v2/submissions", 503)
    attach(make_submission(anna))
    run_jobs()
    Upload.objects.update(scan=Scan.INFECTED)
    try_again()

    assert (len(fit.arrived), len(fit.opened.files), fit.opened.problems) == (1, 1, [])


def test_a_token_that_is_not_good_any_more_is_renewed_once(fit: StandIn, fit_target: Target, anna: User) -> None:
    make_submission(anna)
    run_jobs()
    tokens = fit.called("POST /token")
    fit.here.client.forget_tokens()
    make_submission(anna)
    run_jobs()

    assert (len(fit.arrived), fit.called("POST /token")) == (2, tokens + 1)


def test_wrong_credentials_are_the_operators_to_mend(
    fit: StandIn, fit_target: Target, anna: User, settings: Any
) -> None:
    settings.FIT_CONNECT_CLIENT_SECRET = "falsch"
    make_submission(anna)
    run_jobs()

    assert "Das kann nur der Betreiber beheben." in text()
    assert (state(), fit.here.store.count()) == (HandoverState.WAITING, 0)


def test_a_service_that_is_not_there_is_tried_again(
    fit: StandIn, fit_target: Target, anna: User, settings: Any
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.FIT_CONNECT_URL = f"http://127.0.0.1:{unused.getsockname()[1]}"
        make_submission(anna)
        run_jobs()

    assert text() == "Zustelldienst FIT-Connect: Die Gegenstelle ist nicht zu erreichen."


def test_a_service_that_never_answers_is_tried_again(
    fit: StandIn, fit_target: Target, anna: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        settings.FIT_CONNECT_URL = f"http://127.0.0.1:{silent.getsockname()[1]}"
        make_submission(anna)
        run_jobs()

    assert text() == "Zustelldienst FIT-Connect: Die Gegenstelle hat nicht rechtzeitig geantwortet."


# --- What the receiver says ----------------------------------------------------------------------------------


def test_when_the_receiver_accepts_it_the_case_says_so(fit: StandIn, fit_target: Target, anna: User) -> None:
    case = make_submission(anna)
    run_jobs()
    ask()
    before = Transmission.objects.get().state
    fit.here.decide(fit.arrived[0].id)
    ask()
    ask()

    told = Event.objects.get(title="Von „Hundesteuer-Programm“ angenommen")
    assert (before, Transmission.objects.get().state) == (TransmissionState.SUBMITTED, TransmissionState.ACCEPTED)
    assert (told.submission, told.is_public, state()) == (case, False, HandoverState.DONE)
    assert text() == "Vom Fachverfahren angenommen."


def test_when_the_receiver_rejects_it_people_are_told_why_and_only_they_send_it_again(
    fit: StandIn, fit_target: Target, anna: User, astrid_herself: User
) -> None:
    case = make_submission(anna)
    run_jobs()
    mail.outbox.clear()
    fit.here.decide(fit.arrived[0].id, [REJECTED])
    ask()
    run_jobs()
    run_jobs()
    rejected = state(), Handover.objects.get().next_at, text()

    actions.send_again(handover=Handover.objects.get(), by=astrid_herself, now=MONDAY)
    run_jobs()

    why = "Zurückgewiesen: Hund unbekannt: Die Chipnummer gibt es nicht."
    assert rejected == (HandoverState.FAILED, None, why)
    assert Event.objects.filter(submission=case, title="Von „Hundesteuer-Programm“ zurückgewiesen").count() == 1
    [told] = [one for one in mail.outbox if "kommen nicht an" in one.subject]
    assert "zurückgewiesen" in told.body
    assert "Chipnummer" not in told.body
    assert (state(), len(fit.arrived)) == (HandoverState.DONE, 2)
    assert {one.announced["destinationId"] for one in fit.arrived} == {DESTINATION}


def test_what_lies_there_is_not_sent_a_second_time(
    fit: StandIn, fit_target: Target, anna: User, astrid: TownClient
) -> None:
    make_submission(anna)
    run_jobs()
    page = astrid.post(f"{HERE}antrag/{Handover.objects.get().pk}/noch-einmal/", follow=True)
    run_jobs()

    assert "Über FIT-Connect geht er kein zweites Mal hinaus." in text_of(page)
    assert (state(), len(fit.arrived)) == (HandoverState.DONE, 1)


def forged(fit: StandIn, key: RSAPrivateKey, **changed: Any) -> str:
    """A token that says the only submission was rejected."""
    [found] = fit.arrived
    headers = {"typ": "secevent+jwt", "kid": crypto.kid_of(fit.here.keys.receiver)} | changed.pop("headers", {})
    algorithm = changed.pop("algorithm", "PS512")
    claims = {
        "iss": DESTINATION,
        "iat": 1,
        "jti": str(uuid.uuid4()),
        "sub": f"submission:{found.id}",
        "txn": f"case:{found.case_id}",
        "events": {"https://schema.fitko.de/fit-connect/events/reject-submission": {"problems": [REJECTED]}},
    }
    return jwt.encode(claims | changed, key, algorithm, headers)


def test_an_event_that_somebody_else_has_made_up_is_not_believed(fit: StandIn, fit_target: Target, anna: User) -> None:
    make_submission(anna)
    run_jobs()
    [found] = fit.arrived
    stranger = generate_private_key(65537, 2048)
    receiver, service = fit.here.keys.receiver, fit.here.keys.service
    other = str(uuid.uuid4())
    for token in (
        forged(fit, stranger),
        forged(fit, stranger, iss=ISSUER, headers={"kid": crypto.kid_of(service)}),
        forged(fit, receiver, iss=ISSUER),  # the receiver's key does not speak for the service
        forged(fit, receiver, headers={"kid": other}),
        forged(fit, receiver, headers={"typ": "JWT"}),
        forged(fit, receiver, algorithm="RS512"),
        forged(fit, receiver, txn=f"case:{other}"),
        forged(fit, receiver, sub=f"submission:{other}"),
        forged(fit, receiver, events={"https://example.org/reject-submission": {}}),
        "quatsch",
        "a.b.c",
    ):
        fit.here.store.add_event(found.case_id, token)
    ask()
    unmoved = state(), Transmission.objects.get().state
    fit.here.store.add_event(found.case_id, forged(fit, receiver))
    ask()

    assert unmoved == (HandoverState.DONE, TransmissionState.SUBMITTED)
    assert state() == HandoverState.FAILED


def test_who_accepts_something_else_than_was_sent_has_not_accepted_it(
    fit: StandIn, fit_target: Target, anna: User
) -> None:
    make_submission(anna)
    run_jobs()
    [found] = fit.arrived
    tags = {"metadata": "A" * 22, "data": "B" * 22, "attachments": {}}
    events = {"https://schema.fitko.de/fit-connect/events/accept-submission": {"authenticationTags": tags}}
    fit.here.store.add_event(found.case_id, forged(fit, fit.here.keys.receiver, events=events))
    ask()

    assert (state(), text()) == (
        HandoverState.FAILED,
        "Zurückgewiesen: Was dort ankam, ist nicht, was wir gesendet haben.",
    )


def test_a_service_that_is_down_is_asked_about_events_later(fit: StandIn, fit_target: Target, anna: User) -> None:
    make_submission(anna)
    run_jobs()
    fit.here.decide(fit.arrived[0].id)
    fit.fail("GET /v2/cases", 503)
    ask()
    before = Transmission.objects.get().state
    ask()

    assert (before, Transmission.objects.get().state) == (TransmissionState.SUBMITTED, TransmissionState.ACCEPTED)


# --- The destination and its key -----------------------------------------------------------------------------


def test_a_check_asks_the_destination_and_sends_nothing(fit: StandIn, fit_target: Target, astrid: TownClient) -> None:
    page = astrid.post(f"{HERE}ziel/{fit_target.pk}/probe/", follow=True)

    assert "Der Zustellpunkt ist bereit." in text_of(page)
    assert (fit.here.store.count(), fit.called("POST /v2")) == (0, 0)
    assert (Attempt.objects.get().has_arrived, Submission.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"status": "inactive"}, "Der Zustellpunkt nimmt zurzeit nichts an."),
        ({"metadata_versions": ("1.0.0",)}, "Der Zustellpunkt versteht unsere Metadaten (Version 2.1.0) nicht."),
        ({"leika": ("99000000000000",)}, "Der Zustellpunkt ist für diese Leistung nicht eingerichtet"),
        ({"schemas": ("https://x.example/",)}, "Der Zustellpunkt kennt das Datenformat dieses Formulars nicht"),
        ({"id": str(uuid.uuid4())}, "Diesen Zustellpunkt gibt es nicht."),
    ],
)
def test_a_destination_that_does_not_fit_is_refused_and_nothing_announced(
    fit: StandIn, fit_target: Target, anna: User, astrid: TownClient, changed: dict[str, Any], said: str
) -> None:
    for name, value in changed.items():
        setattr(fit.here.destination, name, value)
    page = astrid.post(f"{HERE}ziel/{fit_target.pk}/probe/", follow=True)
    make_submission(anna)
    run_jobs()

    assert said in text_of(page)
    assert text().startswith(said)
    assert (state(), fit.here.store.count()) == (HandoverState.WAITING, 0)


def public(key: RSAPrivateKey, **changed: Any) -> dict[str, Any]:
    return crypto.public_jwk(key, algorithm="RSA-OAEP-256", operation="wrapKey") | changed


NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def accepted(jwk: Any, trust_store: str = "") -> str:
    """What is said against a key; nothing if it is fine."""
    try:
        keys.encryption_key(jwk, trust_store=trust_store, now=NOW)
    except keys.KeyRefused as refusal:
        return str(refusal)
    return ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"kty": "EC"}, "nicht von der Art"),
        ({"alg": "RSA1_5"}, "nicht von der Art"),
        ({"alg": "RSA-OAEP"}, "nicht von der Art"),
        ({"key_ops": ["verify"]}, "etwas anderes"),
        ({"key_ops": ["wrapKey", "verify"]}, "etwas anderes"),
        ({"n": ""}, "unlesbar"),
        ({"e": "Aw"}, "unlesbar"),
        ({"x5c": ["quatsch"]}, "unlesbar"),
    ],
)
def test_only_a_key_of_the_right_kind_is_used(fit_keys: crypto.Keys, changed: dict[str, Any], said: str) -> None:
    refusal = accepted(public(fit_keys.encryption, **changed))

    assert (said in refusal) if said else refusal == ""


def test_a_short_key_is_refused(fit: StandIn, fit_target: Target, anna: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit.here, "keys", crypto.Keys(fit.here.keys.directory))
    fit.here.keys.__dict__["encryption"] = fit.here.keys.receiver
    make_submission(anna)
    run_jobs()

    assert text() == "Der Schlüssel des Zustellpunkts ist zu kurz: Er braucht mindestens 4096 Bit."
    assert fit.here.store.count() == 0


# --- Certificates --------------------------------------------------------------------------------------------


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def certificate(
    name: str, key: RSAPrivateKey, issuer: str, by: RSAPrivateKey, *, days: int = 365, is_ca: bool = False
) -> x509.Certificate:
    usage = dict.fromkeys(
        (
            "content_commitment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
            "digital_signature",
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW - timedelta(days=400) + timedelta(days=400 + days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(key_encipherment=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    return builder.sign(by, hashes.SHA512())


def as_pem(*found: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in found)


def test_with_a_trust_store_a_key_needs_a_certificate_from_there(fit_keys: crypto.Keys, tmp_path: Path) -> None:
    root, stranger, key = fit_keys.service, fit_keys.receiver, fit_keys.encryption
    trusted = certificate("Wurzel", root, "Wurzel", root, is_ca=True)
    store = tmp_path / "trust.pem"
    store.write_bytes(as_pem(trusted))

    def told(*chain: x509.Certificate) -> str:
        x5c = [base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode() for one in chain]
        return accepted(public(key, x5c=x5c), str(store))

    fine = certificate("Zustellpunkt", key, "Wurzel", root)
    revoked = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(named("Wurzel"))
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(fine.serial_number).revocation_date(NOW).build()
        )
    )

    assert told(fine) == ""
    assert "hat kein Zertifikat" in accepted(public(key), str(store))
    assert "gehört nicht zu seinem Schlüssel" in told(certificate("Zustellpunkt", stranger, "Wurzel", root))
    assert "vertraut das Portal nicht" in told(certificate("Zustellpunkt", key, "Wurzel", stranger))
    assert "abgelaufen" in told(certificate("Zustellpunkt", key, "Wurzel", root, days=-1))
    store.write_bytes(as_pem(trusted, revoked.sign(stranger, hashes.SHA512())))
    assert told(fine) == ""  # somebody else's list
    store.write_bytes(as_pem(trusted, revoked.sign(root, hashes.SHA512())))
    assert "gesperrt" in told(fine)


# --- Metadata ------------------------------------------------------------------------------------------------


def test_the_metadata_of_every_prepared_form_keep_to_the_schema(in_lage: Town) -> None:
    services = sorted(shopfront().forms)
    for key in services:
        one = made_up(key, "Leistung", now=MONDAY)
        data = json.dumps(answers(one)).encode()
        files = [
            (str(uuid.uuid4()), Document("Antrag.pdf", "application/pdf", b"%PDF")),
            (str(uuid.uuid4()), Document("Foto äöü „1“.jpeg", "image/jpeg", b"", Upload())),
        ]
        told = metadata.metadata(one, data=data, schema=answers(one)["$schema"], attachments=files)

        assert [each["purpose"] for each in told["contentStructure"]["attachments"]] == ["form", "attachment"]
    assert len(services) > 25


def test_metadata_that_break_the_schema_are_a_fault_of_ours(in_lage: Town) -> None:
    one = made_up("hund-anmelden", "Hund anmelden", now=MONDAY)

    with pytest.raises(ValueError, match="attachmentId"):
        metadata.metadata(one, data=b"", schema="https://x.example/", attachments=[("x", Document("a", "a/b", b""))])


# --- The pages -----------------------------------------------------------------------------------------------


def test_it_is_set_up_with_the_id_of_a_destination(fit: StandIn, astrid: TownClient) -> None:
    form = text_of(astrid.get(f"{SERVICE}neu/fit_connect/"))
    refused = astrid.post(f"{SERVICE}neu/fit_connect/", {"name": "Migewa", "address": "quatsch"})
    taken = astrid.post(f"{SERVICE}neu/fit_connect/", {"name": "Migewa", "address": f" {DESTINATION.upper()} "})

    target = Target.objects.get()
    page = text_of(astrid.get(taken["Location"]))
    assert LEIKA in form
    assert "/schema.json" in form
    assert refused.status_code == 422
    assert "Das ist keine Zustellpunkt-ID." in text_of(refused)
    assert (target.kind, target.address, target.is_whole) == ("fit_connect", DESTINATION, True)
    assert "Zustellpunkt prüfen" in page
    assert "Erika Mustermann" not in page


def test_where_it_is_not_configured_it_is_not_offered_and_the_page_says_why(in_lage: Town, astrid: TownClient) -> None:
    page = text_of(astrid.get(SERVICE))

    assert "FIT-Connect ist in diesem Portal noch nicht eingerichtet." in page
    assert "FIT-Connect an ein Fachverfahren" not in page
    assert astrid.get(f"{SERVICE}neu/fit_connect/").status_code == 404


def test_what_is_set_up_waits_while_the_operator_has_taken_fit_connect_away(
    fit: StandIn, fit_target: Target, anna: User, astrid: TownClient, settings: Any
) -> None:
    settings.FIT_CONNECT_URL = ""
    make_submission(anna)
    run_jobs()
    ask()

    assert text() == "FIT-Connect ist in diesem Portal nicht mehr eingerichtet. Das kann nur der Betreiber beheben."
    assert astrid.get(f"{HERE}ziel/{fit_target.pk}/").status_code == 200


# --- The specialist system that the local stack shows --------------------------------------------------------


def test_a_person_looks_at_what_has_arrived_and_decides(fit: StandIn, fit_target: Target, anna: User) -> None:
    case = make_submission(anna)
    run_jobs()
    [found] = fit.arrived
    pages = f"{fit.base}/fachverfahren"
    [file] = fit.opened.files

    assert case.number in requests.get(pages, timeout=10).text
    assert "Schröder" in requests.get(f"{pages}/{found.id}", timeout=10).text
    assert requests.get(f"{pages}/{found.id}/anlage/{file['attachmentId']}", timeout=10).content[:5] == b"%PDF-"
    requests.post(f"{pages}/{found.id}", {"action": "reject", "detail": "Falsch."}, timeout=10)
    ask()
    assert text() == "Zurückgewiesen: Zurückgewiesen: Falsch."


def test_when_a_case_is_purged_the_words_of_the_receiver_go_with_it(
    fit: StandIn, fit_target: Target, anna: User
) -> None:
    case = make_submission(anna)
    run_jobs()
    fit.here.decide(fit.arrived[0].id, [REJECTED])
    ask()
    Submission.objects.filter(pk=case.pk).update(state="closed")
    Removal.objects.create(submission=case, ended_on=MONDAY.date(), marked_at=MONDAY, delete_on=MONDAY.date())
    retention.purge_due(now=MONDAY)

    assert Attempt.objects.count() == 0
