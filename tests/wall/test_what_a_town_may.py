"""What a town's role may do outside of its schema, table by table and function by function; and that roles fit."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django_tenants.utils import schema_context
from psycopg import sql

from operations.models import NOTED_BY_TOWN, EventKind, TownEvent, TownSummary
from tenants import wall
from tenants.context import as_owner, at_operator, in_town
from tenants.models import PagesVersion, Town
from tests.factories import make_amount
from tests.jobs import queued_jobs
from tests.wall.places import where, where_the_server_is


def ask(statement: str, params: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def role(schema: str) -> str:
    return wall.role_of(schema, connection.settings_dict["NAME"])


def tables_of(schema: str) -> list[str]:
    return [name for (name,) in ask("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])]


# --- Tables of public -------------------------------------------------------------------------------------


def may(statement: str) -> bool:
    try:
        with transaction.atomic():
            ask(statement)
    except ProgrammingError as refusal:
        assert "permission denied" in str(refusal)  # noqa: PT017 -- what is not refused has no error
        return False
    return True


def test_a_town_reads_of_public_what_the_list_names_and_nothing_else(lage: Town) -> None:
    tables = tables_of("public")

    with in_town(lage):
        readable = {table for table in tables if may(f"SELECT FROM public.{table} LIMIT 1")}

    assert readable == {apps.get_model(label)._meta.db_table for label in settings.TOWNS_MAY_READ}
    assert len(tables) >= 20


def test_a_town_writes_no_table_of_public(lage: Town) -> None:
    with in_town(lage):
        for table in tables_of("public"):
            for statement in ("INSERT INTO public.{} DEFAULT VALUES", "DELETE FROM public.{}"):
                assert not may(statement.format(table))
            assert not may(f"LOCK TABLE public.{table} IN SHARE MODE")
            assert not may(f"SELECT FROM public.{table} FOR SHARE")


def test_the_roles_have_no_right_that_changes_or_empties_a_table(lage: Town) -> None:
    found = ask(
        """
        SELECT grantee, table_schema, table_name, privilege_type FROM information_schema.role_table_grants
        WHERE grantee LIKE current_database() || '.%%'
          AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        """,
        [],
    )
    nobody = ask(
        "SELECT FROM information_schema.role_table_grants WHERE grantee = 'PUBLIC' AND table_schema = 'public'"
    )

    assert (found, nobody) == ([], [])


def test_the_desk_reads_no_table_of_a_town(lage: Town) -> None:
    with at_operator():
        for table in tables_of("lage"):
            assert not may(f"SELECT FROM lage.{table}")


def test_a_town_reads_and_writes_all_its_tables_but_the_list_of_migrations(lage: Town) -> None:
    with in_town(lage):
        readable = {table for table in tables_of("lage") if may(f"SELECT FROM lage.{table}")}

    assert readable == set(tables_of("lage")) - {"django_migrations"}


def test_no_foreign_key_leaves_a_towns_schema(lage: Town) -> None:
    leaving = ask(
        """
        SELECT conrelid::regclass::text, confrelid::regclass::text
        FROM pg_constraint JOIN pg_class here ON here.oid = conrelid JOIN pg_class there ON there.oid = confrelid
        WHERE contype = 'f' AND here.relnamespace <> there.relnamespace
        """
    )
    within = ask("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'lage'::regnamespace")

    assert leaving == []
    assert within[0][0] > 10


def test_no_view_rule_or_default_leads_out_of_a_towns_schema(lage: Town) -> None:
    views = ask("SELECT schemaname, viewname FROM pg_views WHERE schemaname IN (SELECT schema_name FROM tenants_town)")
    owned = ask(
        """
        SELECT DISTINCT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'lage' AND relowner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
        """
    )

    assert (views, owned) == ([], [])


# --- Functions and jobs -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_these_functions_run_with_other_rights_than_those_of_who_calls_them() -> None:
    found = ask(
        """
        SELECT proname, proconfig FROM pg_proc
        WHERE prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY proname
        """
    )

    # One per schema, with tables named in full.
    chains = [settings for name, settings in found if name == "accounts_audit_entry_is_chained"]
    assert {tuple(settings) for settings in chains} == {("search_path=pg_catalog, pg_temp",)}
    found = [row for row in found if row[0] != "accounts_audit_entry_is_chained"]
    safe = ["search_path=public, pg_temp"]
    assert [name for name, _settings in found] == [
        "operations_keep_summary",
        "operations_note_access",
        "procrastinate_defer_jobs_v1",
        "tenants_pages_changed",
        "tenants_public_amounts",
        "webhooks_register_account",
    ]
    assert {tuple(settings) for _name, settings in found} == {tuple(safe)}


def test_a_town_notes_for_the_operator_how_it_stands_with_access_to_it_and_nothing_else(
    lage: Town, detmold: Town
) -> None:
    note = "SELECT operations_note_access(%s, %s)"
    before = set(TownEvent.objects.values_list("pk", flat=True))
    with in_town(lage):
        ask(note, [EventKind.ACCESS_GRANTED.value, "x" * 600])
        for kind in set(EventKind) - NOTED_BY_TOWN:
            with pytest.raises(DatabaseError, match="does not note that"), transaction.atomic():
                ask(note, [kind.value, "untrue"])
    with pytest.raises(DatabaseError), transaction.atomic():
        ask(note, [EventKind.ACCESS_GRANTED.value, "the desk is no town"])

    [event] = TownEvent.objects.exclude(pk__in=before)
    assert (event.town, event.kind, event.text, event.who) == (lage, EventKind.ACCESS_GRANTED, "x" * 500, "Rathaus")


def test_a_town_tells_the_operator_numbers_of_its_own_only(lage: Town, detmold: Town) -> None:
    columns = [column.attname for column in TownSummary._meta.concrete_fields]
    numbers = dict.fromkeys(columns, 7) | {"at": "2026-11-16T09:30:00Z", "staff_seen_at": None, "town_id": detmold.pk}

    with in_town(lage):
        ask("SELECT operations_keep_summary(%s)", [json.dumps(numbers)])
    with pytest.raises(DatabaseError), transaction.atomic():
        ask("SELECT operations_keep_summary(%s)", [json.dumps(numbers)])  # the desk is no town

    assert dict(TownSummary.objects.values_list("town", "received")) == {lage.pk: 7, detmold.pk: 0}


def test_a_town_counts_changes_of_its_own_pages_only(lage: Town, detmold: Town) -> None:
    before = dict(PagesVersion.objects.values_list("town", "number"))

    with in_town(lage):
        ask("SELECT tenants_pages_changed()")
        ask("SELECT tenants_pages_changed()")
    ask("SELECT tenants_pages_changed()")  # the desk is no town

    after = dict(PagesVersion.objects.values_list("town", "number"))
    assert after == {**before, lage.pk: before.get(lage.pk, 0) + 2}


def queue(arguments: Any, task: str = "accounts.jobs.send_password_link") -> None:
    job = "ROW('default', %s, 0, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1"
    ask(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}])", [task, json.dumps(arguments)])


def test_a_town_queues_jobs_of_its_own(lage: Town) -> None:
    with in_town(lage):
        queue({"town": "lage"})

    assert queued_jobs() == ["accounts.jobs.send_password_link"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"town": "detmold"},
        {"town": None},
        {"town": "public"},
        {"town": "*"},
        {"town": ""},
        {"town": ["lage"]},
        {"town": {"lage": 1}},
        {"Town": "lage"},
        {},
        ["town", "lage"],
        "lage",
        None,
    ],
    ids=json.dumps,
)
def test_a_town_queues_no_job_of_another_town_or_the_operator(lage: Town, arguments: Any) -> None:
    with in_town(lage), pytest.raises(DatabaseError), transaction.atomic():
        queue(arguments)

    assert queued_jobs() == []


def test_a_town_neither_sees_nor_changes_the_queue(lage: Town) -> None:
    queue({"town": "detmold"})
    functions = [
        name for (name,) in ask("SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate_cancel_job%%'", [])
    ]

    with in_town(lage):
        assert not may("SELECT FROM procrastinate_jobs")
        assert not may("UPDATE procrastinate_jobs SET args = '{}'")
        for function in functions:
            assert not may(f"SELECT {function}(1, false, true)")

    assert functions
    assert queued_jobs() == ["accounts.jobs.send_password_link"]


def test_the_desk_queues_jobs_of_any_town(lage: Town) -> None:
    for town in ("lage", "detmold", None):
        queue({"town": town})

    assert len(queued_jobs()) == 3


# --- Roles ------------------------------------------------------------------------------------------------


def take_all_rights_of_lage() -> None:
    with as_owner():
        ask(f'REVOKE ALL ON ALL TABLES IN SCHEMA lage FROM "{role("lage")}"')
        ask(f'REVOKE ALL ON SCHEMA lage FROM "{role("lage")}"')


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT * FROM lage.accounts_user", "SELECT * FROM tenants_town"])
def test_a_town_whose_role_is_missing_reads_nothing(lage: Town, statement: str) -> None:
    take_all_rights_of_lage()
    with as_owner():
        ask(f'DROP ROLE "{role("lage")}"')

    with in_town(lage), pytest.raises(DatabaseError, match=f'role "{role("lage")}" does not exist'):
        ask(statement)


def test_a_town_whose_grants_are_missing_reads_nothing(lage: Town) -> None:
    take_all_rights_of_lage()

    with in_town(lage), pytest.raises(ProgrammingError), transaction.atomic():
        ask("SELECT * FROM accounts_user")


@pytest.mark.django_db
@pytest.mark.parametrize("schema", ["pg_catalog", "information_schema", "nowhere", "seeds", 'lage", "detmold'])
def test_a_schema_without_a_town_is_no_place(schema: str) -> None:
    with schema_context(schema), pytest.raises((DatabaseError, ValidationError)):
        ask("SELECT * FROM tenants_host")


def test_a_name_that_postgresql_would_cut_off_is_no_role() -> None:
    with pytest.raises(ValueError, match="longer than 63 bytes"):
        wall.role_of("a" * 50, "d" * 20)


@pytest.mark.django_db
def test_no_role_can_log_in_inherits_the_owner_or_is_more_than_it_says() -> None:
    found = ask(
        """
        SELECT rolname FROM pg_roles WHERE rolname LIKE current_database() || '.%%'
        AND (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
        """,
        [],
    )
    memberships = ask(
        """
        SELECT member::regrole::text, roleid::regrole::text FROM pg_auth_members
        WHERE member::regrole::text LIKE '"' || current_database() || '.%%' ORDER BY 1
        """,
        [],
    )

    assert found == []
    assert memberships == [(f'"{role(town)}"', f'"{role("*")}"') for town in ("detmold", "lage")]


# --- A login of a town's own ------------------------------------------------------------------------------


@pytest.fixture
def login_of_lage(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """As docs/adr/0009 says how to make one: for a tool of the town that speaks SQL itself."""
    name = "login_of_lage"
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE ROLE {login} LOGIN IN ROLE {town}").format(
                login=sql.Identifier(name), town=sql.Identifier(role("lage"))
            )
        )
    database = connection.settings_dict
    target = {"host": database["HOST"], "port": database["PORT"] or None, "dbname": database["NAME"]}
    with psycopg.connect(**target, user=name, autocommit=True) as session:
        yield session
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP ROLE {name}")


def test_a_login_of_a_towns_own_becomes_nobody_else(login_of_lage: psycopg.Connection[Any]) -> None:
    own = login_of_lage.execute("SELECT count(*) FROM lage.townhall_profile").fetchone()
    database = connection.settings_dict["NAME"]

    for statement in (
        "SELECT * FROM detmold.accounts_user",
        f'SET ROLE "{database}.detmold"',
        f'SET ROLE "{database}.public"',
        f'SET ROLE "{database_owner()}"',
        "SELECT * FROM procrastinate_jobs",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login_of_lage.execute(statement.encode())

    assert own == (1,)
    assert where_the_server_is(login_of_lage).role == "login_of_lage"


def test_a_login_of_a_towns_own_queues_no_job_of_another_town(login_of_lage: psycopg.Connection[Any]) -> None:
    job = "ROW('default', 'x', 0, NULL, NULL, '{\"town\": \"detmold\"}', NULL)::procrastinate_job_to_defer_v1"

    for before in ("SET ROLE NONE", f'SET ROLE "{role("lage")}"'):
        login_of_lage.execute(before.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login_of_lage.execute(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}])".encode())


def test_a_web_server_of_one_town_works_with_a_login_that_can_be_nobody_else(
    login_of_lage: psycopg.Connection[Any], lage: Town, detmold: Town
) -> None:
    database = connection.settings_dict["NAME"]
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'GRANT "{role("public")}" TO login_of_lage')
        cursor.execute(f'ALTER ROLE login_of_lage IN DATABASE "{database}" SET role = "{role("public")}"')
        cursor.execute("ALTER ROLE login_of_lage NOINHERIT")
    own: Any = connection.copy()
    own.settings_dict["USER"] = "login_of_lage"
    own.settings_dict["OPTIONS"].pop("pool")

    found = [where(own)]
    own.set_tenant(lage)
    found.append(where(own))
    own.set_tenant(detmold)
    with pytest.raises(ProgrammingError, match="permission denied to set role"):
        own.cursor().execute("SELECT * FROM accounts_user")
    for attempt in (f'SET ROLE "{role("detmold")}"', "SET ROLE NONE; SELECT * FROM detmold.accounts_user"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            psycopg.Cursor(own.connection).execute(attempt.encode())
    own.close()

    assert [stand.role for stand in found] == [role("public"), role("lage")]


def database_owner() -> str:
    [[owner]] = ask("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
    return str(owner)


def test_a_town_learns_of_another_what_things_cost_there_today_and_nothing_else(lage: Town, detmold: Town) -> None:
    with in_town(detmold):
        for amount, day in (("4.00", date(2026, 1, 1)), ("6.00", date(2026, 2, 1)), ("9.00", date(2099, 1, 1))):
            make_amount("hundemarke.ersatz", amount, valid_from=day)

    with in_town(lage):
        assert ask("SELECT * FROM tenants_public_amounts('detmold')") == [("hundemarke.ersatz", Decimal("6.00"))]
        assert not may("SELECT amount FROM detmold.townhall_feeamount")
        for nobody in ("public", "Detmold", "detmold.townhall_feeamount f; --", "", "x' OR '1'='1"):
            assert ask("SELECT * FROM tenants_public_amounts(%s)", [nobody]) == []
