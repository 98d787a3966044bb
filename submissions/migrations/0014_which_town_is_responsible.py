"""A decision that another town is responsible says which one, so that the answers can go there."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0013_inbox_reads_one_index'),
    ]

    operations = [
        migrations.AddField(
            model_name='decision',
            name='authority_ars',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
        migrations.AddField(
            model_name='proposal',
            name='authority_ars',
            field=models.CharField(blank=True, db_default='', max_length=12),
        ),
    ]
