"""Towns take turns: however much one of them has to do, another one waits for its own jobs only."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.context import at_operator, in_town
from tenants.jobs import MANAGER, Urgency, job, town_job
from tenants.models import Town


@town_job(label="Quittung", urgency=Urgency.WAITED_FOR)
def receipt() -> None:
    """Somebody waits for it."""


@town_job(label="Brief")
def letter() -> None:
    """Somebody expects it."""


@town_job(label="Erinnerung", urgency=Urgency.WHEN_QUIET)
def reminder() -> None:
    """Whenever."""


@job(label="Meldung")
def report() -> None:
    """Of the operator or of a town."""


def queue(town: Town, *names: str, times: int = 1, delay: float = 0) -> None:
    kinds = {"receipt": receipt, "letter": letter, "reminder": reminder}
    with in_town(town):
        for _time in range(times):
            for name in names or ["letter"]:
                kinds[name].queue(delay=delay)


def served(count: int = 1000) -> list[str]:
    """Town and kind of the jobs in the order in which workers get them, at most `count`."""
    found = []
    with at_operator(), connection.cursor() as cursor:
        for _time in range(count):
            cursor.execute("SELECT args ->> 'town', task_name FROM procrastinate_fetch_job_v2(NULL, NULL)")
            town, task = cursor.fetchone()
            if task is None:
                break
            found.append(f"{town} {task.rpartition('.')[2]}".removesuffix(" letter"))
    return found


def all_are_due() -> None:
    """The moment has come for which jobs were put off."""
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE scheduled_at IS NOT NULL")


def test_a_town_with_much_to_do_does_not_delay_another(lage: Town, detmold: Town) -> None:
    queue(lage, times=50)
    queue(detmold)

    assert served() == ["lage", "detmold"] + ["lage"] * 49


def test_towns_take_turns(lage: Town, detmold: Town) -> None:
    queue(lage, times=3)
    queue(detmold, times=4)

    assert served() == ["lage", "detmold"] * 3 + ["detmold"]


def test_who_comes_later_takes_turns_from_then_on(lage: Town, detmold: Town) -> None:
    queue(lage, times=10)
    before = served(5)
    queue(detmold, times=2)

    assert (before, served()) == (["lage"] * 5, ["lage", "detmold", "lage", "detmold", "lage", "lage", "lage"])


def test_a_town_with_much_to_do_is_not_pushed_aside_by_those_that_always_have_a_little(
    lage: Town, detmold: Town
) -> None:
    queue(lage, times=6)
    order = []
    for _time in range(6):
        queue(detmold)
        order += served(2)

    assert (order.count("lage"), order.count("detmold")) == (6, 6)


def test_within_a_town_the_first_comes_first(in_lage: Town) -> None:
    for _time in range(20):
        letter.queue()

    ids = []
    with at_operator(), connection.cursor() as cursor:
        for _time in range(20):
            cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")
            ids.append(cursor.fetchone()[0])
    assert ids == sorted(ids)


def test_what_somebody_waits_for_comes_before_all_else(lage: Town, detmold: Town) -> None:
    queue(lage, "reminder", times=30)
    queue(lage, "letter")
    queue(detmold, "letter", "receipt")
    queue(lage, "receipt")

    assert served(5) == ["detmold receipt", "lage receipt", "lage", "detmold", "lage reminder"]


def test_what_the_operator_queues_is_a_line_of_its_own(lage: Town) -> None:
    queue(lage, times=20)
    report.queue()

    assert served(2) == ["lage", "None report"]


def test_jobs_queued_in_one_statement_take_turns_too(lage: Town, detmold: Town) -> None:
    name = "tests.tenants.test_order_of_jobs.letter"
    jobs: list[Any] = [{"town": "lage"}] * 20 + [{"town": "detmold"}] * 2
    app.tasks[name].batch_defer(*jobs)

    assert served(5) == ["lage", "detmold", "lage", "detmold", "lage"]


def test_what_is_put_off_delays_nothing_meanwhile(lage: Town, detmold: Town) -> None:
    queue(lage, times=30, delay=600)
    queue(detmold)
    queue(lage)
    queue(detmold)

    assert served() == ["detmold", "lage", "detmold"]


def test_when_the_moment_comes_towns_take_turns(lage: Town, detmold: Town) -> None:
    queue(lage, times=30, delay=600)
    queue(detmold, times=2, delay=500)
    all_are_due()

    assert served(5) == ["lage", "detmold", "lage", "detmold", "lage"]


def retry_later(delay: timedelta) -> None:
    """What the worker does with the jobs that it has begun, when they fail."""
    with at_operator():
        for pk in ProcrastinateJob.objects.filter(status="doing").order_by("pk").values_list("pk", flat=True):
            MANAGER.retry_job_by_id(pk, retry_at=timezone.now() + delay)


@pytest.mark.parametrize("delay", [timedelta(0), timedelta(seconds=9)], ids=str)
def test_what_failed_goes_to_the_end_of_its_own_towns_line(lage: Town, detmold: Town, delay: timedelta) -> None:
    queue(lage, times=8)
    served(5)
    retry_later(delay)
    queue(detmold, times=2)
    all_are_due()

    assert served(5) == ["lage", "detmold", "lage", "detmold", "lage"]


def test_what_failed_is_no_less_urgent(lage: Town, detmold: Town) -> None:
    queue(lage, "receipt", times=3)
    served()
    retry_later(timedelta(0))
    queue(detmold, "letter")
    all_are_due()

    assert served() == ["lage receipt"] * 3 + ["detmold"]


def test_a_line_of_a_million_does_not_become_less_urgent(lage: Town) -> None:
    queue(lage)
    with at_operator(), connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET priority = -999999")
    queue(lage, "letter", "letter", "reminder")

    assert served() == ["lage", "lage", "lage", "lage reminder"]
