"""A decision that another town is responsible says which one, so that the answers can go there."""

from django.db import migrations, models

ARS = models.CharField(blank=True, db_default="", max_length=12)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0012_retention")]

    operations = [
        migrations.AddField("decision", "authority_ars", ARS),
        migrations.AddField("proposal", "authority_ars", ARS),
    ]
