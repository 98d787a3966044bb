"""The end of a town: everything is removed, and a protocol stays that says what it was."""

from datetime import datetime
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from billing.webhooks.models import ConnectedAccount, WebhookEvent
from operations import exports
from operations.history import record
from operations.models import Deletion, DeletionRequest, EventKind, TownEvent, TownExport
from operations.moving.bundle import Bundle, BundleRefused, open_bundle, place_of
from operations.moving.rows import digest_of, lines_of, tables_of
from templates.components import german_datetime
from tenants import hosts, wall
from tenants.actions import TownRefused
from tenants.context import as_owner, at_operator, in_town
from tenants.models import Town
from tenants.vault.storage import files_below


def delete_town(
    *, town: Town, confirmed: str, export: Path, by: str, reason: str, now: datetime, confirmed_by: str = ""
) -> Deletion:
    """Remove a town that has left: schema, role, hosts, jobs and files.

    Only with an export (operations.moving) of the town as it is now, whose checksums are right, and the name typed in
    once more. `confirmed_by`: a second person, if there was one. Raises TownRefused, BundleRefused.
    """
    if confirmed != town.name:
        raise TownRefused(_("Zur Bestätigung bitte genau so schreiben: %(town)s") % {"town": town.name})
    bundle = open_bundle(export)
    with transaction.atomic(durable=True), at_operator():
        current = Town.objects.select_for_update().get(pk=town.pk)
        if not current.has_left:
            message = _("%(town)s ist %(state)s. Löschen lässt sich nur eine Stadt, deren Portal beendet ist.")
            raise TownRefused(message % {"town": current.name, "state": current.get_state_display()})
        with as_owner(), in_town(current):
            rows = _hold_and_count(current)
            _refuse_other_export(current, bundle)
        files = list(files_below(default_storage, current.schema_name))
        protocol = Deletion.objects.create(
            name=current.full_name,
            ars=current.ars,
            schema=current.schema_name,
            hosts=sorted(current.hosts.values_list("domain", flat=True)),
            created_at=current.created_at,
            history=[_plain(event) for event in TownEvent.objects.filter(town=current).order_by("at", "pk")],
            rows=rows,
            files=len(files),
            export_digest=bundle.digest,
            exported_at=datetime.fromisoformat(bundle.manifest.made_at),
            by=by,
            confirmed_by=confirmed_by,
            reason=reason,
            at=now,
        )
        _remove(current)
        hosts.changed()
    for name in files:
        default_storage.delete(name)
    return protocol


def carry_out(*, town_pk: int, now: datetime) -> None:
    """Delete a town as two people at the desk have decided. If that is not possible they are told why."""
    request = DeletionRequest.objects.select_related("town", "export", "asked_by", "confirmed_by").filter(pk=town_pk)
    decided = request.filter(confirmed_at__isnull=False).first()
    if decided is None or decided.confirmed_by is None:
        return  # taken back, or done by an attempt before this one
    others = list(TownExport.objects.filter(town=decided.town).exclude(pk=decided.export_id))
    try:
        delete_town(
            town=decided.town,
            confirmed=decided.town.name,
            export=exports.path_of(decided.export),
            by=decided.asked_by.name,
            confirmed_by=decided.confirmed_by.name,
            reason=decided.reason,
            now=now,
        )
    except (TownRefused, BundleRefused) as refusal:
        with transaction.atomic():
            request.delete()
            record(decided.town, EventKind.DELETION_REFUSED, text=str(refusal), by=None, now=now)
    else:
        for export in others:
            exports.remove_file(export)


def _hold_and_count(town: Town) -> dict[str, int]:
    """Nobody writes any more until the end; how many rows each table has, also those that are in no export."""
    with connection.cursor() as cursor:
        names = wall.tables_of(cursor, town.schema_name)
        tables = {name: sql.Identifier(town.schema_name, name) for name in names}
        every = sql.SQL(", ").join(tables.values())
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(every))
        counts = {}
        for name, table in tables.items():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(table))
            counts[name] = int(cursor.fetchone()[0])
    return counts


