"""A town from a bundle: all of it or nothing."""

import io
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from accounts.jobs import register_return_addresses
from catalogue.models import FormVersion
from operations.access import end_all_here
from operations.host_actions import keep_hosts, look_up
from operations.models import EventKind, TownEvent
from operations.moving.bundle import Bundle, BundleRefused, Manifest, open_bundle, place_of
from operations.moving.export import FORMS, migrations_seen
from operations.moving.rows import Table, digest_of, empty, lines_of, load, tables_of
from operations.summary import keep_summary
from tenants.actions import clean_host, create_town
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town, TownState, host_of
from tenants.municipalities import Municipality, TownSize, municipality
from tenants.vault.storage import ENDING
from townhall import shopfront

_UPLOAD = re.compile(r"dateien/(uploads/[0-9a-f-]{36}(?:\.[a-z0-9]{1,10})?)")


def import_town(*, path: Path, slug: str = "", now: datetime) -> Town:
    """Create a town from a bundle. It begins suspended: the operator looks at it before people do.

    Its own hosts still lead to where it comes from: they wait until DNS leads to us.

    Raises BundleRefused, TownRefused.
    """
    bundle = open_bundle(path)
    chosen = slug or bundle.manifest.slug
    hosts = look_up(map(clean_host, bundle.manifest.own_hosts), target=host_of(chosen))
    with closing(bundle.archive), transaction.atomic(durable=True), _files_go_if_this_fails() as stored, at_operator():
        _keep_forms(bundle)
        town = create_town(
            municipality=_municipality(bundle.manifest),
            slug=chosen,
            own_hosts=[],
            state=TownState.SUSPENDED,
            size=_size(bundle.manifest),
            now=now,
        )
        with as_owner(), in_town(town):
            _refuse_other_level(bundle.manifest, migrations_seen())
            _load_tables(town, bundle)
        with in_town(town):
            end_all_here(now=now)  # whoever could look into it there is somebody else here
            _store_files(town, bundle, stored)
            keep_summary(now=now)
            register_return_addresses.queue()
        TownEvent.objects.create(town=town, at=now, kind=EventKind.IMPORTED, text=bundle.digest)
        keep_hosts(town=town, findings=hosts, by=None, now=now)
    shopfront.forget()
    return town


def _municipality(manifest: Manifest) -> Municipality:
    try:
        return municipality(manifest.ars)
    except KeyError:
        message = _("Den Schlüssel %(ars)s gibt es in der amtlichen Liste nicht.") % {"ars": manifest.ars}
        raise BundleRefused(message) from None


def _size(manifest: Manifest) -> TownSize | None:
    if manifest.size is None:
        return None
    try:
        return TownSize(manifest.size)
    except ValueError:
        message = _("Die Größe der Stadt im Paket kennen wir nicht: %(size)s.") % {"size": manifest.size}
        raise BundleRefused(message) from None


def _refuse_other_level(manifest: Manifest, here: list[str]) -> None:
    """Tables must be alike: whoever wrote the bundle has seen the same migrations."""
    newer = [name for name in manifest.migrations if name not in here]
    if newer:
        raise BundleRefused(
            _(
                "Dieses Paket stammt aus einer neueren Version von Stadttor (%(name)s). "
                "Bitte bringen Sie diese Anlage zuerst auf den neuesten Stand."
            )
            % {"name": newer[0]}
        )
    older = [name for name in here if name not in manifest.migrations]
    if older:
        raise BundleRefused(
            _(
                "Dieses Paket stammt aus einer älteren Version von Stadttor: Es kennt %(name)s noch nicht. Bitte "
                "bringen Sie die andere Anlage auf den neuesten Stand und exportieren Sie die Stadt dort noch einmal."
            )
            % {"name": older[0]}
        )


def _load_tables(town: Town, bundle: Bundle) -> None:
    tables = {table.name: table for table in tables_of(town)}
    if bundle.manifest.rows.keys() != tables.keys():
        raise BundleRefused(_("Die Tabellen im Paket sind andere als hier."))
    empty(town)
    for entry in bundle.manifest.tables:
        table = tables[entry.name]
        if entry.columns != list(table.columns):
            raise BundleRefused(_("Die Tabelle %(table)s hat hier andere Spalten.") % {"table": table.name})
        _load(town, table, bundle)
    with _told_in_german(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in tables.values():
        _refuse_difference(town, table, bundle)


def _load(town: Town, table: Table, bundle: Bundle) -> None:
    with _told_in_german():
        load(town, table, bundle.lines(place_of(table.name)))


@contextmanager
def _told_in_german() -> Iterator[None]:
    """What PostgreSQL does not take. Its words name values, which are nobody's business in a log."""
    try:
        yield
    except (IntegrityError, DataError) as problem:
        cause = problem.__cause__
        about = cause.diag.constraint_name or cause.diag.table_name if isinstance(cause, psycopg.Error) else ""
        raise BundleRefused(_("Die Daten im Paket passen nicht zusammen (%(about)s).") % {"about": about}) from problem


def _refuse_difference(town: Town, table: Table, bundle: Bundle) -> None:
    """What was loaded must read as it did where it came from."""
    if digest_of(lines_of(town, table)) != bundle.sums[place_of(table.name)]:
        raise BundleRefused(_("Die Tabelle %(table)s kam nicht so an, wie sie im Paket steht.") % {"table": table.name})


def _keep_forms(bundle: Bundle) -> None:
    """The versions of forms that the answers belong to. Those that we have must say the same."""
    for form in bundle.json(FORMS):
        kept, _created = FormVersion.objects.get_or_create(
            key=form["key"], version=form["version"], defaults={"definition": form["definition"]}
        )
        if kept.definition != form["definition"]:
            raise BundleRefused(
                _("Das Formular „%(key)s“ fragt hier in Version %(version)s etwas anderes als im Paket.")
                % {"key": form["key"], "version": form["version"]}
            )


# --- Files --------------------------------------------------------------------------------------------------


@contextmanager
def _files_go_if_this_fails() -> Iterator[list[str]]:
    """The names of what was stored: files know no transactions."""
    stored: list[str] = []
    try:
        yield stored
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise


def _store_files(town: Town, bundle: Bundle, stored: list[str]) -> None:
    for name in bundle.sums:
        if not name.startswith("dateien/"):
            continue
        found = _UPLOAD.fullmatch(name)
        if not found:
            raise BundleRefused(_("„%(name)s“ ist kein Name einer hochgeladenen Datei.") % {"name": name})
        target = f"{town.schema_name}/{found[1]}{ENDING}"
        if default_storage.exists(target):
            raise BundleRefused(_("Die Datei „%(name)s“ gibt es hier schon.") % {"name": target})
        stored.append(target)
        with bundle.archive.open(name) as content:
            default_storage.save(target, File(io.BytesIO(content.read()), target))
