"""All towns migrate as one: what goes wrong, and that nothing is left half done."""

from collections.abc import Callable

import pytest

from tenants.context import as_owner, at_operator
from tenants.fleet import rehearsal
from tenants.models import MigrationStep, Town
from tests.fleet.conftest import ARS, NOTE, Fleet
from tests.processes import until

SLOW = """
    operations = [
        migrations.AddField("office", "note", models.TextField(null=True)),
        migrations.RunSQL("SELECT pg_sleep(0.4)"),
    ]
"""
NOT_ATOMIC = """
    atomic = False
    operations = [migrations.RunSQL("SELECT 1")]
"""
STUMBLES = """
    def stumble(apps, editor):
        if editor.connection.schema_name == "lemgo":
            raise ValueError("nothing here is as it was")
        apps.get_model("townhall", "Office").objects.create(name="Krähenamt")

    operations = [migrations.RunPython(stumble)]
"""
REMOVES = 'operations = [migrations.RemoveField("office", "room")]'
REMOVES_LATER = REMOVES + '\n    contracts = "no code since 1.4 reads or writes it"'
WORKS = [slug for slug in ARS if slug != "lemgo"]


def with_note(fleet: Fleet) -> set[str]:
    return {schema for schema, columns in fleet.columns("townhall_office").items() if "note" in columns}


