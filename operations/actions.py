"""What the operator does for a town as a whole."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.actions import invite_staff
from accounts.jobs import register_return_addresses
from accounts.models import Role
from catalogue.current import released_catalogue
from tenants.actions import create_town
from tenants.context import in_town
from tenants.models import Town
from tenants.municipalities import Municipality
from townhall.actions import furnish


@dataclass(frozen=True)
class FirstAdministrator:
    """Who sets the town up; gets an invitation by mail."""

    email: str
    given_name: str
    family_name: str


@transaction.atomic
def bring_town_live(
    *,
    municipality: Municipality,
    slug: str,
    own_hosts: list[str],
    colour: str,
    administrator: FirstAdministrator | None,
    now: datetime,
) -> Town:
    """Create a town that people can use at once: hosts, schema, profile, offices, offers, first administrator.

    All in one transaction: a failure half way leaves nothing. Raises TownRefused, theme.BadColour,
    NotReleased when the catalogue is empty.
    """
    hosts = [f"{slug}.{settings.BASE_HOST}", *own_hosts]
    town = create_town(municipality=municipality, slug=slug, hosts=hosts, now=now)
    with in_town(town):
        furnish(catalogue=released_catalogue(), colour=colour)
        if administrator:
            invite_staff(
                email=administrator.email,
                given_name=administrator.given_name,
                family_name=administrator.family_name,
                roles=[Role.ADMINISTRATOR],
                now=now,
            )
        register_return_addresses.queue()
    return town
