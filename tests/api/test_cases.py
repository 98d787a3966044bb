"""Other programs of the town hall read cases and take the same steps as the desk, by the same rules."""

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.models import User
from accounts.tokens.models import Call, Scope
from submissions.casework import actions as casework
from submissions.models import Decision, Event, Submission, Upload
from submissions.states import Outcome, State
from tenants.context import in_town
from tenants.models import Town
from tests.api.conftest import MakeSystem, System, issued
from tests.factories import make_submission
from tests.jobs import queued_jobs
from tests.people import MONDAY, make_anna, make_astrid, make_bernd
from townhall.actions import change_offer

SECRETS = ("Lange Straße", "32791", "anna@post.example")


def numbers(system: System, query: str = "") -> list[str]:
    return [one["number"] for one in system.ask(f"/submissions/{query}").json()["results"]]


def address(case: Submission, step: str = "") -> str:
    return f"/submissions/{case.number}/{step}"


def soon() -> str:
    return str(timezone.localdate() + timedelta(days=14))


def attach(case: Submission) -> Upload:
    upload = Upload(
        submission=case, place="nachweis", name="Haftpflicht.pdf", content_type="application/pdf", size=9,
        uploaded_at=MONDAY,
    )  # fmt: skip
    upload.file.save("x.pdf", ContentFile(b"%PDF-1.7\n"))
    return upload


# --- Reading -----------------------------------------------------------------------------------------------


def test_the_list_tells_how_cases_stand_and_nothing_about_people(system: System, case: Submission) -> None:
    answer = system.ask("/submissions/")

    assert answer.json() == {
        "next": None,
        "previous": None,
        "results": [
            {
                "number": case.number,
                "state": "received",
                "state_label": "Eingegangen",
                "act_by": "2026-11-16",
                "service": "hund-anmelden",
                "service_title": "Hund anmelden",
                "unit": "steueramt",
                "received_at": "2026-11-16T09:30:00+01:00",
                "due_on": "2026-11-16",
                "is_protected": False,
                "url": f"http://lage.localhost/api/v1/submissions/{case.number}/",
            }
        ],
    }
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not case.events.filter(title=casework.VIEWED).exists()


def test_what_does_not_count_yet_is_not_there(system: System, anna: User) -> None:
    unpaid = make_submission(anna, paid=True)

    assert numbers(system) == []
    assert system.ask(address(unpaid)).status_code == 404


def test_the_list_is_filtered(system: System, case: Submission, anna: User) -> None:
    tag = make_submission(
        anna, paid=True, state=State.IN_REVIEW, received_at=MONDAY + timedelta(days=1), now=MONDAY + timedelta(days=1)
    )

    assert numbers(system) == [tag.number, case.number]
    assert numbers(system, "?service=hund-anmelden") == [case.number]
    assert numbers(system, "?state=in_review") == [tag.number]
    assert numbers(system, "?received_since=2026-11-17T00:00:00Z") == [tag.number]
    assert numbers(system, "?service=hund-anmelden&state=in_review") == []


