"""Behind PgBouncer, where each transaction may be on another connection of the server."""

import copy
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections, transaction
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tenants.models import Town
from tests.load.scratch import Scratch, has_pooler, pgbouncer
from tests.wall.places import Stand, where, where_the_server_is

pytestmark = pytest.mark.skipif(not has_pooler(), reason="needs PgBouncer: apt-get install pgbouncer")
Open = Callable[[], Any]


@pytest.fixture
def opened(db: None, tmp_path: Path) -> Iterator[Open]:
    """Opens connections of ours through PgBouncer."""
    database = connection.settings_dict
    target = {"host": database["HOST"], "user": database["USER"], "dbname": database["NAME"]}
    wrappers = []
    with pgbouncer(Scratch(database["NAME"], make_conninfo(**target), tmp_path, {})) as dsn:

        def open_one() -> Any:
            settings = copy.deepcopy(database)
            address = conninfo_to_dict(dsn)
            settings |= {"HOST": address["host"], "PORT": address["port"]}
            del settings["OPTIONS"]["pool"]
            wrapper: Any = type(connections["default"])(settings)
            wrappers.append(wrapper)
            return wrapper

        yield open_one
        for wrapper in wrappers:
            wrapper.close()


@pytest.fixture
def pooled(opened: Open, settings: Any) -> Iterator[Any]:
    """For the time of a test everything goes through the pooler, and knows of it."""
    direct = connections["default"]
    settings.TRANSACTION_POOLING = True
    connections["default"] = opened()
    yield connections["default"]
    connections["default"] = direct


def stand_of(schema: str) -> Stand:
    path = "public" if schema == "public" else f"{schema}, public"
    return Stand(f"{connection.settings_dict['NAME']}.{schema}", path)


def test_a_pooler_that_nobody_has_told_us_of_is_refused(opened: Open) -> None:
    wrapper = opened()

    for _time in range(2):
        with pytest.raises(ImproperlyConfigured, match="set DATABASE_TRANSACTION_POOLING=true"):
            wrapper.cursor().execute("SELECT 1")


def test_each_statement_stands_in_its_town_in_and_out_of_transactions(pooled: Any, lage: Town, detmold: Town) -> None:
    found = []
    for town in (lage, detmold, lage):
        pooled.set_tenant(town)
        found.append(where(pooled))
        with transaction.atomic():
            found.append(where(pooled))
    pooled.set_schema_to_public()
    found.append(where(pooled))

    assert found == [stand_of(one) for one in ("lage", "lage", "detmold", "detmold", "lage", "lage", "public")]


def test_a_town_that_changes_within_a_transaction_is_followed(pooled: Any, lage: Town, detmold: Town) -> None:
    pooled.set_tenant(lage)
    with transaction.atomic():
        before = where(pooled)
        with suppress(DatabaseError), transaction.atomic():
            pooled.set_tenant(detmold)
            inside = where(pooled)
            pooled.cursor().execute("SELECT 1/0")
        after = where(pooled)

    assert (before, inside, after, where(pooled)) == tuple(map(stand_of, ("lage", "detmold", "detmold", "detmold")))


def test_a_statement_that_fails_outside_of_a_transaction_leaves_no_place_behind(pooled: Any, lage: Town) -> None:
    pooled.set_tenant(lage)
    with suppress(DatabaseError):
        pooled.cursor().execute("SELECT 1/0")
    with transaction.atomic():
        found = where(pooled)

    assert found == stand_of("lage")


def test_nothing_stays_on_the_servers_connection(pooled: Any, lage: Town) -> None:
    pooled.set_tenant(lage)
    where(pooled)
    with transaction.atomic():
        where(pooled)

    assert [where_the_server_is(pooled.connection).role for _time in range(8)] == [stand_of("public").role] * 8


def test_another_town_is_refused_and_rows_are_copied_there_too(pooled: Any, lage: Town) -> None:
    pooled.set_tenant(lage)

    with pytest.raises(DatabaseError, match="permission denied for schema detmold"):
        pooled.cursor().execute("SELECT * FROM detmold.accounts_user")
    with pooled.cursor() as cursor, cursor.copy("COPY (SELECT current_user::text) TO STDOUT") as rows:
        copied = list(rows.rows())

    assert copied == [(stand_of("lage").role,)]


def test_two_clients_at_once_each_stand_in_their_own_town(pooled: Any, opened: Open, lage: Town, detmold: Town) -> None:
    other = opened()
    pooled.set_tenant(lage)
    other.set_tenant(detmold)
    pids = set()

    for _time in range(20):
        assert (where(pooled), where(other)) == (stand_of("lage"), stand_of("detmold"))
        for wrapper in (pooled, other):
            pids.add((wrapper, psycopg.Cursor(wrapper.connection).execute("SELECT pg_backend_pid()").fetchone()))

    assert len({pid for _wrapper, pid in pids}) < len(pids)  # they do share connections
