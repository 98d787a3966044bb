"""The shipped forms, read from their files."""

from functools import cache
from typing import Any

import yaml

from catalogue.forms.definition import FormDefinition, parse_form
from catalogue.forms.library import code_list, expand
from catalogue.reading import SHIPPED_LIBRARY


@cache
def shipped_form(key: str) -> FormDefinition:
    """A form as the library ships it."""
    lists = {
        file.stem: code_list(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in (SHIPPED_LIBRARY / "lists").glob("*.yaml")
    }
    return parse_form(expand(_read(f"forms/{key}.yaml"), blocks=_read("blocks.yaml"), lists=lists))


def _read(name: str) -> Any:
    return yaml.safe_load((SHIPPED_LIBRARY / name).read_text(encoding="utf-8"))