def test_a_long_list_is_read_to_its_end_also_while_cases_arrive(system: System, anna: User) -> None:
    made = [make_submission(anna, now=MONDAY + timedelta(minutes=minute // 2)).number for minute in range(7)]
    found, query = [], "?limit=3"

    while query:
        part = system.ask(f"/submissions/{query}").json()
        found += [one["number"] for one in part["results"]]
        make_submission(anna, now=MONDAY + timedelta(days=1))  # before what was read already
        query = part["next"] and f"?{urlsplit(part['next']).query}"

    assert sorted(found) == sorted(made)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("?state=lost", "state"),
        ("?received_since=gestern", "received_since"),
        ("?limit=0", "limit"),
        ("?limit=9999", "limit"),
        ("?service=%00", "service"),
    ],
)
def test_a_wrong_filter_is_told(system: System, query: str, name: str) -> None:
    answer = system.ask(f"/submissions/{query}")

    assert (answer.status_code, answer.json()["detail"]) == (400, f"Bitte prüfen Sie: {name}")
    assert list(answer.json()["errors"]) == [name]


@pytest.mark.parametrize("cursor", ["x", "cD1nZXN0ZXJu", "cD0yMDI2LTAxLTAx", "bz05OTk5OTk5OTk5OTk5"])
def test_a_wrong_cursor_is_not_found(system: System, case: Submission, cursor: str) -> None:
    answer = system.ask(f"/submissions/?cursor={cursor}")

    assert answer.status_code in (200, 404)


def test_a_case_is_told_whole(system: System, case: Submission) -> None:
    upload = attach(case)

    told = system.ask(address(case)).json()

    assert told["answers"]["strasse"] == "Lange Straße"
    assert told["answers"]["hunde"][0]["hund_name"] == "Bello"
    assert (told["applicant"], told["email"], told["trust_level"]) == ("Anna Schröder", "anna@post.example", "basic")
    assert told["form"] == {
        "key": "hund-anmelden",
        "version": case.form_version,
        "schema": f"http://lage.localhost/api/v1/forms/hund-anmelden/{case.form_version}/schema.json",
    }
    assert told["files"] == [
        {
            "id": str(upload.pk),
            "field": "nachweis",
            "name": "Haftpflicht.pdf",
            "content_type": "application/pdf",
            "size": 9,
            "url": f"http://lage.localhost/api/v1/submissions/{case.number}/files/{upload.pk}/",
        }
    ]
    assert (told["decision"], told["questions"], told["hidden"], told["case_worker"]) == (None, [], [], None)
    assert [one["new_state"] for one in told["history"]][:1] == ["received"]


def test_pdf_file_and_letter_are_fetched(system: System, case: Submission) -> None:
    upload = attach(case)
    assert system.ask(address(case, "decision.pdf")).status_code == 404

    system.step(address(case, "take/"))
    system.step(address(case, "decision/"), {"outcome": "granted", "text": "Gern."})

    pdf, file, letter = (
        system.ask(address(case, part)) for part in ("application.pdf", f"files/{upload.pk}/", "decision.pdf")
    )
    assert {one.headers["Content-Type"] for one in (pdf, file, letter)} == {"application/pdf"}
    assert pdf.content.startswith(b"%PDF")
    assert b"".join(file.streaming_content) == b"%PDF-1.7\n"
    assert letter.content.startswith(b"%PDF")


def test_files_of_another_case_are_not_there(system: System, case: Submission, anna: User) -> None:
    upload = attach(make_submission(anna))

    assert system.ask(address(case, f"files/{upload.pk}/")).status_code == 404


@pytest.mark.parametrize("part", ["", "application.pdf", "decision.pdf", "files/5d0e5a52-0b8f-4f9e-9d57-6d2a5f3f3c11/"])
def test_each_look_at_a_case_stands_in_its_history(system: System, case: Submission, part: str) -> None:
    system.ask(address(case, part))

    looks = Event.objects.filter(submission=case, title=casework.VIEWED)
    assert [(look.by.name if look.by else "", look.is_public) for look in looks] == [("Steuerverfahren", False)]


def test_a_protected_address_is_told_nowhere(system: System, case: Submission) -> None:
    upload = attach(case)
    casework.protect(submission=case, is_protected=True, reason="Bescheid", by=make_bernd(), now=MONDAY)

    answer = system.ask(address(case))
    file = system.ask(address(case, f"files/{upload.pk}/"))

    assert [secret for secret in SECRETS if secret in answer.content.decode()] == []
    told = answer.json()
    assert told["is_protected"]
    assert {"strasse", "plz", "email"} <= set(told["hidden"])
    assert (told["email"], told["files"][0]["url"]) == (None, None)
    assert told["answers"]["vorname"] == "Anna"
    assert (file.status_code, file.headers["Content-Type"]) == (403, "application/problem+json")
    system.step(address(case, "take/"))
    system.step(address(case, "decision/"), {"outcome": "granted", "text": "Gern."})
    for document in ("application.pdf", "decision.pdf"):
        assert system.ask(address(case, document)).status_code == 200


def test_the_list_takes_as_many_statements_for_many_cases_as_for_one(
    system: System, case: Submission, anna: User, django_assert_num_queries: Any
) -> None:
    system.ask("/submissions/")
    for _number in range(4):
        make_submission(anna)

    with django_assert_num_queries(4):  # address, token, its use in this minute, cases
        assert len(numbers(system)) == 5


# --- Steps -------------------------------------------------------------------------------------------------


def test_a_system_takes_a_case_asks_back_decides_and_closes(system: System, case: Submission) -> None:
    taken = system.step(address(case, "take/"))
    asked = system.step(address(case, "messages/"), {"question": "Wie groß ist Bello?", "due_on": soon()})

    assert (taken.status_code, taken.json()) == (
        200,
        {"number": case.number, "state": "in_review", "state_label": "In Prüfung", "act_by": "2026-11-16"},
    )
    assert (asked.json()["state"], asked.json()["act_by"]) == ("needs_info", soon())
    case.refresh_from_db()
    assert (case.case_worker, case.open_question and case.open_question.question) == (
        system.token.system,
        "Wie groß ist Bello?",
    )
    assert "submissions.jobs.send_notice" in queued_jobs()

    casework.go_on_without_answer(submission=case, by=system.token.system, now=timezone.now())
    decided = system.step(address(case, "decision/"), {"outcome": "recorded", "text": "Bello ist angemeldet."})
    closed = system.step(address(case, "close/"))

    assert [decided.json()["state"], closed.json()["state"]] == ["decided", "closed"]
    decision = Decision.objects.get()
    assert (decision.outcome, decision.text, decision.decided_by) == (
        "recorded",
        "Bello ist angemeldet.",
        system.token.system,
    )
    assert set(case.events.exclude(by=None).filter(at__gt=MONDAY).values_list("by__given_name", flat=True)) == {
        "Steuerverfahren"
    }


def test_a_rejection_needs_its_reasons(system: System, case: Submission) -> None:
    system.step(address(case, "take/"))

    refused = system.step(address(case, "decision/"), {"outcome": "rejected", "text": "Leider nein."})
    done = system.step(
        address(case, "decision/"),
        {"outcome": "rejected", "text": "Leider nein.", "reasons": "§ 3 HundeStS", "authority": "gehört nicht dazu"},
    )

    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        {"reasons": ["Begründen Sie die Ablehnung. Ohne Begründung ist sie anfechtbar."]},
    )
    assert done.json()["state"] == "decided"
    decision = Decision.objects.get()
    assert (decision.outcome, decision.reasons, decision.authority) == (Outcome.REJECTED, "§ 3 HundeStS", "")


