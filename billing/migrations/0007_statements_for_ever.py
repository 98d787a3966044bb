"""Daily statements are for ever, without a gap, and add up, whatever the code does.

What must hold between rows is looked at when the transaction ends: a town that is brought back comes in any order.
"""

from django.db import migrations

FOR_EVER = """
CREATE FUNCTION billing_statement_never_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a daily statement never changes: what is wrong is put right by a new movement';
END $$;
CREATE TRIGGER daily_statement_only_added BEFORE UPDATE OR DELETE ON billing_dailystatement
    FOR EACH ROW EXECUTE FUNCTION billing_statement_never_changes();
CREATE TRIGGER statement_post_only_added BEFORE UPDATE OR DELETE ON billing_statementpost
    FOR EACH ROW EXECUTE FUNCTION billing_statement_never_changes();

CREATE FUNCTION billing_statement_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record;
    after record;
    posts record;
BEGIN
    EXECUTE format('SELECT count(*) AS count, coalesce(sum(amount), 0) AS amount
                    FROM %I.billing_statementpost WHERE statement_id = $1', TG_TABLE_SCHEMA) INTO posts USING NEW.id;
    IF posts.count <> NEW.count OR posts.amount <> NEW.closing - NEW.opening THEN
        RAISE EXCEPTION 'the posts of daily statement % do not add up', NEW.day;
    END IF;
    EXECUTE format('SELECT * FROM %I.billing_dailystatement WHERE day < $1 ORDER BY day DESC LIMIT 1', TG_TABLE_SCHEMA)
        INTO before USING NEW.day;
    EXECUTE format('SELECT * FROM %I.billing_dailystatement WHERE day > $1 ORDER BY day LIMIT 1', TG_TABLE_SCHEMA)
        INTO after USING NEW.day;
    IF NEW.year <> extract(year FROM NEW.day)
       OR NEW.number <> (CASE WHEN before.year = NEW.year THEN before.number + 1 ELSE 1 END)
       OR NEW.opening <> coalesce(before.closing, 0)
       OR NEW.day <> coalesce(before.day + 1, NEW.day)
       OR (after.day IS NOT NULL AND (after.day <> NEW.day + 1 OR after.opening <> NEW.closing)) THEN
        RAISE EXCEPTION 'daily statement % does not follow the one before', NEW.day;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER daily_statement_fits AFTER INSERT ON billing_dailystatement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_statement_fits();

CREATE FUNCTION billing_statement_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    full_one record;
BEGIN
    EXECUTE format('SELECT statement.day FROM %1$I.billing_dailystatement statement
                    WHERE statement.id IN (SELECT statement_id FROM added) AND statement.count <
                        (SELECT count(*) FROM %1$I.billing_statementpost post WHERE post.statement_id = statement.id)
                    LIMIT 1', TG_TABLE_SCHEMA) INTO full_one;
    IF full_one.day IS NOT NULL THEN
        RAISE EXCEPTION 'daily statement % is closed', full_one.day;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER statement_post_fits AFTER INSERT ON billing_statementpost REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION billing_statement_is_full();
"""

UNDO = """
DROP TRIGGER statement_post_fits ON billing_statementpost;
DROP FUNCTION billing_statement_is_full();
DROP TRIGGER daily_statement_fits ON billing_dailystatement;
DROP FUNCTION billing_statement_fits();
DROP TRIGGER statement_post_only_added ON billing_statementpost;
DROP TRIGGER daily_statement_only_added ON billing_dailystatement;
DROP FUNCTION billing_statement_never_changes();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_dailystatement_statementpost")]
    operations = [migrations.RunSQL(FOR_EVER, UNDO)]
