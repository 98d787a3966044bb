"""What would reach another town is refused: by PostgreSQL, and what that cannot refuse by the cursor."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from django.db.models import F
from django.db.models.expressions import RawSQL
from psycopg import sql

from accounts.models import User
from tenants.context import as_owner, in_town
from tenants.models import Town
from tenants.wall import Refused
from tests.wall.places import Stand

# --- Ways to send a statement -----------------------------------------------------------------------------


def by_cursor(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def by_debug_cursor(statement: str) -> Any:
    connection.force_debug_cursor = True
    try:
        return by_cursor(statement)
    finally:
        connection.force_debug_cursor = False


def by_parts(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql.Composed([sql.SQL(statement)]))
        return cursor.fetchall()


def by_many(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.executemany(statement, [()])


def by_raw(statement: str) -> Any:
    return list(User.objects.using("default").raw(statement))


def by_server_side_cursor(statement: str) -> Any:
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def by_copy(statement: str) -> Any:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        return list(copy)


WAYS = [by_cursor, by_debug_cursor, by_parts, by_many, by_raw, by_server_side_cursor, by_copy]
Way = Callable[[str], Any]


# --- Statements that name another town --------------------------------------------------------------------

READS = [
    "SELECT * FROM detmold.accounts_user",
    'select id, login from "detmold" . "accounts_user"',
    "TABLE detmold.accounts_user",
    "SELECT * FROM public.tenants_town WHERE EXISTS (SELECT FROM detmold.accounts_user)",
    "WITH people AS (SELECT * FROM detmold.accounts_user) SELECT * FROM people",
    "SELECT 1 AS id FROM accounts_user RIGHT JOIN detmold.accounts_user AS theirs ON true",
    "SELECT * FROM detmold.accounts_user FOR UPDATE",
    "EXPLAIN ANALYZE SELECT * FROM detmold.accounts_user",
    "DECLARE theirs CURSOR FOR SELECT * FROM detmold.accounts_user",
    "COPY detmold.accounts_user TO STDOUT",
    "COPY (SELECT * FROM detmold.accounts_user) TO STDOUT",
    "SELECT table_to_xml('detmold.accounts_user', true, true, '')",
    "SELECT nextval('detmold.accounts_user_id_seq')",
    "SELECT last_value FROM detmold.accounts_user_id_seq",
    "SELECT stavalues1 FROM pg_statistic",
]
WRITES = [
    "INSERT INTO detmold.accounts_user DEFAULT VALUES",
    "UPDATE detmold.accounts_user SET login = 'x'",
    "DELETE FROM detmold.accounts_user",
    "MERGE INTO detmold.accounts_user USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM detmold.accounts_user RETURNING *) SELECT * FROM gone",
    "COPY detmold.accounts_user FROM STDIN",
    "LOCK TABLE detmold.accounts_user IN ACCESS SHARE MODE",
    "SELECT setval('detmold.accounts_user_id_seq', 1)",
]
CHANGES = [
    "TRUNCATE detmold.accounts_user",
    "DROP TABLE detmold.accounts_user",
    "DROP SCHEMA detmold CASCADE",
    "ALTER TABLE detmold.accounts_user ADD COLUMN mine int",
    "ALTER SCHEMA detmold RENAME TO mine",
    "CREATE TABLE detmold.mine (id int)",
    "CREATE VIEW mine AS SELECT * FROM detmold.accounts_user",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE lage.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "SELECT * INTO TEMPORARY mine FROM pg_class",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE mine",
    "GRANT USAGE ON SCHEMA detmold TO PUBLIC",
    "COMMENT ON SCHEMA detmold IS 'mine'",
    "REINDEX TABLE detmold.accounts_user",
    "CREATE EXTENSION hstore",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
]


@pytest.mark.parametrize("statement", [*READS, *WRITES, *CHANGES])
def test_a_statement_that_names_another_town_is_refused_by_the_database(stand: Stand, statement: str) -> None:
    with connection.cursor() as cursor:  # takes its place
        cursor.execute("SELECT 1")
    raw: psycopg.Connection[Any] = connection.connection

    with transaction.atomic(), pytest.raises(psycopg.Error) as refusal, raw.transaction(), raw.cursor() as cursor:
        if statement.startswith("COPY"):
            with cursor.copy(statement.encode()) as copy:
                copy.write(b"x") if "STDIN" in statement else list(copy)
        else:
            cursor.execute(statement.encode())
            cursor.execute(b"FETCH 1 FROM theirs")

    assert type(refusal.value) in (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("statement", [*READS[:4], *WRITES[:4]])
def test_no_way_to_send_it_reaches_another_town(stand: Stand, statement: str, way: Way) -> None:
    with pytest.raises((ProgrammingError, Refused)), transaction.atomic():
        way(f"COPY ({statement}) TO STDOUT" if way is by_copy else statement)


@pytest.mark.parametrize("statement", CHANGES)
def test_what_changes_tables_or_roles_is_refused_by_the_cursor_already(stand: Stand, statement: str) -> None:
    with pytest.raises((ProgrammingError, Refused)), transaction.atomic():
        by_cursor(statement)


def test_the_orm_cannot_be_talked_into_another_town(lage: Town, clara_in_detmold: None) -> None:
    theirs = "SELECT login FROM detmold.accounts_user LIMIT 1"
    attempts = [
        User.objects.using("default").extra(tables=['"detmold"."accounts_user"']),
        User.objects.extra(where=[f"login = ({theirs})"]),
        User.objects.extra(select={"theirs": theirs}).using("default"),
        User.objects.annotate(theirs=RawSQL(theirs, [])),
        User.objects.filter(login__in=RawSQL(theirs, [])),
        User.objects.order_by(RawSQL(theirs, [])),
    ]

    with in_town(lage):
        for attempt in attempts:
            with pytest.raises(ProgrammingError, match="permission denied for schema detmold"), transaction.atomic():
                list(attempt)
        with pytest.raises(ProgrammingError, match="permission denied for schema detmold"), transaction.atomic():
            User.objects.update(given_name=RawSQL(theirs, []), family_name=F("login"))


def test_what_others_do_cannot_be_read_ended_or_guessed(lage: Town, clara_in_detmold: None) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), 'their secret'")
        pid = cursor.fetchone()[0]

    with in_town(lage):
        [[seen]] = by_cursor(f"SELECT query FROM pg_stat_activity WHERE pid = {pid}")
        for attempt in (f"SELECT pg_terminate_backend({pid})", f"SELECT pg_cancel_backend({pid})"):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                by_cursor(attempt)
        columns = by_cursor("SELECT * FROM pg_stats WHERE schemaname = 'detmold'")
    other.close()

    assert (seen, columns) == ("<insufficient privilege>", [])


# --- Statements that would change who we are --------------------------------------------------------------

BECOMING = [
    "SET ROLE NONE",
    "set role none",
    "  \t\n SET\n\tROLE NONE",
    "/* harmless */ SET ROLE NONE",
    "/* /* nested */ */ SET ROLE NONE",
    "-- harmless\nSET ROLE NONE",
    "SET/**/ROLE/**/NONE",
    "SET LOCAL ROLE NONE",
    "SET SESSION ROLE NONE",
    "SET role TO DEFAULT",
    "SET \"role\" = 'none'",
    "SET U&\"r\\006fle\" = 'none'",
    "RESET ROLE",
    "RESET ALL",
    "DISCARD ALL",
    "SET SESSION AUTHORIZATION DEFAULT",
    "SET LOCAL SESSION AUTHORIZATION DEFAULT",
    "RESET SESSION AUTHORIZATION",
    "SET search_path = detmold",
    "SET CONSTRAINTS/**/ALL IMMEDIATE",
    "SET TRANSACTION READ ONLY",
    "SELECT set_config('role', 'none', false)",
    "SELECT SET_CONFIG ('role', 'none', true)",
    "SELECT pg_catalog . set_config('search_path', 'detmold', false)",
    "SELECT \"set_config\"('role', 'none', false)",
    "SELECT /**/set_config/**/('role', 'none', false)",
    "SELECT U&\"set\\005fconfig\"('role', 'none', false)",
    "SELECT u&\"set!005fconfig\" UESCAPE '!' ('role', 'none', false)",
    "SELECT id FROM accounts_user ORDER BY set_config('role', 'none', false)",
    "WITH me AS MATERIALIZED (SELECT set_config('role', 'none', false)) SELECT * FROM me",
    "VALUES (set_config('role', 'none', false))",
    "((SELECT set_config('role', 'none', false)))",
    "EXPLAIN ANALYZE SELECT set_config('role', 'none', false)",
    "COPY (SELECT set_config('role', 'none', false)) TO STDOUT",
    "DECLARE mine CURSOR FOR SELECT set_config('role', 'none', false)",
    "INSERT INTO sessions_session_x SELECT set_config('role', 'none', false)",
    "UPDATE pg_settings SET setting = 'none' WHERE name = 'role'",
    "UPDATE pg_catalog.\"pg_settings\" SET setting = 'none' WHERE name = 'role'",
    "SELECT query_to_xml('SELECT set' || '_config(''role'', ''none'', false)', true, true, '')",
    "SELECT query_to_xml_and_xmlschema('SELECT set' || '_config(''role'', ''none'', false)', true, true, '')",
    "SELECT * FROM ts_stat('SELECT set' || '_config(''role'', ''none'', false)::tsvector')",
    "SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, set' || '_config(''role'', ''none'', false)::tsquery')",
    "DO $$BEGIN PERFORM set_config('role', 'none', false); END$$",
    "DO $$BEGIN SET ROLE NONE; END$$",
    "DO 'BEGIN EXECUTE ''SET '' || ''ROLE NONE''; END'",
    "CREATE FUNCTION pg_temp.mine() RETURNS text LANGUAGE sql AS $$SELECT set_config('role', 'none', false)$$",
    "PREPARE mine AS SELECT set_config('role', 'none', false)",
    "EXECUTE mine",
    "CALL mine()",
    "ALTER ROLE CURRENT_USER RESET ALL",
    "BEGIN",
    "START TRANSACTION",
    "COMMIT",
    "END",
    "ABORT",
    "LISTEN anything",
    "LOAD 'anything'",
    "; SET ROLE NONE",
    "\ufeffSET ROLE NONE",
    "SET\u00a0ROLE NONE",
    "\u00a0SET ROLE NONE",
    "",
]


@pytest.mark.parametrize("statement", BECOMING)
def test_nobody_becomes_somebody_else(stand: Stand, statement: str) -> None:
    for way in (by_cursor, by_debug_cursor, by_parts, by_many, by_raw, by_server_side_cursor, by_copy):
        with pytest.raises(Refused):
            way(statement)


def test_a_statement_as_bytes_is_refused(stand: Stand) -> None:
    with pytest.raises(Refused):
        by_cursor(b"SET ROLE NONE")  # type: ignore[arg-type]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("begin", ["SELECT 1 AS id", "SET CONSTRAINTS ALL IMMEDIATE", "UPDATE x SET y = 1"])
def test_a_second_statement_is_not_smuggled_in(stand: Stand, begin: str, way: Way) -> None:
    with pytest.raises((ProgrammingError, Refused)), transaction.atomic():
        way(f"{begin}; SELECT 2 AS id")


def test_a_second_statement_is_not_smuggled_in_after_the_owner_has_used_the_cursor(lage: Town) -> None:
    with in_town(lage), connection.cursor() as cursor:
        with as_owner():
            cursor.execute("SELECT 1; SELECT 2")
        with pytest.raises(ProgrammingError, match="multiple commands"), transaction.atomic():
            cursor.executemany("SELECT 1; SELECT 2", [()])
        with pytest.raises(ProgrammingError), transaction.atomic(), cursor.copy("SELECT 1; SELECT 2"):
            pass


def test_the_cursor_has_no_other_way_to_send_a_statement(stand: Stand) -> None:
    with connection.cursor() as cursor:
        for attempt in (lambda: cursor.callproc("version"), lambda: list(cursor.stream("SET ROLE NONE"))):
            with pytest.raises(Refused):
                attempt()


def test_what_people_have_typed_may_look_like_an_attack(lage: Town) -> None:
    typed = "'; SET ROLE NONE; SELECT set_config('role', 'none', false) FROM pg_settings -- U&\"x\""

    with in_town(lage):
        assert not User.objects.filter(login=typed).exists()
        assert by_cursor_with(typed) == [(typed,)]


def by_cursor_with(typed: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [typed])
        return cursor.fetchall()
