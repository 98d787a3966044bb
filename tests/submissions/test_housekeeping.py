"""What the worker does by itself at night, called the way the worker calls it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from submissions import draft_actions
from submissions.models import Draft
from tenants.context import in_town
from tenants.models import Town
from tests.jobs import run_jobs
from tests.people import TownClient, make_anna
from tests.submissions.filling import PERSON, fill_in

NIGHTLY = app.tasks["submissions.housekeeping.delete_old_drafts.in_every_town"]


def begin_long_ago(town: Town) -> None:
    with in_town(town):
        anna = TownClient(town).sign_in(make_anna())
        fill_in(anna, "hund-anmelden", {"halter": {"halter_art": "privat"} | PERSON})
        Draft.objects.update(edited_at=timezone.now() - timedelta(days=91))


def drafts_in(town: Town) -> int:
    with in_town(town):
        return Draft.objects.count()


def run_nightly() -> None:
    NIGHTLY.func(timestamp=0)
    run_jobs(also_later=True)


def test_old_drafts_of_every_town_are_deleted_at_night(lage: Town, detmold: Town) -> None:
    begin_long_ago(lage)
    begin_long_ago(detmold)

    run_nightly()

    assert (drafts_in(lage), drafts_in(detmold)) == (0, 0)


def test_a_town_where_it_fails_does_not_stop_the_others(
    lage: Town, detmold: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_long_ago(lage)
    begin_long_ago(detmold)
    really = draft_actions.delete_old_drafts
    failed: list[object] = []

    def fails_once(**given: object) -> int:
        if not failed:
            failed.append(given)
            raise OSError("disk")
        return really(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(draft_actions, "delete_old_drafts", fails_once)
    with pytest.raises(OSError, match="disk"):
        run_nightly()
    run_jobs(also_later=True)

    assert sorted((drafts_in(lage), drafts_in(detmold))) == [0, 1]


def test_the_worker_knows_when_to_do_it() -> None:
    assert [one.cron for one in app.periodic_registry.periodic_tasks.values() if one.task is NIGHTLY] == ["17 1 * * *"]
