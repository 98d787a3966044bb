"""Case workers are reminded of a case; and the inbox reads one index, however many cases there are."""

from django.db import migrations, models

OPEN = ["decided", "delivered", "in_review", "needs_info", "received", "to_sign"]


class Migration(migrations.Migration):
    dependencies = [("submissions", "0013_which_town_is_responsible")]

    operations = [
        migrations.AddField("submission", "remind_on", models.DateField(blank=True, null=True)),
        migrations.AddField("submission", "remind_of", models.CharField(blank=True, db_default="", max_length=300)),
        migrations.RemoveIndex("submission", name="submission_filters"),
        migrations.RemoveIndex("submission", name="submission_inbox"),
        migrations.AddIndex(
            "submission",
            models.Index(
                fields=["act_by", "frozen_at", "number"],
                include=["id", "state", "case_worker", "unit", "service_key", "remind_on"],
                condition=models.Q(state__in=OPEN),
                name="submission_inbox",
            ),
        ),
        migrations.AddIndex(
            "submission",
            models.Index(
                fields=["unit", "service_key"], condition=~models.Q(state="purged"), name="submission_filters"
            ),
        ),
    ]
