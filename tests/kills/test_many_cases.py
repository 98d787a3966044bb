"""A step with many cases, whose worker is killed in the middle: each case takes it once."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from submissions.casework import bulk
from submissions.models import BulkItem, BulkRun, Event, Submission
from submissions.states import State
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.kills.conftest import finish, holding, is_left, kill_while_it_waits, time_passes, waits_for, worker
from tests.pages import text_of
from tests.people import MONDAY, TownClient, make_anna, make_bernd
from tests.processes import until

CASES = 6


@pytest.mark.django_db(transaction=True)
def test_a_step_with_many_cases_is_taken_once_with_each_however_often_its_worker_is_killed(lage: Town) -> None:
    with in_town(lage):
        anna, bernd = make_anna(), make_bernd()
        cases = [make_submission(anna) for _number in range(CASES)]
        run = bulk.begin(step=bulk.Step.TAKE, cases=cases, to=None, by=bernd, now=MONDAY)

        kill_while_it_waits(cases[2])
        assert (done(run), taken()) == ([True, True, False, False, False, False], 2)

        time_passes()
        kill_while_it_waits(cases[5])
        assert (done(run), taken()) == ([True] * 5 + [False], 5)

        time_passes()
        with holding(cases[5]) as case, worker() as process:
            until(waits_for(case), process)
            with holding(job_of(run)) as job:  # all is done, but nobody has written down that the job is
                case.commit()
                until(waits_for(job), process)
                process.kill()
        assert (done(run), taken()) == ([True] * 6, 6)

        finish()

        assert (done(run), taken()) == ([True] * 6, 6)
        assert list(BulkItem.objects.values_list("problem", flat=True)) == [""] * 6
        assert {(one.state, one.case_worker) for one in Submission.objects.all()} == {(State.IN_REVIEW, bernd)}
        assert not is_left(bulk.work_through)
        page = text_of(TownClient(lage).sign_in(bernd).get(f"/rathaus/eingang/viele/{run.pk}/"))
        assert "6 von 6 100 % 6 Vorgänge sind erledigt." in page


def done(run: BulkRun) -> list[bool]:
    """Which of its cases are done."""
    return [one.done_at is not None for one in run.items.all()]


def taken() -> int:
    """How often the history of all cases says so."""
    return Event.objects.filter(title="Die Bearbeitung hat begonnen").count()


def job_of(run: BulkRun) -> ProcrastinateJob:
    with at_operator():
        job: ProcrastinateJob = ProcrastinateJob.objects.get(task_name=bulk.work_through.name, args__run=str(run.pk))
    return job
