"""What a town tells the operator, and the only way in which it can: numbers of its own."""

import django.db.models.deletion
from django.db import migrations, models

KEEP = """
CREATE FUNCTION operations_keep_summary(numbers jsonb) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own_id bigint;
    kept operations_townsummary;
BEGIN
    -- Who asks is told by the role, which stays what it was although the owner's rights hold here.
    SELECT id INTO STRICT own_id FROM tenants_town
        WHERE current_database() || '.' || schema_name = current_setting('role');
    kept := jsonb_populate_record(NULL::operations_townsummary, numbers || jsonb_build_object('town_id', own_id));
    DELETE FROM operations_townsummary WHERE town_id = own_id;
    INSERT INTO operations_townsummary SELECT kept.*;
END;
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0002_wall"),
        ("operations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="TownSummary",
            fields=[
                (
                    "town",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="summary",
                        serialize=False,
                        to="tenants.town",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("online", models.PositiveIntegerField()),
                ("received", models.PositiveIntegerField()),
                ("received_lately", models.PositiveIntegerField()),
                ("received_this_week", models.PositiveIntegerField()),
                ("open_cases", models.PositiveIntegerField()),
                ("paid", models.PositiveIntegerField()),
                ("paid_sum", models.DecimalField(decimal_places=2, max_digits=12)),
                ("failed_payments", models.PositiveIntegerField()),
                ("stored_bytes", models.PositiveBigIntegerField()),
                ("staff_seen_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(KEEP, "DROP FUNCTION operations_keep_summary(jsonb)"),
    ]
