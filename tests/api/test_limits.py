"""Who asks too often waits, in whatever process the requests arrive."""

import threading
from datetime import timedelta

import pytest

from accounts.tokens import actions, limits
from accounts.tokens.models import Call, Usage
from submissions.models import Submission
from tenants.context import in_town
from tenants.models import Town
from tests.api.conftest import MakeSystem, System, issued
from tests.conftest import Clock
from tests.people import MONDAY, make_astrid


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_TOKEN", 3)
    monkeypatch.setattr(limits, "PER_ADDRESS", 5)


def asked(system: System, times: int) -> list[int]:
    return [system.ask("/submissions/").status_code for _time in range(times)]


def test_a_token_has_so_many_requests_a_minute(make_system: MakeSystem, clock: Clock, few: None) -> None:
    clock(MONDAY + timedelta(seconds=15))
    system = make_system()

    assert asked(system, 4) == [200, 200, 200, 429]
    refused = system.ask("/submissions/")
    assert (refused.headers["Retry-After"], refused.headers["Content-Type"]) == ("45", "application/problem+json")
    assert refused.json()["title"] == "Zu viele Anfragen"
    clock(MONDAY + timedelta(seconds=61))
    assert asked(system, 1) == [200]


def test_an_address_has_so_many_whoever_asks(lage: Town, make_system: MakeSystem, clock: Clock, few: None) -> None:
    clock(MONDAY)
    guessing = System(lage, written="stadttor_1_" + "x" * 43)
    assert asked(guessing, 6) == [401, 401, 401, 401, 401, 429]

    assert asked(make_system(), 1) == [429]
    elsewhere = make_system()
    elsewhere.defaults["REMOTE_ADDR"] = "198.51.100.7"
    assert asked(elsewhere, 1) == [200]


def test_of_an_address_nothing_readable_is_kept(system: System) -> None:
    system.ask("/submissions/")

    assert [key for key in Usage.objects.values_list("key", flat=True) if "127" in key and "." in key] == []
    assert Usage.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_those_that_come_at_once_are_counted_one_by_one(lage: Town, few: None) -> None:
    with in_town(lage):
        system = issued(lage, make_astrid())
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.extend(asked(System(lage, system.token, system.written), 1)))
        for _number in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [200, 200, 200, 429, 429]


def test_what_is_old_is_forgotten(system: System, case: Submission, clock: Clock) -> None:
    clock(MONDAY)
    system.step(f"/submissions/{case.number}/take/")

    assert actions.forget_old(now=MONDAY + timedelta(days=6)) == 0
    assert (Usage.objects.count(), Call.objects.count()) == (0, 1)
    assert actions.forget_old(now=MONDAY + timedelta(days=8)) == 1
