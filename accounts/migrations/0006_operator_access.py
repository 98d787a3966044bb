"""How somebody of the operator may look into a town hall, and the log of it, which cannot be changed afterwards."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE FUNCTION accounts_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows';
END $$;
CREATE TRIGGER audit_entry_only_added BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_only_grows();
"""

FORGET = """
DROP TRIGGER audit_entry_only_added ON accounts_auditentry;
DROP FUNCTION accounts_audit_only_grows();
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
]
STATES = [
    ("asked", "erbeten"),
    ("withdrawn", "zurückgezogen"),
    ("refused", "abgelehnt"),
    ("granted", "erlaubt"),
    ("ended", "beendet"),
]


def _person(**options):
    options = {"null": True, "related_name": "+", **options}
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_roles_of_operators"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="kind",
            field=models.CharField(
                choices=[
                    ("citizen", "Bürgerin oder Bürger"),
                    ("staff", "Mitarbeitende der Stadt"),
                    ("operator", "Mitarbeitende des Betriebs"),
                    ("guest", "Betrieb zu Besuch im Rathaus"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="OperatorAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "guest",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="access",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("operator", models.PositiveBigIntegerField()),
                ("reason", models.CharField(max_length=500)),
                ("hours", models.PositiveSmallIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("state", models.CharField(choices=STATES, default="asked", max_length=20)),
                ("decided_by", _person()),
                ("decided_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("ended_by", _person()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ticket", models.CharField(blank=True, max_length=64)),
                ("ticket_until", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-asked_at", "-pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("hours__gte", 1), ("hours__lte", 8)), name="access_lasts_some_hours"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["granted", "ended"]), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("ends_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="access_granted_by_somebody_until_some_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "granted"), ("ticket", ""), _connector="OR"),
                        name="only_granted_access_has_a_link",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("by", _person()),
                ("action", models.CharField(choices=ACTIONS, max_length=30)),
                ("object_kind", models.CharField(blank=True, max_length=60)),
                ("object_key", models.CharField(blank=True, max_length=200)),
                ("text", models.CharField(blank=True, max_length=500)),
                (
                    "via",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="accounts.operatoraccess",
                    ),
                ),
            ],
            options={
                "ordering": ("-pk",),
                "indexes": [models.Index(fields=["object_key", "object_kind"], name="audit_by_object")],
            },
        ),
        migrations.RunSQL(KEEP, FORGET),
    ]
