"""What came of each time that something was sent cannot be changed afterwards, whatever the code does."""

from django.db import migrations

GROW = """
CREATE FUNCTION handover_history_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of hand-overs only grows';
END $$;
CREATE TRIGGER attempt_only_added BEFORE UPDATE ON handover_attempt
    FOR EACH ROW EXECUTE FUNCTION handover_history_only_grows();
"""

UNDO = """
DROP TRIGGER attempt_only_added ON handover_attempt;
DROP FUNCTION handover_history_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("handover", "0001_initial")]
    operations = [migrations.RunSQL(GROW, UNDO)]
