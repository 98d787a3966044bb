"""From the files of the library to a definition: shared blocks put in, code lists filled in.

What comes out stands on its own, so that a version that was released can be read for ever.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent, Path
from catalogue.forms.choices import slug

Plain = dict[str, Any]
CodeList = list[Plain]  # entries with value, label, marks
Origins = dict[Path, Path]  # place in what comes out -> place in the file

_OF_OTHERS = {"prefill": "means"}  # words that the fields of a block get where the account knows nothing
BLOCK_WORDS = frozenset({"block", "prefix", "only", "without", "choices", "change", "required", "prefill", "if"})
# Where a name means a field of the block itself. Elsewhere (values, marks, keys of the town) it stays as it is.
_REFERRING = frozenset({"if", "from", "to", "min", "max", "with", "preselect", "checks", "names"})
_VALUES = frozenset({"in", "value", "marked", "town", "error", "unit", "to_the", "known_in", "trust"})
_ANSWER = re.compile(r"\{answer:([^{}\s]+)\}")


@dataclass(frozen=True)
class Shelf:
    """What the forms of a library share."""

    blocks: Mapping[str, Any] = field(default_factory=dict)  # by name: fields, or {fields, checks, needs}, or {steps}
    lists: Mapping[str, CodeList] = field(default_factory=dict)
    settings: Mapping[str, Plain] = field(default_factory=dict)


def code_list(entries: list[str | Plain]) -> CodeList:
    """Entries of a list; one that is only a name gets a value made from it and no marks."""
    full = [{"label": entry} if isinstance(entry, str) else entry for entry in entries]
    return [{"value": slug(entry["label"]), **entry} for entry in full]


def expand(form: Plain, shelf: Shelf, *, origins: Origins | None = None) -> Plain:
    """A form without references to blocks and lists. Raises InvalidContent.

    `origins` is filled with where each part came from, so that mistakes can be told by line.
    """
    if "steps" not in form:
        return form  # the parser complains
    builder = _Builder(shelf, {} if origins is None else origins, later=_later_key(form))
    steps = list(builder.steps(form["steps"], (), ("steps",)))
    expanded = {**form, "steps": steps}
    fields = {one["id"]: one for one in _fields_of(steps) if "id" in one}
    if "fee" in form:
        expanded["fee"] = _priced(form["fee"], fields)
    if "estimates" in form:
        expanded["estimates"] = [_priced(estimate, fields) for estimate in form["estimates"]]
    return expanded


def own_settings(form: Plain) -> dict[str, Plain]:
    """What a town may say in each form that has a use for it, without a file under settings/."""
    switch = {
        "kind": "switch",
        "label": f"Unterlagen dürfen nachgereicht werden: {form['title']}",
        "hint": "Bei „Nein“ gehört jede Unterlage gleich zum Antrag. Was schon abgeschickt ist, bleibt, wie es war.",
        "default": True,
    }
    return {_later_key(form): switch}


def _later_key(form: Plain) -> str:
    return f"{form.get('key', '')}.nachreichen"


# --- Blocks -----------------------------------------------------------------------------------------------


class _Builder:
    """Fills one form in and remembers where everything came from."""

    def __init__(self, shelf: Shelf, origins: Origins, *, later: str) -> None:
        self.shelf = shelf
        self.origins = origins
        self.later = later  # the switch of this form: whether files may come later
        self.open: tuple[str, ...] = ()  # the blocks that are being put in, to notice one inside itself

    def steps(self, steps: Any, where: Path, name: Path) -> Iterator[Plain]:
        """The steps or pages of a list in the file, those of blocks put in."""
        count = 0
        for number, step in enumerate(_list(steps, (*where, *name))):
            place = (*where, *name, number)
            found = self._block_steps(step, place) if "block" in step else [step]
            for one in found:
                at = (*where, *name, count)
                self.origins[at] = place
                yield self._step(one, at, place, is_from_block="block" in step)
                count += 1

    def _step(self, step: Plain, at: Path, place: Path, *, is_from_block: bool) -> Plain:
        if "pages" in step:
            pages = list(self.steps(step["pages"], at, ("pages",)))
            if is_from_block:
                for number in range(len(pages)):
                    self.origins[*at, "pages", number] = place
            return {**step, "pages": pages}
        fields: list[Plain] = []
        checks = list(step.get("checks", []))
        own = {one.get("id") for one in step["fields"]} if is_from_block else set()  # with what belongs to files
        for number, one in enumerate(_list(step.get("fields", []), (*place, "fields"))):
            origin = place if is_from_block else (*self.origins.get(at, at), "fields", number)
            found, more = self._fields(one, origin)
            for ready in found:
                if is_from_block and ready["id"] != one.get("id") and ready["id"] in own:
                    continue
                self.origins[*at, "fields", len(fields)] = origin
                fields.append(ready)
            for check in more:
                self.origins[*at, "checks", len(checks)] = origin
                checks.append(check)
        return {**step, "fields": fields} | ({"checks": checks} if checks else {})

    def _block_steps(self, reference: Plain, place: Path) -> list[Plain]:
        block = self._block(reference, place)
        if not isinstance(block, dict) or "steps" not in block:
            reason = _("Der Block „%(name)s“ hat keine Seiten. Er gehört in „fields“ einer Seite.")
            raise InvalidContent(reason % {"name": reference["block"]}, at=place)
        with self._inside(reference["block"], place):
            steps = [
                inner
                for step in block["steps"]
                for inner in (self._block_steps(step, place) if "block" in step else [self._resolved(step, place)])
            ]
        return [step for one in steps for step in _Insertion(reference, steps, place).step(one, reference.get("if"))]

    def _resolved(self, step: Plain, place: Path) -> Plain:
        """A step of a block with the blocks inside it put in."""
        if "pages" in step:
            return {**step, "pages": [self._resolved(page, place) for page in step["pages"]]}
        fields, checks = [], list(step.get("checks", []))
        for one in step.get("fields", []):
            found, more = self._fields(one, place)
            fields.extend(found)
            checks.extend(more)
        return {**step, "fields": fields} | ({"checks": checks} if checks else {})

    def _fields(self, one: Plain, place: Path) -> tuple[list[Plain], list[Plain]]:
        """What stands for a field of the file: the fields and checks of its block, or itself."""
        if "block" not in one:
            ready = self._with_switch(self._with_choices(one, place))
            return [ready, *_later(ready)], []
        block = self._block(one, place)
        if isinstance(block, dict) and "steps" in block:
            reason = _("Der Block „%(name)s“ besteht aus Seiten. Er gehört in „steps“.")
            raise InvalidContent(reason % {"name": one["block"]}, at=place)
        with self._inside(one["block"], place):
            fields: list[Plain] = []
            checks = [] if isinstance(block, list) else list(block.get("checks", []))
            for inner in block if isinstance(block, list) else block["fields"]:
                found, more = self._fields(inner, place)
                fields.extend(found)
                checks.extend(more)
        needs = block.get("needs", []) if isinstance(block, dict) else []
        insertion = _Insertion(one, [{"fields": fields}], place, needs)
        return insertion.fields(fields, one.get("if")), insertion.checks(checks)

    def _block(self, reference: Plain, place: Path) -> Any:
        unknown = sorted(set(reference) - BLOCK_WORDS)
        if unknown:
            reason = _("Zu einem Block gehört „%(word)s“ nicht.") % {"word": unknown[0]}
            raise InvalidContent(reason, at=(*place, unknown[0]))
        name = reference["block"]
        if name not in self.shelf.blocks:
            raise InvalidContent(_("Einen Block „%(name)s“ gibt es nicht.") % {"name": name}, at=place)
        return self.shelf.blocks[name]

    def _inside(self, name: str, place: Path) -> "_Inside":
        if name in self.open:
            way = " → ".join([*self.open[self.open.index(name) :], name])
            raise InvalidContent(_("Ein Block enthält sich selbst: %(way)s.") % {"way": way}, at=place)
        return _Inside(self, name)

    def _with_switch(self, one: Plain) -> Plain:
        """A file that may come later does so as the town has switched it for this form."""
        return {**one, "later": {"town": self.later}} if one.get("later") is True else one

    # --- Lists --------------------------------------------------------------------------------------------

    def _with_choices(self, one: Plain, place: Path) -> Plain:
        if "list" not in one:
            return one
        name = one["list"]
        rest = {word: value for word, value in one.items() if word not in {"list", "only_marked"}}
        if isinstance(name, dict) and set(name) == {"town"}:
            return {**rest, "town_list": name["town"]}
        if name not in self.shelf.lists:
            reason = _("Eine Liste „%(name)s“ gibt es nicht.") % {"name": name}
            raise InvalidContent(reason, at=(*place, "list"))
        wanted = one.get("only_marked")
        entries = [entry for entry in self.shelf.lists[name] if not wanted or wanted in entry.get("marks", [])]
        return {**rest, "choices": entries}


@dataclass
class _Inside:
    """Being inside a block."""

    builder: _Builder
    name: str

    def __enter__(self) -> None:
        self.builder.open = (*self.builder.open, self.name)

    def __exit__(self, *_error: object) -> None:
        self.builder.open = self.builder.open[:-1]


class _Insertion:
    """A block as one form wants it: with its prefix, without what it leaves out, with what it changes."""

    def __init__(self, reference: Plain, steps: list[Plain], place: Path, needs: Iterable[str] = ()) -> None:
        self.reference = reference
        self.place = place
        self.prefix = str(reference.get("prefix", ""))
        self.ids = [one["id"] for one in _fields_of(steps) if "id" in one]
        keys = [step["key"] for step in _pages_of(steps) if "key" in step]
        known = {*self.ids, *keys}
        for word in ("only", "without", "change", "choices"):
            for name in reference.get(word, []):
                if name not in known:
                    reason = _("Der Block „%(block)s“ hat kein „%(name)s“.")
                    raise InvalidContent(reason % {"block": reference["block"], "name": name}, at=(*place, word))
        self.names = {one: f"{self.prefix}{one}" for one in (*self.ids, *needs)}
        self.keys = {key: f"{self.prefix.replace('_', '-')}{key}" for key in keys}

    def step(self, step: Plain, condition: Plain | None) -> list[Plain]:
        """A page or group, asked only under this condition; none if the form leaves it out."""
        if self._is_left_out(step["key"]) or self._cannot_be(step.get("if")):
            return []
        change = self.reference.get("change", {}).get(step["key"], {})
        changed = {**step, **change, "key": self.keys[step["key"]]}
        if "if" in changed:
            changed["if"] = self._renamed(changed["if"])
        if "pages" in step:
            changed["pages"] = [one for page in step["pages"] for one in self.step(page, None)]
            changed["names"] = [self.names.get(name, name) for name in step["names"]]
        else:
            changed["fields"] = self.fields(step.get("fields", []), None)
            if "checks" in changed:
                changed["checks"] = [*self.checks(step.get("checks", [])), *change.get("checks", [])]
        return [_with_texts(_also_if(changed, condition), self.names)]

    def fields(self, fields: list[Plain], condition: Plain | None) -> list[Plain]:
        """The fields that the form keeps, asked only under this condition."""
        return [
            _with_texts(_also_if(self._changed(one), condition), self.names)
            for one in fields
            if not self._is_left_out(one["id"]) and not self._cannot_be(one.get("if"))
        ]

    def checks(self, checks: list[Plain]) -> list[Plain]:
        return [
            _with_texts({**self._renamed(check), "field": self.names.get(check["field"], check["field"])}, self.names)
            for check in checks
            if not self._is_left_out(check["field"])
        ]

    def _changed(self, one: Plain) -> Plain:
        changed = {word: self._renamed(value) if word in _REFERRING else value for word, value in one.items()}
        changed["id"] = self.names[one["id"]]
        if "choices" in one:
            changed["choices"] = [_also_renamed(choice, self._renamed) for choice in one["choices"]]
        if one["id"] in self.reference.get("choices", {}):
            changed["choices"] = self._chosen({**one, "choices": changed.get("choices", [])})
        if self.prefix and not self.reference.get("prefill", False):
            changed = {_OF_OTHERS.get(word, word): value for word, value in changed.items() if word != "autocomplete"}
        if "required" in self.reference and one.get("kind") != "info":
            changed["required"] = self.reference["required"]
        return {**changed, **self.reference.get("change", {}).get(one["id"], {})}

    def _chosen(self, one: Plain) -> list[Plain]:
        """The choices of a field that this form keeps."""
        kept = self.reference["choices"][one["id"]]
        unknown = [value for value in kept if value not in {choice["value"] for choice in one.get("choices", [])}]
        if unknown:
            reason = _("„%(field)s“ hat keine Auswahl „%(value)s“.")
            raise InvalidContent(reason % {"field": one["id"], "value": unknown[0]}, at=(*self.place, "choices"))
        return [choice for choice in one["choices"] if choice["value"] in kept]

    def _is_left_out(self, name: str) -> bool:
        only = self.reference.get("only")
        return name in self.reference.get("without", []) or (
            only is not None and name in self.ids and name.removesuffix("_later") not in only
        )

    def _cannot_be(self, condition: Any) -> bool:
        """Whether a condition asks for a choice that this form does not offer."""
        if not isinstance(condition, dict):
            return False
        if "all" in condition:
            return any(map(self._cannot_be, condition["all"]))
        if "any" in condition:
            return all(map(self._cannot_be, condition["any"]))
        kept = self.reference.get("choices", {}).get(condition.get("field"))
        return kept is not None and "in" in condition and not set(kept) & set(condition["in"])

    def _renamed(self, plain: Any) -> Any:
        """Names of the block's own fields with their prefix; of choices that are asked for only those that are kept."""
        if isinstance(plain, list):
            return [self._renamed(one) for one in plain]
        if isinstance(plain, dict):
            kept = self.reference.get("choices", {}).get(plain.get("field"))
            if kept is not None and "in" in plain:
                plain = {**plain, "in": [value for value in plain["in"] if value in kept] or plain["in"]}
            return {word: value if word in _VALUES else self._renamed(value) for word, value in plain.items()}
        if isinstance(plain, str):
            return self.names.get(plain, self.keys.get(plain, plain))
        return plain


