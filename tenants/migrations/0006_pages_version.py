"""The version of what people see of a town: held for all towns in one place, so that one question tells all of them."""

import django.db.models.deletion
from django.db import migrations, models

CHANGED = """
CREATE FUNCTION tenants_pages_changed() RETURNS void LANGUAGE sql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Whose pages is told by the role, which stays what it was although the owner's rights hold here.
    INSERT INTO tenants_pagesversion (town_id, number)
        SELECT id, 1 FROM tenants_town WHERE current_database() || '.' || schema_name = current_setting('role')
        ON CONFLICT (town_id) DO UPDATE SET number = tenants_pagesversion.number + 1;
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0005_states_of_towns"),
    ]

    operations = [
        migrations.CreateModel(
            name="PagesVersion",
            fields=[
                (
                    "town",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pages",
                        serialize=False,
                        to="tenants.town",
                    ),
                ),
                ("number", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.RunSQL(CHANGED, "DROP FUNCTION tenants_pages_changed()"),
    ]
