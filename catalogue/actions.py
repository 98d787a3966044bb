from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from catalogue.models import Release, ReleaseEntry, ReleaseState
from catalogue.parsing import Entries
from catalogue.queries import entries_of
from catalogue.reading import read_library


def release(library: Path, *, by: str, now: datetime, notes: str) -> Release:
    """Release what a library says to all towns, under the next number.

    If it says what the newest release says already, that one is returned. Raises LibraryRefused, see reading.
    """
    entries = read_library(library)
    with transaction.atomic():
        with connection.cursor() as cursor:  # two at once would both take the next number; readers go on
            cursor.execute("LOCK TABLE catalogue_release IN SHARE ROW EXCLUSIVE MODE")
        current = Release.objects.filter(state=ReleaseState.RELEASED).first()
        if current and entries_of(current.number) == entries:
            return current
        draft = _write_draft(entries)
        Release.objects.filter(state=ReleaseState.RELEASED).update(state=ReleaseState.SUPERSEDED)
        draft.state = ReleaseState.RELEASED
        draft.released_at, draft.released_by, draft.notes = now, by, notes
        draft.save(update_fields=["state", "released_at", "released_by", "notes"])
    return draft


def _write_draft(entries: Entries) -> Release:
    newest = Release.objects.order_by("-number").first()
    draft = Release.objects.create(number=newest.number + 1 if newest else 1)
    ReleaseEntry.objects.bulk_create(
        ReleaseEntry(release=draft, kind=kind, key=content["key"], position=position, content=content)
        for kind, contents in entries.items()
        for position, content in enumerate(contents)
    )
    return draft
