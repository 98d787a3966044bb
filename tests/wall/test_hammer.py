"""The hammer in small; `manage.py hammer_towns` strikes harder."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.load.hammer_urls import MISHAPS
from tests.load.scratch import has_pooler

needs_pooler = pytest.mark.skipif(not has_pooler(), reason="needs PgBouncer: apt-get install pgbouncer")


def strike(*how: str) -> dict[str, Any]:
    output = StringIO()
    try:
        call_command("hammer_towns", "--towns", "3", "--requests", "300", *how, stdout=output)
    finally:
        measured: dict[str, Any] = json.loads(output.getvalue().splitlines()[1])
    return measured


def test_no_answer_comes_from_the_wrong_town_or_person() -> None:
    found = strike()

    assert (found["wrong"], found["examples"]) == (0, [])
    assert found["checked"] > 300 // 2
    assert set(found["by_status"]) == {"200", "500", "left half way"}
    assert len(MISHAPS) > 10


@needs_pooler
def test_none_does_behind_a_pooler_that_gives_each_transaction_another_connection() -> None:
    found = strike("--pgbouncer")

    assert (found["wrong"], found["examples"]) == (0, [])
    assert found["checked"] > 300 // 2


@needs_pooler
def test_the_hammer_finds_wrong_answers_where_the_wall_is_missing() -> None:
    with pytest.raises(CommandError, match="from the wrong town or person") as refusal:
        strike("--stock")

    assert refusal.value.returncode == 1
