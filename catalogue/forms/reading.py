"""The forms under `catalogue/library/forms/`, with the blocks and code lists that they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from django.utils.translation import gettext as _
from yaml.nodes import Node

from catalogue.content import InvalidContent, Path
from catalogue.forms.definition import FormDefinition, parse_form
from catalogue.forms.library import Blocks, CodeList, Origins, code_list, expand
from catalogue.source import Plain, Problem, line_of, plain_of, read_file


@dataclass(frozen=True)
class Form:
    """A form as a file says it: `plain` stands on its own and is what a release stores."""

    definition: FormDefinition
    plain: Plain
    file: str
    node: Node

    @property
    def key(self) -> str:
        return self.definition.key

    @property
    def version(self) -> int:
        return self.definition.version

    def problem(self, reason: str, at: Path) -> Problem:
        """Something about the form that cannot stay so."""
        return Problem(self.file, line_of(self.node, at), reason)


def read_forms(folder: FilePath, problems: list[Problem]) -> Iterator[Form]:
    """All forms of a library, ordered by key. What is wrong is added to `problems`, one mistake a form."""
    if not (folder / "forms").is_dir():
        return
    blocks: Blocks = _read(folder, "blocks.yaml", problems) or {}
    lists: dict[str, CodeList] = {
        file.stem: code_list(_read(folder, f"lists/{file.name}", problems) or [])
        for file in sorted((folder / "lists").glob("*.yaml"))
    }
    for file in sorted((folder / "forms").glob("*.yaml")):
        name = f"forms/{file.name}"
        node = read_file(folder, name, problems)
        form = _read_form(name, node, blocks, lists, problems) if node else None
        if form and form.key == file.stem:
            yield form
        elif form:
            reason = _("Der Schlüssel „%(key)s“ muss so heißen wie die Datei.") % {"key": form.key}
            problems.append(form.problem(reason, ("key",)))


def _read_form(
    name: str, node: Node, blocks: Blocks, lists: dict[str, CodeList], problems: list[Problem]
) -> Form | None:
    origins: Origins = {}
    try:
        plain = expand(plain_of(node), blocks=blocks, lists=lists, origins=origins)
        return Form(parse_form(plain), plain, name, node)
    except InvalidContent as problem:
        problems.append(Problem(name, line_of(node, _in_the_file(problem.at, origins)), problem.reason))
        return None


def _in_the_file(at: Path, origins: Origins) -> Path:
    """Where a place of the filled-in form stands in its file."""
    for length in range(len(at), 0, -1):
        if at[:length] in origins:
            return (*origins[at[:length]], *at[length:])
    return at


def _read(folder: FilePath, name: str, problems: list[Problem]) -> Any:
    node = read_file(folder, name, problems)
    try:
        return plain_of(node) if node else None
    except InvalidContent as problem:
        problems.append(Problem(name, line_of(node, problem.at) if node else 1, problem.reason))
        return None
