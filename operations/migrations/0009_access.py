"""What a town may write into the operator's history: how it stands with access to its town hall, and nothing else."""

from django.db import migrations, models

NOTE = """
CREATE FUNCTION operations_note_access(what text, note text) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    own_id bigint;
BEGIN
    -- Who notes is told by the role, which stays what it was although the owner's rights hold here.
    SELECT id INTO STRICT own_id FROM tenants_town
        WHERE current_database() || '.' || schema_name = current_setting('role');
    IF what NOT IN ('access_granted', 'access_refused', 'access_used', 'access_ended') THEN
        RAISE EXCEPTION 'a town does not note that';
    END IF;
    INSERT INTO operations_townevent (town_id, at, kind, text) VALUES (own_id, now(), what, left(note, 500));
END;
$$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0008_a_town_comes_and_goes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="townevent",
            name="kind",
            field=models.CharField(choices=[('created', 'Angelegt'), ('suspended', 'Angehalten'), ('resumed', 'Online gestellt'), ('leaving', 'Abschied begonnen'), ('left', 'Beendet'), ('export_asked', 'Paket bestellt'), ('exported', 'Exportiert'), ('export_fetched', 'Paket heruntergeladen'), ('imported', 'Importiert'), ('restored', 'Aus Sicherung zurückgeholt'), ('host_waits', 'Adresse vorgemerkt'), ('host_added', 'Adresse hinzugefügt'), ('host_removed', 'Adresse entfernt'), ('size_changed', 'Aufgaben geändert'), ('ticked', 'Erledigt'), ('unticked', 'Wieder offen'), ('live_unready', 'Beim Start noch offen'), ('invited', 'Einladung verschickt'), ('deletion_asked', 'Löschung beantragt'), ('deletion_withdrawn', 'Löschung zurückgenommen'), ('deletion_confirmed', 'Löschung bestätigt'), ('deletion_refused', 'Nicht gelöscht'), ('access_asked', 'Um Zugriff gebeten'), ('access_granted', 'Zugriff erlaubt'), ('access_refused', 'Zugriff abgelehnt'), ('access_used', 'Rathaus betreten'), ('access_ended', 'Zugriff beendet'), ('access_given_up', 'Zugriff zurückgegeben'), ('jobs_retried', 'Aufträge noch einmal gestartet'), ('jobs_discarded', 'Aufträge verworfen')], max_length=20),
        ),
        migrations.RunSQL(NOTE, "DROP FUNCTION operations_note_access(text, text)"),
    ]
