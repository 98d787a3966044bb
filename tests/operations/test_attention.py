"""What the list of towns points at: where somebody should look, and where nobody has to."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from operations.attention import signs_of
from operations.models import TownSummary
from operations.queries import towns_with_hosts
from tenants.models import Town
from tests.operations.conftest import Desk
from tests.pages import text_of
from tests.people import MONDAY


def signs(town: Town, **numbers: Any) -> list[str]:
    TownSummary.objects.filter(town=town).update(**({"at": MONDAY, "staff_seen_at": MONDAY} | numbers))
    found = signs_of([one for one in towns_with_hosts() if one.pk == town.pk], now=MONDAY)
    return [sign.text for sign in found.get(town.pk, [])]


def fail(town: Town, *, times: int = 1) -> None:
    with connection.cursor() as cursor:
        for _time in range(times):
            cursor.execute(
                """
                INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
                VALUES ('soon', 'x', %s, 'failed')
                """,
                [json.dumps({"town": town.schema_name})],
            )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ({}, []),
        ({"failed_payments": 2}, []),
        ({"failed_payments": 3}, ["3 Zahlungen fehlgeschlagen"]),
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


def test_the_list_can_be_cut_down_to_where_something_is_wrong(desk: Desk, lage: Town, detmold: Town) -> None:
    fail(detmold)

    answer = desk.get("/", {"state": "attention"})

    assert [town.name for town in answer.context["page"].object_list] == ["Detmold"]
    assert "ein Auftrag gescheitert" in text_of(answer)


@pytest.mark.urls("config.urls_operator")
def test_signs_cost_one_statement_for_all_towns(lage: Town, detmold: Town, django_assert_num_queries: Any) -> None:
    towns = towns_with_hosts()
    fail(detmold)

    with django_assert_num_queries(1):
        assert list(signs_of(towns, now=MONDAY)) == [detmold.pk]
