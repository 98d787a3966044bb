"""Answers for other programs, and the JSON Schema that they keep to, made from the definition.

A choice is told as a code and its name, as XÖV standards do: the name is the one that the person saw. Decimal numbers
and amounts of money are text with a point, so that no cent is lost. A field that FIM knows carries its id in `x-fim`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from catalogue.forms.context import Context
from catalogue.forms.definition import FormDefinition, Group, Page
from catalogue.forms.fields import CHOOSING, NUMBERS, TICKED, Field, Kind, Precision
from catalogue.forms.formulas import Formula, is_empty
from catalogue.forms.schema import DIALECT
from catalogue.forms.texts import Reader

Schema = dict[str, Any]

_LATER = "_later"  # the box beside a file: told with the file
_ENTRY_ID = "_id"


# --- Answers ----------------------------------------------------------------------------------------------


FilesOf = Callable[[str, str], list[dict[str, Any]]]


def exported(
    definition: FormDefinition, answers: Mapping[str, Any], context: Context, files_of: FilesOf
) -> dict[str, Any]:
    """The answers as other programs read them.

    `files_of(entry, field)` gives id, name, content_type and size (bytes) of the files of a field. `entry` is the place
    of an entry of a group, such as "hunde/k3x9", and empty outside groups.
    """
    found: dict[str, Any] = {}
    for step in definition.steps:
        if isinstance(step, Page):
            found |= _exported_pages((step,), answers, context, files_of, "")
        elif step.key in answers:
            found[step.key] = [
                _exported_pages(step.pages, entry, context, files_of, f"{step.key}/{entry[_ENTRY_ID]}")
                for entry in answers[step.key]
            ]
    return found


def _exported_pages(
    pages: Iterable[Page], answers: Mapping[str, Any], context: Context, files_of: FilesOf, entry: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in (one for page in pages for one in page.fields if one.asks and not one.id.endswith(_LATER)):
        if one.kind == Kind.FILE:
            files, is_later = files_of(entry, one.id), bool(answers.get(f"{one.id}{_LATER}"))
            if files or is_later:
                found[one.id] = {"files": files, "comes_later": is_later}
        elif not is_empty(answers.get(one.id)) or answers.get(one.id) is False:
            found[one.id] = _exported(one, answers[one.id], context)
    return found


def _exported(one: Field, value: Any, context: Context) -> Any:
    if one.kind not in CHOOSING:
        return value
    names = {entry.value: entry.label for entry in context.choices[one.id]}

    def code(chosen: str) -> dict[str, Any]:
        return {"code": chosen, "name": names.get(chosen, chosen)}

    if one.kind == Kind.COUNTS:
        return [{**code(chosen), "count": number} for chosen, number in value.items()]
    return [code(chosen) for chosen in value] if isinstance(value, list) else code(value)


# --- Schema -----------------------------------------------------------------------------------------------


def answers_schema(definition: FormDefinition, context: Context) -> Schema:
    """What `exported` gives for this version of the form. Lists of the town are open: their codes are its own."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for step in definition.steps:
        if isinstance(step, Group):
            entry = _object(*_page_schema(step.pages, context))
            properties[step.key] = {"title": step.title, "type": "array", "items": entry}
            required.extend([step.key] if step.condition is None else [])
        else:
            found, always = _page_schema((step,), context)
            properties |= found
            required.extend(always if step.condition is None else [])
    schema: Schema = {"$schema": DIALECT, "title": definition.title, "x-form": definition.key}
    schema["x-version"] = definition.version
    return schema | ({"x-fim": definition.fim} if definition.fim else {}) | _object(properties, required)


def _page_schema(pages: Iterable[Page], context: Context) -> tuple[dict[str, Schema], list[str]]:
    """The properties of some pages, and which of them are always there."""
    properties: dict[str, Schema] = {}
    required: list[str] = []
    for page in pages:
        for one in page.fields:
            if not one.asks or one.id.endswith(_LATER):
                continue
            properties[one.id] = _described(one, context)
            if one.required and one.condition is None and page.condition is None and one.kind != Kind.CHECKBOX:
                required.append(one.id)
    return properties, required


def _described(one: Field, context: Context) -> Schema:
    fill = Reader({}, context).fill
    schema = {"title": fill(one.label), **_type(one)}
    if one.hint:
        schema["description"] = fill(one.hint)
    if one.unit:
        schema["x-unit"] = one.unit
    if one.fim:
        schema["x-fim"] = one.fim
    return schema


def _type(one: Field) -> Schema:
    match one.kind:
        case Kind.INT:
            return {"type": "integer", **_limits(one)}
        case Kind.DECIMAL | Kind.MONEY:
            return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}
        case Kind.DATE:
            return {"type": "string", "pattern": _DATES[one.least_known] if not one.zeros else _DATES[Precision.YEAR]}
        case Kind.TIME:
            return {"type": "string", "pattern": r"^\d{2}:\d{2}$"}
        case Kind.SLOT:
            return {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$"}
        case Kind.RADIO | Kind.SELECT:
            return _code(one)
        case Kind.MULTI:
            return {"type": "array", "items": _code(one), **({"maxItems": one.most} if one.most else {})}
        case Kind.COUNTS:
            return {"type": "array", "items": _code(one, count={"type": "integer", "minimum": 1})}
        case Kind.MAP_POINT:
            number = {"type": "number"}
            position = {"latitude": number, "longitude": number, "accuracy": number}
            return _object({"place": {"type": "string"}, **position}, ["place"])
        case Kind.FILE:
            file = _object({"id": _TEXT, "name": _TEXT, "content_type": _TEXT, "size": {"type": "integer"}})
            files = {"type": "array", "items": file}
            return _object({"files": files, "comes_later": {"type": "boolean"}}, ["files", "comes_later"])
    if one.kind in TICKED:
        return {"type": "boolean"}
    assert one.kind not in NUMBERS
    if one.takes_several_lines:
        return {"type": "array", "items": _TEXT, "maxItems": one.most}
    most = _fixed(one.max)
    return {"type": "string", **({"maxLength": int(most)} if most is not None else {})}


_TEXT: Schema = {"type": "string"}
_DATES = {
    Precision.DAY: r"^\d{4}-\d{2}-\d{2}$",
    Precision.MONTH: r"^\d{4}-\d{2}(-\d{2})?$",
    Precision.YEAR: r"^\d{4}(-\d{2}(-\d{2})?)?$",
}


def _code(one: Field, **more: Schema) -> Schema:
    offered = [choice.value for choice in one.choices]
    is_fixed = not one.town_list and all(choice.year is None for choice in one.choices)
    code: Schema = {"enum": offered} if is_fixed else {"type": "string"}
    return _object({"code": code, "name": _TEXT, **more}, ["code", "name", *more])


def _limits(one: Field) -> Schema:
    least, most = _fixed(one.min), _fixed(one.max)
    return ({"minimum": int(least)} if least is not None else {}) | ({"maximum": int(most)} if most is not None else {})


def _fixed(limit: Formula | None) -> Any:
    return limit.number if limit and limit.operation == "number" else None


def _object(properties: Mapping[str, Schema], required: list[str] | None = None) -> Schema:
    schema: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return schema | ({"required": required} if required else {})
