from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils.translation import gettext as _

from catalogue.addresses import left_out, stolen
from catalogue.forms.reading import Form
from catalogue.models import FormVersion, PermanentAddress, Release, ReleaseEntry, ReleaseState
from catalogue.parsing import Entries
from catalogue.queries import entries_of
from catalogue.reading import Library, read_library
from catalogue.source import LibraryRefused, Problem


def release(library: Path, *, by: str, now: datetime, notes: str) -> Release:
    """Release what a library says to all towns, under the next number.

    If it says what the newest release says already, that one is returned; addresses are laid out all the same: they
    belong to no release. Raises LibraryRefused, see source.
    """
    content = read_library(library)
    entries = content.entries
    with transaction.atomic():
        with connection.cursor() as cursor:  # two at once would both take the next number; readers go on
            cursor.execute("LOCK TABLE catalogue_release IN SHARE ROW EXCLUSIVE MODE")
        _refuse_changed_forms(content.forms)
        _lay_out_addresses(content)
        current = Release.objects.filter(state=ReleaseState.RELEASED).first()
        if current and entries_of(current.number) == entries:
            return current
        _write_forms(content.forms)
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


def _refuse_changed_forms(forms: Iterable[Form]) -> None:
    """A version of a form is for ever; another content needs another number."""
    reason = _("Dieses Formular ist unter der Version %(version)s schon anders freigegeben. Erhöhen Sie die Version.")
    problems = [
        form.problem(reason % {"version": form.version}, ("version",))
        for form in forms
        if FormVersion.objects.filter(key=form.key, version=form.version).exclude(definition=form.plain).exists()
    ]
    if problems:
        raise LibraryRefused(problems)


def _write_forms(forms: Iterable[Form]) -> None:
    for form in forms:
        FormVersion.objects.get_or_create(key=form.key, version=form.version, defaults={"definition": form.plain})


def _lay_out_addresses(library: Library) -> None:
    """Let words lead to services, for ever: none is taken away or, while its service is there, given to another."""
    known = dict(PermanentAddress.objects.values_list("word", "service_key"))
    wanted = library.addresses
    reason = _("„%(word)s“ führt schon zu „%(key)s“ und ist vielleicht gedruckt. Nehmen Sie ein anderes Wort.")
    problems = [
        Problem(*library.places[word], reason % {"word": word, "key": known[word]}) for word in stolen(known, wanted)
    ]
    if problems:
        raise LibraryRefused(problems)
    all_words = wanted | left_out(known, wanted)
    PermanentAddress.objects.bulk_create(
        [PermanentAddress(word=word, service_key=key) for word, key in all_words.items() if known.get(word) != key],
        update_conflicts=True,
        unique_fields=["word"],
        update_fields=["service_key"],
    )
