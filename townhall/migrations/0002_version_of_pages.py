from django.db import migrations


class Migration(migrations.Migration):
    contracts = "no version has been delivered that counts pages in the profile"
    dependencies = [("townhall", "0001_initial")]

    operations = [
        migrations.RemoveField(model_name="profile", name="version"),
    ]
