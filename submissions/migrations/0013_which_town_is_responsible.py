"""A decision that another town is responsible says which one, so that the answers can go there."""

from django.db import migrations, models

AUTHORITY = models.CharField(blank=True, db_default="", max_length=500)  # as long as the address of an office can be
ARS = models.CharField(blank=True, db_default="", max_length=12)


class Migration(migrations.Migration):
    dependencies = [("submissions", "0012_retention")]

    operations = [
        migrations.AlterField("decision", "authority", AUTHORITY),
        migrations.AlterField("proposal", "authority", AUTHORITY),
        migrations.AddField("decision", "authority_ars", ARS),
        migrations.AddField("proposal", "authority_ars", ARS),
    ]
