"""From the files of the library to a definition: shared blocks put in, code lists filled in.

What comes out stands on its own, so that a version that was released can be read for ever.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.text import slugify

from catalogue.forms.conditions import ConditionError, resolve_marks
from catalogue.forms.definition import DefinitionError

Plain = dict[str, Any]
Blocks = Mapping[str, list[Plain]]
CodeList = list[Plain]  # entries with value, label, marks
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def code_list(entries: list[str | Plain]) -> CodeList:
    """Entries of a list; one that is only a name gets a value made from it and no marks."""
    full = [{"label": entry} if isinstance(entry, str) else entry for entry in entries]
    return [{"value": slugify(entry["label"].translate(_UMLAUTS)), "marks": [], **entry} for entry in full]


def expand(form: Plain, *, blocks: Blocks, lists: Mapping[str, CodeList]) -> Plain:
    """A form without references to blocks and lists. Raises DefinitionError."""
    marked: dict[str, dict[str, list[str]]] = {}
    expanded = {
        **form,
        "steps": [_step(step, f"steps/{n}", blocks, lists, marked) for n, step in enumerate(form.get("steps", []))],
    }
    try:
        resolved: Plain = resolve_marks(expanded, marked)
    except ConditionError as problem:
        raise DefinitionError("", str(problem)) from None
    return resolved


def _step(
    step: Plain, where: str, blocks: Blocks, lists: Mapping[str, CodeList], marked: dict[str, dict[str, list[str]]]
) -> Plain:
    if "pages" in step:
        pages = [_step(page, f"{where}/pages/{n}", blocks, lists, marked) for n, page in enumerate(step["pages"])]
        return {**step, "pages": pages}
    fields: list[Plain] = []
    for number, field in enumerate(step.get("fields", [])):
        place = f"{where}/fields/{number}"
        if set(field) == {"block"}:
            if field["block"] not in blocks:
                raise DefinitionError(place, f"there is no block {field['block']!r}")
            fields.extend(_field(one, place, lists, marked) for one in blocks[field["block"]])
        else:
            fields.append(_field(field, place, lists, marked))
            if field.get("later"):
                fields.append(_later(field))
    return {**step, "fields": fields}


def _field(
    field: Plain, where: str, lists: Mapping[str, CodeList], marked: dict[str, dict[str, list[str]]]
) -> Plain:
    if "list" not in field:
        return field
    if field["list"] not in lists:
        raise DefinitionError(f"{where}/list", f"there is no list {field['list']!r}")
    wanted = field.get("only_marked")
    entries = [entry for entry in lists[field["list"]] if not wanted or wanted in entry["marks"]]
    marks = marked.setdefault(field["id"], {})
    for entry in entries:
        for mark in entry["marks"]:
            marks.setdefault(mark, []).append(entry["value"])
    rest = {name: value for name, value in field.items() if name not in {"list", "only_marked"}}
    return {**rest, "choices": [{"value": entry["value"], "label": entry["label"]} for entry in entries]}


def _later(field: Plain) -> Plain:
    """The box with which a person says that a file comes later."""
    later: Plain = {
        "id": f"{field['id']}_later",
        "kind": "checkbox",
        "label": "Ich reiche es nach.",
        "required": False,
    }
    return later | ({"if": field["if"]} if "if" in field else {})