def test_killed_again_and_again_it_still_ends_right(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.next_version(m0002_slow=SLOW, m0003_slow=SLOW.replace("note", "remark"))

    def moments() -> list[Callable[[], bool]]:
        return [
            lambda: bool(fleet.rows("SELECT 1 FROM pg_stat_activity WHERE query LIKE %s", "%pg_sleep(0.4)%")),
            lambda: fleet.last_level() == before + 1,
            lambda: before + 1 in fleet.levels().values(),
            lambda: before + 2 in fleet.levels().values(),
        ]

    for is_so in moments():
        fleet.kill_when(is_so, "--jobs", "1")
        for slug, level in fleet.levels().items():  # nothing is half done: what a town has is what its level says
            columns = fleet.columns("townhall_office")[slug]
            assert ("note" in columns, "remark" in columns) == (level > before, level > before + 1)

    code, told = fleet.migrate()

    assert code == 0, told
    assert fleet.levels() == dict.fromkeys(ARS, before + 2)
    assert with_note(fleet) == {*ARS, "stadttor_template"}
    for slug in ARS:
        noted = "SELECT name FROM {}.django_migrations ORDER BY id DESC LIMIT 2"
        assert fleet.rows(noted.format(slug)) == [("m0003_slow",), ("m0002_slow",)]


def test_a_table_that_is_in_use_is_waited_for_and_the_others_go_on(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.next_version(m0002_note=NOTE)

    with fleet.other_session() as somebody:
        somebody.execute("LOCK TABLE detmold.townhall_office IN ACCESS SHARE MODE")
        process = fleet.start("--jobs", "2")
        until(lambda: sorted(fleet.levels().values()) == [before, *[before + 1] * 3], process)
        # Somebody's requests do not wait behind us for longer than the lock may take.
        until(lambda: bool(_queries_waiting_for_locks(fleet)), process)
        until(lambda: not _queries_waiting_for_locks(fleet), process)
        assert fleet.levels()["detmold"] == before
    told, _errors = process.communicate()

    assert process.returncode == 0, told
    assert fleet.levels() == dict.fromkeys(ARS, before + 1)
    assert "am längsten detmold" in told
    assert " 0 Wiederholungen" not in told


def test_a_shared_table_that_is_in_use_is_waited_for_without_holding_up_requests(fleet: Fleet) -> None:
    fleet.next_version("catalogue", m0009_note=NOTE.replace("office", "release"))

    with fleet.other_session() as somebody:
        somebody.execute("LOCK TABLE catalogue_release IN ACCESS SHARE MODE")
        process = fleet.start()
        until(lambda: bool(_queries_waiting_for_locks(fleet)), process)
        until(lambda: not _queries_waiting_for_locks(fleet), process)  # a request may read it now
        assert "note" not in fleet.columns("catalogue_release")["public"]
    told, _errors = process.communicate()

    assert process.returncode == 0, told
    assert "note" in fleet.columns("catalogue_release")["public"]
    assert " 0 Wiederholungen" not in told


def _queries_waiting_for_locks(fleet: Fleet) -> list[tuple[object, ...]]:
    return fleet.rows("SELECT pid FROM pg_locks WHERE locktype = 'relation' AND NOT granted")


def test_it_stops_at_the_first_town_that_fails_and_says_what_postgresql_said(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.execute("ALTER TABLE lemgo.townhall_office ADD note text")
    fleet.next_version(m0002_note=NOTE, m0003_remark=NOTE.replace("note", "remark"))

    code, told = fleet.migrate("--canary", "lemgo")

    assert code == 1
    assert "Lemgo (lemgo) ist an townhall.m0002_note gescheitert" in told
    assert 'column "note" of relation "townhall_office" already exists' in told
    assert "Traceback" not in told
    assert fleet.levels() == dict.fromkeys(ARS, before)  # it was the canary

    fleet.execute("ALTER TABLE lemgo.townhall_office DROP note")
    assert fleet.migrate()[0] == 0
    assert fleet.levels() == dict.fromkeys(ARS, before + 2)


def test_towns_in_flight_finish_when_another_one_fails(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.execute("ALTER TABLE detmold.townhall_office ADD note text")
    fleet.next_version(m0002_slow=SLOW)

    code, told = fleet.migrate("--jobs", "2")

    assert code == 1
    assert "Detmold (detmold)" in told
    assert fleet.levels() == {"lage": before + 1, "detmold": before, "blomberg": before, "lemgo": before}


def test_python_that_fails_leaves_nothing_in_its_town(fleet: Fleet) -> None:
    before = fleet.last_level()
    fleet.next_version(m0002_stumbles=STUMBLES)

    code, told = fleet.migrate("--jobs", "1")

    assert code == 1
    assert "Lemgo (lemgo) ist an townhall.m0002_stumbles gescheitert: ValueError: nothing here is as it was" in told
    assert fleet.levels() == dict.fromkeys(WORKS, before + 1) | {"lemgo": before}
    assert fleet.rows("SELECT 1 FROM lemgo.django_migrations WHERE name = 'm0002_stumbles'") == []


def test_only_one_run_at_a_time(fleet: Fleet) -> None:
    fleet.next_version(m0002_note=NOTE)
    with fleet.other_session() as somebody:  # holds the first run up
        somebody.execute("LOCK TABLE detmold.townhall_office IN ACCESS SHARE MODE")
        first = fleet.start()
        until(lambda: bool(_queries_waiting_for_locks(fleet)), first)

        code, told = fleet.migrate()

    assert (code, "Es läuft schon eine Aktualisierung" in told) == (1, True)
    first.communicate()
    assert first.returncode == 0


@pytest.mark.parametrize("option", [[], ["--plan"]])
def test_a_migration_that_could_stop_half_way_is_refused(fleet: Fleet, option: list[str]) -> None:
    fleet.next_version(m0002_not_atomic=NOT_ATOMIC)

    code, told = fleet.migrate(*option)

    assert code == 1
    assert "townhall.m0002_not_atomic ist nicht atomar" in told


@pytest.mark.parametrize("option", [[], ["--plan"]])
def test_a_migration_that_breaks_running_code_is_refused_before_anything_happens(
    fleet: Fleet, option: list[str]
) -> None:
    before = fleet.last_level()
    fleet.next_version(m0002_note=NOTE, m0003_removes=REMOVES)

    code, told = fleet.migrate(*option)

    assert code == 1
    assert "townhall.m0003_removes bräche den Code, der noch läuft (Remove field room from office)" in told
    assert "erst in der nächsten Version" in told
    assert fleet.last_level() == before


def test_a_migration_that_says_why_it_may_take_away_passes(fleet: Fleet) -> None:
    fleet.next_version(m0002_removes=REMOVES_LATER)

    assert fleet.migrate()[0] == 0
    assert all("room" not in columns for columns in fleet.columns("townhall_office").values())


def test_a_template_that_somebody_dropped_is_made_again(fleet: Fleet) -> None:
    fleet.execute("DROP SCHEMA stadttor_template CASCADE")
    steps = fleet.last_level()
    fleet.next_version(m0002_note=NOTE)

    code, told = fleet.migrate()

    assert code == 0, told
    assert fleet.last_level() == steps + 1
    assert with_note(fleet) == {*ARS, "stadttor_template"}


def test_the_web_keeps_answering_while_towns_migrate(fleet: Fleet) -> None:
    """This process is of the version before; it is asked for pages from the first moment to the last."""
    fleet.furnish("lage", "lemgo")
    fleet.next_version(m0002_slow=SLOW, m0003_remark=NOTE.replace("note", "remark"))

    with rehearsal.Visitor(["lage", "lemgo"], "/aemter/") as visitor:
        until(lambda: visitor.answers[200] > 1)
        code, told = fleet.migrate("--jobs", "2")

    assert code == 0, told
    assert list(visitor.answers) == [200]
    assert visitor.answers[200] > 10


def test_the_template_is_no_town(fleet: Fleet) -> None:
    with at_operator(), as_owner():
        assert set(Town.objects.values_list("schema_name", flat=True)) == set(ARS)
        assert MigrationStep.objects.filter(is_python=True).count() == 0
