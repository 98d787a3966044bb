"""What the bank has said stays as it was said, whatever the code does; only what is none of ours may go in the end."""

from django.db import migrations

LINES_STAY = """
CREATE FUNCTION bank_lines_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        NEW.fingerprint, NEW.occurrence, NEW.iban, NEW.booked_on, NEW.amount, NEW.purpose, NEW.party, NEW.party_iban,
        NEW.bank_reference, NEW.is_return, NEW.raw, NEW.statement_id
    ) IS NOT DISTINCT FROM (
        OLD.fingerprint, OLD.occurrence, OLD.iban, OLD.booked_on, OLD.amount, OLD.purpose, OLD.party, OLD.party_iban,
        OLD.bank_reference, OLD.is_return, OLD.raw, OLD.statement_id
    ) THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND OLD.state = 'aside' AND OLD.booked_on < CURRENT_DATE - 85 THEN
        RETURN OLD;  -- none of ours, and old: it tells of other people
    END IF;
    RAISE EXCEPTION 'what the bank has said stays as it is';
END $$;
CREATE TRIGGER bank_line_stays BEFORE UPDATE OR DELETE ON bank_statemententry
    FOR EACH ROW EXECUTE FUNCTION bank_lines_stay();
"""

UNDO = """
DROP TRIGGER bank_line_stays ON bank_statemententry;
DROP FUNCTION bank_lines_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("bank", "0001_initial")]
    operations = [migrations.RunSQL(LINES_STAY, UNDO)]
