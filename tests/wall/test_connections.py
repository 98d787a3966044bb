"""Connections: where they begin, what is left of what was done in them, and when they end."""

import asyncio
import copy
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections
from procrastinate.contrib.django import app, connector_params

from config.local import postgres
from config.local.configuration import data_directory
from tenants.context import as_owner, in_town
from tenants.models import Town
from tests.threads import at_once
from tests.wall.places import Stand, where, where_the_server_is


def desk() -> Stand:
    return Stand(f"{connection.settings_dict['NAME']}.public", "public")


@pytest.fixture
def alone(db: None) -> Iterator[Any]:
    """A connection out of a pool of one, that nobody else uses."""
    settings = copy.deepcopy(connection.settings_dict)
    settings["OPTIONS"]["pool"] |= {"min_size": 1, "max_size": 1}
    wrapper: Any = type(connections["default"])(settings, alias="alone")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


# --- Where they begin -------------------------------------------------------------------------------------


def test_a_new_connection_begins_at_the_desk(alone: Any) -> None:
    alone.ensure_connection()

    assert where_the_server_is(alone.connection) == desk()


def test_a_connection_without_our_backend_begins_at_the_desk(alone: Any) -> None:
    params = connector_params() | {"autocommit": True}

    with psycopg.connect(**params) as session:
        found = where_the_server_is(session)

    assert found.role == desk().role


def test_the_workers_own_pool_begins_at_the_desk(db: None) -> None:
    async def ask() -> Any:
        django_connector: Any = app.connector
        connector = django_connector.get_worker_connector()
        await connector.open_async()
        try:
            return await connector.execute_query_one_async("SELECT current_user::text AS role")
        finally:
            await connector.close_async()

    with ThreadPoolExecutor(1) as beside:  # where no browser's event loop runs
        answer = beside.submit(asyncio.run, ask()).result()

    assert answer == {"role": desk().role}


def test_psql_begins_at_the_desk(db: None) -> None:
    database = connection.settings_dict
    server = postgres.PostgresServer(data_directory() / "test" / "server", fast=True)
    command = [server.program("psql"), "-X", "-A", "-t", "-h", database["HOST"], "-U", database["USER"]]

    answer = subprocess.run(
        [*command, "-d", database["NAME"], "-c", "SELECT current_user"], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == desk().role


def test_what_the_server_has_ended_meanwhile_nobody_notices(alone: Any, lage: Town) -> None:
    alone.ensure_connection()
    dead = alone.connection.info.backend_pid
    alone.close()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [dead])

    with alone.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() != (dead,)
    assert where_the_server_is(alone.connection) == desk()


def test_a_server_that_is_not_there_is_still_an_error(alone: Any) -> None:
    alone.settings_dict["PORT"] = "1"
    alone.settings_dict["OPTIONS"]["pool"]["timeout"] = 0.1

    with pytest.raises(OperationalError):
        alone.ensure_connection()


# --- What is left over ------------------------------------------------------------------------------------

LEFT_OVER = [
    "SET ROLE NONE",
    'SET ROLE "{database}.lage"',
    "SET search_path = lage",
    "SET statement_timeout = 60000",
    "SET TIME ZONE 'Asia/Tokyo'",
    "SET default_transaction_read_only = on",
    "DECLARE mine CURSOR WITH HOLD FOR SELECT 1",
    "SELECT pg_advisory_lock(396)",
    "LISTEN lage",
]
TRACES = """
    SELECT current_user, current_setting('search_path'), current_setting('statement_timeout'),
        current_setting('TimeZone'), current_setting('default_transaction_read_only'),
        (SELECT count(*) FROM pg_cursors WHERE name <> ''), (SELECT count(*) FROM pg_listening_channels()),
        (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
"""


@pytest.mark.parametrize("left_over", LEFT_OVER)
def test_what_was_done_to_a_connection_does_not_come_back_with_it(alone: Any, lage: Town, left_over: str) -> None:
    alone.ensure_connection()
    alone.close()  # whoever had it before, it has come back once
    alone.ensure_connection()
    pid = alone.connection.info.backend_pid
    before = psycopg.Cursor(alone.connection).execute(TRACES).fetchone()
    with in_town(lage):
        alone.connection.execute(left_over.format(database=connection.settings_dict["NAME"]))
    alone.close()

    alone.ensure_connection()

    assert alone.connection.info.backend_pid == pid
    assert psycopg.Cursor(alone.connection).execute(TRACES).fetchone() == before


