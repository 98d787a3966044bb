"""Compares what the database says about files with what lies in the storage, for the town at work."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from submissions.models import Transfer, Upload
from submissions.uploads.actions import piece_names
from submissions.uploads.states import Scan
from tenants.context import current_town
from tenants.vault.cipher import Tampered, content_size
from tenants.vault.keys import NoKey
from tenants.vault.storage import ENDING, files_below

# Younger files may belong to a row that is just being written.
ORPHAN_AFTER = timedelta(days=1)
_CHUNK = 1024 * 1024  # bytes


@dataclass
class Findings:
    """What was found in a town. Lists hold names in the storage."""

    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # another size or content than the database says, or changed
    orphans: list[str] = field(default_factory=list)  # nothing in the database knows them
    plain: int = 0  # files that are not encrypted
    unscanned: int = 0
    infected: int = 0

    @property
    def is_fine(self) -> bool:
        return not (self.missing or self.wrong or self.orphans)


def check(*, now: datetime, reads: bool = False) -> Findings:
    """Look at all files of the town; with `reads` also into them, which takes long."""
    found = Findings()
    lying = set(files_below(default_storage, current_town().schema_name))
    known: set[str] = set()
    for upload in Upload.objects.order_by("pk").iterator():
        names = [str(file.name) for file in (upload.file, upload.preview) if file]
        known.update(names)
        found.unscanned += upload.scan == Scan.UNSCANNED
        found.infected += upload.is_infected
        missing = [name for name in names if name not in lying]
        found.missing += [] if upload.is_infected else missing  # those do not move with a town
        if missing:
            continue
        found.files += 1
        found.bytes += upload.size
        found.plain += not names[0].endswith(ENDING)
        if not (_has_right_size(upload) and (not reads or _has_right_content(upload))):
            found.wrong.append(names[0])
    for transfer in Transfer.objects.iterator():
        known.update(piece_names(transfer))
    found.orphans = sorted(name for name in lying - known if _is_old(name, now))
    return found


def delete_orphans(found: Findings) -> Iterator[str]:
    """Delete what nothing knows; gives the names."""
    for name in found.orphans:
        default_storage.delete(name)
        yield name
    found.orphans = []


def _is_old(name: str, now: datetime) -> bool:
    try:
        return default_storage.get_modified_time(name) < now - ORPHAN_AFTER
    except FileNotFoundError:  # it has just been removed
        return False


def _has_right_size(upload: Upload) -> bool:
    try:
        size = default_storage.size(str(upload.file.name))
        return upload.size == (content_size(size) if upload.is_sealed else size)
    except Tampered:
        return False


def _has_right_content(upload: Upload) -> bool:
    """Whether it can be decrypted and is what it was; what is sealed, down to the browser's seal."""
    digest = hashlib.sha256()
    try:
        with default_storage.open(str(upload.file.name)) as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except (Tampered, NoKey):
        return False
    return upload.is_sealed or not upload.digest or digest.hexdigest() == upload.digest