def test_what_a_colleague_works_on_stays_hers(system: System, case: Submission) -> None:
    casework.take(submission=case, by=make_bernd(), now=MONDAY)

    answers = [
        system.step(address(case, "take/")),
        system.step(address(case, "messages/"), {"question": "Wie groß?", "due_on": soon()}),
        system.step(address(case, "decision/"), {"outcome": "granted", "text": "Gern."}),
        system.step(address(case, "close/")),
    ]

    assert {(one.status_code, one.headers["Content-Type"]) for one in answers} == {(409, "application/problem+json")}
    assert answers[0].json()["detail"] == "Diesen Vorgang hat inzwischen Bernd Brinkmann übernommen."
    assert not Decision.objects.exists()


def test_where_two_must_sign_a_system_only_proposes(system: System, case: Submission) -> None:
    change_offer(service_key="hund-anmelden", needs_second_signature=True)
    system.step(address(case, "take/"))

    answer = system.step(address(case, "decision/"), {"outcome": "granted", "text": "Gern."})

    assert answer.json()["state"] == "to_sign"
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("step", "body", "name"),
    [
        ("messages/", {"question": "", "due_on": "2099-01-01"}, "question"),
        ("messages/", {"question": "Was?", "due_on": "2026-01-01"}, "due_on"),
        ("messages/", {"question": "Was?", "due_on": "9999-12-31"}, "due_on"),
        ("messages/", {"question": "\ud800", "due_on": "2099-01-01"}, "question"),
        ("decision/", {"outcome": "maybe", "text": "Hm."}, "outcome"),
        ("decision/", {"outcome": "granted", "text": "a\x00b"}, "text"),
        ("decision/", {}, "outcome"),
    ],
)
def test_a_wrong_step_is_told_and_not_taken(
    system: System, case: Submission, step: str, body: dict[str, Any], name: str
) -> None:
    system.step(address(case, "take/"))

    answer = system.step(address(case, step), body)

    assert answer.status_code == 400
    assert name in answer.json()["errors"]
    case.refresh_from_db()
    assert case.state == State.IN_REVIEW


