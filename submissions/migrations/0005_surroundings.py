"""A submission keeps what the town said in the form, and keeps it unchanged."""

from django.db import migrations, models

FREEZE = """
CREATE OR REPLACE FUNCTION submissions_stay_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.draft_id, NEW.service_key, NEW.form_version, NEW.citizen_id, NEW.answers, NEW.surroundings,
        NEW.verified, NEW.trust_level, NEW.fee_is_due, NEW.fee_lines, NEW.fee_total, NEW.frozen_at)
       IS DISTINCT FROM
       (OLD.number, OLD.draft_id, OLD.service_key, OLD.form_version, OLD.citizen_id, OLD.answers, OLD.surroundings,
        OLD.verified, OLD.trust_level, OLD.fee_is_due, OLD.fee_lines, OLD.fee_total, OLD.frozen_at)
    THEN
        RAISE EXCEPTION 'a submission does not change once it is handed in';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0004_inbox")]
    operations = [
        migrations.AddField("submission", "surroundings", models.JSONField(db_default={})),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),
    ]