def _also_renamed(choice: Plain, rename: Callable[[Any], Any]) -> Plain:
    return {**choice, "if": rename(choice["if"])} if "if" in choice else choice


def _with_texts(plain: Any, names: Mapping[str, str]) -> Any:
    """The same with `{answer:ID}` in its texts under the new names."""
    if isinstance(plain, dict):
        return {word: _with_texts(value, names) for word, value in plain.items()}
    if isinstance(plain, list):
        return [_with_texts(one, names) for one in plain]
    if isinstance(plain, str):
        return _ANSWER.sub(lambda match: f"{{answer:{names.get(match[1], match[1])}}}", plain)
    return plain


def _also_if(one: Plain, condition: Plain | None) -> Plain:
    if condition is None:
        return one
    return {**one, "if": {"all": [condition, one["if"]]} if "if" in one else condition}


def _later(one: Plain) -> list[Plain]:
    """The box with which a person says that a file comes later."""
    if not one.get("later"):
        return []
    later: Plain = {"id": f"{one['id']}_later", "kind": "checkbox", "label": "Ich reiche es nach.", "required": False}
    later |= {"if": one["if"]} if "if" in one else {}
    return [_also_if(later, one["later"] if isinstance(one["later"], dict) else None)]


def _fields_of(steps: list[Plain]) -> Iterator[Plain]:
    for page in _pages_of(steps):
        yield from page.get("fields", [])


