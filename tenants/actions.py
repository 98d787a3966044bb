"""Every write that concerns towns as a whole: their rows, their hosts, their schemas."""

import re
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from tenants import hosts, wall
from tenants.context import at_operator
from tenants.fleet.blueprint import NoBlueprint, build_schema, current_blueprint, hold_blueprint
from tenants.fleet.template import TEMPLATE
from tenants.models import Blueprint, Host, Town, TownState, host_of
from tenants.municipalities import Municipality, TownSize


class TownRefused(Exception):
    """A town cannot be created or changed like this; the message says why, in German."""


# Short names that would take over a host, a schema or an address that is not a town's.
RESERVED = frozenset(
    {
        *("api", "betrieb", "konto", "mail", "media", "neu", "smtp", "static", "www"),
        *("information-schema", "public", "seeds", TEMPLATE.replace("_", "-")),
    }
)
_SHORT_NAME = re.compile(r"[a-z]([a-z0-9]|-(?=[a-z0-9]))*")
_HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")  # RFC 1123, 2.1
_LONGEST_HOST = 253


@transaction.atomic
def create_town(
    *,
    municipality: Municipality,
    slug: str,
    own_hosts: list[str],
    now: datetime,
    state: TownState = TownState.LIVE,
    size: TownSize | None = None,
) -> Town:
    """Create a town: its row, its hosts and its schema with all tables.

    Without `size` it has the tasks that follow from its people. All of it or nothing: PostgreSQL creates schemas in
    transactions too. Raises TownRefused if the municipality has a town already or cannot be of that size, or the short
    name or a host is taken or not possible.
    """
    with at_operator():
        hold_blueprint()  # two at once would both find the name free
        refuse_second_town(municipality)
        refuse_short_name(slug)
        refuse_size(municipality, size or municipality.size)
        blueprint = _blueprint()
        town = Town(
            schema_name=slug.replace("-", "_"),
            level=blueprint.level,
            slug=slug,
            name=municipality.name,
            ars=municipality.ars,
            state=state,
            chosen_size=size or municipality.size,
            created_at=now,
        )
        town.full_clean()
        town.save()
        Host.objects.create(tenant=town, domain=town.host_with_us, is_primary=True)
        for host in own_hosts:
            add_host(town=town, host=host)
        build_schema(blueprint, town.schema_name)
        hosts.changed()
    return town


@transaction.atomic
def change_state(*, town: Town, state: TownState) -> None:
    """Take a town one step on in its life (`TRANSITIONS`). Raises TownRefused."""
    current = Town.objects.select_for_update().get(pk=town.pk)
    names = {"town": town.name, "is": current.get_state_display(), "wanted": state.label}
    if current.state == state:
        raise TownRefused(_("%(town)s ist schon %(wanted)s.") % names)
    if not current.may_become(state):
        raise TownRefused(_("%(town)s ist %(is)s. Von dort führt kein Schritt zu: %(wanted)s.") % names)
    Town.objects.filter(pk=town.pk).update(state=state)
    town.state = state
    hosts.changed()


@transaction.atomic
def change_size(*, town: Town, size: TownSize) -> None:
    """Say which tasks the law gives a town. Raises TownRefused."""
    current = Town.objects.select_for_update().get(pk=town.pk)
    if current.size == size:
        raise TownRefused(_("%(town)s ist schon: %(size)s.") % {"town": town.name, "size": size.label})
    refuse_size(town.municipality, size)
    Town.objects.filter(pk=town.pk).update(chosen_size=size)
    town.chosen_size = size
    hosts.changed()


def pages_changed() -> None:
    """Count up that people see something new of the town at work."""
    with connection.cursor() as cursor:  # a named function: in `public` a town writes nothing by itself
        cursor.execute("SELECT tenants_pages_changed()")


@transaction.atomic
def add_host(*, town: Town, host: str) -> Host:
    """Let a town answer at a host of its own (as `clean_host` gives it). Raises TownRefused."""
    refuse_host(host)
    try:
        with transaction.atomic():
            added: Host = Host.objects.create(tenant=town, domain=host, is_primary=False)
    except IntegrityError:  # somebody else was faster
        refuse_host(host)
        raise
    hosts.changed()
    return added