def test_how_transactions_were_to_be_does_not_come_back(alone: Any) -> None:
    alone.ensure_connection()
    alone.connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    alone.connection.read_only = alone.connection.deferrable = True
    alone.close()

    alone.ensure_connection()

    raw = alone.connection
    assert (raw.isolation_level, raw.read_only, raw.deferrable) == (None, None, None)


def test_an_unfinished_transaction_does_not_come_back(alone: Any) -> None:
    alone.ensure_connection()
    pid = alone.connection.info.backend_pid
    alone.connection.autocommit = False
    alone.connection.execute("SET ROLE NONE")
    alone.connection.execute("CREATE TABLE unfinished (id int)")
    alone.close()

    found = where(alone)

    assert (alone.connection.info.backend_pid, found) == (pid, desk())
    with pytest.raises(Exception, match='"unfinished" does not exist'):
        alone.cursor().execute("SELECT * FROM unfinished")


def test_a_connection_that_broke_is_replaced(alone: Any) -> None:
    alone.ensure_connection()
    pid = alone.connection.info.backend_pid
    with pytest.raises(psycopg.OperationalError):
        psycopg.Cursor(alone.connection).execute("SET ROLE NONE; SELECT pg_terminate_backend(pg_backend_pid())")
    alone.close()

    found = where(alone)

    assert alone.connection.info.backend_pid != pid
    assert found == desk()


def test_a_place_is_taken_anew_after_the_connection_was_given_back(alone: Any, lage: Town) -> None:
    alone.set_tenant(lage)
    first = where(alone)
    alone.close()

    assert where(alone) == first == Stand(f"{connection.settings_dict['NAME']}.lage", "lage, public")


def test_threads_that_share_few_connections_each_stand_in_their_own_town(db: None, lage: Town, detmold: Town) -> None:
    towns = iter([lage, detmold] * 20)
    database = connection.settings_dict["NAME"]

    def work() -> bool:
        town = next(towns)
        right = []
        for _time in range(10):
            with in_town(town):
                right.append(where() == Stand(f"{database}.{town.schema_name}", f"{town.schema_name}, public"))
            connection.close()
        return all(right)

    assert at_once(40, work) == [True] * 40


# --- When they end ----------------------------------------------------------------------------------------


def test_a_connection_ends_after_its_lifetime(db: None) -> None:
    settings = copy.deepcopy(connection.settings_dict)
    settings["OPTIONS"]["pool"] |= {"min_size": 1, "max_size": 1, "max_lifetime": 0.4}
    wrapper: Any = type(connections["default"])(settings, alias="mortal")
    pids = []
    for _time in range(5):  # one that is too old is closed when it comes back
        wrapper.ensure_connection()
        pids.append(wrapper.connection.info.backend_pid)
        wrapper.close()
        time.sleep(0.5)
    wrapper.close_pool()

    assert len(set(pids)) >= 3


def test_the_pool_of_the_product_has_a_lifetime() -> None:
    assert 0 < connection.settings_dict["OPTIONS"]["pool"]["max_lifetime"] <= 30 * 60


# --- Poolers ----------------------------------------------------------------------------------------------


def test_a_pooler_that_nobody_has_told_us_of_is_noticed_at_the_first_statement(db: None) -> None:
    """It does not pass on what we ask for when a connection is opened."""
    wrapper = connection.copy()
    wrapper.settings_dict["OPTIONS"].pop("pool")
    params = wrapper.get_connection_params()
    del params["options"]
    wrapper.connection = psycopg.connect(**params, autocommit=True)

    for _time in range(2):
        with pytest.raises(ImproperlyConfigured, match="set DATABASE_TRANSACTION_POOLING=true"):
            wrapper.cursor().execute("SELECT 1")
    wrapper.connection.close()