def _refuse_other_export(town: Town, bundle: Bundle) -> None:
    """What is removed must be in the export, to the letter."""
    if bundle.manifest.ars != town.ars:
        raise BundleRefused(_("Dieses Paket gehört zu %(town)s.") % {"town": bundle.manifest.name})
    for table in tables_of(town):
        if digest_of(lines_of(town, table)) != bundle.sums.get(place_of(table.name)):
            raise BundleRefused(
                _("Seit dem Export hat sich etwas geändert (%(table)s). Bitte exportieren Sie die Stadt noch einmal.")
                % {"table": table.name}
            )


def _remove(town: Town) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'town' = %s", [town.schema_name])
        cursor.execute(_TOLD_BY_PROVIDERS.format(events=_EVENTS, accounts=_ACCOUNTS), [town.pk])
        cursor.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(town.schema_name)))
        wall.remove_role(cursor, connection.settings_dict["NAME"], town.schema_name)
        Town.objects.filter(pk=town.pk).delete()


_EVENTS = sql.Identifier(WebhookEvent._meta.db_table)
# What payment providers told us about the town's payments, with the mail addresses of people.
_ACCOUNTS = sql.Identifier(ConnectedAccount._meta.db_table)
_TOLD_BY_PROVIDERS = sql.SQL(
    "DELETE FROM {events} USING {accounts} one WHERE {events}.provider = one.provider "
    "AND {events}.account = one.account AND one.town_id = %s"
)


def _plain(event: TownEvent) -> list[str]:
    return [event.at.isoformat(), str(event.get_kind_display()), event.text, event.by.name if event.by else ""]


# --- The protocol as a text -----------------------------------------------------------------------------------

_TEXT = """\
Protokoll einer Löschung
========================

Stadt:            {name}
Schlüssel (ARS):  {ars}
Bei uns seit:     {created_at}
Gelöscht am:      {at}
Gelöscht von:     {by}
Bestätigt von:    {confirmed_by}
Grund:            {reason}
Adressen:         {hosts}

Gelöscht wurden das Schema „{schema}“ der Datenbank mit seiner Rolle und {files} Dateien.
Der Schlüssel, mit dem die Dateien verschlüsselt waren, stand in diesem Schema und ist vernichtet: Kopien der Dateien in
Sicherungen kann niemand mehr lesen, der nicht auch eine Sicherung der Datenbank aus der Zeit davor hat.
Sicherungen der Datenbank enthalten die Stadt noch, bis sie selbst gelöscht werden.

Vorher wurde die Stadt exportiert ({exported_at}) und der Export mit den Daten verglichen.
Prüfsumme des Exports (SHA-256 der Datei SHA256SUMS):
  {export_digest}

Gelöschte Datensätze je Tabelle
{rows}

Verlauf
{history}
"""


def protocol_text(deletion: Deletion) -> str:
    """To print and keep."""
    return _TEXT.format(
        name=deletion.name,
        ars=deletion.ars,
        created_at=german_datetime(deletion.created_at),
        at=german_datetime(deletion.at),
        by=deletion.by,
        confirmed_by=deletion.confirmed_by or _("Befehl auf dem Server"),
        reason=deletion.reason,
        hosts=", ".join(deletion.hosts),
        schema=deletion.schema,
        files=deletion.files,
        exported_at=german_datetime(deletion.exported_at),
        export_digest=deletion.export_digest,
        rows="\n".join(f"  {table:<40}{number:>10}" for table, number in sorted(deletion.rows.items())),
        history="\n".join(_history_line(*event) for event in deletion.history),
    )


def _history_line(at: str, what: str, text: str, by: str) -> str:
    line = f"  {german_datetime(datetime.fromisoformat(at))}  {what}"
    return line + (f": {text}" if text else "") + (f" ({by})" if by else "")
