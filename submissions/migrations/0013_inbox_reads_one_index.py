"""The inbox reads one index, however many cases there are."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('submissions', '0012_retention'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='submission',
            name='submission_filters',
        ),
        migrations.RemoveIndex(
            model_name='submission',
            name='submission_inbox',
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('state__in', ['decided', 'delivered', 'in_review', 'needs_info', 'received', 'to_sign'])), fields=['act_by', 'frozen_at', 'number'], include=('id', 'state', 'case_worker', 'unit', 'service_key'), name='submission_inbox'),
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(condition=models.Q(('state', 'purged'), _negated=True), fields=['unit', 'service_key'], name='submission_filters'),
        ),
    ]
