"""The JSON Schema of the files that forms are written in, made from the classes that read them.

Editors complete and check with it while somebody writes; `manage.py write_form_schema` writes it to
`catalogue/library/schemas/`. What each property means is said once, in docs/formulare.md.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from catalogue.fees import WAYS_TO_CHARGE, FeeRuleLine
from catalogue.forms.choices import Setting, parse_offset, parse_quantity
from catalogue.forms.conditions import Condition
from catalogue.forms.days import MOVES, UNITS, Day
from catalogue.forms.definition import FormDefinition
from catalogue.forms.fields import Field, parse_later, parse_limit
from catalogue.forms.formulas import Formula
from catalogue.forms.library import BLOCK_WORDS
from catalogue.parsing import Property, properties, verbatim

Schema = dict[str, Any]
Meanings = Mapping[str, str]  # by "Class.property"

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TABLE = re.compile(r"<!-- (\w+) -->\n(.*?)(?:\n\n|\Z)", re.DOTALL)
_ROW = re.compile(r"^\| ((?:`[\w_]+`(?:, )?)+) \| (.*) \|$", re.MULTILINE)


def schemas(documentation: str) -> dict[str, Schema]:
    """The schemas by file name, with what the documentation says about each property."""
    meanings = read_meanings(documentation)
    builder = _Builder(meanings)
    form = builder.reference(FormDefinition)
    setting = builder.reference(Setting)
    shared = {"$schema": DIALECT, "$defs": {}}
    everything = builder.definitions | _EXPRESSIONS | {"block": _block(meanings)}
    blocks = {
        "anyOf": [
            {"type": "array", "items": _field_or_block()},
            _object(
                {
                    "fields": {"type": "array", "items": _field_or_block()},
                    "checks": _list("Check"),
                    "needs": {"type": "array", "items": _ID},
                },
                ["fields"],
            ),
            _object({"steps": {"type": "array", "items": _step_or_block()}}, ["steps"]),
        ]
    }
    return {
        "form.json": shared | {"title": "Formular", **form, "$defs": everything},
        "settings.json": shared
        | {
            "title": "Was Städte in Formularen selbst sagen",
            "type": "object",
            "additionalProperties": setting,
            "$defs": everything,
        },
        "blocks.json": shared
        | {"title": "Blöcke", "type": "object", "additionalProperties": blocks, "$defs": everything},
    }


def read_meanings(documentation: str) -> dict[str, str]:
    """What the tables of docs/formulare.md say: "Field.label" → its meaning. A table stands after `<!-- Class -->`."""
    return {
        f"{name}.{word}": re.sub(r"[`*]", "", meaning)
        for name, table in _TABLE.findall(documentation)
        for words, meaning in _ROW.findall(table)
        for word in re.findall(r"`([\w_]+)`", words)
    }


def undocumented(documentation: str) -> list[str]:
    """The properties that the documentation says nothing about."""
    builder = _Builder({})
    for kind in (FormDefinition, Setting):
        builder.reference(kind)
    return sorted(builder.named - read_meanings(documentation).keys())


class _Builder:
    """Collects a definition for each class it meets."""

    def __init__(self, meanings: Meanings) -> None:
        self.meanings = meanings
        self.definitions: dict[str, Schema] = {}
        self.named: set[str] = set()

    def reference(self, kind: Any) -> Schema:
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # stands for itself inside
            self.definitions[name] = self._class(kind)
        return _of(name)

    def _class(self, kind: Any) -> Schema:
        written = {name: one for name, one in properties(kind).items() if one.is_written}
        found = {name: self._property(kind, name, one) for name, one in written.items()}
        required = [name for name, one in written.items() if one.is_required]
        if kind is Field:
            found |= {
                "list": {"anyOf": [{"type": "string"}, _town()], **self._meaning("Field", "list")},
                "only_marked": {"type": "string", **self._meaning("Field", "only_marked")},
            }
        schema = _object(found, required)
        if kind is FeeRuleLine:
            schema["oneOf"] = [{"required": [way]} for way in WAYS_TO_CHARGE]
        return schema

    def _property(self, kind: Any, name: str, one: Property) -> Schema:
        return {**self._type(one), **self._meaning(kind.__name__, name)}

    def _meaning(self, kind: str, name: str) -> Schema:
        self.named.add(f"{kind}.{name}")
        meaning = self.meanings.get(f"{kind}.{name}")
        return {"description": meaning} if meaning else {}

    def _type(self, one: Property) -> Schema:
        if one.read in _READ:
            return _READ[one.read]
        if one.attribute == "fields":
            self.reference(Field)
            return {"type": "array", "items": _field_or_block()}
        if one.attribute in ("steps", "pages"):
            return {"type": "array", "items": self._steps(one.kind)}
        return self._kind(one.kind)

    def _steps(self, kind: Any) -> Schema:
        (inner, _dots) = get_args(kind)
        options = get_args(inner) if get_origin(inner) in (Union, UnionType) else (inner,)
        if inner is str:
            return {"type": "string"}
        return {"anyOf": [*(self.reference(option) for option in options), _of("block")]}

    def _kind(self, kind: Any) -> Schema:
        if kind in _PLAIN:
            return _PLAIN[kind]
        if get_origin(kind) in (Union, UnionType):
            (wanted,) = (option for option in get_args(kind) if option is not NoneType)
            return self._kind(wanted)
        if get_origin(kind) is tuple:
            return {"type": "array", "items": self._kind(get_args(kind)[0])}
        if get_origin(kind) is Mapping:
            return {"type": "object", "additionalProperties": self._kind(get_args(kind)[1])}
        if issubclass(kind, Enum):
            return {"enum": [str(member.value) for member in kind]}
        assert is_dataclass(kind)
        return self.reference(kind)


def _of(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _object(found: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": dict(found), "additionalProperties": False}
    return schema | ({"required": required} if required else {})


def _list(name: str) -> Schema:
    return {"type": "array", "items": _of(name)}


def _only(**found: Schema) -> Schema:
    """An object with all of these and nothing else."""
    return _object(found, list(found))


def _town() -> Schema:
    return _only(town={"type": "string"})


def _field_or_block() -> Schema:
    return {"anyOf": [_of("Field"), _of("block")]}


def _step_or_block() -> Schema:
    return {"anyOf": [_of("Page"), _of("Group"), _of("block")]}


def _block(meanings: Meanings) -> Schema:
    names = {"type": "array", "items": {"type": "string"}}
    found: dict[str, Schema] = {
        "block": {"type": "string"},
        "prefix": {"type": "string", "pattern": "^[a-z][a-z0-9_]*_$"},
        "only": names,
        "without": names,
        "choices": {"type": "object", "additionalProperties": names},
        "change": {"type": "object", "additionalProperties": {"type": "object"}},
        "required": {"type": "boolean"},
        "prefill": {"type": "boolean"},
        "if": _of("condition"),
    }
    assert found.keys() == BLOCK_WORDS
    described = {
        name: {**schema, "description": meanings[f"Block.{name}"]} if f"Block.{name}" in meanings else schema
        for name, schema in found.items()
    }
    return _object(described, ["block"])


_TEXT: Schema = {"type": "string", "minLength": 1}
_NUMBER: Schema = {"type": ["number", "string"], "pattern": r"^-?\d+(\.\d+)?$"}
_PLAIN: dict[Any, Schema] = {
    str: _TEXT,
    int: {"type": "integer", "minimum": 0},
    bool: {"type": "boolean"},
    Any: {},
    Condition: _of("condition"),
    Formula: _of("formula"),
    Day: _of("day"),
}
_READ: dict[Any, Schema] = {
    verbatim: {"type": "string"},
    parse_quantity: _NUMBER,
    parse_offset: {"type": "integer"},
    parse_limit: {"anyOf": [_of("day"), _of("clock")]},
    parse_later: {"anyOf": [{"type": "boolean"}, _town()]},
}
_ID: Schema = {"type": "string", "pattern": "^[a-z]"}
_TWO_DAYS: Schema = {"type": "array", "items": {"anyOf": [_of("day"), _ID]}, "minItems": 2, "maxItems": 2}
_FORMULAS: Schema = {"type": "array", "items": _of("formula"), "minItems": 1}
_FIELD_TESTS: dict[str, Schema] = {
    "in": {"type": "array", "minItems": 1},
    "filled": {"type": "boolean"},
    "marked": _TEXT,
    "at_least": _of("formula"),
    "at_most": _of("formula"),
    "from": {"anyOf": [_of("day"), _of("clock")]},
    "to": {"anyOf": [_of("day"), _of("clock")]},
    "age_at_least": _of("whole"),
    "age_below": _of("whole"),
    "on": _of("day"),
    "in_town": {"type": "boolean"},
    "same_as": _ID,
    "known_in": _TEXT,
}
_EXPRESSIONS: dict[str, Schema] = {
    "clock": {"type": "string", "pattern": r"^([01]\d|2[0-3]):[0-5]\d$"},
    "whole": {"anyOf": [{"type": "integer"}, _town()]},
    "day": {
        "anyOf": [
            {"const": "today"},
            {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            {
                **_object({"field": _ID, "to_the": {"enum": list(MOVES)}, **{unit: _of("whole") for unit in UNITS}}),
                "minProperties": 1,
            },
        ]
    },
    "formula": {
        "anyOf": [
            {"type": "number"},
            {"type": "string", "pattern": r"^([a-z].*|-?\d+(\.\d+)?)$"},
            *(_only(**{name: _TEXT}) for name in ("town", "amount", "amount_of", "weight")),
            *(_only(**{name: _FORMULAS}) for name in ("plus", "times", "smallest", "largest")),
            *(_only(**{name: _TWO_DAYS}) for name in ("days", "months")),
            _only(minus={**_FORMULAS, "minItems": 2, "maxItems": 2}),
            _only(round_up=_of("formula")),
            _only(answered={"type": "array", "items": _ID, "minItems": 1}),
            _only(each=_ID, sum=_of("formula")),
        ]
    },
    "condition": {
        "anyOf": [
            {**_object({"field": _ID, **_FIELD_TESTS}, ["field"]), "minProperties": 2},
            *(_only(**{name: {"type": "array", "items": _of("condition"), "minItems": 1}}) for name in ("all", "any")),
            {"type": "object", "properties": {"not": _of("condition")}, "required": ["not"], "maxProperties": 1},
            _only(some=_TEXT, where=_of("condition")),
            {
                **_object(
                    {"number": _of("formula"), "at_least": _of("formula"), "at_most": _of("formula")}, ["number"]
                ),
                "minProperties": 2,
            },
            {**_object({"day": _of("day"), "from": _of("day"), "to": _of("day")}, ["day"]), "minProperties": 2},
            _only(season=_only(**{"from": _TEXT, "to": _TEXT})),
            _town(),
            _only(trust={"enum": ["none", "basic", "substantial", "high"]}),
        ]
    },
}


def write(folder: Path, documentation: str) -> None:
    """Write the schemas into a folder, as JSON that people can read."""
    folder.mkdir(exist_ok=True)
    for name, schema in schemas(documentation).items():
        text = json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True)
        (folder / name).write_text(f"{text}\n", encoding="utf-8")
