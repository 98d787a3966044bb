"""Parts of words are found by an index: pg_trgm, which PostgreSQL brings along and the owner of a database may switch on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tenants", "0006_pages_version")]
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public", migrations.RunSQL.noop)
    ]
