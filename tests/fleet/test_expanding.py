"""Which migrations running code survives, and which have to be split."""

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ProjectState

from tenants.fleet import expansion
from tenants.fleet.expansion import CONSTRAIN, DROP_TABLE, FILL, NARROW, REMOVE, RENAME, check_migrations

OFFICE = migrations.CreateModel(
    "Office",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=50)),
        ("fee", models.DecimalField(max_digits=6, decimal_places=2)),
        ("floor", models.SmallIntegerField(null=True)),
        ("open", models.BooleanField(db_default=True)),
    ],
)
CROW = migrations.CreateModel("Crow", [("id", models.BigAutoField(primary_key=True))])


def judged(*todo: Any) -> list[str]:
    state = ProjectState()
    OFFICE.state_forwards("townhall", state)
    return [how for _what, how in expansion._judge("townhall", todo, state, set())]


@pytest.mark.parametrize(
    "operation",
    [
        CROW,
        migrations.AddField("office", "note", models.TextField(null=True)),
        migrations.AddField("office", "note", models.TextField(db_default="")),
        migrations.AddField("office", "crows", models.ManyToManyField("townhall.Office")),
        migrations.AlterField("office", "name", models.CharField(max_length=80, help_text="anders")),
        migrations.AlterField("office", "name", models.TextField()),
        migrations.AlterField("office", "name", models.CharField(max_length=50, null=True)),
        migrations.AlterField("office", "fee", models.DecimalField(max_digits=9, decimal_places=2)),
        migrations.AlterField("office", "floor", models.IntegerField(null=True)),
        migrations.AddIndex("office", models.Index(fields=["name"], name="office_by_name")),
        migrations.AlterModelOptions("office", {"ordering": ("name",)}),
        migrations.RunSQL("CREATE FUNCTION x() RETURNS void LANGUAGE sql AS ''"),
        pytest.param(migrations.RunPython(migrations.RunPython.noop), id="RunPython"),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("office", "name")]),
    ],
    ids=str,
)
def test_what_only_adds_may_run_under_the_code_of_before(operation: Any) -> None:
    assert judged(operation) == []


@pytest.mark.parametrize(
    ("operation", "how"),
    [
        (migrations.RemoveField("office", "name"), REMOVE),
        (migrations.DeleteModel("Office"), DROP_TABLE),
        (migrations.RenameField("office", "name", "title"), RENAME),
        (migrations.RenameModel("Office", "Bureau"), RENAME),
        (migrations.AlterModelTable("office", "bureaus"), RENAME),
        (migrations.AlterField("office", "name", models.CharField(max_length=50, db_column="title")), RENAME),
        (migrations.AddField("office", "note", models.TextField(default="")), FILL),
        (migrations.AddField("office", "parent", models.ForeignKey("townhall.Office", models.CASCADE)), FILL),
        (migrations.AlterField("office", "floor", models.SmallIntegerField()), FILL),
        (migrations.AlterField("office", "open", models.BooleanField(default=True)), FILL),
        (migrations.AlterField("office", "name", models.CharField(max_length=20)), NARROW),
        (migrations.AlterField("office", "name", models.IntegerField()), NARROW),
        (migrations.AlterField("office", "fee", models.DecimalField(max_digits=6, decimal_places=1)), NARROW),
        (migrations.AlterField("office", "floor", models.PositiveSmallIntegerField(null=True)), NARROW),
        (migrations.AlterField("office", "name", models.CharField(max_length=50, unique=True)), CONSTRAIN),
        (migrations.AlterUniqueTogether("office", {("name", "floor")}), CONSTRAIN),
        (
            migrations.AddConstraint("office", models.UniqueConstraint(fields=["name"], name="office_name_once")),
            CONSTRAIN,
        ),
        (migrations.RunSQL("ALTER TABLE townhall_office\n ALTER name SET NOT NULL"), NARROW),
        (migrations.RunSQL([("alter table townhall_office drop column name", None)]), NARROW),
        (
            migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("office", "name")]),
            REMOVE,
        ),
    ],
    ids=str,
)
def test_what_takes_away_is_refused_with_the_way_to_split_it(operation: Any, how: str) -> None:
    assert judged(operation) == [how]


def test_a_table_that_is_new_may_be_given_any_shape() -> None:
    unique = models.UniqueConstraint(fields=["name"], name="crow_name_once")

    assert (
        judged(
            CROW,
            migrations.AddField("crow", "name", models.TextField(default="")),
            migrations.AddConstraint("crow", unique),
        )
        == []
    )


def test_a_field_that_came_in_the_same_migration_is_known() -> None:
    wide = migrations.AddField("office", "note", models.CharField(max_length=50, null=True))
    narrow = migrations.AlterField("office", "note", models.CharField(max_length=20, null=True))

    assert judged(wide, narrow) == [NARROW]


def test_all_our_migrations_keep_to_it() -> None:
    assert check_migrations() == []
