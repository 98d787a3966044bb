"""The town's key and the deployment's key around it."""

from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import ProgrammingError, connection

from tenants.context import at_operator, in_town
from tenants.models import Town
from tenants.vault import keys
from tenants.vault.keys import NoKey
from tenants.vault.models import DataKey
from tests.threads import at_once

OLD, NEW = "0123456789abcdef" * 4, "fedcba9876543210" * 4


def test_a_town_has_a_key_from_its_first_file_on_and_keeps_it(in_lage: Town) -> None:
    assert not DataKey.objects.exists()

    first, again = keys.newest_key(), keys.newest_key()

    assert first == again
    assert (first[0], len(first[1])) == (1, 32)
    assert first[1] not in bytes(DataKey.objects.get().wrapped)


def test_towns_have_different_keys(lage: Town, detmold: Town) -> None:
    with in_town(lage):
        of_lage = keys.newest_key()
    with in_town(detmold):
        of_detmold = keys.newest_key()

    assert of_lage != of_detmold


def test_no_town_and_not_the_desk_reads_the_key_of_a_town(lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        keys.newest_key()

    with in_town(lage), pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM detmold.vault_datakey")


def test_the_desk_reads_no_towns_key(detmold: Town) -> None:
    with in_town(detmold):
        keys.newest_key()

    with at_operator(), pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM detmold.vault_datakey")


def test_a_key_that_was_carried_to_another_town_opens_nothing_there(lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        keys.newest_key()
        stolen = DataKey.objects.get()

    with in_town(lage):
        DataKey.objects.create(number=1, wrapped=bytes(stolen.wrapped), wrapped_by=stolen.wrapped_by)
        with pytest.raises(NoKey):
            keys.newest_key()


@pytest.mark.django_db(transaction=True)
def test_eight_first_files_at_once_are_under_one_key(lage: Town) -> None:
    def first_file() -> tuple[int, bytes]:
        with in_town(lage):
            return keys.newest_key()

    found = at_once(8, first_file)

    assert len({key for _number, key in found}) == 1  # type: ignore[misc]  # none is an exception
    with in_town(lage):
        assert DataKey.objects.count() == 1


def test_the_deployments_key_changes_and_the_towns_stays(in_lage: Town, settings: Any) -> None:
    before = keys.newest_key()

    settings.FILE_KEYS = [NEW, OLD]
    wrapped = keys.wrap_anew()
    settings.FILE_KEYS = [NEW]

    assert wrapped == 1
    assert keys.newest_key() == before
    assert keys.wrap_anew() == 0


def test_without_the_key_that_wrapped_it_nothing_opens(in_lage: Town, settings: Any) -> None:
    keys.newest_key()

    settings.FILE_KEYS = [NEW]

    with pytest.raises(NoKey, match="FILE_KEYS lacks the key"):
        keys.newest_key()


def test_a_new_town_key_is_for_new_files_and_the_old_one_stays_for_old_ones(in_lage: Town) -> None:
    old = keys.newest_key()

    number = keys.make_new_key()

    assert number == 2
    assert keys.newest_key()[1] != old[1]
    assert keys.key_with(1) == old[1]
    with pytest.raises(NoKey):
        keys.key_with(3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "FILE_KEYS ist leer."),
        (["geheim"], "In FILE_KEYS steht etwas, das kein Schlüssel ist."),
        ([OLD, OLD[:-1]], "In FILE_KEYS steht etwas, das kein Schlüssel ist."),
    ],
)
def test_nothing_starts_without_usable_keys(settings: Any, given: list[str], message: str) -> None:
    settings.FILE_KEYS = given

    assert [error.msg for error in run_checks(tags=["security"]) if error.id == "vault.E001"] == [message]
