"""The table of hosts in memory: it costs no statement, and does not stay behind what other processes change."""

import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tenants import held, hosts
from tenants.actions import change_state
from tenants.hosts import MOST_SECONDS, town_at
from tenants.models import Host, Town, TownState
from tests.threads import at_once


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Moves the clock by the seconds that a test adds."""
    added = [0.0]
    monkeypatch.setattr(held, "monotonic", lambda: time.monotonic() + sum(added))
    return added


def statements(count: int = 1, host: str = "lage.localhost") -> int:
    with CaptureQueriesContext(connection) as captured:
        for _time in range(count):
            town_at(host)
    return len(captured)


@pytest.mark.parametrize("host", ["lage.localhost", "nirgends.localhost", "", "x" * 10_000, "lage.localhost\0"])
def test_a_host_known_or_not_costs_no_statement(lage: Town, host: str) -> None:
    town_at("lage.localhost")

    assert statements(1000, host) == 0


def test_what_another_process_changes_is_seen_within_five_seconds(lage: Town, clock: list[float]) -> None:
    town_at("lage.localhost")
    Host.objects.filter(tenant=lage).update(domain="neu.localhost")  # passes by `changed`, as another process does

    before = (town_at("lage.localhost"), town_at("neu.localhost"))
    clock.append(MOST_SECONDS + 0.1)
    after = (town_at("lage.localhost"), town_at("neu.localhost"))

    assert MOST_SECONDS <= 5
    assert (before, after) == ((lage, None), (None, lage))


def test_what_this_process_changes_is_seen_at_once(lage: Town) -> None:
    before = town_at("lage.localhost")
    change_state(town=lage, state=TownState.SUSPENDED)
    after = town_at("lage.localhost")

    assert before is not None
    assert after is not None
    assert (before.is_live, after.is_live) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_is_forgotten(clock: list[float]) -> None:
    lage = Town.objects.get(slug="lage")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        change_state(town=lage, state=TownState.SUSPENDED)
        town_at("lage.localhost")
        _ = 1 / 0
    clock.append(MOST_SECONDS + 0.1)
    found = town_at("lage.localhost")

    assert found is not None
    assert found.is_live


@pytest.mark.django_db(transaction=True)
def test_threads_that_need_the_table_at_once_read_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    read = hosts._table.read

    def slowly() -> hosts.Table:
        reads.append(1)
        time.sleep(0.1)
        return read()

    monkeypatch.setattr(hosts._table, "read", slowly)
    hosts.forget()

    found: list[Any] = at_once(8, lambda: town_at("lage.localhost"))

    assert [town.slug for town in found] == ["lage"] * 8
    assert len(reads) == 1
