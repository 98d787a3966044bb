"""The database itself refuses to change what is released, also to code that goes round the actions."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION catalogue_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% cannot change any more', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

RELEASE = """
CREATE TRIGGER a_release_only_goes_forward BEFORE UPDATE ON catalogue_release FOR EACH ROW
WHEN (
    array_position(ARRAY['draft', 'pilot', 'released', 'superseded'], NEW.state::text)
        < array_position(ARRAY['draft', 'pilot', 'released', 'superseded'], OLD.state::text)
    OR OLD.number <> NEW.number
    OR (OLD.released_at IS NOT NULL AND (OLD.released_at, OLD.released_by, OLD.notes)
        IS DISTINCT FROM (NEW.released_at, NEW.released_by, NEW.notes))
) EXECUTE FUNCTION catalogue_refuse();

CREATE TRIGGER a_release_stays BEFORE DELETE ON catalogue_release FOR EACH ROW
WHEN (OLD.state <> 'draft') EXECUTE FUNCTION catalogue_refuse();
"""

ENTRIES = """
CREATE FUNCTION catalogue_refuse_unless_draft() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM catalogue_release
    WHERE id IN (OLD.release_id, NEW.release_id) AND state <> 'draft';
    IF FOUND THEN
        RAISE EXCEPTION 'the entries of a release cannot change any more'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER entries_change_only_in_a_draft BEFORE INSERT OR UPDATE OR DELETE ON catalogue_releaseentry
FOR EACH ROW EXECUTE FUNCTION catalogue_refuse_unless_draft();
"""

FORMS = """
CREATE TRIGGER a_form_version_stays BEFORE UPDATE OR DELETE ON catalogue_formversion
FOR EACH ROW EXECUTE FUNCTION catalogue_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION catalogue_refuse"),
        migrations.RunSQL(
            RELEASE,
            """DROP TRIGGER a_release_only_goes_forward ON catalogue_release;
            DROP TRIGGER a_release_stays ON catalogue_release;""",
        ),
        migrations.RunSQL(
            ENTRIES,
            """DROP TRIGGER entries_change_only_in_a_draft ON catalogue_releaseentry;
            DROP FUNCTION catalogue_refuse_unless_draft;""",
        ),
        migrations.RunSQL(FORMS, "DROP TRIGGER a_form_version_stays ON catalogue_formversion"),
    ]
