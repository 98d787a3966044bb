"""Files of YAML with their lines: mistakes are told with file, line and reason."""

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.reader import ReaderError

from catalogue.content import InvalidContent, Path

Plain = dict[str, Any]


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


def read_file(folder: FilePath, name: str, problems: list[Problem]) -> Node | None:
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
        problems.append(Problem(name, line, _("Das ist kein YAML: %(problem)s.") % {"problem": error.problem}))
    else:
        if node is not None:
            return node
        problems.append(Problem(name, 1, _("Die Datei ist leer.")))
    return None


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: a release stores them as JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plain_of(node: Node) -> Any:
    """The data of a node. Raises InvalidContent for a field that stands twice: YAML forgets the first."""
    if isinstance(node, SequenceNode):
        return [_below(position, item) for position, item in enumerate(node.value)]
    if isinstance(node, MappingNode):
        plain: Plain = {}
        for name_node, value in node.value:
            name = str(name_node.value)
            if name in plain:
                raise InvalidContent(_("Das Feld „%(name)s“ steht hier zweimal.") % {"name": name}, at=(name,))
            plain[name] = _below(name, value)
        return plain
    try:
        return _Loader("").construct_document(node)
    except (yaml.YAMLError, ValueError):
        raise InvalidContent(_("Dieser Wert lässt sich nicht lesen.")) from None


def _below(step: str | int, node: Node) -> Any:
    try:
        return plain_of(node)
    except InvalidContent as problem:
        raise InvalidContent(problem.reason, at=(step, *problem.at)) from None


def line_of(node: Node, at: Path) -> int:
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
