"""Stripe's OpenAPI description: it says what a request may hold and what an answer looks like."""

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from config.local.stripe_stand_in.refusals import Refused

FILE = Path(__file__).with_name("openapi.json.gz")

Schema = dict[str, Any]
Parameters = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path, such as `post /v1/checkout/sessions/{session}/expire`."""

    method: str
    path: str
    identifier: str | None  # the part of the address that stands for the name in braces
    schema: Schema  # of the parameters


class Specification:
    """The description, cut to the paths that the portal uses."""

    def __init__(self, file: Path = FILE) -> None:
        with gzip.open(file) as content:
            data = json.load(content)
        self.version: str = data["version"]
        self.paths: dict[str, dict[str, Any]] = data["paths"]
        self.schemas: dict[str, Schema] = data["schemas"]

    def operation(self, method: str, path: str) -> Operation:
        """The operation that a request means. Raises Refused for an address that does not exist."""
        for pattern, template in self._patterns:
            match = pattern.fullmatch(path)
            if match and method in self.paths[template]:
                described = self.paths[template][method]
                schema = described["request"] if method == "post" else _query_schema(described["parameters"])
                return Operation(method, template, next(iter(match.groups()), None), schema)
        raise Refused(f"Unrecognized request URL ({method.upper()}: {path}).", code="url_invalid", status=404)

    def check(self, pairs: Iterable[tuple[str, str]], schema: Schema) -> Parameters:
        """The parameters of a request with the types of the schema. Raises Refused as Stripe would."""
        checked: Parameters = self._check(nested(pairs), schema, "")
        return checked

    def blank(self, kind: str) -> dict[str, Any]:
        """The plainest object of this kind: all that is required, and null for all that may be null."""
        made: dict[str, Any] = self._blank(self.schemas[kind])
        return made

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        literal_first = sorted(self.paths, key=lambda template: template.count("{"))
        return [(re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), path) for path in literal_first]

    def _resolved(self, schema: Schema) -> Schema:
        return self.schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def _check(self, value: Any, schema: Schema, path: str) -> Any:
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return self._check_any(value, schema["anyOf"], path)
        if schema.get("type") == "object":
            return self._check_object(value, schema, path)
        if schema.get("type") == "array":
            return self._check_array(value, schema, path)
        if isinstance(value, dict):
            raise Refused(f"Invalid value: {path}", code="parameter_invalid", param=path)
        return _check_scalar(value, schema, path)

    def _check_any(self, value: Any, alternatives: list[Schema], path: str) -> Any:
        refusals = []
        for alternative in alternatives:
            try:
                return self._check(value, alternative, path)
            except Refused as refusal:
                refusals.append(refusal)
        raise refusals[0]

    def _check_object(self, value: Any, schema: Schema, path: str) -> Parameters:
        if not isinstance(value, dict):
            raise Refused(f"Invalid object: {path}", code="parameter_invalid", param=path)
        known, checked = schema.get("properties", {}), {}
        for name, given in value.items():
            inner = f"{path}[{name}]" if path else name
            if name in known:
                checked[name] = self._check(given, known[name], inner)
            elif isinstance(schema.get("additionalProperties"), dict):
                checked[name] = self._check(given, schema["additionalProperties"], inner)
            else:
                raise Refused(f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
        for name in schema.get("required", []):
            if name not in value:
                inner = f"{path}[{name}]" if path else name
                raise Refused(f"Missing required param: {inner}.", code="parameter_missing", param=inner)
        return checked

    def _check_array(self, value: Any, schema: Schema, path: str) -> list[Any]:
        if not isinstance(value, dict) or not all(name.isdigit() for name in value):
            raise Refused(f"Invalid array: {path}", code="parameter_invalid", param=path)
        entries = [value[name] for name in sorted(value, key=int)]
        return [self._check(entry, schema["items"], f"{path}[{i}]") for i, entry in enumerate(entries)]

    def _blank(self, schema: Schema) -> Any:
        schema = self._resolved(schema)
        if schema.get("nullable"):
            return None
        if "enum" in schema:
            return schema["enum"][0]
        if "anyOf" in schema:
            return self._blank(schema["anyOf"][0])
        if schema.get("type") == "object":
            required = schema.get("required", [])
            properties = schema.get("properties", {})
            wanted = {name for name, inner in properties.items() if name in required or inner.get("nullable")}
            return {name: self._blank(properties[name]) for name in properties if name in wanted}
        return {"array": [], "integer": 0, "boolean": False, "number": 0.0}.get(schema.get("type", ""), "")


def nested(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Form fields as a tree: `a[b][0]=1` becomes `{"a": {"b": {"0": "1"}}}`. A list is a dict of its places.

    Raises Refused if a name is used both for a value and for a group.
    """
    tree: Parameters = {}
    for key, value in pairs:
        first, brackets = re.match(r"([^\[]*)(.*)", key, re.DOTALL).groups()  # type: ignore[union-attr]  # it matches every text
        branch, names = tree, [first, *re.findall(r"\[([^\]]*)\]", brackets)]
        for name in names[:-1]:
            branch = branch.setdefault(name, {})
            if not isinstance(branch, dict):
                raise Refused(f"Invalid object: {first}", code="parameter_invalid", param=first)
        branch[names[-1] or str(len(branch))] = value
    return tree


def _query_schema(parameters: list[dict[str, Any]]) -> Schema:
    return {
        "type": "object",
        "properties": {p["name"]: p["schema"] for p in parameters if p["in"] == "query"},
    }


def _check_scalar(value: str, schema: Schema, path: str) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise Refused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if kind == "number":
        if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            raise Refused(f"Invalid decimal: {value}", code="parameter_invalid", param=path)
        return float(value)
    if kind == "boolean":
        if value not in ("true", "false"):
            raise Refused(f"Invalid boolean: {value}", code="parameter_invalid", param=path)
        return value == "true"
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(schema["enum"][:8])
        raise Refused(f"Invalid {path}: must be one of {allowed}", code="parameter_invalid", param=path)
    if len(value) > schema.get("maxLength", len(value)):
        message = f"Invalid string: {path} must be at most {schema['maxLength']} characters"
        raise Refused(message, code="parameter_invalid_string_too_long", param=path)
    return value
