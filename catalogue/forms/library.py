"""From the files of the library to a definition: shared blocks put in, code lists filled in.

What comes out stands on its own, so that a version that was released can be read for ever.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalogue.content import InvalidContent, Path
from catalogue.forms.conditions import ConditionError, resolve_marks

Plain = dict[str, Any]
Blocks = Mapping[str, list[Plain]]
CodeList = list[Plain]  # entries with value, label, marks
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def code_list(entries: list[str | Plain]) -> CodeList:
    """Entries of a list; one that is only a name gets a value made from it and no marks."""
    full = [{"label": entry} if isinstance(entry, str) else entry for entry in entries]
    return [{"value": slugify(entry["label"].translate(_UMLAUTS)), "marks": [], **entry} for entry in full]


Origins = dict[Path, Path]  # place in what comes out -> place in the file


def expand(form: Plain, *, blocks: Blocks, lists: Mapping[str, CodeList], origins: Origins | None = None) -> Plain:
    """A form without references to blocks and lists. Raises InvalidContent.

    `origins` is filled with where each field came from, so that mistakes can be told by line.
    """
    builder = _Builder(blocks, lists, {} if origins is None else origins)
    expanded = {
        **form,
        "steps": [builder.step(step, ("steps", n)) for n, step in enumerate(form.get("steps", []))],
    }
    try:
        resolved: Plain = resolve_marks(expanded, builder.marked)
    except ConditionError as problem:
        raise InvalidContent(str(problem)) from None
    return resolved


class _Builder:
    """Fills one form in; remembers marks of choices and origins of fields."""

    def __init__(self, blocks: Blocks, lists: Mapping[str, CodeList], origins: Origins) -> None:
        self.blocks = blocks
        self.lists = lists
        self.origins = origins
        self.marked: dict[str, dict[str, list[str]]] = {}  # field -> mark -> values

    def step(self, step: Plain, where: Path) -> Plain:
        if "pages" in step:
            return {
                **step,
                "pages": [self.step(page, (*where, "pages", n)) for n, page in enumerate(step["pages"])],
            }
        fields: list[Plain] = []
        for number, field in enumerate(step.get("fields", [])):
            place = (*where, "fields", number)
            for one in self._filled_in(field, place):
                self.origins[*where, "fields", len(fields)] = place
                fields.append(one)
        return {**step, "fields": fields}

    def _filled_in(self, field: Plain, place: Path) -> Iterator[Plain]:
        """What stands for a field of the file: the fields of its block, or itself with the box for later."""
        if set(field) == {"block"}:
            if field["block"] not in self.blocks:
                raise InvalidContent(_("Einen Block „%(name)s“ gibt es nicht.") % {"name": field["block"]}, at=place)
            for one in self.blocks[field["block"]]:
                yield self._with_choices(one, place)
            return
        yield self._with_choices(field, place)
        if field.get("later"):
            yield _later(field)

    def _with_choices(self, field: Plain, place: Path) -> Plain:
        if "list" not in field:
            return field
        if field["list"] not in self.lists:
            reason = _("Eine Liste „%(name)s“ gibt es nicht.") % {"name": field["list"]}
            raise InvalidContent(reason, at=(*place, "list"))
        wanted = field.get("only_marked")
        entries = [entry for entry in self.lists[field["list"]] if not wanted or wanted in entry["marks"]]
        marks = self.marked.setdefault(field["id"], {})
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
