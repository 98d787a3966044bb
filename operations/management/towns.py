"""What commands about one town have in common."""

from django.core.management.base import CommandError

from tenants.models import Town


def town_called(slug: str) -> Town:
    """The town with this short name. Raises CommandError, in German."""
    town: Town | None = Town.objects.filter(slug=slug).first()
    if town is None:
        raise CommandError(f"Eine Stadt mit der Kurzadresse „{slug}“ gibt es hier nicht.")
    return town
