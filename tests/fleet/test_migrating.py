"""All towns migrate as one: what goes right."""

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tenants.actions import create_town
from tenants.context import as_owner, at_operator, in_town
from tenants.fleet import upgrade
from tenants.fleet.levels import needed_level
from tenants.models import Blueprint, MigrationStep, Town
from tenants.municipalities import municipality
from tests.fleet.conftest import ARS, NOTE, Fleet
from tests.people import MONDAY
from townhall.models import Office

KALLETAL = municipality("05766036")
CROWS = """
    operations = [
        migrations.CreateModel(
            "Crow",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("office", models.ForeignKey("townhall.Office", models.CASCADE)),
            ],
        )
    ]
"""
INDEX = 'operations = [migrations.AddIndex("office", models.Index(fields=["note"], name="office_note"))]'
IN_PYTHON = """
    def name_offices(apps, editor):
        apps.get_model("townhall", "Office").objects.create(name="Krähenamt")

    operations = [migrations.RunPython(name_offices)]
"""
EVERYWHERE = {*ARS, "stadttor_template"}


def test_when_there_is_nothing_to_do_one_question_tells(fleet: Fleet) -> None:
    with CaptureQueriesContext(connection) as asked:
        todo = upgrade.plan()

    assert todo.is_empty
    assert len(asked) == 1
    assert fleet.migrate() == (0, "Alles ist auf dem neuesten Stand.\n")


def test_a_column_reaches_the_template_and_every_town(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.next_version(m0002_note=NOTE)

    code, told = fleet.migrate("--jobs", "2")

    assert code == 0, told
    assert {schema for schema, columns in fleet.columns("townhall_office").items() if "note" in columns} == EVERYWHERE
    assert fleet.levels() == dict.fromkeys(ARS, before + 1)
    assert "4 von 4 Städten" in told
    assert "Fertig: 1 neue Migrationen, 4 Städte in" in told
    assert fleet.migrate()[1] == "Alles ist auf dem neuesten Stand.\n"


def test_what_was_replayed_is_what_django_would_have_done(fleet: Fleet) -> None:
    """Django finds its migrations noted and the tables in the same state as in the template."""
    fleet.next_version(m0002_note=NOTE, m0003_crows=CROWS, m0004_index=INDEX)
    assert fleet.migrate()[0] == 0

    def shape(schema: str) -> list[tuple[object, ...]]:
        return fleet.rows(
            """
            SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity FROM pg_attribute
            JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = %s::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2
            """,
            schema,
        )

    noted = "SELECT app, name FROM {}.django_migrations ORDER BY id"
    for slug in ARS:
        assert shape(slug) == shape("stadttor_template")
        assert fleet.rows(noted.format(slug)) == fleet.rows(noted.format("stadttor_template"))


def test_a_town_may_work_with_its_new_table_and_no_other_town_may(fleet: Fleet) -> None:
    fleet.next_version(m0002_crows=CROWS)
    assert fleet.migrate()[0] == 0
    with at_operator():
        lage = Town.objects.get(slug="lage")

    with in_town(lage), connection.cursor() as cursor:
        office = Office.objects.create(name="Krähenamt")
        cursor.execute("INSERT INTO townhall_crow (office_id) VALUES (%s)", [office.pk])
        cursor.execute("SELECT count(*) FROM townhall_crow")
        assert cursor.fetchone() == (1,)
        with pytest.raises(Exception, match="permission denied for schema detmold"):
            cursor.execute("SELECT * FROM detmold.townhall_crow")


def test_a_town_made_afterwards_has_it_too(fleet: Fleet) -> None:
    fleet.next_version(m0002_crows=CROWS)
    assert fleet.migrate()[0] == 0

    town = create_town(municipality=KALLETAL, slug="kalletal", own_hosts=[], now=MONDAY)

    assert town.level == fleet.last_level()
    assert "kalletal" in fleet.columns("townhall_crow")
    assert fleet.migrate()[1] == "Alles ist auf dem neuesten Stand.\n"


def test_python_runs_in_each_town_and_in_the_template(fleet: Fleet) -> None:
    fleet.next_version(m0002_names=IN_PYTHON)

    code, told = fleet.migrate()

    assert code == 0, told
    assert "townhall.m0002_names: gemeinsam, Städte (in Python)" in told
    names = "SELECT name FROM {}.townhall_office"
    noted = "SELECT count(*) FROM {}.django_migrations WHERE name = 'm0002_names'"
    for schema in EVERYWHERE:
        assert fleet.rows(names.format(schema)) == [("Krähenamt",)]
        assert fleet.rows(noted.format(schema)) == [(1,)]


def test_the_plan_says_what_is_to_do_and_does_nothing(fleet: Fleet) -> None:
    before = fleet.levels()
    fleet.next_version(m0002_note=NOTE, m0003_names=IN_PYTHON)

    assert fleet.migrate("--plan") == (
        0,
        "townhall.m0002_note: gemeinsam, Städte\ntownhall.m0003_names: gemeinsam, Städte (in Python)\n"
        "4 von 4 Städten liegen zurück.\n",
    )
    assert fleet.levels() == before
    assert "note" not in fleet.columns("townhall_office")["lage"]


def test_canaries_go_ahead_those_of_the_desk_and_those_of_the_command(fleet: Fleet) -> None:
    with at_operator():
        Town.objects.filter(slug="lemgo").update(is_canary=True)
    fleet.next_version(m0002_note=NOTE)

    code, told = fleet.migrate("--canary", "detmold")

    assert code == 0
    assert "Zuerst: detmold, lemgo\n2 von 2 Städten\n2 von 2 Städten\n" in told


def test_a_canary_that_does_not_exist_is_told(fleet: Fleet) -> None:
    fleet.next_version(m0002_note=NOTE)

    code, told = fleet.migrate("--canary", "lage", "krähwinkel")

    assert code == 1
    assert "krähwinkel" in told
    assert len({*fleet.levels().values()}) == 1


def test_a_town_made_meanwhile_from_the_old_script_is_not_forgotten(fleet: Fleet) -> None:
    fleet.next_version(m0002_note=NOTE)
    with transaction.atomic():
        old = create_town(municipality=KALLETAL, slug="kalletal", own_hosts=[], now=MONDAY)
        process = fleet.start()
        other = psycopg.connect(connection.connection.info.dsn, autocommit=True)
        while not other.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone():
            assert process.poll() is None

    told, _ = process.communicate()
    other.close()

    assert process.returncode == 0, told
    assert fleet.levels()["kalletal"] == old.level + 1 == fleet.last_level()
    assert "note" in fleet.columns("townhall_office")["kalletal"]


def test_towns_that_django_has_migrated_before_there_were_levels_are_taken_over(fleet: Fleet) -> None:
    with at_operator():
        Town.objects.update(level=0)
        MigrationStep.objects.all().delete()
        Blueprint.objects.all().delete()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA stadttor_template CASCADE")
    assert needed_level() is None

    code, told = fleet.migrate()

    assert code == 0, told
    assert fleet.levels() == dict.fromkeys(ARS, needed_level())
    assert fleet.migrate()[1] == "Alles ist auf dem neuesten Stand.\n"


def test_an_empty_database_becomes_a_whole_one(fleet: Fleet) -> None:
    with as_owner(), connection.cursor() as cursor:
        for schema in (*ARS, "stadttor_template", "public"):
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        cursor.execute("CREATE SCHEMA public")

    assert fleet.migrate("--plan")[0] == 0
    code, told = fleet.migrate()

    assert code == 0, told
    assert create_town(municipality=KALLETAL, slug="kalletal", own_hosts=[], now=MONDAY).level == needed_level()
