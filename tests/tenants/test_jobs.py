"""What the worker does with a job, in threads and with connections of its own."""

import threading

import pytest
from django.db import connection, transaction
from django.db.models import F
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants import hosts
from tenants.context import NoTown, at_operator, has_town, in_town
from tenants.jobs import RETRIES, job, label_of, take_up_stalled_jobs, town_job
from tenants.models import JobFailure, Town
from tests.jobs import run_jobs, run_worker

REAL = pytest.mark.django_db(transaction=True)

seen: list[tuple[str, str]] = []
together = threading.Barrier(2)


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()
    together.reset()


def look_around(what: str) -> None:
    """Note in which schema the database looks first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        seen.append((what, cursor.fetchone()[0]))


@town_job(label="Sich treffen")
def meet(*, name: str) -> None:
    """Only done once another thread does the same."""
    together.wait(timeout=10)
    look_around(name)


@job(label="Sich umsehen")
def look(*, name: str) -> None:
    """Wherever it is."""
    look_around(name)


@town_job(label="Scheitern")
def fail(*, times: int = 1000) -> None:
    """Fails so many times, in the middle of a transaction."""
    look_around("fail")
    with transaction.atomic():
        look.queue(name="never")
        if len(seen) <= times:
            raise ValueError("anna@post.example")


@town_job(label="Weitergeben")
def pass_on() -> None:
    """A job queues another."""
    look.queue(name="passed on")


def states() -> list[tuple[str, str, int]]:
    with at_operator():
        found = ProcrastinateJob.objects.order_by("pk").values_list("task_name", "status", "attempts")
        return [(name.rpartition(".")[2], status, attempts) for name, status, attempts in found]


def change_jobs(assignment: str) -> None:
    with at_operator(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE procrastinate_jobs SET {assignment}")  # noqa: S608 -- written in this file


# --- In the right town -------------------------------------------------------------------------------------


@REAL
def test_two_jobs_at_once_are_in_two_towns(lage: Town, detmold: Town) -> None:
    for town in (lage, detmold):
        with in_town(town):
            meet.queue(name=town.schema_name)

    run_worker(concurrency=2)

    assert sorted(seen) == [("detmold", "detmold"), ("lage", "lage")]
    assert states() == []


@REAL
def test_many_jobs_in_a_few_threads_are_each_in_their_own_town(lage: Town, detmold: Town) -> None:
    for number in range(20):
        for town in (lage, detmold):
            with in_town(town):
                look.queue(name=f"{town.schema_name} {number}")
        look.queue(name=f"public {number}")

    run_worker(concurrency=4)

    assert len(seen) == 60
    assert [one for one in seen if one[0].split()[0] != one[1]] == []


@REAL
def test_a_job_waits_while_its_town_is_behind_and_the_others_go_on(lage: Town, detmold: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(level=F("level") - 1)
    for town in (lage, detmold):
        with in_town(town):
            look.queue(name=town.schema_name)
    change_jobs(f"attempts = {RETRIES + 1} WHERE args ->> 'town' = 'lage'")  # however often it has tried

    run_worker(concurrency=2)
    waiting = states()
    Town.objects.filter(pk=lage.pk).update(level=F("level") + 1)
    change_jobs("scheduled_at = NULL")
    hosts.forget()
    run_worker(concurrency=2)

    assert waiting == [("look", "todo", RETRIES + 2)]
    assert seen == [("detmold", "detmold"), ("lage", "lage")]
    assert states() == []


@REAL
def test_a_job_that_fails_leaves_nothing_of_its_town_behind(lage: Town) -> None:
    with in_town(lage):
        fail.queue()
    look.queue(name="after")

    run_worker(concurrency=1)

    assert seen == [("fail", "lage"), ("after", "public")]


@REAL
def test_what_a_job_queues_runs_in_the_same_town(lage: Town) -> None:
    with in_town(lage):
        pass_on.queue()

    run_worker(concurrency=1)

    assert seen == [("passed on", "lage")]


@REAL
def test_what_a_job_queued_before_it_failed_was_never_there(lage: Town) -> None:
    """The worker has a connection of its own for its queue; jobs that it runs queue on theirs."""
    with in_town(lage):
        fail.queue()

    run_worker(concurrency=1)

    assert states() == [("fail", "todo", 1)]


def test_a_job_of_towns_needs_one(db: None) -> None:
    with pytest.raises(NoTown):
        fail.queue()


def test_a_job_is_never_there_if_its_transaction_fails(in_lage: Town) -> None:
    with transaction.atomic():
        fail.queue()
        transaction.set_rollback(True)

    assert states() == []


# --- Failing -----------------------------------------------------------------------------------------------


@REAL
def test_a_job_that_fails_is_tried_again_and_its_kind_of_failure_kept(lage: Town) -> None:
    with in_town(lage):
        fail.queue()

    run_worker(concurrency=1)

    waiting = ProcrastinateJob.objects.get()
    assert (waiting.status, waiting.attempts, waiting.scheduled_at is not None) == ("todo", 1, True)
    assert JobFailure.objects.get().error == "ValueError"


@REAL
def test_a_job_that_succeeds_in_the_end_leaves_nothing_behind(lage: Town) -> None:
    with in_town(lage):
        fail.queue(times=1)
    run_worker(concurrency=1)
    change_jobs("scheduled_at = now()")

    run_worker(concurrency=1)

    assert seen == [("fail", "lage"), ("fail", "lage"), ("never", "lage")]
    assert (states(), JobFailure.objects.count()) == ([], 0)


@REAL
def test_a_job_that_fails_too_often_stays_as_failed(lage: Town) -> None:
    with in_town(lage):
        fail.queue()
    change_jobs(f"attempts = {RETRIES}")

    run_worker(concurrency=1)

    assert states() == [("fail", "failed", RETRIES + 1)]
    assert JobFailure.objects.get().error == "ValueError"


@REAL
def test_a_job_whose_town_is_gone_is_not_tried_again(lage: Town) -> None:
    with in_town(lage):
        look.queue(name="never")
    change_jobs("""args = '{"town": "nirgends", "name": "never"}'""")

    run_worker(concurrency=1)

    assert (seen, states()) == ([], [("look", "failed", 1)])
    assert JobFailure.objects.get().error == "tenants.jobs.TownIsGone"


@REAL
@pytest.mark.parametrize(
    ("attempts", "after", "found"),
    [(0, [], [("look again", "lage")]), (RETRIES, [("look", "failed", RETRIES + 1)], [])],
    ids=["the first time", "again and again"],
)
def test_what_a_dead_worker_had_begun_is_taken_up(
    lage: Town, attempts: int, after: list[tuple[str, str, int]], found: list[tuple[str, str]]
) -> None:
    with in_town(lage):
        look.queue(name="look again")
    change_jobs(f"attempts = {attempts}, status = 'doing'")
    app.tasks[take_up_stalled_jobs.name].defer(timestamp=0)

    run_worker(concurrency=1)

    assert (states(), seen) == (after, found)
    assert [failure.error for failure in JobFailure.objects.all()] == (["tenants.jobs.WorkerDied"] if after else [])


# --- Declared ----------------------------------------------------------------------------------------------


def test_every_job_says_in_german_what_it_does() -> None:
    ours = [name for name in app.tasks if "procrastinate" not in name]

    assert [name for name in ours if not label_of(name)] == []
    assert {"submissions.jobs.send_notice", "billing.jobs.process_event"} <= set(ours)


def test_the_tests_way_of_running_jobs_is_in_the_right_town_too(lage: Town) -> None:
    with in_town(lage):
        look.queue(name="here")

    run_jobs()

    assert (seen, has_town()) == ([("here", "lage")], False)
