"""The command that measures how long jobs wait. What it measures is not judged here: machines differ."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from submissions.jobs import send_notice
from tenants.context import in_town
from tenants.models import Town
from tests.jobs import queued_jobs
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_it_says_when_the_second_town_was_served_both_ways_and_leaves_nothing_behind(lage: Town, detmold: Town) -> None:
    output = StringIO()

    [problem] = at_once(1, lambda: call_command("bench_jobs", jobs=60, stdout=output))

    assert not isinstance(problem, Exception)
    sentence, measured = output.getvalue().splitlines()
    found = json.loads(measured)
    assert sentence.startswith("60 jobs of one town, then one of another: done after ")
    assert found["fifo_place"] > 60 - found["at_once"]
    assert found["fair_place"] <= 1 + found["at_once"]
    assert queued_jobs() == []


def test_it_does_not_run_what_others_have_queued(lage: Town) -> None:
    with in_town(lage):
        send_notice.queue(submission="1", notice="received")

    with pytest.raises(CommandError, match="Jobs are waiting"):
        call_command("bench_jobs")

    assert queued_jobs() == ["submissions.jobs.send_notice"]


def test_it_does_not_compete_with_a_worker(lage: Town) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")

    with pytest.raises(CommandError, match="A worker runs"):
        call_command("bench_jobs")
