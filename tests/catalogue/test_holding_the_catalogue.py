"""Workers hold the released catalogue in memory and notice a new one by its number."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from catalogue import current
from catalogue.actions import release
from catalogue.content import Catalogue
from catalogue.current import NotReleased, released_catalogue
from catalogue.models import Release, ReleaseState
from tests.catalogue.libraries import write_library
from tests.people import MONDAY

pytestmark = pytest.mark.django_db
Counter = Callable[..., Any]  # django_assert_num_queries


@pytest.fixture
def number() -> int:
    """The number of the newest release, with nothing held yet."""
    current.forget_catalogues()
    return Release.objects.get(state=ReleaseState.RELEASED).number


def test_a_held_catalogue_costs_no_statement(number: int, django_assert_num_queries: Counter) -> None:
    first = released_catalogue(number)

    with django_assert_num_queries(0):
        assert released_catalogue(number) is first


def test_asking_for_the_newest_costs_one_statement(number: int, django_assert_num_queries: Counter) -> None:
    first = released_catalogue(number)

    with django_assert_num_queries(1):
        assert released_catalogue() is first


def test_loading_costs_one_more_statement(number: int, django_assert_num_queries: Counter) -> None:
    with django_assert_num_queries(2):
        assert released_catalogue().number == number


def test_a_new_release_is_seen_at_once_and_the_one_before_it_still_answers(
    tmp_path: Path, number: int, django_assert_num_queries: Counter
) -> None:
    before = released_catalogue()

    release(write_library(tmp_path), by="Olga", now=MONDAY, notes="")

    assert list(released_catalogue().services) == ["hund-anmelden"]
    with django_assert_num_queries(0):
        assert released_catalogue(number) is before


def test_only_the_two_newest_are_held(tmp_path: Path, number: int, django_assert_num_queries: Counter) -> None:
    released_catalogue()
    for minutes in ("minutes: 1", "minutes: 2"):
        library = write_library(tmp_path, spoil=("minutes: 8", minutes))
        release(library, by="Olga", now=MONDAY, notes="")
        released_catalogue()

    with django_assert_num_queries(0):
        released_catalogue(number + 2)
        released_catalogue(number + 1)
    with django_assert_num_queries(1):
        assert released_catalogue(number).number == number


def test_nothing_released_is_said_plainly() -> None:
    Release.objects.update(state=ReleaseState.SUPERSEDED)

    with pytest.raises(NotReleased, match="import_library"):
        released_catalogue()


def test_a_draft_or_unknown_release_is_not_shown() -> None:
    Release.objects.create(number=99)

    for unknown in (98, 99):
        with pytest.raises(NotReleased, match=str(unknown)):
            released_catalogue(unknown)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_load_it_once(number: int) -> None:
    together = Barrier(8)
    found: list[Catalogue] = []

    def look() -> None:
        together.wait()
        found.append(released_catalogue(number))
        connection.close()

    threads = [Thread(target=look) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(map(id, found))) == 1
