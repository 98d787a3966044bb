"""A case that has ended is marked, and loses its content later. The rest stays as it was handed in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("awaiting_payment", "Wartet auf Zahlung"),
    ("received", "Eingegangen"),
    ("in_review", "In Prüfung"),
    ("needs_info", "Rückfrage gestellt"),
    ("to_sign", "Wartet auf zweite Unterschrift"),
    ("decided", "Entschieden"),
    ("delivered", "Entschieden und bekannt gegeben"),
    ("closed", "Abgeschlossen"),
    ("withdrawn", "Zurückgezogen"),
    ("superseded", "Durch einen neuen Antrag ersetzt"),
    ("purged", "Gelöscht"),
]
OUTCOMES = [
    ("granted", "Bewilligt"),
    ("granted_with_conditions", "Bewilligt mit Auflagen"),
    ("recorded", "Erledigt und eingetragen"),
    ("rejected", "Abgelehnt"),
    ("not_responsible", "Nicht zuständig"),
]

_CONTENT = "draft_id, citizen_id, answers, verified"


def _row(name: str, columns: str) -> str:
    return "(" + ", ".join(f"{name}.{column.strip()}" for column in columns.split(",")) + ")"


REST = "number, service_key, form_version, trust_level, fee_is_due, fee_lines, fee_total, frozen_at"
FREEZE = f"""
CREATE OR REPLACE FUNCTION submissions_stay_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {_row("NEW", REST)} IS DISTINCT FROM {_row("OLD", REST)} THEN
        RAISE EXCEPTION 'a submission does not change once it is handed in';
    END IF;
    IF OLD.state = 'purged' AND NEW.state <> 'purged' THEN
        RAISE EXCEPTION 'what was purged does not come back';
    END IF;
    IF NEW.state = 'purged' AND OLD.state IN ('closed', 'withdrawn', 'superseded') THEN
        IF NEW.answers <> '{{}}'::jsonb OR NEW.citizen_id IS NOT NULL OR NEW.verified <> '{{}}' OR NEW.applicant <> ''
           OR NEW.email <> '' OR NEW.surroundings <> '{{}}'::jsonb THEN
            RAISE EXCEPTION 'a purged submission says nothing about anybody';
        END IF;
        RETURN NEW;
    END IF;
    IF {_row("NEW", _CONTENT)} IS DISTINCT FROM {_row("OLD", _CONTENT)} THEN
        RAISE EXCEPTION 'a submission does not change once it is handed in';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = f"{REST}, {_CONTENT}"
THAW = f"""
CREATE OR REPLACE FUNCTION submissions_stay_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF {_row("NEW", BEFORE)} IS DISTINCT FROM {_row("OLD", BEFORE)} THEN
        RAISE EXCEPTION 'a submission does not change once it is handed in';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    contracts = "the constraint allows more than before"

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("submissions", "0011_seconded"),
    ]
    operations = [
        migrations.AlterField("submission", "state", models.CharField(choices=STATES, max_length=20)),
        migrations.AlterField("event", "old_state", models.CharField(blank=True, choices=STATES, max_length=20)),
        migrations.AlterField("event", "new_state", models.CharField(blank=True, choices=STATES, max_length=20)),
        migrations.RemoveConstraint("submission", "submission_has_a_time_once_received"),
        migrations.AddConstraint(
            "submission",
            models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["awaiting_payment", "superseded", "purged"]),
                    ("received_at__isnull", False),
                    _connector="OR",
                ),
                name="submission_has_a_time_once_received",
            ),
        ),
        migrations.CreateModel(
            name="OrphanedFile",
            fields=[("name", models.CharField(max_length=200, primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="Removal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ended_on", models.DateField()),
                ("marked_at", models.DateTimeField()),
                ("delete_on", models.DateField()),
                ("kept_at", models.DateTimeField(null=True)),
                ("kept_reason", models.CharField(blank=True, max_length=500)),
                ("kept_until", models.DateField(null=True)),
                ("purged_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, choices=OUTCOMES, max_length=30)),
                ("files", models.PositiveIntegerField(default=0)),
                (
                    "kept_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="removal",
                        to="submissions.submission",
                    ),
                ),
            ],
            options={
                "ordering": ("delete_on", "pk"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("purged_at", None)), fields=["delete_on"], name="removal_waiting"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kept_at", None), ("kept_by", None), ("kept_reason", ""), ("kept_until", None)),
                            models.Q(
                                ("kept_at__isnull", False),
                                ("kept_until__isnull", False),
                                models.Q(("kept_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="removal_is_stopped_for_a_reason_until_some_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("purged_at", None), ("kept_until", None), _connector="OR"),
                        name="removal_is_stopped_or_done",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FREEZE, THAW),
    ]
