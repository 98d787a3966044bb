"""What the list of towns points at: where somebody should look, and where nobody has to."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from operations.attention import ANYTHING, WATCHES, Moment, signs_of
from operations.fleet import fleet
from operations.models import CertificateProblem, HostCertificate, TownSummary
from tenants import hosts
from tenants.models import Town, TownState
from tests.conftest import Clock
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import MONDAY


def signs(town: Town, **numbers: Any) -> list[str]:
    TownSummary.objects.filter(town=town).update(**({"at": MONDAY, "staff_seen_at": MONDAY} | numbers))
    moment = Moment.at(MONDAY)
    return [sign.text for sign in signs_of(fleet(moment).get(pk=town.pk), moment)]


def fail(town: Town, *, times: int = 1, task: str = "x") -> None:
    with connection.cursor() as cursor:
        for _time in range(times):
            cursor.execute(
                """
                INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
                VALUES ('soon', %s, %s, 'failed')
                """,
                [task, json.dumps({"town": town.schema_name})],
            )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({}, []),
        ({"failed_payments": 2}, []),
        ({"failed_payments": 3}, ["3 Zahlungen fehlgeschlagen"]),
        ({"failed_handovers": 1}, ["ein Antrag nicht weitergegeben"]),
        ({"failed_handovers": 2}, ["2 Anträge nicht weitergegeben"]),
        ({"at": MONDAY - timedelta(hours=2)}, []),
        ({"at": MONDAY - timedelta(hours=4)}, ["zählt nicht mehr"]),
        ({"staff_seen_at": MONDAY - timedelta(days=13)}, []),
        ({"staff_seen_at": MONDAY - timedelta(days=15)}, ["seit zwei Wochen niemand im Rathaus angemeldet"]),
    ],
    ids=str,
)
def test_numbers_out_of_the_ordinary_are_pointed_at(lage: Town, numbers: dict[str, Any], expected: list[str]) -> None:
    assert signs(lage, **numbers) == expected


def test_a_new_town_is_given_two_weeks_to_sign_in(lage: Town) -> None:
    Town.objects.update(created_at=MONDAY - timedelta(days=10))
    assert signs(lage, staff_seen_at=None) == []

    Town.objects.update(created_at=MONDAY - timedelta(days=20))
    assert signs(lage, staff_seen_at=None) == ["seit zwei Wochen niemand im Rathaus angemeldet"]


def test_failed_jobs_are_told_with_the_way_to_them(desk: Desk, lage: Town, detmold: Town) -> None:
    fail(detmold, times=2)

    page = desk.get("/").content.decode()

    assert "2 Aufträge gescheitert" in page
    assert 'href="/auftraege/?town=detmold"' in page
    assert desk.get("/auftraege/?town=detmold").status_code == 200


def test_mails_among_them_are_told(desk: Desk, lage: Town) -> None:
    fail(lage, times=2)
    fail(lage, task="submissions.jobs.send_notice")

    assert "3 Aufträge gescheitert, davon eine E-Mail" in text_of(desk.get("/"))


def test_a_town_that_lacks_a_migration_is_pointed_at(lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(level=lage.level - 1)

    assert signs(lage) == ["Tabellen sind nicht auf dem neuesten Stand"]


def test_a_town_that_has_told_nothing_is_pointed_at(lage: Town) -> None:
    TownSummary.objects.filter(town=lage).delete()

    assert signs(lage) == ["noch keine Zahlen"]


def test_only_towns_that_are_online_have_to_be_used(lage: Town) -> None:
    Town.objects.filter(pk=lage.pk).update(state=TownState.SUSPENDED)

    assert signs(lage, staff_seen_at=MONDAY - timedelta(days=99)) == []


WRONG: dict[str, Callable[[Town], object]] = {
    "behind": lambda town: Town.objects.filter(pk=town.pk).update(level=0),
    "jobs": fail,
    "payments": lambda town: TownSummary.objects.filter(town=town).update(failed_payments=7),
    "handovers": lambda town: TownSummary.objects.filter(town=town).update(failed_handovers=1),
    "certificates": lambda town: HostCertificate.objects.create(
        host=town.hosts.get(), looked_at=MONDAY, problem=CertificateProblem.EXPIRED
    ),
    "uncounted": lambda town: TownSummary.objects.filter(town=town).delete(),
    "silent": lambda town: TownSummary.objects.filter(town=town).update(at=MONDAY - timedelta(days=1)),
    "unused": lambda town: TownSummary.objects.filter(town=town).update(staff_seen_at=MONDAY - timedelta(days=20)),
}


def test_every_kind_of_sign_is_tried() -> None:
    assert set(WRONG) == {watch.key for watch in WATCHES}


@pytest.mark.parametrize("key", WRONG)
def test_the_list_can_be_cut_down_to_where_something_is_wrong(
    desk: Desk, lage: Town, detmold: Town, clock: Clock, key: str
) -> None:
    desk.sign_in(User.objects.get())
    TownSummary.objects.update(at=MONDAY, staff_seen_at=MONDAY)
    WRONG[key](detmold)

    for watch in (key, ANYTHING):
        rows = desk.get("/", {"watch": watch}).context["rows"]
        assert [(row.town.name, len(row.signs)) for row in rows] == [("Detmold", 1)]
    others = set(WRONG) - {key}
    assert {other: len(desk.get("/", {"watch": other}).context["rows"]) for other in others} == dict.fromkeys(others, 0)


@pytest.mark.urls("config.urls_operator")
def test_signs_cost_one_statement_for_all_towns(lage: Town, detmold: Town, django_assert_num_queries: Any) -> None:
    fail(detmold)
    hosts.needed_level()  # from memory

    with django_assert_num_queries(2):  # what has failed, and the towns
        moment = Moment.at(MONDAY)
        assert sum(len(signs_of(town, moment)) for town in fleet(moment)) >= 1
