"""At one desk there is one person at a time, whatever the code does."""

from django.db import migrations

# Ranges of one number each: equality, for which a GiST index would need an extension.
DESK_TAKEN_ONCE = """
ALTER TABLE appointments_booking ADD CONSTRAINT appointment_desk_taken_once EXCLUDE USING gist (
    int8range(calendar_id, calendar_id, '[]') WITH &&,
    int4range(desk, desk, '[]') WITH &&,
    tstzrange(begins, ends) WITH &&
) WHERE (state <> 'cancelled');
"""

UNDO = "ALTER TABLE appointments_booking DROP CONSTRAINT appointment_desk_taken_once;"


class Migration(migrations.Migration):
    contracts = "the constraint is about a table that is new; nothing that runs writes it"

    dependencies = [("appointments", "0001_initial")]
    operations = [migrations.RunSQL(DESK_TAKEN_ONCE, UNDO)]
