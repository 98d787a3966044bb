"""The operator's people have roles. Those who are there keep all that they could do."""

import django.contrib.postgres.fields
from django.db import migrations, models

ALL_ROLES = """
UPDATE accounts_user SET roles = ARRAY['fleet', 'catalogue', 'support', 'people'] WHERE kind = 'operator' AND roles = '{}'
"""
NO_ROLES = "UPDATE accounts_user SET roles = '{}' WHERE kind = 'operator'"


class Migration(migrations.Migration):
    contracts = "the code before gives roles to staff of towns only, which the new rule allows"

    dependencies = [
        ("accounts", "0004_columns"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="user", name="only_staff_has_roles"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("kind", "citizen"), _negated=True), ("roles", []), _connector="OR"),
                name="citizen_has_no_roles",
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20), blank=True, default=list, size=None
            ),
        ),
        migrations.RunSQL(ALL_ROLES, NO_ROLES),
    ]
