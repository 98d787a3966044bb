"""Reads of releases."""

from catalogue.content import EntryKind
from catalogue.models import Release, ReleaseEntry, ReleaseState
from catalogue.parsing import Entries


def newest_number() -> int | None:
    """The number of the release that towns show, None if there is none."""
    return Release.objects.filter(state=ReleaseState.RELEASED).values_list("number", flat=True).first()


def entries_of(number: int) -> Entries:
    """All entries of a release that is no draft any more, in order; nothing if there is no such release."""
    entries: Entries = {kind: [] for kind in EntryKind}
    rows = ReleaseEntry.objects.filter(release__number=number).exclude(release__state=ReleaseState.DRAFT)
    for kind, content in rows.order_by("kind", "position").values_list("kind", "content"):
        entries[EntryKind(kind)].append(content)
    return entries
