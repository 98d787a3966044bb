"""Cases go when they were kept long enough: marked first, then deleted, once, and never while something is open."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from procrastinate.contrib.django import app

from accounts.audit_chain import verify
from accounts.models import AuditEntry, Role, User
from billing.models import LedgerEntry, Payment, PaymentRequest, Refund
from billing.states import PaymentState
from operations.moving.export import export_town
from submissions import retention
from submissions.casework import actions as casework
from submissions.links import secret_of
from submissions.models import Decision, Delivery, Event, OrphanedFile, Removal, Submission, Upload
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.conftest import Clock
from tests.factories import make_payable, make_submission
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_astrid, make_bernd, make_karin, make_staff
from tests.threads import at_once

NIGHTLY = app.tasks["submissions.housekeeping.delete_ended_cases.in_every_town"]
CALENDAR = "/rathaus/loeschfristen/"
DUE = MONDAY + retention.KEPT
GONE = DUE + retention.UNDO
FILE = b"%PDF-1.7 something about Anna"


def end(case: Submission, at: datetime = MONDAY) -> Submission:
    """The case was closed, as `casework` does at the end."""
    Submission.objects.filter(pk=case.pk).update(state=State.CLOSED, closed_at=at, act_by=None)
    Event.objects.create(submission=case, at=at, title="Abgeschlossen", old_state="decided", new_state="closed")
    case.refresh_from_db()
    return case


def attach(case: Submission) -> str:
    upload = Upload(submission=case, place="nachweis", name="Anna.pdf", content_type="application/pdf", size=len(FILE))
    upload.uploaded_at = MONDAY
    upload.file.save("nachweis.pdf", ContentFile(FILE), save=False)
    upload.save()
    return str(upload.file.name)


def decide(case: Submission, by: User, *, delivered_on: date | None) -> None:
    decision = Decision.objects.create(
        submission=case, outcome="granted", text="Für Anna", decided_by=by, decided_at=MONDAY
    )
    Delivery.objects.create(
        decision=decision, way="online", letter={"remedies": []}, ready_at=MONDAY, delivered_on=delivered_on
    )


def pay(case: Submission, state: str = "paid") -> Payment:
    payment = Payment.objects.create(
        submission=case,
        reference=f"{case.number}-1",
        amount=Decimal("5.00"),
        state=state,
        account="acct_probe_lage",
        created_at=MONDAY,
        paid_at=MONDAY,
    )
    LedgerEntry.objects.create(payment=payment, at=MONDAY, new_state=state, source="webhook", reason="Gemeldet")
    return payment


def states() -> dict[str, str]:
    return dict(Submission.objects.order_by("number").values_list("number", "state"))


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def case(anna: User) -> Submission:
    """Anna's dog; it was closed on Monday."""
    return end(make_submission(anna))


@pytest.fixture
def marked(case: Submission) -> Submission:
    assert retention.mark_due(now=DUE) == 1
    return case


# --- What is told and what is done ------------------------------------------------------------------------


def test_every_form_that_is_handed_in_tells_people_what_happens() -> None:
    texts = [path.read_text() for path in sorted(Path("catalogue/library/forms").glob("*.yaml"))]
    told = [match[1] for text in texts if (match := re.search(r"^retention: (.*(?:\n  .*)*)", text, re.MULTILINE))]
    handed_in = [one for one in told if "schicken Sie nicht ab" not in one]

    assert len(handed_in) > 10
    assert [one for one in handed_in if not re.search(rf"\b{retention.KEPT.days}\s+Tage", one)] == []


def test_a_case_is_marked_after_90_days_and_deleted_two_weeks_later(case: Submission) -> None:
    day = timedelta(days=1)

    assert (retention.mark_due(now=DUE - day), retention.mark_due(now=DUE), retention.mark_due(now=DUE)) == (0, 1, 0)
    assert Removal.objects.get().delete_on == GONE.date()
    assert (retention.purge_due(now=GONE - day), states()) == (0, {case.number: "closed"})
    assert (retention.purge_due(now=GONE), retention.purge_due(now=GONE)) == (1, 0)

    assert states() == {case.number: "purged"}
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == ["case_marked", "case_purged"]


