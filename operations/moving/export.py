"""One town as a bundle that it can take along: everything of one moment, while all towns go on."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q

from billing.documents import receipt_pdf
from billing.export import ledger_table, payments_table
from billing.models import LedgerEntry, Payment
from billing.states import ARRIVED
from catalogue.models import FormVersion
from operations.models import EventKind, TownEvent
from operations.moving.bundle import MANIFEST, Manifest, TableEntry, Writer, place_of, plain
from operations.moving.readme import readme
from operations.moving.rows import Table, lines_of, snapshot_of, tables_of
from submissions.documents import application_pdf
from submissions.export import history_table
from submissions.models import Draft, Event, Submission, Upload
from submissions.states import State
from submissions.uploads.states import Scan
from tenants.context import at_operator
from tenants.models import Town
from tenants.vault.storage import plain_name
from townhall.shopfront import shopfront

FORMS = "katalog/formulare.json"
_CHUNK = 1024 * 1024


def export_town(*, town: Town, path: Path, now: datetime) -> str:
    """Write a town's bundle; returns its checksum, and keeps it in the town's history at the operator.

    Either the file is there and whole, or it is not there. Raises FileExistsError.
    """
    unfinished = unfinished_of(path)
    unfinished.touch(mode=0o600, exist_ok=False)  # for us alone: it holds everything about people
    with unfinished.open("r+b") as file:
        try:
            digest = _write(town, Writer(file), now)
            file.flush()
            os.fsync(file.fileno())
            os.link(unfinished, path)  # raises if there is one already
        finally:
            unfinished.unlink()
    with at_operator():
        TownEvent.objects.create(town=town, at=now, kind=EventKind.EXPORTED, text=digest)
    return digest


def unfinished_of(path: Path) -> Path:
    """Where a bundle is written until it is whole."""
    return path.with_name(path.name + ".part")


def _write(town: Town, writer: Writer, now: datetime) -> str:
    tables = tables_of(town)
    with snapshot_of(town):
        entries = [_write_table(writer, town, table) for table in tables]
        missing = list(_write_uploads(writer))
        infected = [_within(str(upload.file.name)) for upload in Upload.objects.filter(scan=Scan.INFECTED)]
        _write_documents(writer)
        writer.add_json(FORMS, _forms())
        manifest = Manifest(
            ars=town.ars,
            name=town.name,
            slug=town.slug,
            schema=town.schema_name,
            own_hosts=sorted(town.hosts.filter(is_primary=False).values_list("domain", flat=True)),
            made_at=now.isoformat(),
            release=shopfront().release,
            migrations=migrations_seen(),
            tables=entries,
            missing_files=missing,
            size=town.size,
            infected_files=infected,
        )
    writer.add_json(MANIFEST, plain(manifest))
    writer.add_text("LIESMICH.txt", readme(town, manifest, now))
    return writer.close()


def migrations_seen() -> list[str]:
    """What the tables of the town at work have seen. As the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


def _write_table(writer: Writer, town: Town, table: Table) -> TableEntry:
    rows = 0

    def counted() -> Iterator[str]:
        nonlocal rows
        for line in lines_of(town, table):
            rows += line not in ("[", "]")
            yield line

    writer.add_lines(place_of(table.name), counted())
    return TableEntry(table.name, list(table.columns), rows)


def _write_uploads(writer: Writer) -> Iterator[str]:
    """All files, readable; gives the names of those that somebody has just removed. Those with a virus stay here."""
    drafts = Draft.objects.filter(sealed=None)
    moves = Q(submission__isnull=False) | Q(request__isnull=False) | Q(draft__in=drafts)
    uploads = Upload.objects.filter(moves).exclude(scan=Scan.INFECTED).order_by("pk")
    for names in uploads.values_list("file", "preview").iterator():
        for name in filter(None, names):
            try:
                with default_storage.open(name) as file:
                    pieces = iter(partial(file.read, _CHUNK), b"")
                    writer.add(f"dateien/{_within(name)}", pieces, is_packed=True)
            except FileNotFoundError:
                yield _within(name)


def _within(name: str) -> str:
    """What a file is called in a bundle: without the town's own folder."""
    return str(PurePosixPath(*PurePosixPath(plain_name(name)).parts[1:]))


def _write_documents(writer: Writer) -> None:
    submissions = Submission.objects.exclude(state=State.PURGED).select_related("citizen").order_by("number")
    for submission in submissions.iterator(chunk_size=100):
        writer.add(f"antraege/{submission.number}.pdf", [application_pdf(submission)], is_packed=True)
    payments = Payment.objects.select_related("submission", "request").order_by("reference")
    for payment in payments.filter(state__in=ARRIVED).iterator(chunk_size=100):
        writer.add(f"quittungen/{payment.reference}.pdf", [receipt_pdf(payment)], is_packed=True)
    writer.add_text("zahlungen/zahlungen.csv", payments_table(payments))
    entries = LedgerEntry.objects.select_related("payment").order_by("at", "pk")
    writer.add_text("zahlungen/buchungen.csv", ledger_table(entries))
    events = Event.objects.select_related("submission", "by").order_by("at", "pk")
    writer.add_text("verlauf/verlauf.csv", history_table(events))


def _forms() -> list[dict[str, object]]:
    """The versions of forms in which something was filled in: without them no answer can be read."""
    used: set[tuple[str, int]] = set()
    for rows in (Submission.objects, Draft.objects):
        used |= set(rows.order_by().values_list("service_key", "form_version").distinct())
    forms: Iterable[FormVersion] = FormVersion.objects.filter(key__in={key for key, _version in used}).order_by("key")
    return [
        {"key": form.key, "version": form.version, "definition": form.definition}
        for form in forms
        if (form.key, form.version) in used
    ]
