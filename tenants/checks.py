"""What must be right before anything runs."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register

from tenants.wall import LONGEST_DATABASE_NAME


@register(Tags.compatibility)
def check_name_of_database(**_options: Any) -> list[Error]:
    """The names of roles begin with that of the database, and PostgreSQL would cut off longer ones."""
    name = str(settings.DATABASES["default"]["NAME"])
    if len(name.encode()) <= LONGEST_DATABASE_NAME:
        return []
    message = f"Der Name der Datenbank ist zu lang: {name}. Möglich sind {LONGEST_DATABASE_NAME} Zeichen."
    return [Error(message, hint="Bitte nennen Sie in DATABASE_URL eine mit kürzerem Namen.", id="tenants.E002")]
