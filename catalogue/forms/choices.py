"""What can be chosen, and what the town says in a form: its lists, switches, numbers and texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalogue.content import InvalidContent
from catalogue.forms.conditions import Condition
from catalogue.forms.formulas import Formula

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "ae", "Ö": "oe", "Ü": "ue"})


def parse_quantity(plain: object) -> Decimal:
    """A number with or without a fraction, also in quotes. Raises InvalidContent."""
    formula = Formula.parse(plain)
    if formula.operation != "number":
        raise InvalidContent(_("Hier wird eine Zahl erwartet."))
    return formula.number


def parse_offset(plain: object) -> int:
    """A whole number, also a negative one. Raises InvalidContent."""
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise InvalidContent(_("Hier wird eine ganze Zahl erwartet."))
    return plain


@dataclass(frozen=True)
class Choice:
    """One entry of a list. `value` is stable for ever: it is what answers store."""

    value: str = ""
    label: str = ""
    hint: str = ""
    marks: tuple[str, ...] = ()  # what conditions ask for
    amount: str = ""  # the key of what it costs
    number: Decimal | None = field(default=None, metadata={"parse": parse_quantity})  # what it counts for in a formula
    words: tuple[str, ...] = ()  # what belongs to it, such as the streets of a parking zone
    year: int | None = field(
        default=None, metadata={"parse": parse_offset}
    )  # instead of value and label: from this one
    condition: Condition | None = field(default=None, metadata={"name": "if"})

    def knows(self, text: str) -> bool:
        """Whether a text is one of its words; capitals, spaces and "Str." make no difference."""
        wanted = _folded(text)
        return any(_folded(word) == wanted for word in self.words)

    def on(self, today: date) -> "Choice":
        """The entry itself; of a relative year that year."""
        if self.year is None:
            return self
        year = str(today.year + self.year)
        return replace(self, value=year, label=year, year=None)


def slug(label: str) -> str:
    """The value of an entry that is only a name: "Bichon Frisé" becomes "bichon-frise"."""
    return slugify(label.translate(_UMLAUTS))


def _folded(text: str) -> str:
    words = text.casefold().replace("straße", "str").replace("strasse", "str")
    return re.sub(r"[\W_]", "", words)


class SettingKind(StrEnum):
    """What sort of thing a town says."""

    LIST = "list"  # entries to choose from
    LINES = "lines"  # plain texts, such as street names to suggest
    FORMATS = "formats"  # how a number must look: "######/##" with # for a digit and @ for a letter
    SWITCH = "switch"
    NUMBER = "number"
    TEXT = "text"
    ADDRESS = "address"  # of a web page that forms link to; without one there is no link


@dataclass(frozen=True)
class Setting:
    """Something that a town may say differently in its forms. `default` holds until it does."""

    kind: SettingKind
    label: str
    default: Any
    hint: str = ""
    unit: str = ""  # of a NUMBER
    min: int = 0  # of a NUMBER
    max: int = 1_000_000  # of a NUMBER
    marks: Mapping[str, str] = field(default_factory=dict)  # of a LIST: what an entry may be marked with, in words
    number: str = ""  # of a LIST: what the number of an entry means, if entries have one
    words: str = ""  # of a LIST: what the words of an entry mean, if entries have some
    is_priced: bool = field(default=False, metadata={"name": "priced"})  # of a LIST: each entry has an amount

    def fits(self, plain: Any) -> bool:
        """Whether a plain value is of its kind."""
        match self.kind:
            case SettingKind.LIST:
                return isinstance(plain, list) and all(map(_is_entry, plain))
            case SettingKind.LINES | SettingKind.FORMATS:
                return isinstance(plain, list) and all(isinstance(one, str) and one for one in plain)
            case SettingKind.SWITCH:
                return isinstance(plain, bool)
            case SettingKind.NUMBER:
                return isinstance(plain, int) and not isinstance(plain, bool)
            case _:
                return isinstance(plain, str)

    def value(self, plain: Any, key: str) -> Any:
        """What a plain value means, in the type of its kind: of a LIST its entries as a tuple of `Choice`."""
        match self.kind:
            case SettingKind.LIST:
                return tuple(self._entry(one, key) for one in plain)
            case SettingKind.LINES | SettingKind.FORMATS:
                return tuple(plain)
            case SettingKind.NUMBER:
                return Decimal(str(plain))
            case _:
                return plain

    def _entry(self, plain: Any, key: str) -> Choice:
        given = {"label": plain} if isinstance(plain, str) else plain
        value = given.get("value") or slug(given["label"])
        number = given.get("number")
        return Choice(
            value=value,
            label=given["label"],
            hint=given.get("hint", ""),
            marks=tuple(given.get("marks", ())),
            amount=given.get("amount", "") or (f"{key}.{value}" if self.is_priced else ""),
            number=None if number is None else Decimal(str(number)),
            words=tuple(given.get("words", ())),
        )


def fits_format(text: str, formats: tuple[str, ...]) -> bool:
    """Whether a text looks as one of the formats says. Without formats everything does."""
    return not formats or any(_format_expression(one).fullmatch(text) for one in formats)


def _format_expression(one: str) -> re.Pattern[str]:
    parts = {"#": "[0-9]", "@": "[A-Za-zÄÖÜäöü]"}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in one))


def check_default(setting: Setting) -> None:
    """Refuse a default that is not of the setting's kind. Raises InvalidContent."""
    if not setting.fits(setting.default):
        raise InvalidContent(_("Die Vorgabe (default) passt nicht zur Art (kind)."), at=("default",))


def _is_entry(plain: Any) -> bool:
    return isinstance(plain, str) or (isinstance(plain, dict) and isinstance(plain.get("label"), str))
