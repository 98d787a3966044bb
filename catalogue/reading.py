"""The files under `catalogue/library/`: read, checked, and refused with file, line and reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Generic

from django.utils.translation import gettext as _
from yaml.nodes import Node, SequenceNode

from catalogue.addresses import Address
from catalogue.content import Catalogue, EntryKind, InvalidContent, LifeSituation, Path, Service, Unit
from catalogue.forms.choices import SettingKind
from catalogue.forms.reading import Form, read_forms
from catalogue.forms.walking import named_amounts, named_services
from catalogue.parsing import Content, Entries, Plain, parse
from catalogue.source import LibraryRefused, Problem, line_of, plain_of, read_file

SHIPPED_LIBRARY = FilePath(__file__).parent / "library"


@dataclass(frozen=True)
class _Entry(Generic[Content]):
    """What one place of a file says: as it stands there, as plain data and as what it means."""

    file: str
    node: Node
    plain: Plain
    content: Content


@dataclass(frozen=True)
class Library:
    """All that a release stores: the entries as plain data, and the definitions of its forms."""

    entries: Entries
    forms: tuple[Form, ...]
    addresses: dict[str, str]  # words that lead to services, to their keys
    places: dict[str, tuple[str, int]]  # file and line of each word


def read_library(folder: FilePath) -> Library:
    """Read and check all content of a library.

    Raises LibraryRefused with the first mistake of each entry or, if there is none, with all contradictions
    between entries.
    """
    problems: list[Problem] = []
    situations = list(_unique(_read_list(folder, "life_situations.yaml", LifeSituation, problems), problems))
    units = list(_unique(_read_list(folder, "units.yaml", Unit, problems), problems))
    services = list(_read_services(folder, problems))
    forms = list(read_forms(folder, problems))
    addresses = list(_unique(_read_list(folder, "addresses.yaml", Address, problems), problems))
    if not problems:
        problems.extend(_contradictions(situations, units, services))
        problems.extend(_forms_without_ground(forms, [entry.content for entry in services]))
        problems.extend(_addresses_without_ground(addresses, {entry.content.key for entry in services}))
    if problems:
        raise LibraryRefused(problems)
    entries = {
        EntryKind.LIFE_SITUATION: [entry.plain for entry in situations],
        EntryKind.UNIT: [entry.plain for entry in units],
        EntryKind.SERVICE: [entry.plain for entry in services],
        EntryKind.FORM: [{"key": form.key, "version": form.version} for form in forms],
    }
    return Library(
        entries,
        tuple(forms),
        addresses={entry.content.key: entry.content.key for entry in services}
        | {entry.content.word: entry.content.service for entry in addresses},
        places={entry.content.key: (entry.file, line_of(entry.node, ("key",))) for entry in services}
        | {entry.content.word: (entry.file, line_of(entry.node, ("word",))) for entry in addresses},
    )


def _read_list(folder: FilePath, name: str, kind: type[Content], problems: list[Problem]) -> Iterator[_Entry[Content]]:
    document = read_file(folder, name, problems)
    if document is None:
        return
    if not isinstance(document, SequenceNode) or not document.value:
        problems.append(Problem(name, 1, _("Hier wird eine Liste erwartet.")))
        return
    for node in document.value:
        entry = _read_entry(name, node, kind, problems)
        if entry:
            yield entry


def _read_services(folder: FilePath, problems: list[Problem]) -> Iterator[_Entry[Service]]:
    """The services, ordered by key. Each stands in a file that is called like it."""
    files = sorted((folder / "services").glob("*.yaml"))
    if not files:
        problems.append(Problem("services/", 1, _("Hier liegen keine Leistungen.")))
    for file in files:
        name = f"services/{file.name}"
        node = read_file(folder, name, problems)
        entry = _read_entry(name, node, Service, problems) if node else None
        if entry and entry.content.key == file.stem:
            yield entry
        elif entry:
            reason = _("Der Schlüssel „%(key)s“ muss so heißen wie die Datei.")
            at = line_of(entry.node, ("key",))
            problems.append(Problem(name, at, reason % {"key": entry.content.key}))


def _read_entry(name: str, node: Node, kind: type[Content], problems: list[Problem]) -> _Entry[Content] | None:
    """The entry that stands at a node, or None with a problem noted."""
    try:
        plain = plain_of(node)
        return _Entry(name, node, plain, parse(kind, plain))
    except InvalidContent as problem:
        problems.append(Problem(name, line_of(node, problem.at), problem.reason))
        return None


def _unique(entries: Iterator[_Entry[Any]], problems: list[Problem]) -> Iterator[_Entry[Any]]:
    seen: set[str] = set()
    for entry in entries:
        key = entry.content.key
        if key in seen:
            reason = _("Den Schlüssel „%(key)s“ gibt es schon.") % {"key": key}
            problems.append(Problem(entry.file, line_of(entry.node, ("key",)), reason))
        seen.add(key)
        yield entry


def _contradictions(
    situations: list[_Entry[LifeSituation]], units: list[_Entry[Unit]], services: list[_Entry[Service]]
) -> Iterator[Problem]:
    catalogue = Catalogue.of(
        number=0,
        life_situations=[entry.content for entry in situations],
        units=[entry.content for entry in units],
        services=[entry.content for entry in services],
    )
    entries = {entry.content.key: entry for entry in services}
    for service, problem in catalogue.contradictions():
        entry = entries[service.key]
        yield Problem(entry.file, line_of(entry.node, problem.at), problem.reason)


def _forms_without_ground(forms: list[Form], services: list[Service]) -> Iterator[Problem]:
    """A form belongs to a service and leads to services, and its fees to amounts that a town can enter."""
    keys = {service.key for service in services}
    amounts = {amount.key for service in services for amount in service.fee.amounts}
    for form in forms:
        for at, key in [(("key",), form.key), *named_services(form.definition)]:
            if key not in keys:
                yield form.problem(_("Eine Leistung „%(key)s“ gibt es nicht.") % {"key": key}, at)
        for at, key in [*named_amounts(form.definition), *_amounts_of_entries(form)]:
            if key not in amounts:
                yield form.problem(_("Den Betrag „%(key)s“ hat keine Leistung.") % {"key": key}, at)


def _amounts_of_entries(form: Form) -> Iterator[tuple[Path, str]]:
    """The amounts that the proposed entries of the town's lists name themselves."""
    for key, setting in form.definition.settings.items():
        entries = setting.default if setting.kind == SettingKind.LIST else ()
        yield from ((("settings", key), one["amount"]) for one in entries if isinstance(one, dict) and "amount" in one)


def _addresses_without_ground(addresses: list[_Entry[Address]], services: set[str]) -> Iterator[Problem]:
    """An address leads to a service, and none takes the word that is another one's key."""
    for entry in addresses:
        address = entry.content
        if address.service not in services:
            reason = _("Eine Leistung „%(key)s“ gibt es nicht.") % {"key": address.service}
            yield Problem(entry.file, line_of(entry.node, ("service",)), reason)
        if address.word in services:
            reason = _("„%(word)s“ ist der Schlüssel einer Leistung und führt schon dorthin.")
            yield Problem(entry.file, line_of(entry.node, ("word",)), reason % {"word": address.word})