def test_what_is_no_json_is_told(system: System, case: Submission) -> None:
    path = f"/api/v1{address(case, 'decision/')}"

    broken = system.post(path, "{", content_type="application/json")
    form = system.post(path, {"outcome": "granted"})
    listed = system.post(path, "[1]", content_type="application/json")

    assert [one.status_code for one in (broken, form, listed)] == [400, 415, 400]


# --- Once ----------------------------------------------------------------------------------------------------


def test_the_same_step_again_is_answered_again_and_taken_once(system: System, case: Submission) -> None:
    system.step(address(case, "take/"))
    body = {"question": "Wie groß?", "due_on": soon()}

    first = system.step(address(case, "messages/"), body, key="a")
    again = system.step(address(case, "messages/"), body, key="a")

    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert case.information_requests.count() == 1


def test_the_same_key_for_something_else_is_refused(system: System, case: Submission) -> None:
    system.step(address(case, "take/"), key="a")

    answer = system.step(address(case, "close/"), key="a")

    assert (answer.status_code, answer.json()["title"]) == (422, "Schlüssel schon benutzt")


def test_what_was_refused_may_be_tried_again_with_the_same_key(system: System, case: Submission) -> None:
    body = {"outcome": "granted", "text": "Gern."}
    assert system.step(address(case, "decision/"), body, key="a").status_code == 409

    system.step(address(case, "take/"))

    assert system.step(address(case, "decision/"), body, key="a").status_code == 200


def test_a_key_belongs_to_its_token(make_system: MakeSystem, case: Submission, anna: User) -> None:
    other = make_submission(anna)
    make_system().step(address(case, "take/"), key="a")

    assert make_system().step(address(other, "take/"), key="a").status_code == 200


@pytest.mark.parametrize("key", [" ", "x" * 101, "ä"])
def test_a_step_needs_a_key(system: System, case: Submission, key: str) -> None:
    path = f"/api/v1{address(case, 'take/')}"

    answers = [
        system.post(path, "{}", content_type="application/json"),
        system.post(path, "{}", content_type="application/json", headers={"Idempotency-Key": key}),
    ]

    assert [(one.status_code, list(one.json()["errors"])) for one in answers] == [(400, ["Idempotency-Key"])] * 2
    case.refresh_from_db()
    assert case.state == State.RECEIVED


def test_what_is_remembered_of_a_step_says_nothing_about_people(system: System, case: Submission) -> None:
    system.step(address(case, "take/"), key="a")

    call = Call.objects.get()
    assert call.answer is not None
    assert set(call.answer) == {"number", "state", "state_label", "act_by"}


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_with_the_same_key_ask_once(lage: Town) -> None:
    with in_town(lage):
        case = make_submission(make_anna())
        system = issued(lage, make_astrid(), Scope.READ, Scope.WRITE)
        system.step(address(case, "take/"))
    found = []

    def ask() -> None:
        one = System(lage, system.token, system.written)
        answer = one.step(address(case, "messages/"), {"question": "Wie groß?", "due_on": soon()}, key="same")
        found.append((answer.status_code, answer.json()))

    threads = [threading.Thread(target=ask) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert {status for status, _body in found} == {200}
    assert all(body == found[0][1] for _status, body in found)
    with in_town(lage):
        assert case.information_requests.count() == 1