def _pages_of(steps: list[Plain]) -> Iterator[Plain]:
    for step in steps:
        yield step
        yield from step.get("pages", [])


def _list(plain: Any, at: Path) -> list[Any]:
    if not isinstance(plain, list) or not all(isinstance(one, dict) for one in plain):
        raise InvalidContent(_("Hier wird eine Liste erwartet."), at=at)
    return plain


# --- Prices -----------------------------------------------------------------------------------------------


def _priced(rule: Any, fields: Mapping[str, Plain]) -> Any:
    """A fee whose lines say what the entries that they charge for can cost."""
    if not isinstance(rule, dict) or not isinstance(rule.get("lines"), list):
        return rule  # the parser complains
    return {**rule, "lines": [_priced_line(line, fields) for line in rule["lines"]]}


def _priced_line(line: Any, fields: Mapping[str, Plain]) -> Any:
    if not isinstance(line, dict):
        return line
    charging = [fields[name] for name in dict.fromkeys(_charging(line)) if name in fields]
    amounts = [choice["amount"] for one in charging for choice in one.get("choices", []) if choice.get("amount")]
    town = [one["town_list"] for one in charging if "town_list" in one]
    found = {"priced_by": list(dict.fromkeys(amounts)), "priced_by_town": town}
    return {**line, **{word: value for word, value in found.items() if value}}


def _charging(plain: Any) -> Iterator[str]:
    """The fields whose entries have the amounts that something charges."""
    if isinstance(plain, list):
        for one in plain:
            yield from _charging(one)
    elif isinstance(plain, dict):
        for word, value in plain.items():
            if word in ("choice", "amount_of") and isinstance(value, str):
                yield value
            else:
                yield from _charging(value)