@transaction.atomic
def remove_host(*, town: Town, host: str) -> None:
    """A town no longer answers at this host; its primary one stays. Raises TownRefused."""
    deleted, _rows = Host.objects.filter(tenant=town, domain=host, is_primary=False).delete()
    if not deleted:
        raise TownRefused(_("Die Adresse „%(host)s“ lässt sich nicht entfernen.") % {"host": host})
    hosts.changed()


def clean_host(typed: str) -> str:
    """A host name as somebody typed it, in the form in which browsers send it: `köln.de` as `xn--kln-sna.de`.

    Takes `https://`, a port or a path away. Raises TownRefused for what is no host name.
    """
    bare = re.sub(r"^[a-z]+://", "", typed.strip().lower()).split("/")[0].partition(":")[0].removesuffix(".")
    try:
        host = bare.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _HOST.fullmatch(host) or len(host) > _LONGEST_HOST:
        message = _("„%(host)s“ ist keine Adresse. Schreiben Sie zum Beispiel serviceportal.lage.de.")
        raise TownRefused(message % {"host": typed})
    return host


# --- What a new town may not be called -------------------------------------------------------------------


def refuse_second_town(municipality: Municipality) -> None:
    """Raises TownRefused if the municipality has a town already."""
    if Town.objects.filter(ars=municipality.ars).exists():
        message = _("%(town)s gibt es hier schon. Jede Stadt kann nur einmal angelegt werden.")
        raise TownRefused(message % {"town": municipality.name})


def refuse_short_name(slug: str) -> None:
    """Raises TownRefused if no town can have this short name."""
    if not _SHORT_NAME.fullmatch(slug) or len(slug) > wall.LONGEST_SCHEMA:
        message = _(
            "Die Kurzadresse „%(slug)s“ geht nicht. Möglich sind kleine Buchstaben von a bis z, Ziffern und "
            "einzelne Bindestriche, am Anfang ein Buchstabe. Schreiben Sie ä als ae."
        )
        raise TownRefused(message % {"slug": slug})
    host = host_of(slug)
    if slug in RESERVED or slug.startswith("pg-") or host == settings.OPERATOR_HOST:
        message = _("Die Kurzadresse „%(slug)s“ brauchen wir selbst. Bitte wählen Sie eine andere.")
        raise TownRefused(message % {"slug": slug})
    if Town.objects.filter(slug=slug).exists() or Host.objects.filter(domain=host).exists():
        message = _("Die Kurzadresse „%(slug)s“ ist schon vergeben. Bitte wählen Sie eine andere.")
        raise TownRefused(message % {"slug": slug})


def refuse_size(municipality: Municipality, size: TownSize) -> None:
    """Raises TownRefused if the law cannot give a town these tasks."""
    if size not in municipality.possible_sizes:
        message = _("%(town)s kann keine Stadt dieser Art sein: %(size)s.")
        raise TownRefused(message % {"town": municipality.name, "size": size.label})


def refuse_host(host: str) -> None:
    """Raises TownRefused if a town cannot have this host of its own."""
    parent = host.partition(".")[2]
    if host == settings.BASE_HOST or parent == settings.BASE_HOST:
        message = _("Die Adresse „%(host)s“ vergeben wir selbst. Hier passt nur eine eigene der Stadt.")
        raise TownRefused(message % {"host": host})
    taken = Host.objects.select_related("tenant").filter(domain=host).first()
    if taken:
        message = _("Die Adresse „%(host)s“ gehört schon zu %(town)s. Bitte wählen Sie eine andere.")
        raise TownRefused(message % {"host": host, "town": taken.tenant.full_name})


def _blueprint() -> Blueprint:
    try:
        return current_blueprint()
    except NoBlueprint:
        message = _(
            "Die Vorlage für neue Städte fehlt oder ist veraltet. Bitte führen Sie aus: manage.py migrate_towns"
        )
        raise TownRefused(message) from None
