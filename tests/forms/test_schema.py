"""The JSON Schema that editors use while somebody writes a form: made from the code, explained by the documentation."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # has no types
import pytest
import yaml
from django.conf import settings

from catalogue.forms import schema
from catalogue.reading import SHIPPED_LIBRARY
from tests.forms.publishing import SAMPLES

DOCUMENTATION = (Path(settings.ROOT) / "docs" / "formulare.md").read_text(encoding="utf-8")
SCHEMAS = schema.schemas(DOCUMENTATION)
FILES = {
    **dict.fromkeys([*(SHIPPED_LIBRARY / "forms").glob("*.yaml"), *SAMPLES.glob("*.yaml")], "form.json"),
    **dict.fromkeys((SHIPPED_LIBRARY / "settings").glob("*.yaml"), "settings.json"),
    SHIPPED_LIBRARY / "blocks.yaml": "blocks.json",
}


def errors(name: str, plain: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(SCHEMAS[name])
    return [f"{'/'.join(map(str, one.absolute_path))}: {one.message}" for one in validator.iter_errors(plain)]


def test_every_property_is_explained_in_the_documentation() -> None:
    assert schema.undocumented(DOCUMENTATION) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_shipped_schema_is_the_one_of_the_code(name: str) -> None:
    """If this fails: ./run manage write_form_schema."""
    shipped = json.loads((SHIPPED_LIBRARY / "schemas" / name).read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator.check_schema(shipped)
    assert shipped == SCHEMAS[name]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_keeps_to_its_schema_and_says_so_to_editors(file: Path) -> None:
    text = file.read_text(encoding="utf-8")

    assert errors(FILES[file], yaml.load(text, Loader=_WithoutDates)) == []  # noqa: S506 -- a SafeLoader
    assert text.startswith("# yaml-language-server: $schema=")
    assert text.splitlines()[0].endswith(FILES[file])


class _WithoutDates(yaml.SafeLoader):
    """Reads as catalogue.source does."""


_WithoutDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


FINE: dict[str, Any] = {
    "key": "probe",
    "version": 1,
    "title": "Probe",
    "steps": [{"key": "eins", "title": "Eins", "fields": [{"id": "a", "kind": "text", "label": "A"}]}],
}


def with_field(**changes: Any) -> dict[str, Any]:
    field = {"id": "a", "kind": "text", "label": "A", **changes}
    return FINE | {"steps": [{"key": "eins", "title": "Eins", "fields": [field]}]}


@pytest.mark.parametrize(
    "wrong",
    [
        FINE | {"farbe": "rot"},
        FINE | {"version": "1"},
        {name: value for name, value in FINE.items() if name != "title"},
        with_field(kind="telepathie"),
        with_field(farbe="rot"),
        with_field(label=""),
        with_field(**{"if": {"field": "b"}}),
        with_field(**{"if": {"field": "b", "is": "x"}}),
        with_field(**{"if": {"all": []}}),
        with_field(**{"from": "bald"}),
        with_field(min={"plus": []}),
        with_field(later="ja"),
        FINE | {"fee": {"pay": "submission", "lines": [{"label": "x"}]}},
        FINE | {"fee": {"pay": "submission", "lines": [{"label": "x", "amount": "a", "choice": "b"}]}},
    ],
)
def test_an_editor_shows_what_the_library_would_refuse(wrong: dict[str, Any]) -> None:
    assert errors("form.json", FINE) == []
    assert errors("form.json", wrong) != []


def test_an_editor_explains_while_somebody_types() -> None:
    label = SCHEMAS["form.json"]["$defs"]["Field"]["properties"]["label"]

    assert label == {"type": "string", "minLength": 1, "description": "die Frage"}
