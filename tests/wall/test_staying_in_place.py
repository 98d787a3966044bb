"""Whatever goes wrong, the next statement runs in the place of the town at work."""

import random
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from accounts.models import User
from submissions.models import Submission
from tenants.context import as_owner, at_operator, enter, in_town, leave
from tenants.models import Town
from tests.people import make_anna, make_bernd
from tests.wall.places import Stand, where


def stand_of(schema: str) -> Stand:
    path = "public" if schema == "public" else f"{schema}, public"
    return Stand(f"{connection.settings_dict['NAME']}.{schema}", path)


class Mistake(Exception):
    """Something in our code."""


# --- A forgotten town -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_reading_a_towns_table_raises_while_no_town_is_active() -> None:
    with pytest.raises(ProgrammingError, match='relation "submissions_submission" does not exist'):
        Submission.objects.count()


def test_people_and_sessions_outside_of_a_town_are_the_operators(lage: Town) -> None:
    with in_town(lage):
        make_anna()
        make_bernd()

    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM accounts_user), (SELECT count(*) FROM django_session)")
        assert cursor.fetchone() == (0, 0)
    assert list(User.objects.all()) == []


def test_a_table_that_a_town_lacks_is_not_read_from_the_operator(lage: Town) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE lage.otp_totp_totpdevice")

    with in_town(lage), pytest.raises(ProgrammingError, match="permission denied for table otp_totp_totpdevice"):
        connection.cursor().execute("SELECT * FROM otp_totp_totpdevice")


@pytest.mark.django_db
def test_a_thread_begins_at_the_desk(lage: Town) -> None:
    with in_town(lage):
        other = connection.copy()
        found = where(other)
        other.close()

    assert found == stand_of("public")


# --- After something went wrong ---------------------------------------------------------------------------


def fail_in_python() -> None:
    raise Mistake


def fail_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")


def fail_at_a_constraint() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO townhall_profile DEFAULT VALUES")


@pytest.mark.parametrize("fail", [fail_in_python, fail_in_the_database, fail_at_a_constraint])
@pytest.mark.parametrize("is_asked_before", [True, False])
def test_after_an_error_in_a_nested_town_the_outer_one_is_at_work(
    lage: Town, detmold: Town, fail: Callable[[], None], is_asked_before: bool
) -> None:
    with in_town(lage):
        if is_asked_before:
            where()
        with suppress(Mistake, DatabaseError), transaction.atomic(), in_town(detmold):
            where()
            fail()
        inside = where()

    assert (inside, where()) == (stand_of("lage"), stand_of("public"))


@pytest.mark.parametrize("fail", [fail_in_python, fail_in_the_database])
def test_a_savepoint_that_is_rolled_back_does_not_bring_the_former_town_back(
    lage: Town, detmold: Town, fail: Callable[[], None]
) -> None:
    with in_town(lage):
        where()
        with in_town(detmold):
            with suppress(Mistake, DatabaseError), transaction.atomic():
                where()  # taken within the savepoint
                fail()
            found = where()

    assert found == stand_of("detmold")


@pytest.mark.parametrize("statement", ["ROLLBACK TO SAVEPOINT before", "ROLLBACK TO before", "rollback to before"])
def test_a_savepoint_rolled_back_by_a_statement_does_not_either(lage: Town, detmold: Town, statement: str) -> None:
    with in_town(lage), connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        with in_town(detmold):
            where()
            cursor.execute(statement)
            found = where()

    assert found == stand_of("detmold")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ending", ["rollback", "statement", "exception", "savepoint"])
def test_a_transaction_that_is_rolled_back_does_not_either(ending: str) -> None:
    lage, detmold = Town.objects.get(slug="lage"), Town.objects.get(slug="detmold")

    enter(lage)
    where()
    with suppress(Mistake, transaction.TransactionManagementError), transaction.atomic():
        enter(detmold)
        where()
        if ending == "rollback":
            transaction.set_rollback(True)
        elif ending == "statement":
            connection.cursor().execute("ROLLBACK")
            during = where()
            assert during == stand_of("detmold")
        elif ending == "savepoint":
            with transaction.atomic():
                where()
                transaction.set_rollback(True)
            assert where() == stand_of("detmold")
        else:
            raise Mistake
    found = where()
    leave()

    assert (found, where()) == (stand_of("detmold"), stand_of("public"))


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_does_not_either() -> None:
    lage, detmold = Town.objects.get(slug="lage"), Town.objects.get(slug="detmold")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE detmold.late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        cursor.execute(f'GRANT INSERT ON detmold.late TO "{stand_of("detmold").role}"')

    enter(lage)
    where()
    try:
        with pytest.raises(IntegrityError), transaction.atomic():
            enter(detmold)
            connection.cursor().execute("INSERT INTO late VALUES (1), (1)")
        found = where()
    finally:
        leave()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE detmold.late")

    assert found == stand_of("detmold")


def test_the_owners_place_ends_with_the_block_even_if_a_script_has_moved(lage: Town) -> None:
    with in_town(lage):
        with suppress(Mistake), as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_catalog.set_config('search_path', '', false); SET LOCAL ROLE NONE")
            raise Mistake
        found = where()

    assert found == stand_of("lage")


def test_a_request_does_not_begin_as_the_owner(lage: Town) -> None:
    """A generator that was left behind within `as_owner` ends when it is collected, or never."""

    def rows() -> Any:
        with as_owner():
            yield from range(2)

    left_behind = rows()
    next(left_behind)
    leave()
    enter(lage)
    found = where()
    left_behind.close()
    leave()

    assert found == stand_of("lage")


# --- Anything in any order --------------------------------------------------------------------------------


@contextmanager
def half_done() -> Any:
    with transaction.atomic():
        yield
        raise Mistake


@contextmanager
def broken() -> Any:
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")


@pytest.mark.django_db(transaction=True)
def test_towns_and_transactions_nested_in_any_way_never_stand_elsewhere() -> None:
    dice = random.Random(396)  # noqa: S311 -- no secret
    towns = [Town.objects.get(slug=slug) for slug in ("lage", "detmold")]
    wrong: list[tuple[Stand, Stand]] = []

    def check() -> None:
        expected = stand_of(connection.schema_name)  # type: ignore[attr-defined]  # django-tenants
        if (found := where()) != expected:
            wrong.append((found, expected))

    def walk(depth: int) -> None:
        for _step in range(3):
            if dice.random() < 0.6:
                check()
            with suppress(Mistake, DatabaseError), ExitStack() as stack:
                for _layer in range(dice.randint(1, 2)):
                    stack.enter_context(dice.choice(layers)())
                if dice.random() < 0.6:
                    check()
                if depth:
                    walk(depth - 1)
        check()

    layers: list[Callable[[], Any]] = [
        lambda: in_town(towns[0]),
        lambda: in_town(towns[1]),
        at_operator,
        transaction.atomic,
        half_done,
        broken,
    ]
    for _walk in range(12):
        walk(4)

    assert wrong == []
