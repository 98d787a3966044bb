"""What one town may know of another: what things cost there today, as its public pages tell everybody."""

from django.db import migrations

# Dynamic SQL, because the table is the other town's; the name of its schema comes from our own list of towns.
AMOUNTS = """
CREATE FUNCTION tenants_public_amounts(of_town text) RETURNS TABLE (key text, amount numeric) LANGUAGE plpgsql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place text;
BEGIN
    SELECT schema_name INTO place FROM tenants_town WHERE slug = of_town AND state = 'live';
    IF place IS NULL OR to_regclass(format('%I.townhall_feeamount', place)) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT DISTINCT ON (fee.key) fee.key::text, fee.amount FROM %I.townhall_feeamount fee
         WHERE fee.valid_from <= (now() AT TIME ZONE ''Europe/Berlin'')::date
         ORDER BY fee.key, fee.valid_from DESC', place);
END;
$$
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0009_announcement")]
    operations = [migrations.RunSQL(AMOUNTS, "DROP FUNCTION tenants_public_amounts(text)")]
