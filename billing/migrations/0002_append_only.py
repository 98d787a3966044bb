"""The ledger only grows, whatever the code does."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION billing_ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only grows: write a new entry';
END $$;
CREATE TRIGGER ledger_entry_only_added BEFORE UPDATE OR DELETE ON billing_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_only_grows();
"""

UNDO = """
DROP TRIGGER ledger_entry_only_added ON billing_ledgerentry;
DROP FUNCTION billing_ledger_only_grows();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
