"""Words that lead to services for ever: the database lets none of them go, nor become another word."""

from django.db import migrations, models

STAY = """
CREATE TRIGGER an_address_stays BEFORE DELETE ON catalogue_permanentaddress
FOR EACH ROW EXECUTE FUNCTION catalogue_refuse();

CREATE TRIGGER an_address_keeps_its_word BEFORE UPDATE ON catalogue_permanentaddress
FOR EACH ROW WHEN (OLD.word <> NEW.word) EXECUTE FUNCTION catalogue_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0003_forms_in_releases")]

    operations = [
        migrations.CreateModel(
            name="PermanentAddress",
            fields=[
                ("word", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("service_key", models.CharField(db_index=True, max_length=100)),
            ],
            options={"ordering": ("word",)},
        ),
        migrations.RunSQL(
            STAY,
            """DROP TRIGGER an_address_stays ON catalogue_permanentaddress;
            DROP TRIGGER an_address_keeps_its_word ON catalogue_permanentaddress;""",
        ),
    ]
