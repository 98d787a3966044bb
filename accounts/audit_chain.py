"""Whether the audit log is what it was: every entry is chained to the one before by its digest.

The links are made by PostgreSQL (`accounts_audit_entry_is_chained`), so no code can forget them. Here they are computed
once more, by other means.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, AuditLink

MONTHS_KEPT = 24  # the trigger that refuses deletions knows it, too


@dataclass(frozen=True)
class Seal:
    """A link that somebody has noted elsewhere: as long as it is in the chain, nothing before it was changed."""

    position: int
    digest: str

    def __str__(self) -> str:
        return f"{self.position}:{self.digest}"


@dataclass(frozen=True)
class Verdict:
    """What a walk along the chain has found."""

    links: int  # that were looked at
    seal: Seal | None  # the newest link; nothing if there is none
    problem: str = ""  # the first thing that is wrong, in German

    @property
    def is_whole(self) -> bool:
        return not self.problem


def parse_seal(written: str) -> Seal:
    """A seal as somebody has noted it, such as `17:9f2c…`. Raises ValueError."""
    position, _colon, digest = written.strip().partition(":")
    if len(digest) != hashlib.sha256().digest_size * 2:
        raise ValueError(written)
    return Seal(int(position), digest)


def verify(*, now: datetime, noted: Seal | None = None) -> Verdict:
    """Walk the chain of the town (or operator) at work from its beginning to the first thing that is wrong."""
    place, previous, seal = 0, "", None
    for row in _rows():
        problem = _problem(row, place + 1, previous, now)
        if not problem and noted and row.position == noted.position and row.digest != noted.digest:
            problem = _("Glied %(place)s ist ein anderes als das, dessen Siegel notiert wurde.") % {"place": place + 1}
        if problem:
            return Verdict(place, seal, problem)
        place, previous = row.position, row.digest
        seal = Seal(place, previous)
    if noted and place < noted.position:
        words = _("Die Kette endet bei Glied %(place)s; notiert war schon Glied %(noted)s. Das Ende wurde entfernt.")
        return Verdict(place, seal, words % {"place": place, "noted": noted.position})
    unchained = AuditEntry.objects.exclude(pk__in=AuditLink.objects.values("entry")).order_by("pk").first()
    if unchained:
        words = _("Eintrag %(entry)s wurde an der Kette vorbei eingefügt.")
        return Verdict(place, seal, words % {"entry": unchained.pk})
    return Verdict(place, seal)


def newest_seal() -> Seal | None:
    """The newest link, to be noted outside of the portal."""
    last = AuditLink.objects.last()
    return Seal(last.position, last.digest) if last else None


def delete_old_entries(*, now: datetime) -> int:
    """What is older than 24 months goes, by whole months; the links stay. Returns how many entries."""
    with connection.cursor() as cursor:  # past the ORM, which would look for rows that refer to them
        cursor.execute("DELETE FROM accounts_auditentry WHERE at < %s", [_kept_since(now)])
        return int(cursor.rowcount)


def _kept_since(now: datetime) -> datetime:
    """The first day of the month of 24 months ago."""
    year, month = divmod(now.year * 12 + now.month - 1 - MONTHS_KEPT, 12)
    return now.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


# --- One link -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    """A link, and what its entry says now; the entry may be gone."""

    position: int
    entry: int
    at: datetime
    content: str
    previous: str
    digest: str
    found: "tuple[int, datetime, int | None, str, str, str, str, int | None] | None"


def _problem(row: _Row, place: int, previous: str, now: datetime) -> str:
    """What is wrong with a link, in German; empty if nothing is."""
    about = {"place": place, "entry": row.entry}
    if row.position != place:
        return _("Glied %(place)s der Kette fehlt.") % about
    if row.previous != previous:
        return _("Glied %(place)s schließt nicht an das davor an: Dazwischen wurde etwas entfernt.") % about
    linked = [row.position, row.entry, _seconds(row.at), row.content, row.previous]
    if row.digest != _sha256("|".join(map(str, linked))):
        return _("Glied %(place)s (Eintrag %(entry)s) wurde verändert.") % about
    if row.found is None:
        return "" if row.at < _kept_since(now) else _("Eintrag %(entry)s (Glied %(place)s) wurde entfernt.") % about
    key, at, *others = row.found
    if row.content != _sha256(json.dumps([key, _seconds(at), *others], ensure_ascii=False)):
        return _("Eintrag %(entry)s (Glied %(place)s) wurde verändert.") % about
    return ""


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rows() -> Iterator[_Row]:
    """All links with their entries, in order, without holding them in memory."""
    cursor = connection.chunked_cursor()
    try:
        cursor.execute(_WALK)
        for position, entry, at, content, previous, digest, *found in cursor:
            whole = tuple(found) if found[0] is not None else None
            yield _Row(position, entry, at, content, previous, digest, whole)
    finally:
        cursor.close()


_WALK = """
SELECT position, entry, link.at, content, previous, digest,
    one.id, one.at, by_id, action, object_kind, object_key, text, via_id
FROM accounts_auditlink link LEFT JOIN accounts_auditentry one ON one.id = entry
ORDER BY position
"""
