"""What all towns do by themselves, but not all at once."""

from collections import Counter
from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tenants.context import current_town, has_town
from tenants.jobs import label_of, moment_within, periodic_at_operator, periodic_in_every_town
from tenants.models import Town, TownState
from tenants.municipalities import all_municipalities
from tests.jobs import queued_jobs, run_jobs

SPREAD = timedelta(hours=2)
swept: list[str] = []


@periodic_in_every_town(label="Fegen", cron="0 3 * * *", spread=SPREAD)
def sweep() -> None:
    """In each town."""
    swept.append(current_town().schema_name)


@periodic_in_every_town(label="Grüßen", cron="0 6 * * *", spread=SPREAD, live_only=True)
def greet() -> None:
    """Only where somebody hears it."""


@periodic_at_operator(label="Zählen", cron="0 5 * * *")
def count() -> None:
    """Once for all."""
    swept.append("at the operator" if not has_town() else current_town().schema_name)


def begin(name: str) -> None:
    app.tasks[f"{__name__}.{name}.in_every_town"].func(timestamp=0)


def test_each_town_has_a_moment_of_its_own_every_night_the_same(lage: Town, detmold: Town) -> None:
    begun = timezone.now()
    begin("sweep")

    moments = {job.args["town"]: job.scheduled_at - begun for job in ProcrastinateJob.objects.all()}
    assert set(moments) == {"lage", "detmold"}
    for schema, moment in moments.items():
        assert timedelta(0) <= moment - moment_within(SPREAD, schema) < timedelta(seconds=5)


def test_hundreds_of_towns_are_spread_over_the_whole_time() -> None:
    moments = [moment_within(SPREAD, entry.slug.replace("-", "_")) for entry in all_municipalities()]

    every_ten_minutes = Counter(moment // timedelta(minutes=10) for moment in moments)
    assert len(moments) == 396
    assert sorted(every_ten_minutes) == list(range(12))  # 33 each on average
    assert (min(every_ten_minutes.values()) > 15, max(every_ten_minutes.values()) < 55) == (True, True)


def test_each_job_runs_in_its_town(lage: Town, detmold: Town) -> None:
    swept.clear()
    begin("sweep")

    run_jobs(also_later=True)

    assert sorted(swept) == ["detmold", "lage"]


def test_where_the_job_of_the_night_before_still_waits_no_second_one_is_queued(lage: Town, detmold: Town) -> None:
    begin("sweep")
    begin("sweep")

    assert len(queued_jobs()) == 2


def test_a_suspended_town_takes_part_unless_it_is_pointless(lage: Town, detmold: Town) -> None:
    Town.objects.filter(pk=detmold.pk).update(state=TownState.SUSPENDED)
    begin("sweep")
    begin("greet")

    queued = Counter((job.task_name.rpartition(".")[2], job.args["town"]) for job in ProcrastinateJob.objects.all())
    assert queued == {("sweep", "lage"): 1, ("sweep", "detmold"): 1, ("greet", "lage"): 1}


def test_the_clock_begins_it(db: None) -> None:
    name = f"{__name__}.sweep.in_every_town"

    assert [one.cron for one in app.periodic_registry.periodic_tasks.values() if one.task.name == name] == ["0 3 * * *"]
    assert label_of(name) == label_of(f"{__name__}.sweep") == "Fegen"


def test_what_is_done_for_all_towns_runs_once_and_in_none(lage: Town, detmold: Town) -> None:
    swept.clear()

    app.tasks[f"{__name__}.count"].func(timestamp=0)

    assert swept == ["at the operator"]
    [begun] = [one for one in app.periodic_registry.periodic_tasks.values() if one.task.name == f"{__name__}.count"]
    assert (begun.cron, begun.configure_kwargs["queueing_lock"]) == ("0 5 * * *", f"{__name__}.count")
    assert label_of(f"{__name__}.count") == "Zählen"
