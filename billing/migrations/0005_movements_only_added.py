"""What moved money is written once, whatever the code does."""

from django.db import migrations

APPEND_ONLY = """
CREATE TRIGGER movement_only_added BEFORE UPDATE OR DELETE ON billing_movement
    FOR EACH ROW EXECUTE FUNCTION billing_ledger_only_grows();
"""
UNDO = "DROP TRIGGER movement_only_added ON billing_movement"


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_money")]
    operations = [migrations.RunSQL(APPEND_ONLY, UNDO)]
