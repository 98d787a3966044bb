"""What was handed in and what happened cannot be changed afterwards, whatever the code does."""

from django.db import migrations

FREEZE = """
CREATE FUNCTION submissions_stay_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.draft_id, NEW.service_key, NEW.form_version, NEW.citizen_id, NEW.answers, NEW.verified,
        NEW.trust_level, NEW.fee_is_due, NEW.fee_lines, NEW.fee_total, NEW.frozen_at)
       IS DISTINCT FROM
       (OLD.number, OLD.draft_id, OLD.service_key, OLD.form_version, OLD.citizen_id, OLD.answers, OLD.verified,
        OLD.trust_level, OLD.fee_is_due, OLD.fee_lines, OLD.fee_total, OLD.frozen_at)
    THEN
        RAISE EXCEPTION 'a submission does not change once it is handed in';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submission_stays_frozen BEFORE UPDATE ON submissions_submission
    FOR EACH ROW EXECUTE FUNCTION submissions_stay_frozen();

CREATE FUNCTION submissions_history_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of a submission only grows';
END $$;
CREATE TRIGGER event_only_added BEFORE UPDATE ON submissions_event
    FOR EACH ROW EXECUTE FUNCTION submissions_history_only_grows();
"""

THAW = """
DROP TRIGGER event_only_added ON submissions_event;
DROP FUNCTION submissions_history_only_grows();
DROP TRIGGER submission_stays_frozen ON submissions_submission;
DROP FUNCTION submissions_stay_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial")]
    operations = [migrations.RunSQL(FREEZE, THAW)]
