"""What commands about one town have in common."""

from django.core.management.base import CommandError

from tenants.models import Town


def town_called(slug: str) -> Town:
    """The town with this short name. Raises CommandError, in German."""
    town: Town | None = Town.objects.filter(slug=slug).first()
    if town is None:
        raise CommandError(f"Eine Stadt mit der Kurzadresse „{slug}“ gibt es hier nicht.")
    return town


def towns_called(slugs: list[str]) -> list[Town]:
    """The towns with these short names; all of them if none is named. Raises CommandError, in German."""
    return [town_called(slug) for slug in slugs] or list(Town.objects.order_by("slug"))