def test_what_stays_is_number_service_dates_outcome_and_sums(anna: User) -> None:
    case = make_submission(anna, paid=True)
    Submission.objects.filter(pk=case.pk).update(received_at=MONDAY)
    payment = pay(end(case))
    decide(case, make_bernd(), delivered_on=MONDAY.date() - timedelta(days=400))
    name = attach(case)
    before = {**Submission.objects.values().get()}

    retention.mark_due(now=DUE)
    retention.purge_due(now=GONE)

    after: dict[str, Any] = {**Submission.objects.values().get()}
    gone = {"answers", "applicant", "email", "citizen_id", "draft_id", "searched", "state", "surroundings"}
    assert {key for key in after if after[key] != before[key]} <= gone
    assert (after["answers"], after["applicant"], after["email"], after["citizen_id"]) == ({}, "", "", None)
    assert (after["number"], after["fee_total"], after["closed_at"]) == (case.number, Decimal("5.00"), MONDAY)
    removal = Removal.objects.get()
    assert (removal.outcome, removal.files, removal.ended_on) == ("granted", 1, MONDAY.date())
    assert not default_storage.exists(name)
    assert [Model.objects.count() for Model in (Decision, Delivery, Upload, OrphanedFile)] == [0, 0, 0, 0]
    assert [event.new_state for event in Event.objects.all()] == ["purged"]
    assert list(LedgerEntry.objects.values_list("payment", "payment__amount")) == [(payment.pk, Decimal("5.00"))]


@pytest.mark.parametrize("state", ["withdrawn", "superseded"])
def test_what_was_withdrawn_or_replaced_goes_too(anna: User, state: str) -> None:
    case = make_submission(anna, paid=state == "superseded")
    if state == "superseded":
        Submission.objects.filter(pk=case.pk).update(state=state)
        make_submission(anna, draft_id=case.draft_id, paid=True)
    Submission.objects.filter(pk=case.pk).update(state=state)
    Event.objects.create(submission=case, at=MONDAY + timedelta(days=5), title="x", new_state=state)

    assert retention.mark_due(now=DUE + timedelta(days=4)) == 0
    assert retention.mark_due(now=DUE + timedelta(days=5)) == 1
    assert retention.purge_due(now=GONE + timedelta(days=5)) == 1

    assert states()[case.number] == "purged"


def test_what_is_open_stays_however_old(anna: User) -> None:
    make_submission(anna)
    make_submission(anna, paid=True)

    assert retention.mark_due(now=MONDAY + timedelta(days=3000)) == 0


RESTING = {
    *("paid", "booked", "reconciled", "won", "failed", "cancelled", "expired"),
    *("refunded", "partly_refunded"),
}


@pytest.mark.parametrize("state", PaymentState.values)
def test_a_case_stays_while_its_payment_is_open_returned_or_disputed(case: Submission, state: str) -> None:
    pay(case, state)

    assert retention.mark_due(now=DUE) == (1 if state in RESTING else 0)


@pytest.mark.parametrize("state", ["requested", "approved", "pending", "failed"])
def test_a_case_stays_while_a_refund_is_open(case: Submission, state: str) -> None:
    Refund.objects.create(payment=pay(case), amount=Decimal("1.00"), reason="other", state=state, requested_at=MONDAY)

    assert retention.mark_due(now=DUE) == 0


def test_a_case_stays_while_a_fee_is_owed(case: Submission) -> None:
    request = PaymentRequest.objects.create(
        submission=case, title="x", lines=[], amount=Decimal("5.00"), due_on=DUE.date(), requested_at=MONDAY
    )
    assert retention.mark_due(now=DUE) == 0

    PaymentRequest.objects.filter(pk=request.pk).update(state="withdrawn")

    assert retention.mark_due(now=DUE) == 1


def test_a_case_stays_until_its_decision_can_be_contested_no_longer(case: Submission) -> None:
    decide(case, make_bernd(), delivered_on=MONDAY.date())  # says nothing about remedies: one year

    assert retention.mark_due(now=DUE) == 0
    assert retention.mark_due(now=MONDAY + timedelta(days=364)) == 0
    assert retention.mark_due(now=MONDAY + timedelta(days=370)) == 1


def test_what_opens_after_the_mark_takes_it_off(marked: Submission) -> None:
    pay(marked, "disputed")

    assert retention.purge_due(now=GONE) == 0

    assert (states(), Removal.objects.count()) == ({marked.number: "closed"}, 0)


def test_a_case_that_is_taken_up_again_is_not_deleted(marked: Submission) -> None:
    bernd = make_bernd()
    casework.reopen(submission=marked, reason="Nachtrag", by=bernd, now=DUE)

    assert retention.purge_due(now=GONE) == 0
    assert states() == {marked.number: "in_review"}


