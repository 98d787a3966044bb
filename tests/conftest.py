"""Two towns for all tests: Lage, where the story takes place, and Detmold, which must never see any of it."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from catalogue.current import forget_catalogues
from operations.actions import bring_town_live
from tenants import announcements, hosts
from tenants.context import in_town, leave
from tenants.models import Town
from tenants.municipalities import municipality
from tests import seeds
from tests.people import MONDAY, TownClient
from townhall import shopfront
from townhall.figures import counting

Clock = Callable[[datetime], None]

LAGE = "057660040040"
DETMOLD = "057660020020"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A test database of this run's own, so that several runs do not disturb each other."""
    connection.settings_dict["TEST"]["NAME"] = f"test_stadttor_{os.getpid()}"
    seeds.drop_abandoned_databases()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django leaves the database alone at the end: we drop it, more firmly."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Catalogue and towns are made once; each test finds them as they were."""
    with django_db_blocker.unblock():
        call_command("migrate_towns", verbosity=0)
        call_command("import_library", verbosity=0)
        for ars in (LAGE, DETMOLD):
            chosen = municipality(ars)
            bring_town_live(
                municipality=chosen,
                slug=chosen.slug,
                now=timezone.now(),
            )
        ProcrastinateJob.objects.all()._raw_delete("default")  # what founding a town has queued
        seeds.remember()
    yield
    with django_db_blocker.unblock():
        seeds.drop_database()


# A transactional test leaves its rows behind; Django would empty all tables of `public`, the towns among them.
def _as_it_was(_test: TransactionTestCase) -> None:
    seeds.restore()
    _forget_everything()  # a browser's late request may have looked while the tables were empty


TransactionTestCase._fixture_teardown = _as_it_was  # type: ignore[attr-defined]


def _forget_everything() -> None:
    cache.clear()
    shopfront.forget()
    counting.forget()
    hosts.forget()
    announcements.forget()
    forget_catalogues()


@pytest.fixture(autouse=True)
def _nothing_is_left_over(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[None]:
    """Files in a folder of their own, nothing in memory, no town active after the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    yield
    _forget_everything()
    if request.node.get_closest_marker("django_db") or "db" in request.fixturenames:
        leave()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time of day; until then it is Monday morning, half past nine."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(MONDAY)
    return set_to


@pytest.fixture
def lage(db: None) -> Town:
    """The town where it happens."""
    found: Town = Town.objects.get(slug="lage")
    return found


@pytest.fixture
def detmold(db: None) -> Town:
    """Another town."""
    found: Town = Town.objects.get(slug="detmold")
    return found


@pytest.fixture
def in_lage(lage: Town) -> Iterator[Town]:
    """The test works in Lage's schema, as code behind a request does."""
    with in_town(lage):
        yield lage


@pytest.fixture
def visitor(lage: Town) -> TownClient:
    """A browser at Lage's host; nobody is signed in."""
    return TownClient(lage)


@pytest.fixture
def visitor_of_detmold(detmold: Town) -> TownClient:
    """A browser at Detmold's host; nobody is signed in."""
    return TownClient(detmold)
