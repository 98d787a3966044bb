"""One question of a form. The notions are those of FIM XDatenfelder: id, label, help, type, cardinality, code list,
condition, legal basis."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.forms.choices import Choice
from catalogue.forms.conditions import Condition
from catalogue.forms.days import Day
from catalogue.forms.formulas import Formula


class Kind(StrEnum):
    """What sort of answer a field takes."""

    TEXT = "text"  # with `most` above 1: one answer a line; JSON: a list of texts
    TEXTAREA = "textarea"
    EMAIL = "email"
    TEL = "tel"
    DATE = "date"  # JSON: "2026-11-22"; where less is enough also "2026-11" or "2026"
    TIME = "time"  # JSON: "18:30"
    INT = "int"
    DECIMAL = "decimal"  # JSON: a string with a point
    MONEY = "money"  # EUR; JSON: a string with a point and two places
    RADIO = "radio"
    SELECT = "select"
    MULTI = "multi"  # JSON: a list of values
    COUNTS = "counts"  # how many of each entry; JSON: {"value": 2}, only what is more than 0
    CHECKBOX = "checkbox"  # JSON: true or false
    DECLARATION = "declaration"  # a checkbox that must be ticked
    IBAN = "iban"
    CHIP = "chip"  # ISO 11784: 15 digits
    PLATE = "plate"  # of a German car; JSON: "LIP-AB 123"
    MAP_POINT = "map_point"  # JSON: {"place": "…"}, with the device's position also latitude, longitude, accuracy (m)
    FILE = "file"  # the files themselves are uploads; JSON: "later" if handed in later
    SLOT = "slot"  # a free time of an office, held while the form is filled in; JSON: "2026-12-01T09:30"
    INFO = "info"  # asks nothing, tells something


CHOOSING = frozenset({Kind.RADIO, Kind.SELECT, Kind.MULTI, Kind.COUNTS})
TICKED = frozenset({Kind.CHECKBOX, Kind.DECLARATION})
NUMBERS = frozenset({Kind.INT, Kind.DECIMAL, Kind.MONEY})
WORDS = frozenset({Kind.TEXT, Kind.TEXTAREA, Kind.EMAIL, Kind.TEL, Kind.IBAN, Kind.CHIP, Kind.PLATE})


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Tone(StrEnum):
    """How loudly something is told."""

    INFO = "info"
    WARNING = "warning"


class Reference(StrEnum):
    """What the number that somebody types belongs to. It must exist, and may come along in a link to the page."""

    FOUND_ITEM = "found_item"  # something that lies in the lost property office


@dataclass(frozen=True)
class Way:
    """A way on: to another service, to an address, or to the office. Exactly one of them."""

    label: str = ""
    text: str = ""
    service: str = ""  # its key
    url: str = ""
    town: str = ""  # a setting: the address, which the town says
    office: bool = False  # the responsible office, with phone, address and hours

    def __post_init__(self) -> None:
        given = [one for one in (self.service, self.url, self.town, self.office) if one]
        if len(given) != 1:
            reason = _("Ein Weg führt zu einer Leistung (service), einer Adresse (url, town) oder zum Amt (office).")
            raise InvalidContent(reason)
        if self.url and not re.match(r"https?://|/[a-z]", self.url):
            raise InvalidContent(_("Eine Adresse beginnt mit https:// oder, im Portal selbst, mit /."), at=("url",))
        if (self.url or self.town) and not self.label:
            raise InvalidContent(_("Es fehlt die Beschriftung (label)."))


@dataclass(frozen=True)
class Computed:
    """Something that a text tells in its place `{name}`. Exactly one of day, number and money."""

    day: Day | None = None
    number: Formula | None = None
    money: Formula | None = None  # EUR, with the town's amounts
    unit: str = ""

    def __post_init__(self) -> None:
        if sum(one is not None for one in (self.day, self.number, self.money)) != 1:
            raise InvalidContent(_("Berechnet wird ein Tag (day), eine Zahl (number) oder ein Betrag (money)."))

    @property
    def expression(self) -> Day | Formula:
        found = self.day or self.number or self.money
        assert found is not None
        return found


@dataclass(frozen=True)
class Preselection:
    """What is chosen already when the question appears, as long as nothing was answered."""

    value: str = ""
    condition: Condition | None = field(default=None, metadata={"name": "if"})
    words_with: str = ""  # a text field: the entry among whose words its answer stands

    def __post_init__(self) -> None:
        if bool(self.value) is bool(self.words_with):
            raise InvalidContent(_("Vorausgewählt wird ein Wert (value) oder was ein Wort nennt (words_with)."))


class Attribute(StrEnum):
    """What an account may know of a person."""

    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    BIRTH_NAME = "birth_name"
    BIRTH_DATE = "birth_date"
    EMAIL = "email"
    PHONE = "phone"
    STREET = "street"
    HOUSE_NUMBER = "house_number"
    POSTAL_CODE = "postal_code"
    CITY = "city"


class Suggested(StrEnum):
    """What is suggested for a text without being asked for."""

    POSTAL_CODES = "postal_codes"  # those of the town
    TOWN = "town"  # its name


_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def parse_limit(plain: object) -> Day | str:
    """The first or last day that a date may be, or time of day ("08:00"). Raises InvalidContent."""
    return plain if isinstance(plain, str) and _CLOCK.fullmatch(plain) else Day.parse(plain)


def parse_later(plain: object) -> bool | str:
    """Whether a file may be handed in later: always, never, or {town: KEY} as the town has switched it."""
    if isinstance(plain, Mapping) and set(plain) == {"town"} and isinstance(plain["town"], str):
        return plain["town"]
    if not isinstance(plain, bool):
        raise InvalidContent(_("Hier wird true, false oder {town: …} erwartet."))
    return plain


@dataclass(frozen=True)
class Field:
    """One question. `id` is stable for ever: answers are kept by it."""

    id: str
    kind: Kind
    label: str = ""
    hint: str = ""
    why: str = ""  # why we ask
    legal_basis: str = ""
    fim: str = ""  # the data field of FIM that it is, such as F60000000227
    required: bool = True
    error: str = ""  # when a required answer is missing
    condition: Condition | None = field(default=None, metadata={"name": "if"})

    # what can be chosen
    choices: tuple[Choice, ...] = ()
    town_list: str = field(default="", metadata={"is_written": False})  # a setting; a file says `list: {town: KEY}`
    searchable: bool = False  # a long list
    preselect: tuple[Preselection, ...] = ()
    default: Any = None

    # how an answer must be
    pattern: str = ""  # a name in patterns.PATTERNS
    refers_to: Reference | None = None  # a number that must exist
    formats: str = ""  # a setting: how the town's numbers look
    min: Formula | None = None  # numbers: smallest; texts: fewest characters; counts: fewest of each entry
    max: Formula | None = None  # numbers: largest; texts: most characters; counts: most of each entry
    places: int = 2  # of a DECIMAL, after the comma
    most: int = 0  # how many answers: lines of a text, choices, files
    past: bool = False  # a date that cannot lie in the future
    earliest: Day | str | None = field(default=None, metadata={"name": "from", "parse": parse_limit})
    latest: Day | str | None = field(default=None, metadata={"name": "to", "parse": parse_limit})
    precision: Precision = Precision.DAY  # what a date asks for
    partial: Precision = Precision.DAY  # what of it must at least be known
    zeros: bool = False  # 00 may stand for a day or month that a foreign register does not know
    months: bool = field(default=False, metadata={"is_written": False})  # an older spelling of `partial: month`
    later: bool | str = field(default=False, metadata={"parse": parse_later})  # a file may be handed in later
    keeps_location: bool = False  # photos may say where they were taken; otherwise that is removed

    # what a SLOT is about: fields of earlier pages
    matter: str = field(default="", metadata={"name": "for"})  # a list of the town; the number is how long it takes
    persons: str = ""  # for how many that is
    place: str = field(default="", metadata={"name": "at"})  # the town's list of places

    # how it looks
    unit: str = ""  # cm, kg, €
    width: str = ""  # short, medium
    autocomplete: str = ""
    prefill: Attribute | None = None  # what the account knows of it
    means: Attribute | None = None  # the same of a person of whom the account knows nothing
    suggestions: str = ""  # Suggested, or a setting with lines

    # what it tells
    text: str = ""  # what an INFO says, and what stands above a DECLARATION
    tone: Tone = Tone.INFO
    links: tuple[Way, ...] = ()
    computed: Mapping[str, Computed] = field(default_factory=dict, metadata={"name": "with"})

    @property
    def asks(self) -> bool:
        return self.kind != Kind.INFO

    @property
    def errand_fields(self) -> tuple[str, ...]:
        """The fields that say what an appointment is about."""
        return tuple(one for one in (self.matter, self.persons, self.place) if one)

    @property
    def meaning(self) -> Attribute | None:
        """What of a person it asks, whoever that is."""
        return self.prefill or self.means

    @property
    def takes_several_lines(self) -> bool:
        return self.kind == Kind.TEXT and self.most > 1

    @property
    def least_known(self) -> Precision:
        """How much of a date must at least be said."""
        order = list(Precision)
        given = Precision.MONTH if self.months else self.partial
        return max(given, self.precision, key=order.index)

    def dependencies(self) -> Iterator[str]:
        """The fields that decide whether and how it is asked or told."""
        if self.condition:
            yield from self.condition.named_fields()
        yield from self.expression_fields()

    def expression_fields(self) -> Iterator[str]:
        """The fields that its limits, preselections and computed texts look at."""
        for limit in (self.earliest, self.latest, self.min, self.max):
            if isinstance(limit, Day | Formula):
                yield from limit.named_fields()
        yield from self.errand_fields
        for computed in self.computed.values():
            yield from computed.expression.named_fields()
        for preselection in self.preselect:
            if preselection.condition:
                yield from preselection.condition.named_fields()
            if preselection.words_with:
                yield preselection.words_with
        for choice in self.choices:
            if choice.condition:
                yield from choice.condition.named_fields()

    def own_settings(self) -> Iterator[str]:
        """The settings of the town that it names itself, apart from those of its conditions, limits and texts."""
        yield from (one for one in (self.town_list, self.formats) if one)
        if isinstance(self.later, str):
            yield self.later
        if self.suggestions and self.suggestions not in set(Suggested):
            yield self.suggestions