# --- The database -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("answers = '{}'", "does not change"),
        ("citizen_id = NULL", "does not change"),
        ("state = 'purged'", "says nothing about anybody"),
    ],
)
def test_nothing_loses_its_content_but_as_a_whole(case: Submission, change: str, told: str) -> None:
    with pytest.raises(DatabaseError, match=told), transaction.atomic():
        connection.cursor().execute(f"UPDATE submissions_submission SET {change}")  # noqa: S608 -- ours


def test_what_was_deleted_does_not_come_back(marked: Submission) -> None:
    retention.purge_due(now=GONE)

    with pytest.raises(DatabaseError, match="does not come back"), transaction.atomic():
        connection.cursor().execute("UPDATE submissions_submission SET state = 'closed'")


# --- A run that is killed ---------------------------------------------------------------------------------


class Killed(BaseException):
    """The worker is no more."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["move", "default_storage.delete", "delete_orphaned_files"])
@pytest.mark.parametrize("after", [0, 1])
def test_a_run_that_is_killed_goes_on_where_it_stopped(
    lage: Town, monkeypatch: pytest.MonkeyPatch, where: str, after: int
) -> None:
    with in_town(lage):
        anna = make_anna()
        cases = [end(make_submission(anna)) for _number in range(3)]
        names = [attach(one) for one in cases]
        retention.mark_due(now=DUE)
        with monkeypatch.context() as patched:
            owner: Any = default_storage if "storage" in where else retention
            attribute = where.rpartition(".")[2]
            real, calls = getattr(owner, attribute), iter(range(100))

            def killed(*args: Any, **kwargs: Any) -> Any:
                if next(calls) >= after:
                    raise Killed
                return real(*args, **kwargs)

            patched.setattr(owner, attribute, killed)
            if not (where == "delete_orphaned_files" and after):
                with pytest.raises(Killed):
                    retention.purge_due(now=GONE)

        half = [one for one in Submission.objects.all() if (one.state == "purged") != (one.answers == {})]
        missing = [upload for upload in Upload.objects.all() if not default_storage.exists(str(upload.file.name))]
        assert (half, missing) == ([], [])

        retention.purge_due(now=GONE)

        assert set(states().values()) == {"purged"}
        assert [default_storage.exists(name) for name in names] == [False] * 3
        assert AuditEntry.objects.filter(action="case_purged").count() == 3
        assert (OrphanedFile.objects.count(), verify(now=GONE).problem) == (0, "")


@pytest.mark.django_db(transaction=True)
def test_eight_runs_at_once_delete_each_case_once(lage: Town) -> None:
    with in_town(lage):
        anna = make_anna()
        for _number in range(4):
            attach(end(make_submission(anna)))
        retention.mark_due(now=DUE)

    def purge() -> int:
        with in_town(lage):
            return retention.purge_due(now=GONE)

    counts = at_once(8, purge)

    assert sum(one for one in counts if isinstance(one, int)) == 4
    assert [one for one in counts if not isinstance(one, int)] == []
    with in_town(lage):
        assert AuditEntry.objects.filter(action="case_purged").count() == 4


def test_at_night_every_town_does_it(lage: Town, detmold: Town, clock: Clock) -> None:
    for town in (lage, detmold):
        with in_town(town):
            end(make_submission(make_anna()))
    for moment in (DUE, GONE):
        clock(moment)
        NIGHTLY.func(timestamp=0)
        run_jobs(also_later=True)

    for town in (lage, detmold):
        with in_town(town):
            assert set(states().values()) == {"purged"}


# --- The pages --------------------------------------------------------------------------------------------


def test_who_works_on_cases_sees_what_will_be_deleted(lage: Town, marked: Submission, clock: Clock) -> None:
    clock(DUE)
    bernd = TownClient(lage).sign_in(make_bernd())

    page = text_of(bernd.get(CALENDAR))

    assert marked.number in page
    assert "28.02.2027" in page or "28. Februar 2027" in page
    assert "Schröder" not in page
    assert [row.case.number for row in bernd.get("/rathaus/eingang/?status=abgeschlossen").context["rows"]] == []


def test_what_is_due_soon_is_told_with_what_holds_it(lage: Town, case: Submission, clock: Clock) -> None:
    clock(DUE - timedelta(days=10))
    bernd = TownClient(lage).sign_in(make_bernd())
    assert "vorgemerkt" in text_of(bernd.get(CALENDAR))

    pay(case, "disputed")

    assert "Eine Zahlung oder Erstattung ist offen." in text_of(bernd.get(CALENDAR))


def test_an_administrator_stops_a_deletion_with_a_reason(lage: Town, marked: Submission, clock: Clock) -> None:
    clock(DUE)
    astrid = TownClient(lage).sign_in(make_astrid())
    address = f"{CALENDAR}{marked.number}/anhalten/"
    assert astrid.post(address, {"reason": ""}).status_code == 422

    answer = astrid.post(address, {"reason": "Klage läuft"}, follow=True)

    assert "wird nicht gelöscht" in text_of(answer)
    assert "Klage läuft" in text_of(answer)
    assert retention.purge_due(now=GONE) == 0
    bernd = TownClient(lage).sign_in(make_bernd())
    assert len(bernd.get("/rathaus/eingang/?status=abgeschlossen").context["rows"]) == 1
    kept = Removal.objects.get().kept_until
    assert kept
    later = DUE + retention.KEPT_LONGER
    assert (retention.mark_due(now=later - timedelta(days=1)), retention.mark_due(now=later)) == (0, 1)
    assert AuditEntry.objects.filter(action="case_kept").get().text == "Klage läuft"


def test_after_the_deletion_it_cannot_be_stopped(lage: Town, marked: Submission, clock: Clock) -> None:
    retention.purge_due(now=GONE)
    clock(GONE)
    astrid = TownClient(lage).sign_in(make_astrid())

    assert astrid.post(f"{CALENDAR}{marked.number}/anhalten/", {"reason": "zu spät"}).status_code == 404
    page = text_of(astrid.get(CALENDAR))
    assert marked.number in page
    assert "Protokoll" in page


def test_who_may_do_what(lage: Town, detmold: Town, marked: Submission) -> None:
    keep = f"{CALENDAR}{marked.number}/anhalten/"
    may_look = {Role.CASE_WORKER, Role.TEAM_LEAD, Role.ADMINISTRATOR, Role.DATA_PROTECTION}
    for role in Role:
        client = TownClient(lage).sign_in(make_staff(role.value, "Udo", "Unger", role))
        assert client.get(CALENDAR).status_code == (200 if role in may_look else 404), role
        assert client.get(keep).status_code == (200 if role == Role.ADMINISTRATOR else 404), role
    other_unit = TownClient(lage).sign_in(make_staff("buch", "Britta", "Buch", Role.CASE_WORKER, units=["buecherei"]))
    assert marked.number not in text_of(other_unit.get(CALENDAR))
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_staff("clara", "Clara", "C", *Role))
    assert marked.number not in text_of(clara.get(CALENDAR))
    assert clara.post(keep, {"reason": "x"}).status_code == 404
    assert TownClient(lage).get(CALENDAR)["Location"].startswith("/rathaus/anmelden/")


def test_of_what_was_deleted_nobody_finds_anything(lage: Town, anna: User, marked: Submission) -> None:
    retention.purge_due(now=GONE)
    hers, bernd = TownClient(lage).sign_in(anna), TownClient(lage).sign_in(make_bernd())
    unlisted = Submission.objects.get()

    assert hers.get(reverse("submissions:status", args=[marked.number])).status_code == 404
    assert bernd.get(f"/rathaus/vorgang/{marked.number}/").status_code == 404
    assert TownClient(lage).get(reverse("submissions:link_status", args=[secret_of(unlisted)])).status_code == 404


def test_the_cash_office_still_finds_its_payment(lage: Town, anna: User) -> None:
    make_payable()
    case = make_submission(anna, paid=True)
    Submission.objects.filter(pk=case.pk).update(received_at=MONDAY)
    payment = pay(end(case))
    retention.mark_due(now=DUE)
    retention.purge_due(now=GONE)
    karin = TownClient(lage).sign_in(make_karin())

    for path in ("", f"{payment.reference}/", f"{payment.reference}/quittung.pdf", "zahlungen.csv"):
        assert karin.get(f"/rathaus/kasse/{path}").status_code == 200, path


@pytest.mark.django_db(transaction=True)
def test_a_town_with_deleted_cases_can_take_all_it_has_along(lage: Town, tmp_path: Path) -> None:
    with in_town(lage):
        case = make_submission(make_anna(), paid=True)
        Submission.objects.filter(pk=case.pk).update(received_at=MONDAY)
        pay(end(case))
        retention.mark_due(now=DUE)
        retention.purge_due(now=GONE)

    assert export_town(town=lage, path=tmp_path / "lage.zip", now=GONE)
