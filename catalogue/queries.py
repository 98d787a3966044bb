"""Reads of releases, and of the addresses that outlive them."""

from collections.abc import Iterable

from catalogue.content import EntryKind
from catalogue.models import PermanentAddress, Release, ReleaseEntry, ReleaseState
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


def service_behind(word: str) -> str | None:
    """The key of the service that a word leads to now, None if it never led anywhere.

    The newest catalogue may lack that service.
    """
    return services_behind([word]).get(word)


def services_behind(words: Iterable[str]) -> dict[str, str]:
    """The same for several words: keys of services by word, without those that never led anywhere."""
    return dict(PermanentAddress.objects.filter(word__in=list(words)).values_list("word", "service_key"))


def shortest_words(service_keys: Iterable[str]) -> dict[str, str]:
    """The word to print for each of these services, by key: the shortest that leads there."""
    rows = PermanentAddress.objects.filter(service_key__in=list(service_keys)).values_list("service_key", "word")
    shortest: dict[str, str] = {}
    for key, word in sorted(rows, key=lambda row: (len(row[1]), row[1])):
        shortest.setdefault(key, word)
    return shortest
