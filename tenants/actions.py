from datetime import datetime

from django.core.management import call_command
from django.db import connection, transaction
from django.utils.translation import gettext as _

from tenants.models import Host, Town
from tenants.municipalities import Municipality


class TownRefused(Exception):
    """A town cannot be created like this; the message says why, in German."""


# Short names that would take over a host or schema that is not a town's.
RESERVED = frozenset({"betrieb", "public", "www", "mail", "api", "static", "information-schema"})


@transaction.atomic
def create_town(*, municipality: Municipality, slug: str, hosts: list[str], now: datetime) -> Town:
    """Create a town: its row, its hosts (the first is the primary one) and its empty schema.

    All of it or nothing: PostgreSQL creates schemas in transactions too. Raises TownRefused if the
    municipality has a town already, or the short name or a host is taken or reserved.
    """
    connection.set_schema_to_public()
    with connection.cursor() as cursor:  # two at once would both find the name free
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('stadttor.create_town'))")
    _refuse_what_is_taken(municipality=municipality, slug=slug, hosts=hosts)
    town = Town(
        schema_name=slug.replace("-", "_"), slug=slug, name=municipality.name, ars=municipality.ars, created_at=now
    )
    town.full_clean()
    town.save()
    for position, host in enumerate(hosts):
        Host.objects.create(tenant=town, domain=host, is_primary=position == 0)
    _create_schema(town)
    return town


def _refuse_what_is_taken(*, municipality: Municipality, slug: str, hosts: list[str]) -> None:
    if Town.objects.filter(ars=municipality.ars).exists():
        raise TownRefused(
            _("%(town)s gibt es hier schon. Jede Stadt kann nur einmal angelegt werden.")
            % {"town": municipality.name}
        )
    if slug in RESERVED or slug.startswith("pg-") or not slug:
        raise TownRefused(_("Die Kurzadresse „%(slug)s“ ist nicht möglich. Bitte wählen Sie eine andere.") % {"slug": slug})
    if Town.objects.filter(slug=slug).exists():
        raise TownRefused(
            _("Die Kurzadresse „%(slug)s“ ist schon vergeben. Bitte wählen Sie eine andere.") % {"slug": slug}
        )
    taken = Host.objects.filter(domain__in=hosts).first()
    if taken:
        raise TownRefused(
            _("Die Adresse „%(host)s“ gehört schon zu einer anderen Stadt.") % {"host": taken.domain}
        )


def _create_schema(town: Town) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{town.schema_name}"')
    call_command("migrate_schemas", schema_name=town.schema_name, tenant=True, interactive=False, verbosity=0)
