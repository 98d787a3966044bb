"""The shape of a form: pages and repeated groups of pages, each with fields.

A definition is immutable once released: a draft or submission stores key and version and can for ever be shown as it
was filled in. The notions are those of FIM XDatenfelder: stable field id, label, help, type, cardinality, code list,
condition, legal basis. `catalogue/library/forms/*.yaml` holds the definitions, docs/formulare.md explains them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent, Path
from catalogue.fees import FeeRule, parse_fee_rule
from catalogue.forms.conditions import Answers, Condition, ConditionError, parse_condition
from catalogue.forms.patterns import PATTERNS


class Kind(StrEnum):
    """What sort of answer a field takes."""

    TEXT = "text"
    TEXTAREA = "textarea"
    EMAIL = "email"
    TEL = "tel"
    DATE = "date"  # JSON: "2026-11-22"; with `months` also "2026-11"
    INT = "int"
    DECIMAL = "decimal"  # JSON: a string with a point
    RADIO = "radio"
    SELECT = "select"
    MULTI = "multi"  # JSON: a list of values
    CHECKBOX = "checkbox"  # JSON: true or false
    DECLARATION = "declaration"  # a checkbox that must be ticked
    IBAN = "iban"
    CHIP = "chip"  # ISO 11784: 15 digits
    FILE = "file"  # the files themselves are uploads; JSON: "later" if handed in later
    INFO = "info"  # asks nothing, tells something


CHOOSING = frozenset({Kind.RADIO, Kind.SELECT, Kind.MULTI})


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True)
class Field:
    """One question. `id` is stable for ever: answers are kept by it."""

    id: str
    kind: Kind
    label: str = ""
    hint: str = ""
    required: bool = True
    condition: Condition | None = None
    choices: tuple[Choice, ...] = ()
    text: str = ""  # what an INFO says
    tone: str = "info"  # of an INFO: info, warning
    error: str = ""  # when a required answer is missing
    pattern: str = ""  # a name in patterns.PATTERNS
    min: int | None = None  # numbers: smallest; texts: fewest characters
    max: int | None = None  # numbers: largest; texts: most characters
    past: bool = False  # a date that cannot lie in the future
    months: bool = False  # a date whose day may be left out
    unit: str = ""  # cm, kg, €
    width: str = ""  # short, medium
    autocomplete: str = ""
    prefill: str = ""  # name of the account's attribute
    searchable: bool = False  # a long list of choices
    later: bool = False  # a file may be handed in later
    why: str = ""  # why we ask, with the legal basis
    default: Any = None

    @property
    def asks(self) -> bool:
        return self.kind != Kind.INFO

    def choice_label(self, value: str) -> str:
        return next((choice.label for choice in self.choices if choice.value == value), value)


@dataclass(frozen=True)
class Check:
    """Something that must not be: when `condition` holds, `error` stands at the field."""

    condition: Condition
    field: str
    error: str


@dataclass(frozen=True)
class Page:
    """One topic. A page with `stop` ends here: online it goes no further, `related` shows other ways."""

    key: str
    title: str
    short: str
    intro: str = ""
    fields: tuple[Field, ...] = ()
    condition: Condition | None = None
    checks: tuple[Check, ...] = ()
    stop: bool = False
    related: tuple[str, ...] = ()  # service keys

    def visible_fields(self, answers: Answers, *, today: date) -> Iterator[Field]:
        """The fields that these answers call for."""
        for one in self.fields:
            if one.condition is None or one.condition.holds(answers, today=today):
                yield one


@dataclass(frozen=True)
class Group:
    """Pages that are filled in once per entry, such as once per dog. JSON: a list of mappings."""

    key: str
    title: str
    short: str
    item: str  # "Hund"
    add: str  # "Weiteren Hund hinzufügen"
    pages: tuple[Page, ...]
    names: tuple[str, ...]  # fields that name an entry in lists
    between: str = ", "  # what stands between these names
    intro: str = ""
    min: int = 1
    max: int = 5
    condition: Condition | None = None

    def page(self, key: str) -> Page | None:
        return next((page for page in self.pages if page.key == key), None)


@dataclass(frozen=True)
class Estimate:
    """An amount that is told for information and not charged here, such as the yearly dog tax."""

    title: str
    note: str
    rule: FeeRule


@dataclass(frozen=True)
class Flag:
    """A mark on the submission that the town hall sees, set when the condition holds."""

    key: str
    label: str
    condition: Condition


@dataclass(frozen=True)
class FormDefinition:
    key: str
    version: int
    title: str
    steps: tuple[Page | Group, ...]
    fee: FeeRule | None = None
    estimates: tuple[Estimate, ...] = ()
    flags: tuple[Flag, ...] = ()
    next_steps: tuple[str, ...] = ()  # what happens after handing in
    retention: str = ""  # how long the data is kept, for the privacy note
    applicant: tuple[str, ...] = field(default=())  # fields that make up the applicant's name

    def steps_for(self, answers: Answers, *, today: date) -> list[Page | Group]:
        """The steps that these answers call for, in order."""
        return [step for step in self.steps if step.condition is None or step.condition.holds(answers, today=today)]

    def all_fields(self) -> Iterator[Field]:
        for step in self.steps:
            for page in step.pages if isinstance(step, Group) else (step,):
                yield from page.fields

    @property
    def amount_keys(self) -> set[str]:
        """The keys of all amounts that it names."""
        rules = [self.fee, *(estimate.rule for estimate in self.estimates)]
        return set().union(*(rule.keys for rule in rules if rule))

    def field(self, field_id: str) -> Field | None:
        return next((one for one in self.all_fields() if one.id == field_id), None)


# --- Reading ----------------------------------------------------------------------------------------------

_ID = re.compile(r"[a-z][a-z0-9_]*")
_SLUG = re.compile(r"[a-z][a-z0-9-]*")


def parse_form(plain: Mapping[str, Any]) -> FormDefinition:
    """Read a definition whose blocks and code lists are filled in. Raises InvalidContent."""
    _only(plain, {f.name for f in fields(FormDefinition)}, ())
    steps = tuple(_parse_step(step, ("steps", n)) for n, step in enumerate(_need(plain, "steps", list, ())))
    definition = FormDefinition(
        key=_need(plain, "key", str, ()),
        version=_need(plain, "version", int, ()),
        title=_need(plain, "title", str, ()),
        steps=steps,
        fee=_guarded(parse_fee_rule, plain["fee"], ("fee",)) if plain.get("fee") else None,
        estimates=tuple(
            Estimate(e["title"], e["note"], _guarded(parse_fee_rule, {"pay": "never", **e}, ("estimates", n)))
            for n, e in enumerate(plain.get("estimates", []))
        ),
        flags=tuple(
            Flag(f["key"], f["label"], _guarded(parse_condition, f["if"], ("flags", n, "if")))
            for n, f in enumerate(plain.get("flags", []))
        ),
        next_steps=tuple(plain.get("next_steps", [])),
        retention=plain.get("retention", ""),
        applicant=tuple(plain.get("applicant", [])),
    )
    _check_references(definition)
    return definition


def _parse_step(plain: Mapping[str, Any], where: Path) -> Page | Group:
    return _parse_group(plain, where) if "pages" in plain else _parse_page(plain, where)


def _parse_page(plain: Mapping[str, Any], where: Path) -> Page:
    _only(plain, {f.name for f in fields(Page)} - {"condition"} | {"if"}, where)
    return Page(
        key=_slug(plain, where),
        title=_need(plain, "title", str, where),
        short=plain.get("short") or plain["title"],
        intro=plain.get("intro", ""),
        fields=tuple(_parse_field(f, (*where, "fields", n)) for n, f in enumerate(plain.get("fields", []))),
        condition=_condition(plain, where),
        checks=tuple(
            Check(_guarded(parse_condition, c["if"], (*where, "checks", n, "if")), c["field"], c["error"])
            for n, c in enumerate(plain.get("checks", []))
        ),
        stop=bool(plain.get("stop", False)),
        related=tuple(plain.get("related", [])),
    )


def _parse_group(plain: Mapping[str, Any], where: Path) -> Group:
    _only(plain, {f.name for f in fields(Group)} - {"condition"} | {"if"}, where)
    return Group(
        key=_need(plain, "key", str, where),
        title=_need(plain, "title", str, where),
        short=plain.get("short") or plain["title"],
        item=_need(plain, "item", str, where),
        add=_need(plain, "add", str, where),
        pages=tuple(_parse_page(p, (*where, "pages", n)) for n, p in enumerate(plain["pages"])),
        names=tuple(_need(plain, "names", list, where)),
        between=plain.get("between", ", "),
        intro=plain.get("intro", ""),
        min=plain.get("min", 1),
        max=_need(plain, "max", int, where),
        condition=_condition(plain, where),
    )


def _parse_field(plain: Mapping[str, Any], where: Path) -> Field:
    _only(plain, {f.name for f in fields(Field)} - {"condition"} | {"if"}, where)
    try:
        kind = Kind(_need(plain, "kind", str, where))
    except ValueError:
        reason = _("Eine Art „%(kind)s“ gibt es nicht.") % {"kind": plain["kind"]}
        raise InvalidContent(reason, at=(*where, "kind")) from None
    field_id = _need(plain, "id", str, where)
    if not _ID.fullmatch(field_id):
        reason = _("„%(id)s“ geht nicht: nur a bis z, Ziffern und Unterstriche.") % {"id": field_id}
        raise InvalidContent(reason, at=(*where, "id"))
    if kind != Kind.INFO and not plain.get("label"):
        raise InvalidContent(_("Es fehlt die Beschriftung (label)."), at=where)
    if plain.get("pattern", "") not in {"", *PATTERNS}:
        reason = _("Ein Muster „%(pattern)s“ gibt es nicht.") % {"pattern": plain["pattern"]}
        raise InvalidContent(reason, at=(*where, "pattern"))
    if (kind in CHOOSING) is not bool(plain.get("choices")):
        reason = _("Eine Auswahl (choices) gehört zu radio, select und multi und nur dorthin.")
        raise InvalidContent(reason, at=where)
    rest = {name: value for name, value in plain.items() if name not in {"kind", "choices", "if"}}
    return Field(
        **rest,
        kind=kind,
        choices=tuple(Choice(**choice) for choice in plain.get("choices", [])),
        condition=_condition(plain, where),
    )


def _check_references(definition: FormDefinition) -> None:
    """Each condition looks only at what was asked before it (or beside it), each id stands once."""
    known: set[str] = set()
    for number, step in enumerate(definition.steps):
        where = ("steps", number)
        _check_condition(step.condition, known, where)
        if isinstance(step, Group):
            inside = set(known)
            for page_number, page in enumerate(step.pages):
                _check_page(page, inside, (*where, "pages", page_number))
            own = inside - known
            missing = set(step.names) - own
            if missing:
                raise _no_field(min(missing), (*where, "names"))
            known |= {step.key} | {f"{step.key}/{name}" for name in own}
        else:
            _check_page(step, known, where)
    grouped = {name.split("/")[1] for name in known if "/" in name}
    rules: list[tuple[Path, FeeRule | None]] = [
        (("fee",), definition.fee),
        *((("estimates", n), estimate.rule) for n, estimate in enumerate(definition.estimates)),
    ]
    for name, rule in rules:
        for line_number, line in enumerate(rule.lines if rule else ()):
            scope = known | grouped if line.for_each else known
            _check_condition(line.condition, scope, (*name, "lines", line_number))
            for used in (*line.times, *([line.for_each] if line.for_each else [])):
                if used not in scope:
                    raise _no_field(used, (*name, "lines", line_number))
    for number, flag in enumerate(definition.flags):
        _check_condition(flag.condition, known, ("flags", number))


def _no_field(field_id: str, where: Path) -> InvalidContent:
    return InvalidContent(_("Ein Feld „%(id)s“ gibt es hier nicht.") % {"id": field_id}, at=where)


def _check_page(page: Page, known: set[str], where: Path) -> None:
    _check_condition(page.condition, known, where)
    for number, one in enumerate(page.fields):
        if one.id in known:
            reason = _("Das Feld „%(id)s“ gibt es schon.") % {"id": one.id}
            raise InvalidContent(reason, at=(*where, "fields", number, "id"))
        _check_condition(one.condition, known, (*where, "fields", number))
        known.add(one.id)
    for number, check in enumerate(page.checks):
        _check_condition(check.condition, known, (*where, "checks", number))
        if check.field not in known:
            raise _no_field(check.field, (*where, "checks", number, "field"))


def _check_condition(condition: Condition | None, known: set[str], where: Path) -> None:
    for name in condition.named_fields() if condition else ():
        if name not in known and name.rsplit("/", 1)[-1] not in known:
            reason = _("Die Bedingung schaut auf „%(id)s“. Das wird vorher nicht gefragt.") % {"id": name}
            raise InvalidContent(reason, at=(*where, "if"))


def _condition(plain: Mapping[str, Any], where: Path) -> Condition | None:
    return _guarded(parse_condition, plain["if"], (*where, "if")) if "if" in plain else None


def _guarded(parse: Any, plain: Any, where: Path) -> Any:
    try:
        return parse(plain)
    except ConditionError as problem:
        raise InvalidContent(str(problem), at=where) from None
    except (KeyError, TypeError) as problem:
        raise InvalidContent(_("Hier fehlt etwas: %(what)s.") % {"what": problem}, at=where) from None


def _need(plain: Mapping[str, Any], name: str, kind: type, where: Path) -> Any:
    path = (*where, name)
    if name not in plain:
        raise InvalidContent(_("Das Feld „%(name)s“ fehlt.") % {"name": name}, at=path)
    if not isinstance(plain[name], kind) or (kind is int and isinstance(plain[name], bool)):
        raise InvalidContent(_("Hier wird etwas anderes erwartet: %(type)s.") % {"type": kind.__name__}, at=path)
    return plain[name]


def _slug(plain: Mapping[str, Any], where: Path) -> str:
    key: str = _need(plain, "key", str, where)
    if not _SLUG.fullmatch(key):
        raise InvalidContent(_("„%(key)s“ kann nicht in einer Adresse stehen.") % {"key": key}, at=(*where, "key"))
    return key


def _only(plain: Mapping[str, Any], allowed: set[str], where: Path) -> None:
    unknown = sorted(set(plain) - allowed)
    if unknown:
        reason = _("Das Feld „%(name)s“ ist hier nicht bekannt.") % {"name": unknown[0]}
        raise InvalidContent(reason, at=(*where, unknown[0]))
