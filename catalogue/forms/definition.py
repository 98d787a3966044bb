"""The shape of a form: pages and repeated groups of pages, each with fields.

A definition is immutable once released: a draft or submission stores key and version and can for ever be shown as it
was filled in. `catalogue/library/forms/*.yaml` holds the definitions, docs/formulare.md explains them. Here is what
they are; `checking` says what would make no sense in them.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.fees import FeeRule, FeeRuleLine
from catalogue.forms.choices import Choice, Setting
from catalogue.forms.conditions import Condition
from catalogue.forms.context import Answers, Context, Surroundings
from catalogue.forms.fields import Field, Kind, Way
from catalogue.forms.formulas import Formula
from catalogue.parsing import parse, verbatim

__all__ = ["Check", "Choice", "Estimate", "Field", "FormDefinition", "Group", "Kind", "Page", "parse_form"]

_SLUG = re.compile(r"[a-z][a-z0-9-]*")

# Pages of the portal itself that lie beside those of a form (submissions.urls).
RESERVED = frozenset(
    {
        "neu",
        "auswahl",
        "gespeichert",
        "verstanden",
        "aus-dem-konto",
        "mitnehmen",
        "uebernehmen",
        "mitgebracht",
        "dateien",
        "pruefen",
        "schon-gemeldet",
    }
)


@dataclass(frozen=True)
class Check:
    """Something that must not be: when `condition` holds, `error` stands at the field."""

    field: str
    error: str
    condition: Condition = dataclasses.field(metadata={"name": "if"})


@dataclass(frozen=True)
class Document:
    """A PDF of what was answered, which a page offers to take along."""

    title: str
    text: str = ""  # above the answers
    closing: str = ""  # below them, such as where to sign
    pages: tuple[str, ...] = ()  # whose answers it holds; all if none is named


@dataclass(frozen=True)
class Page:
    """One topic. A page with `stop` ends here: online it goes no further, and it shows other ways."""

    key: str
    title: str
    short: str = ""
    intro: str = ""
    help: str = ""
    fields: tuple[Field, ...] = ()
    condition: Condition | None = field(default=None, metadata={"name": "if"})
    checks: tuple[Check, ...] = ()
    stop: bool = False
    related: tuple[str, ...] = ()  # service keys
    ways: tuple[Way, ...] = ()
    document: Document | None = None

    def __post_init__(self) -> None:
        _require_slug(self.key)
        object.__setattr__(self, "short", self.short or self.title)

    def visible_fields(self, answers: Answers, context: Context) -> Iterator[Field]:
        """The fields that these answers call for."""
        for one in self.fields:
            if one.condition is None or one.condition.holds(answers, context):
                yield one


@dataclass(frozen=True)
class Group:
    """Pages that are filled in once per entry, such as once per dog. JSON: a list of mappings."""

    key: str
    title: str
    item: str  # "Hund"
    add: str  # "Weiteren Hund hinzufügen"
    pages: tuple[Page, ...]
    names: tuple[str, ...]  # fields that name an entry in lists
    max: Formula
    min: Formula = field(default_factory=lambda: Formula("number", number=Decimal(1)))
    short: str = ""
    between: str = field(default=", ", metadata={"parse": verbatim})  # what stands between these names
    intro: str = ""
    help: str = ""
    condition: Condition | None = field(default=None, metadata={"name": "if"})

    def __post_init__(self) -> None:
        _require_slug(self.key)
        object.__setattr__(self, "short", self.short or self.title)

    def page(self, key: str) -> Page | None:
        return next((page for page in self.pages if page.key == key), None)


@dataclass(frozen=True)
class Estimate:
    """An amount that is told for information and not charged here, such as the yearly dog tax."""

    title: str
    note: str
    lines: tuple[FeeRuleLine, ...]

    @cached_property
    def rule(self) -> FeeRule:
        return FeeRule(self.lines)


@dataclass(frozen=True)
class Flag:
    """A mark on the submission that the town hall sees, set when the condition holds."""

    key: str
    label: str
    condition: Condition = field(metadata={"name": "if"})


@dataclass(frozen=True)
class SamePlace:
    """When somebody else may have handed in the same already: alike, close by and not long ago."""

    place: str  # the field that says where, of kind map_point
    same: tuple[str, ...]  # fields that are answered alike
    metres: int
    days: int
    # Then it is handed in in any case.
    unless: Condition | None = None


@dataclass(frozen=True)
class FormDefinition:
    key: str
    version: int
    title: str
    steps: tuple[Page | Group, ...]
    fee: FeeRule | None = None
    estimates: tuple[Estimate, ...] = ()
    flags: tuple[Flag, ...] = ()
    same_place: SamePlace | None = None
    next_steps: tuple[str, ...] = ()  # what happens after handing in
    retention: str = ""  # how long the data is kept, for the privacy note
    applicant: tuple[str, ...] = ()  # fields that make up the applicant's name
    legal_basis: tuple[str, ...] = ()
    fim: str = ""  # the form schema of FIM that it follows, such as S00000000362
    # What the town may say; filled in on release.
    settings: Mapping[str, Setting] = field(default_factory=dict, metadata={"is_written": False})

    def steps_for(self, answers: Answers, context: Context) -> list[Page | Group]:
        """The steps that these answers call for, in order."""
        return [step for step in self.steps if step.condition is None or step.condition.holds(answers, context)]

    def context(self, surroundings: Surroundings) -> Context:
        """The surroundings as this form sees them: with a value for each setting, with entries for each choice."""
        settings = setting_values(self.settings, surroundings.settings)
        return Context(
            today=surroundings.today,
            town=surroundings.town,
            full_town=surroundings.full_town,
            postal_codes=surroundings.postal_codes,
            trust=surroundings.trust,
            prices=surroundings.prices,
            given={key: value for key, value in surroundings.settings.items() if key in self.settings},
            settings=settings,
            fields=self.fields_by_id,
            choices={
                one.id: settings[one.town_list]
                if one.town_list
                else tuple(choice.on(surroundings.today) for choice in one.choices)
                for one in self.fields_by_id.values()
                if one.choices or one.town_list
            },
        )

    @cached_property
    def fields_by_id(self) -> dict[str, Field]:
        return {one.id: one for page in self.all_pages() for one in page.fields}

    def all_pages(self) -> Iterator[Page]:
        for step in self.steps:
            yield from step.pages if isinstance(step, Group) else (step,)

    def all_fields(self) -> Iterator[Field]:
        yield from self.fields_by_id.values()

    @property
    def rules(self) -> list[FeeRule]:
        """All that computes money."""
        return [*([self.fee] if self.fee else []), *(estimate.rule for estimate in self.estimates)]

    @property
    def amount_keys(self) -> set[str]:
        """The keys of all amounts that it names."""
        computed = {
            key
            for one in self.all_fields()
            for told in one.computed.values()
            if told.money
            for key in told.money.named_amounts()
        }
        return computed.union(*(rule.keys for rule in self.rules))

    @property
    def is_guide(self) -> bool:
        """Whether it hands nothing in and only shows the way: its last page always ends it."""
        last = self.steps[-1]
        return isinstance(last, Page) and last.stop and last.condition is None

    def field(self, field_id: str) -> Field | None:
        return self.fields_by_id.get(field_id)


def setting_values(settings: Mapping[str, Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """Each setting in the type of its kind. What a town has set for an earlier kind of it does not count."""
    return {
        key: setting.value(given[key] if key in given and setting.fits(given[key]) else setting.default, key)
        for key, setting in settings.items()
    }


def parse_form(plain: Mapping[str, Any]) -> FormDefinition:
    """Read a definition whose blocks, lists and settings are filled in. Raises InvalidContent.

    What was released once is read for ever; whether a new one makes sense is asked by `checking.check_form`.
    """
    return parse(FormDefinition, dict(plain))


def _require_slug(key: str) -> None:
    if not _SLUG.fullmatch(key):
        raise InvalidContent(_("„%(key)s“ kann nicht in einer Adresse stehen.") % {"key": key}, at=("key",))
