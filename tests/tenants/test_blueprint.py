"""A town made by the script is the same as one that migrations have made."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import User
from tenants import hosts
from tenants.actions import TownRefused, create_town
from tenants.context import as_owner, at_operator, in_town
from tenants.fleet import blueprint
from tenants.fleet.blueprint import dump_schema, make_blueprint
from tenants.fleet.levels import migrations_of_towns, needed_level
from tenants.fleet.programs import NoProgram
from tenants.models import Blueprint, MigrationStep, Town
from tenants.municipalities import municipality
from tests.people import MONDAY

BLOMBERG = municipality("05766016")
DOERENTRUP = municipality("05766024")
AS_MIGRATED, AS_SCRIPTED = "doerentrup", "blomberg"


@pytest.fixture(scope="module")
def both_ways(django_db_setup: None, django_db_blocker: object) -> Iterator[tuple[str, str]]:
    """What pg_dump says about a town from the script, and about one from django-tenants' migrations."""
    with django_db_blocker.unblock(), as_owner():  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {AS_MIGRATED}")
        call_command("migrate_schemas", schema_name=AS_MIGRATED, interactive=False, verbosity=0)
        create_town(municipality=BLOMBERG, slug=AS_SCRIPTED, own_hosts=[], now=MONDAY)
        try:
            yield described(AS_SCRIPTED), described(AS_MIGRATED)
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP SCHEMA {AS_MIGRATED} CASCADE; DROP SCHEMA {AS_SCRIPTED} CASCADE")
            with at_operator():
                Town.objects.filter(slug=AS_SCRIPTED).delete()
            hosts.forget()


def described(schema: str) -> str:
    """Columns, types, defaults, identity, constraints, indexes, triggers, functions; the town's name taken out."""
    dumped = re.sub(r"(un)?restrict \S+", "", dump_schema(schema, "--schema-only"))
    return _LIST_CAST.sub(_cast_each, re.sub(rf'"?\b{schema}\b"?', "town", dumped))


# PostgreSQL writes a condition in one way when it is made, and in another when that has been read again.
_LIST_CAST = re.compile(r"\(ARRAY\[([^]]*)\]\)::text\[\]")


def _cast_each(found: re.Match[str]) -> str:
    return "ARRAY[" + ", ".join(f"({element})::text" for element in found[1].split(", ")) + "]"


def rows(query: str, *parameters: str) -> list[tuple[Any, ...]]:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def test_the_script_makes_what_migrations_make(both_ways: tuple[str, str]) -> None:
    scripted, migrated = both_ways

    assert scripted == migrated
    for part in ("CREATE TABLE", "CREATE INDEX", "CREATE TRIGGER", "CREATE FUNCTION", "FOREIGN KEY", "AS IDENTITY"):
        assert part in scripted


def test_the_same_migrations_are_noted(both_ways: tuple[str, str]) -> None:
    """Django notes those of `public` in a town, too; a town does not need them."""
    query = "SELECT app, name FROM {}.django_migrations ORDER BY id"
    needed = set(migrations_of_towns())

    scripted = rows(query.format(AS_SCRIPTED))
    migrated = [row for row in rows(query.format(AS_MIGRATED)) if row in needed]

    assert sorted(scripted) == sorted(migrated)
    assert set(scripted) == needed


def test_the_same_rights_are_given(both_ways: tuple[str, str]) -> None:
    query = """
        SELECT relname, replace(relacl::text, %s, 'town') FROM pg_class
        WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'S') ORDER BY 1
    """

    assert rows(query, AS_SCRIPTED, AS_SCRIPTED) == rows(query, AS_MIGRATED, AS_MIGRATED)


def test_numbers_go_on_where_the_template_stopped(both_ways: tuple[str, str]) -> None:
    """Sequences come along: the next migration must find a number that is free."""
    query = "SELECT max(id), nextval('{0}.django_migrations_id_seq') FROM {0}.django_migrations"
    ((last, following),) = rows(query.format(AS_SCRIPTED))

    assert following == last + 1


