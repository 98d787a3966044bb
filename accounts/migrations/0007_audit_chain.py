"""Each entry of the audit log is chained to the one before by PostgreSQL, when its transaction ends."""

from django.db import migrations, models

# The text of an entry whose SHA-256 is kept. Python says the same in accounts.audit_chain.
CONTENT = """
jsonb_build_array(one.id, to_char(one.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), one.by_id, one.action,
    one.object_kind, one.object_key, one.text, one.via_id)::text
"""

CHAIN = f"""
CREATE FUNCTION accounts_audit_link_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the chain of the audit log grows by itself';
END $$;
CREATE TRIGGER audit_link_only_added BEFORE INSERT OR UPDATE OR DELETE ON accounts_auditlink
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_link_only_grows();

-- Runs when a transaction ends, so that nobody waits for a lock while holding this one.
CREATE FUNCTION accounts_audit_entry_is_chained() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chained boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('accounts_auditlink'), TG_RELID::integer);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.accounts_auditlink WHERE entry = $1)', TG_TABLE_SCHEMA)
        INTO chained USING NEW.id;
    IF chained THEN
        RETURN NULL;  -- a town that moves in brings its chain along
    END IF;
    EXECUTE format($link$
        INSERT INTO %1$I.accounts_auditlink (position, entry, at, content, previous, digest)
        SELECT place, entry, at, content, previous,
            encode(sha256(convert_to(concat_ws('|', place, entry, seconds, content, previous), 'UTF8')), 'hex')
        FROM (
            SELECT coalesce(last.position, 0) + 1 AS place, one.id AS entry, one.at,
                to_char(one.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS seconds,
                encode(sha256(convert_to({CONTENT}, 'UTF8')), 'hex') AS content,
                coalesce(last.digest, '') AS previous
            FROM %1$I.accounts_auditentry one
            LEFT JOIN LATERAL (
                SELECT * FROM %1$I.accounts_auditlink ORDER BY position DESC LIMIT 1
            ) last ON true
            WHERE one.id = $1
        ) link
    $link$, TG_TABLE_SCHEMA) USING NEW.id;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_entry_is_chained AFTER INSERT ON accounts_auditentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_audit_entry_is_chained();

-- What was written down before.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT * FROM accounts_auditentry ORDER BY id LOOP
        INSERT INTO accounts_auditlink (position, entry, at, content, previous, digest)
        SELECT place, entry, at, content, previous,
            encode(sha256(convert_to(concat_ws('|', place, entry, seconds, content, previous), 'UTF8')), 'hex')
        FROM (
            SELECT coalesce(max(link.position), 0) + 1 AS place, one.id AS entry, one.at AS at,
                to_char(one.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') AS seconds,
                encode(sha256(convert_to({CONTENT}, 'UTF8')), 'hex') AS content,
                coalesce((SELECT digest FROM accounts_auditlink ORDER BY position DESC LIMIT 1), '') AS previous
            FROM accounts_auditlink link
        ) link;
    END LOOP;
END $$;

-- After 24 months an entry may go; its link stays.
CREATE OR REPLACE FUNCTION accounts_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '24 months' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log only grows';
END $$;
"""

UNCHAIN = """
CREATE OR REPLACE FUNCTION accounts_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END $$;
DROP TRIGGER audit_entry_is_chained ON accounts_auditentry;
DROP FUNCTION accounts_audit_entry_is_chained();
DROP TRIGGER audit_link_only_added ON accounts_auditlink;
DROP FUNCTION accounts_audit_link_only_grows();
"""


ACTIONS = [
    ("invited", "Eingeladen"),
    ("rights_changed", "Zugang geändert"),
    ("app_forgotten", "App zurückgesetzt"),
    ("access_asked", "Zugriff erbeten"),
    ("access_withdrawn", "Anfrage zurückgezogen"),
    ("access_granted", "Zugriff erlaubt"),
    ("access_refused", "Zugriff abgelehnt"),
    ("access_used", "Rathaus betreten"),
    ("access_ended", "Zugriff beendet"),
    ("seen", "Geöffnet"),
    ("announced", "Angekündigt"),
    ("announcement_changed", "Ankündigung geändert"),
    ("announcement_withdrawn", "Ankündigung zurückgezogen"),
    ("case_step", "Vorgang bearbeitet"),
    ("case_marked", "Zur Löschung vorgemerkt"),
    ("case_kept", "Löschung angehalten"),
    ("case_purged", "Inhalte gelöscht"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_operator_access")]
    operations = [
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("position", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.BigIntegerField(unique=True)),
                ("at", models.DateTimeField()),
                ("content", models.CharField(max_length=64)),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
            ],
            options={"ordering": ("position",)},
        ),
        migrations.AlterField(
            model_name="auditentry", name="action", field=models.CharField(choices=ACTIONS, max_length=30)
        ),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
