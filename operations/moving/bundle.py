"""A town as one file: a ZIP archive with its data, documents and uploads, and a checksum for each of them."""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from django.utils.translation import gettext as _

FORMAT = 1
MANIFEST = "stadt.json"
SUMS = "SHA256SUMS"
_CHUNK = 1024 * 1024  # bytes


class BundleRefused(Exception):
    """A bundle that is broken or does not fit here; the message says why, in German."""


@dataclass(frozen=True)
class TableEntry:
    """What a bundle says about one of its tables."""

    name: str
    columns: list[str]
    rows: int


@dataclass(frozen=True)
class Manifest:
    """What a bundle says about itself."""

    ars: str
    name: str
    slug: str
    schema: str
    own_hosts: list[str]
    made_at: str  # ISO 8601
    release: int  # of the catalogue
    migrations: list[str]  # that its tables have seen: app.name
    tables: list[TableEntry]  # in the order in which they can be loaded
    missing_files: list[str]  # uploads that were not there any more
    size: int | None = None  # of the town (TownSize); bundles of before do not say
    infected_files: list[str] = field(default_factory=list)  # in which a virus was found
    format: int = FORMAT

    @property
    def rows(self) -> dict[str, int]:
        return {table.name: table.rows for table in self.tables}


def place_of(table: str) -> str:
    """Where a table stands in a bundle."""
    return f"daten/{table}.json"


# --- Writing ------------------------------------------------------------------------------------------------


class Writer:
    """Puts files into a bundle, one after the other, without holding any of them in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True)
        self._sums: dict[str, str] = {}

    def add(self, name: str, chunks: Iterable[bytes], *, is_packed: bool = False) -> None:
        """A file. `is_packed`: it would not get smaller."""
        digest = hashlib.sha256()
        self._archive.compression = ZIP_STORED if is_packed else ZIP_DEFLATED
        with self._archive.open(name, "w", force_zip64=True) as entry:
            for chunk in chunks:
                digest.update(chunk)
                entry.write(chunk)
        self._sums[name] = digest.hexdigest()

    def add_text(self, name: str, text: str) -> None:
        self.add(name, [text.encode()])

    def add_lines(self, name: str, lines: Iterable[str]) -> None:
        self.add(name, (line.encode() + b"\n" for line in lines))

    def add_json(self, name: str, plain: Any) -> None:
        self.add_text(name, json.dumps(plain, ensure_ascii=False, indent=1) + "\n")

    def close(self) -> str:
        """Write the checksums; returns the checksum of them all."""
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self._archive.writestr(SUMS, sums)
        self._archive.close()
        return hashlib.sha256(sums.encode()).hexdigest()


def plain(manifest: Manifest) -> dict[str, Any]:
    return asdict(manifest)


# --- Reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are all there and as they were written."""

    archive: ZipFile
    manifest: Manifest
    sums: dict[str, str]  # SHA-256 by name
    digest: str  # of the checksums

    def lines(self, name: str) -> Iterator[str]:
        """The lines of a text."""
        with self.archive.open(name) as entry:
            yield from io.TextIOWrapper(entry, encoding="utf-8", newline="\n")

    def json(self, name: str) -> Any:
        return json.loads(self.archive.read(name))


def open_bundle(path: Path) -> Bundle:
    """Open a bundle and check every file in it. Raises BundleRefused."""
    try:
        archive = ZipFile(path)
        listed = archive.read(SUMS).decode()
        sums = {name: digest for digest, name in (line.split("  ", 1) for line in listed.splitlines())}
        manifest = archive.read(MANIFEST)
    except (OSError, BadZipFile, KeyError, ValueError) as problem:
        message = _("„%(file)s“ ist kein Paket einer Stadt, oder es ist beschädigt.") % {"file": path}
        raise BundleRefused(message) from problem
    _check(archive, sums)
    return Bundle(archive, _read_manifest(manifest), sums, hashlib.sha256(listed.encode()).hexdigest())


def _check(archive: ZipFile, sums: dict[str, str]) -> None:
    names = archive.namelist()
    if sorted(names) != sorted([*sums, SUMS]):
        raise BundleRefused(_("Im Paket fehlen Dateien, oder es sind welche dazugekommen."))
    for name, expected in sums.items():
        digest = hashlib.sha256()
        try:
            with archive.open(name) as entry:
                while chunk := entry.read(_CHUNK):
                    digest.update(chunk)
        except (BadZipFile, OSError, EOFError) as problem:
            raise BundleRefused(_("Die Datei „%(name)s“ im Paket ist beschädigt.") % {"name": name}) from problem
        if digest.hexdigest() != expected:
            message = _("Die Datei „%(name)s“ im Paket wurde verändert: Die Prüfsumme stimmt nicht.") % {"name": name}
            raise BundleRefused(message)


def _read_manifest(content: bytes) -> Manifest:
    try:
        found = json.loads(content)
        if found["format"] != FORMAT:
            raise BundleRefused(
                _("Dieses Paket hat das Format %(theirs)s. Hier lesen wir Format %(ours)s.")
                % {"theirs": found["format"], "ours": FORMAT}
            )
        tables = [TableEntry(**table) for table in found.pop("tables")]
        return Manifest(**found, tables=tables)
    except (ValueError, KeyError, TypeError) as problem:
        raise BundleRefused(_("Die Beschreibung im Paket (stadt.json) ist nicht lesbar.")) from problem
