"""The same step with many cases: in the background, with progress, and once even if the worker dies in the middle."""

from typing import Any

import pytest

from accounts.models import Role, User
from submissions.casework import actions as casework
from submissions.casework import bulk
from submissions.models import BulkItem, BulkRun, Event, Submission
from submissions.states import State
from tenants.models import Town
from tests.factories import make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_staff, make_theresa

BEGIN = "/rathaus/eingang/viele/"


@pytest.fixture
def cases(anna: User) -> list[Submission]:
    return [make_submission(anna) for _number in range(3)]


def press(client: TownClient, step: str, *cases: Submission) -> Any:
    return client.post(BEGIN, {"schritt": step, "vorgang": [case.number for case in cases]})


def test_ticked_cases_are_taken_in_the_background(
    bernd: TownClient, bernd_himself: User, cases: list[Submission]
) -> None:
    begun = press(bernd, "take", *cases[:2])
    assert "0 von 2" in text_of(bernd.get(begun["Location"]))

    run_jobs()

    assert "2 von 2 100 % 2 Vorgänge sind erledigt." in text_of(bernd.get(begun["Location"]))
    assert [case.case_worker for case in Submission.objects.order_by("number")] == [bernd_himself, bernd_himself, None]


def test_what_is_not_possible_is_said_and_the_rest_is_done(
    bernd: TownClient, bernd_himself: User, cases: list[Submission]
) -> None:
    sabine = make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER)
    casework.take(submission=cases[1], by=sabine, now=MONDAY)

    begun = press(bernd, "take", *cases)
    run_jobs()

    page = text_of(bernd.get(begun["Location"]))
    assert "2 Vorgänge sind erledigt." in page
    assert f"{cases[1].number} : Diesen Vorgang hat inzwischen Sabine Lehmann übernommen." in page
    assert Submission.objects.filter(case_worker=bernd_himself).count() == 2


def test_a_team_lead_shares_out(lage: Town, bernd: TownClient, bernd_himself: User, cases: list[Submission]) -> None:
    theresa = TownClient(lage).sign_in(make_theresa())

    assert press(bernd, f"assign-{bernd_himself.pk}", *cases)["Location"] == "/rathaus/eingang/"
    press(theresa, f"assign-{bernd_himself.pk}", *cases)
    run_jobs()

    assert Submission.objects.filter(case_worker=bernd_himself).count() == 3


def test_cases_of_other_units_are_not_touched(lage: Town, in_lage: Town, cases: list[Submission]) -> None:
    udo = TownClient(lage).sign_in(make_staff("udo", "Udo", "Unger", Role.CASE_WORKER, units=["standesamt"]))

    press(udo, "take", *cases)

    assert not BulkRun.objects.exists()


@pytest.mark.parametrize(("step", "ticked"), [("", 3), ("fly", 3), ("assign-4242", 3), ("take", 0)])
def test_nothing_happens_without_a_step_or_a_case(
    bernd: TownClient, cases: list[Submission], step: str, ticked: int
) -> None:
    before = queued_jobs()

    press(bernd, step, *cases[:ticked])

    assert (BulkRun.objects.count(), queued_jobs()) == (0, before)


def test_nobody_else_sees_how_far_it_has_got(lage: Town, bernd: TownClient, cases: list[Submission]) -> None:
    begun = press(bernd, "take", *cases)
    sabine = TownClient(lage).sign_in(make_staff("sabine", "Sabine", "Lehmann", Role.CASE_WORKER))

    assert sabine.get(begun["Location"]).status_code == 404


class Killed(BaseException):
    """The worker is gone."""


def test_a_worker_that_dies_in_the_middle_goes_on_where_it_stopped(
    bernd: TownClient, bernd_himself: User, cases: list[Submission], monkeypatch: pytest.MonkeyPatch
) -> None:
    press(bernd, "take", *cases)
    run = BulkRun.objects.get()
    original, calls = bulk._step, 0

    def dies(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        original(*arguments)
        if calls == 2:
            raise Killed

    monkeypatch.setattr(bulk, "_step", dies)
    with pytest.raises(Killed):
        run_jobs()
    after_the_kill = [bool(one.done_at) for one in BulkItem.objects.all()]
    monkeypatch.setattr(bulk, "_step", original)
    bulk.work_through._task.func(town="lage", run=str(run.pk))
    bulk.work_through._task.func(town="lage", run=str(run.pk))

    assert after_the_kill == [True, False, False]
    assert [case.state for case in Submission.objects.all()] == [State.IN_REVIEW] * 3
    assert Event.objects.filter(title="Die Bearbeitung hat begonnen").count() == 3
