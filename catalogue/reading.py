"""The files under `catalogue/library/`: read, checked, and refused with file, line and reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from catalogue import content
from catalogue.content import Catalogue, EntryKind, InvalidContent, LifeSituation, Service, Unit
from catalogue.parsing import Content, Entries, Plain, parse

SHIPPED_LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True, order=True)
class Problem:
    """A mistake in a library. `file` is relative to its folder, lines count from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return _("%(file)s, Zeile %(line)s: %(reason)s") % vars(self)


class LibraryRefused(Exception):
    """A library cannot be released. The message has one problem a line, in German."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class _Entry(Generic[Content]):
    """What one place of a file says: as it stands there, as plain data and as what it means."""

    file: str
    node: Node
    plain: Plain
    content: Content


def read_library(folder: Path) -> Entries:
    """Read and check all content of a library, as plain data that a release can store.

    Raises LibraryRefused with the first mistake of each entry or, if there is none, with all contradictions
    between entries.
    """
    problems: list[Problem] = []
    situations = list(_unique(_read_list(folder, "life_situations.yaml", LifeSituation, problems), problems))
    units = list(_unique(_read_list(folder, "units.yaml", Unit, problems), problems))
    services = list(_read_services(folder, problems))
    if not problems:
        problems.extend(_contradictions(situations, units, services))
    if problems:
        raise LibraryRefused(problems)
    return {
        EntryKind.LIFE_SITUATION: [entry.plain for entry in situations],
        EntryKind.UNIT: [entry.plain for entry in units],
        EntryKind.SERVICE: [entry.plain for entry in services],
    }


def _read_list(
    folder: Path, name: str, kind: type[Content], problems: list[Problem]
) -> Iterator[_Entry[Content]]:
    document = _read_file(folder, name, problems)
    if document is None:
        return
    if not isinstance(document, SequenceNode) or not document.value:
        problems.append(Problem(name, 1, _("Hier wird eine Liste erwartet.")))
        return
    for node in document.value:
        entry = _read_entry(name, node, kind, problems)
        if entry:
            yield entry


def _read_services(folder: Path, problems: list[Problem]) -> Iterator[_Entry[Service]]:
    """The services, ordered by key. Each stands in a file that is called like it."""
    files = sorted((folder / "services").glob("*.yaml"))
    if not files:
        problems.append(Problem("services/", 1, _("Hier liegen keine Leistungen.")))
    for file in files:
        name = f"services/{file.name}"
        node = _read_file(folder, name, problems)
        entry = _read_entry(name, node, Service, problems) if node else None
        if entry and entry.content.key == file.stem:
            yield entry
        elif entry:
            reason = _("Der Schlüssel „%(key)s“ muss so heißen wie die Datei.")
            at = _line(entry.node, ("key",))
            problems.append(Problem(name, at, reason % {"key": entry.content.key}))


def _read_file(folder: Path, name: str, problems: list[Problem]) -> Node | None:
    """The root of a YAML file, or None with a problem noted."""
    data = b""
    try:
        data = (folder / name).read_bytes()
        node = yaml.compose(data.decode(), Loader=_Loader)
    except OSError:
        problems.append(Problem(name, 1, _("Die Datei fehlt oder lässt sich nicht lesen.")))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(Problem(name, line, _("Die Datei ist nicht als UTF-8 gespeichert.")))
    except ReaderError as error:
        line = data.decode().count("\n", 0, error.position) + 1
        problems.append(Problem(name, line, _("Hier steht ein unsichtbares Steuerzeichen.")))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(
            Problem(name, line, _("Das ist kein YAML: %(problem)s.") % {"problem": error.problem})
        )
    else:
        if node is not None:
            return node
        problems.append(Problem(name, 1, _("Die Datei ist leer.")))
    return None


def _read_entry(
    name: str, node: Node, kind: type[Content], problems: list[Problem]
) -> _Entry[Content] | None:
    """The entry that stands at a node, or None with a problem noted."""
    try:
        plain = _plain(node)
        return _Entry(name, node, plain, parse(kind, plain))
    except InvalidContent as problem:
        problems.append(Problem(name, _line(node, problem.at), problem.reason))
        return None


def _unique(entries: Iterator[_Entry[Any]], problems: list[Problem]) -> Iterator[_Entry[Any]]:
    seen: set[str] = set()
    for entry in entries:
        key = entry.content.key
        if key in seen:
            reason = _("Den Schlüssel „%(key)s“ gibt es schon.") % {"key": key}
            problems.append(Problem(entry.file, _line(entry.node, ("key",)), reason))
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
        yield Problem(entry.file, _line(entry.node, problem.at), problem.reason)


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: a release stores them as JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _plain(node: Node) -> Any:
    """The data of a node. Raises InvalidContent for a field that stands twice: YAML forgets the first."""
    if isinstance(node, SequenceNode):
        return [_below(position, item) for position, item in enumerate(node.value)]
    if isinstance(node, MappingNode):
        plain: Plain = {}
        for name_node, value in node.value:
            name = str(name_node.value)
            if name in plain:
                raise InvalidContent(
                    _("Das Feld „%(name)s“ steht hier zweimal.") % {"name": name}, at=(name,)
                )
            plain[name] = _below(name, value)
        return plain
    try:
        return _Loader("").construct_document(node)
    except (yaml.YAMLError, ValueError):
        raise InvalidContent(_("Dieser Wert lässt sich nicht lesen.")) from None


def _below(step: str | int, node: Node) -> Any:
    try:
        return _plain(node)
    except InvalidContent as problem:
        raise InvalidContent(problem.reason, at=(step, *problem.at)) from None


def _line(node: Node, at: content.Path) -> int:
    """The line of a place below a node; of the nearest one around it if it is not there."""
    line: int = node.start_mark.line + 1
    for step in at:
        if isinstance(node, MappingNode):
            found = [(name, value) for name, value in node.value if name.value == step]
            if not found:
                break
            name, node = found[-1]  # the second one where a field stands twice
            line = name.start_mark.line + 1
        elif isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line
