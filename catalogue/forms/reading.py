"""The forms under `catalogue/library/forms/`, with the blocks and code lists that they share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from django.utils.translation import gettext as _
from yaml.nodes import Node

from catalogue.content import InvalidContent, Path
from catalogue.forms.checking import check_form
from catalogue.forms.choices import Setting, check_default
from catalogue.forms.definition import FormDefinition, parse_form
from catalogue.forms.library import CodeList, Origins, Shelf, code_list, expand, own_settings
from catalogue.forms.walking import named_settings
from catalogue.parsing import parse
from catalogue.source import Plain, Problem, line_of, plain_of, read_file

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


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
    shelf = read_shelf(folder, problems)
    for file in sorted((folder / "forms").glob("*.yaml")):
        name = f"forms/{file.name}"
        node = read_file(folder, name, problems)
        form = _read_form(name, node, shelf, problems) if node else None
        if form and form.key == file.stem:
            yield form
        elif form:
            reason = _("Der Schlüssel „%(key)s“ muss so heißen wie die Datei.") % {"key": form.key}
            problems.append(form.problem(reason, ("key",)))


def read_shelf(folder: FilePath, problems: list[Problem]) -> Shelf:
    """The blocks, code lists and settings that the forms of a library share."""
    blocks = _read(folder, "blocks.yaml", problems) if (folder / "blocks.yaml").exists() else {}
    lists: dict[str, CodeList] = {
        file.stem: code_list(_read(folder, f"lists/{file.name}", problems) or [])
        for file in sorted((folder / "lists").glob("*.yaml"))
    }
    settings = {
        key: plain
        for file in sorted((folder / "settings").glob("*.yaml"))
        for key, plain in _read_settings(folder, file.stem, problems)
    }
    shelf = Shelf(blocks or {}, lists, settings)
    if not problems:
        problems.extend(_problems_of_blocks(folder, shelf))
    return shelf


def _read_settings(folder: FilePath, topic: str, problems: list[Problem]) -> Iterator[tuple[str, Plain]]:
    """The settings of one file; their keys begin with its name."""
    name = f"settings/{topic}.yaml"
    node = read_file(folder, name, problems)
    found = _read(folder, name, problems) if node else None
    for key, plain in (found or {}).items():
        try:
            if not _KEY.fullmatch(key):
                raise InvalidContent(
                    _("„%(key)s“ kann kein Schlüssel sein: nur a bis z, Ziffern und Bindestriche.") % {"key": key}
                )
            check_default(parse(Setting, plain))
        except InvalidContent as problem:
            problems.append(Problem(name, line_of(node, (key, *problem.at)) if node else 1, problem.reason))
        else:
            yield f"{topic}.{key}", plain


def _problems_of_blocks(folder: FilePath, shelf: Shelf) -> Iterator[Problem]:
    """What is wrong with a block by itself, told where it stands and not in each form that uses it."""
    node = read_file(folder, "blocks.yaml", []) if shelf.blocks else None
    for name, block in shelf.blocks.items():
        has_steps = isinstance(block, dict) and "steps" in block
        steps = [{"block": name}] if has_steps else [{"key": "probe", "title": "Probe", "fields": [{"block": name}]}]
        probe = {"key": "probe", "version": 1, "title": "Probe", "steps": steps}
        try:
            parse_form(expand(probe, shelf))
        except InvalidContent as problem:
            yield Problem("blocks.yaml", line_of(node, (name,)) if node else 1, f"{name}: {problem.reason}")


def _read_form(name: str, node: Node, shelf: Shelf, problems: list[Problem]) -> Form | None:
    origins: Origins = {}
    try:
        plain = complete(expand(plain_of(node), shelf, origins=origins), shelf)
        definition = parse_form(plain)
        check_form(definition)
        return Form(definition, plain, name, node)
    except InvalidContent as problem:
        problems.append(Problem(name, line_of(node, _in_the_file(problem.at, origins)), problem.reason))
        return None


def complete(plain: Plain, shelf: Shelf) -> Plain:
    """A form with everything that it wants the town to say, as the library describes it. Raises InvalidContent."""
    keys = sorted({key for _at, key in named_settings(parse_form(plain))})
    described = {**own_settings(plain), **shelf.settings}
    known = {key: described[key] for key in keys if key in described}
    return {**plain, "settings": known} if known else plain


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
