"""A town's numbers tell how many of its jobs have failed for good, and how many of those were mails.

A town does not see the queue, so the function that keeps its numbers counts them there: those of the town alone. Which
jobs send a mail, the town says.
"""

from django.db import migrations, models

BEGIN = """
CREATE OR REPLACE FUNCTION operations_keep_summary(numbers jsonb) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
"""
OWN = """
    -- Who asks is told by the role, which stays what it was although the owner's rights hold here.
    SELECT id{more} INTO STRICT own_id{into} FROM tenants_town
        WHERE current_database() || '.' || schema_name = current_setting('role');
"""
KEEP = """
    DELETE FROM operations_townsummary WHERE town_id = own_id;
    INSERT INTO operations_townsummary SELECT kept.*;
END;
$$
"""
WITH_FAILURES = (
    BEGIN
    + """
DECLARE
    own_id bigint;
    own_schema text;
    jobs bigint;
    mails bigint;
    kept operations_townsummary;
BEGIN"""
    + OWN.format(more=", schema_name", into=", own_schema")
    + """
    SELECT count(*), count(*) FILTER (WHERE coalesce(numbers -> 'mail_jobs', '[]') ? task_name) INTO jobs, mails
        FROM procrastinate_jobs WHERE status = 'failed' AND args ->> 'town' = own_schema;
    kept := jsonb_populate_record(
        NULL::operations_townsummary,
        numbers || jsonb_build_object('town_id', own_id, 'failed_jobs', jobs, 'failed_mails', mails)
    );"""
    + KEEP
)
WITHOUT = (
    BEGIN
    + """
DECLARE
    own_id bigint;
    kept operations_townsummary;
BEGIN"""
    + OWN.format(more="", into="")
    + """
    kept := jsonb_populate_record(NULL::operations_townsummary, numbers || jsonb_build_object('town_id', own_id));"""
    + KEEP
)


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0009_access"),
        ("tenants", "0004_jobs"),
    ]

    operations = [
        migrations.AddField(
            model_name="townsummary",
            name="failed_jobs",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="townsummary",
            name="failed_mails",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(WITH_FAILURES, WITHOUT),
    ]