def test_no_foreign_key_leaves_a_town(both_ways: tuple[str, str]) -> None:
    leaving = rows(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
        JOIN pg_class AS here ON here.oid = conrelid JOIN pg_class AS there ON there.oid = confrelid
        WHERE contype = 'f' AND here.relnamespace <> there.relnamespace AND here.relnamespace <> 'public'::regnamespace
        """
    )

    assert leaving == []


def test_a_new_town_is_served_at_once_and_is_as_far_as_the_template(lage: Town) -> None:
    town = create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[], now=MONDAY)

    assert town.level == needed_level() == MigrationStep.objects.count()
    assert not hosts.is_behind(town)
    with in_town(town):
        assert User.objects.count() == 0  # its role may read its tables


def test_the_process_that_makes_a_town_needs_no_program_and_no_template(lage: Town, settings: object) -> None:
    settings.PG_BIN = "/nowhere"  # type: ignore[attr-defined]
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA stadttor_template CASCADE")

    assert create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[], now=MONDAY).slug == "blomberg"


def test_a_town_is_made_entirely_or_not_at_all(lage: Town) -> None:
    Blueprint.objects.update(script=Blueprint.objects.get().script + "\nSELECT 1 / 0;")

    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[], now=MONDAY)

    assert not Town.objects.filter(slug="blomberg").exists()
    assert rows("SELECT 1 FROM pg_namespace WHERE nspname = 'blomberg'") == []
    assert rows("SELECT 1 FROM pg_roles WHERE rolname = current_database() || '.blomberg'") == []


def test_without_a_blueprint_no_town_is_made_and_the_command_is_named(lage: Town) -> None:
    Blueprint.objects.all().delete()

    with pytest.raises(TownRefused, match=r"manage\.py migrate_towns"):
        create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[], now=MONDAY)


def test_from_a_blueprint_older_than_this_version_no_town_is_made(lage: Town) -> None:
    blueprint = Blueprint.objects.get()
    Blueprint.objects.update(level=blueprint.level - 1)

    with pytest.raises(TownRefused, match="veraltet"):
        create_town(municipality=BLOMBERG, slug="blomberg", own_hosts=[], now=MONDAY)


def test_a_missing_program_is_named_with_the_way_to_mend_it(lage: Town, settings: object) -> None:
    settings.PG_BIN = "/nowhere"  # type: ignore[attr-defined]

    with pytest.raises(NoProgram, match="pg_dump fehlt im Ordner /nowhere"):
        make_blueprint(1)


def test_what_a_dump_says_about_its_own_session_goes_and_all_else_stays() -> None:
    dumped = (
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nSET statement_timeout = 0;\n"
        "SELECT pg_catalog.set_config('search_path', '', false);\n"
        "CREATE FUNCTION x() AS $$\n-- why\nSET y = 1;\n\nEND $$;\n"
        "INSERT INTO z VALUES ('it''s\n-- a text\nSET a = 1;\n');\n"
    )

    assert blueprint._without_noise(dumped) == (
        "CREATE FUNCTION x() AS $$\n-- why\nSET y = 1;\n\nEND $$;\n"
        "INSERT INTO z VALUES ('it''s\n-- a text\nSET a = 1;\n');\n"
    )


def test_the_script_changes_nothing_of_the_session_that_runs_it(lage: Town) -> None:
    """Its settings would stay with the connection, for whoever works with it next."""
    script = Blueprint.objects.get().script
    of_functions = "SET search_path TO 'pg_catalog', 'pg_temp'"  # holds while such a function runs, and no longer

    for harmless in ("ON DELETE SET NULL", "CHARACTER SET", of_functions):
        script = script.replace(harmless, "")
    assert "SET " not in script
    assert "set_config" not in script
