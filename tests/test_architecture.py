"""Who may import whom: between rooms (.importlinter) and, here, between the files of one room."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOMS = ("tenants", "accounts", "catalogue", "townhall", "submissions", "billing", "operations")
# In reading order: a file imports those before it, never those after it. Files with other names are free.
ORDER = ("states", "models", "queries", "actions", "forms", "views", "urls")


@pytest.mark.parametrize("room", ROOMS)
def test_a_file_imports_only_what_comes_before_it_in_reading_order(room: str) -> None:
    wrong = [
        f"{file.relative_to(settings.ROOT)} imports {imported}"
        for file in sorted((settings.ROOT / room).rglob("*.py"))
        for imported in _imports_of(file, room)
        if (own := _rank(file.stem)) is not None and (other := _rank(imported)) is not None and other > own
    ]

    assert wrong == []


def _rank(name: str) -> int | None:
    kind = name.rsplit("_", 1)[-1]
    return ORDER.index(kind) if kind in ORDER else None


def _imports_of(file: Path, room: str) -> Iterator[str]:
    """The names of the files of the same room that a file imports when it is loaded."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            if node.module == room:
                yield from (alias.name for alias in node.names)
            elif node.module.startswith(f"{room}."):
                yield node.module.rsplit(".", 1)[-1]
