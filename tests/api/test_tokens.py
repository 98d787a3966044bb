"""A program of the town hall comes in with its token, and with nothing else."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditAction, AuditEntry, Kind, User
from accounts.tokens import actions
from accounts.tokens.models import ApiToken, Scope
from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.api.conftest import MakeSystem, System, issued, yesterday
from tests.people import MONDAY, TownClient, make_astrid, make_bernd

PROBLEM = "application/problem+json"
NOT_VALID = "Dieser Zugang gilt nicht: Er ist falsch, abgelaufen oder zurückgezogen."


def refused(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == PROBLEM
    told = answer.json()
    assert (told["type"], told["status"]) == ("about:blank", answer.status_code)
    return answer.status_code, told["detail"]


def of_case(case: Submission) -> dict[str, str]:
    """Each address about a case that reads, and each that takes a step, by how it is asked."""
    base = f"/submissions/{case.number}/"
    reads = {base: "ask", f"{base}application.pdf": "ask", f"{base}decision.pdf": "ask"}
    reads[f"{base}files/5d0e5a52-0b8f-4f9e-9d57-6d2a5f3f3c11/"] = "ask"
    return reads | {f"{base}{step}/": "step" for step in ("take", "messages", "decision", "close")}


BODIES = {"messages": {"question": "Wie groß?", "due_on": ""}, "decision": {"outcome": "recorded", "text": "Gut."}}


def statuses(system: System, case: Submission) -> set[int]:
    """How all addresses about a case answer."""
    due_on = str(timezone.localdate() + timedelta(days=9))
    found = set()
    for address, how in of_case(case).items():
        body = BODIES.get(address.rstrip("/").rpartition("/")[2], {})
        found.add(getattr(system, how)(address, *([body | {"due_on": due_on}] if how == "step" else [])).status_code)
    return found


def untouched(case: Submission) -> bool:
    before = case.state
    case.refresh_from_db()
    return case.state == before and not case.events.filter(by__kind=Kind.SYSTEM).exists()


def test_only_a_hash_of_the_secret_is_kept(system: System) -> None:
    _name, pk, secret = system.written.split("_", 2)

    assert (system.token.pk, len(secret)) == (int(pk), 43)
    assert system.token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(ApiToken.objects.values()) + str(User.objects.values()) + str(AuditEntry.objects.values())


def test_who_let_a_program_in_and_out_is_written_down(system: System, astrid: User) -> None:
    actions.withdraw(token=system.token, by=astrid, now=MONDAY)
    actions.withdraw(token=system.token, by=astrid, now=MONDAY)

    entries = AuditEntry.objects.filter(object_kind="apitoken").order_by("pk")
    told = "Steuerverfahren: submissions:read, submissions:write, payments:read"
    assert [(one.action, one.by, one.text) for one in entries] == [
        (AuditAction.TOKEN_ISSUED, astrid, told),
        (AuditAction.TOKEN_WITHDRAWN, astrid, "Steuerverfahren"),
    ]


def test_the_day_of_the_last_use_is_remembered(system: System) -> None:
    assert system.token.last_used_on is None

    system.ask("/submissions/")

    system.token.refresh_from_db()
    assert system.token.last_used_on == timezone.localdate()


@pytest.mark.parametrize("address", ["/submissions/", "/payments/"])
def test_without_a_token_nothing_is_told(visitor: TownClient, in_lage: Town, address: str) -> None:
    answer = visitor.get(f"/api/v1{address}")

    assert refused(answer) == (401, "Anmeldedaten fehlen.")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("how", ["wrong secret", "other number", "shorter", "longer", "nonsense", "not ascii"])
def test_what_is_not_quite_a_token_opens_nothing(lage: Town, system: System, case: Submission, how: str) -> None:
    right = system.written
    written = {
        "wrong secret": right[:-1] + ("A" if right[-1] != "A" else "B"),
        "other number": right.replace(f"_{system.token.pk}_", f"_{system.token.pk + 1}_"),
        "shorter": right[:-1],
        "longer": right + "A",
        "nonsense": "stadttor",
        "not ascii": "stadttor_١_" + "ä" * 43,
    }[how]

    assert refused(System(lage, written=written).ask(f"/submissions/{case.number}/")) == (401, NOT_VALID)
    assert untouched(case)


def test_one_that_is_withdrawn_opens_nothing(system: System, astrid: User, case: Submission) -> None:
    actions.withdraw(token=system.token, by=astrid, now=MONDAY)

    assert refused(system.ask("/submissions/")) == (401, NOT_VALID)
    assert statuses(system, case) == {401}
    assert untouched(case)


def test_one_that_has_expired_opens_nothing(make_system: MakeSystem, case: Submission) -> None:
    assert make_system(expires_on=timezone.localdate()).ask("/submissions/").status_code == 200

    late = make_system(expires_on=yesterday())
    assert refused(late.ask("/submissions/")) == (401, NOT_VALID)
    assert statuses(late, case) == {401}
    assert untouched(case)


def test_one_of_another_town_opens_nothing(lage: Town, detmold: Town, case: Submission) -> None:
    with in_town(detmold):
        of_detmold = issued(detmold, make_astrid())
    there = System(lage, of_detmold.token, of_detmold.written)

    assert of_detmold.ask("/submissions/").json()["results"] == []
    assert statuses(of_detmold, case) == {404}
    assert refused(there.ask("/submissions/")) == (401, NOT_VALID)
    assert statuses(there, case) == {401}
    assert untouched(case)


@pytest.mark.parametrize("sees", [{"units": ["standesamt"]}, {"services": ["hundemarke-ersatz"]}])
def test_cases_of_other_units_and_services_do_not_exist(
    make_system: MakeSystem, case: Submission, sees: dict[str, list[str]]
) -> None:
    other = make_system(**sees)

    assert other.ask("/submissions/").json()["results"] == []
    assert statuses(other, case) == {404}
    assert untouched(case)


def test_each_address_needs_its_scope(make_system: MakeSystem, case: Submission) -> None:
    reader, writer, cashier = (make_system(scope) for scope in Scope)

    assert reader.ask("/submissions/").status_code == 200
    assert {one.ask("/submissions/").status_code for one in (writer, cashier)} == {403}
    assert cashier.ask("/payments/").status_code == 200
    assert {one.ask("/payments/").status_code for one in (reader, writer)} == {403}
    assert statuses(cashier, case) == {403}
    assert {reader.step(f"/submissions/{case.number}/take/").status_code, *[
        getattr(writer, how)(address).status_code for address, how in of_case(case).items() if how == "ask"
    ]} == {403}  # fmt: skip
    sentence = "Dieser Zugang darf das nicht. Nötig ist das Recht „submissions:read“."
    assert refused(cashier.ask("/submissions/")) == (403, sentence)


def test_a_session_is_no_token(visitor: TownClient, in_lage: Town, case: Submission) -> None:
    visitor.sign_in(make_bernd())

    assert visitor.get(f"/api/v1/submissions/{case.number}/").status_code == 401


def test_a_program_cannot_sign_in_and_nobody_gives_it_work(system: System, visitor: TownClient) -> None:
    acting = system.token.system

    assert not acting.has_usable_password()
    visitor.sign_in(acting)
    assert visitor.get("/rathaus/eingang/").status_code != 200
    assert acting not in User.objects.filter(kind=Kind.STAFF)
