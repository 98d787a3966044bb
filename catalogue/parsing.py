"""Plain data (text, numbers, lists, mappings) into the frozen classes of `content`.

The annotations of those classes are the schema. A class may read itself from plain data (`parse`), a field may say that
it is called otherwise there or is read in its own way (metadata `name` and `parse`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext as _

from catalogue.content import Catalogue, EntryKind, FormReference, InvalidContent, LifeSituation, Service, Unit

Plain = dict[str, Any]  # as JSON and YAML know it
Entries = dict[EntryKind, list[Plain]]  # all of a release
Content = TypeVar("Content")

_MONEY = re.compile(r"\d{1,7}\.\d{2}")


def parse(kind: type[Content], plain: object) -> Content:
    """Build a `kind` (a dataclass) from a mapping. Nothing is guessed or converted silently.

    Raises InvalidContent with the place of the first mistake: unknown or missing field, wrong type, unknown
    choice, empty text, or what the class itself refuses.
    """
    built: Content = _parse(kind, plain)
    return built


def parse_catalogue(number: int, entries: Entries) -> Catalogue:
    """The catalogue of a release from all its entries. Raises InvalidContent; looks at each alone."""
    return Catalogue.of(
        number=number,
        life_situations=[parse(LifeSituation, plain) for plain in entries[EntryKind.LIFE_SITUATION]],
        units=[parse(Unit, plain) for plain in entries[EntryKind.UNIT]],
        services=[parse(Service, plain) for plain in entries[EntryKind.SERVICE]],
        forms=[parse(FormReference, plain) for plain in entries[EntryKind.FORM]],
    )


def _parse(kind: Any, plain: object) -> Any:
    if kind is Any:
        return plain
    if get_origin(kind) in (Union, UnionType):
        options = [option for option in get_args(kind) if option is not NoneType]
        return None if plain is None else _parse(_meant(options, plain), plain)
    if get_origin(kind) is tuple:
        return _parse_list(get_args(kind)[0], plain)
    if get_origin(kind) is Mapping:
        return _parse_names(get_args(kind)[1], plain)
    if hasattr(kind, "parse"):
        return kind.parse(plain)
    if is_dataclass(kind):
        return _parse_mapping(kind, plain)
    if issubclass(kind, Enum):
        return _parse_choice(kind, plain)
    return _VALUES[kind](plain)


def _parse_mapping(kind: Any, plain: object) -> Any:
    if not isinstance(plain, dict):
        raise InvalidContent(_("Hier werden Felder mit Namen erwartet."))
    known = properties(kind)
    for name in plain:
        if name not in known:
            raise InvalidContent(_("Das Feld „%(name)s“ ist hier nicht bekannt.") % {"name": name}, at=(name,))
    for name, one in known.items():
        if one.is_required and name not in plain:
            raise InvalidContent(_("Das Feld „%(name)s“ fehlt.") % {"name": name})
    return kind(**{known[name].attribute: _at(name, known[name].read, value) for name, value in plain.items()})


def _meant(options: list[Any], plain: object) -> Any:
    """Which of several classes something is written as: the one that knows most of its fields."""
    if len(options) == 1 or not isinstance(plain, dict):
        return options[0]
    return max(options, key=lambda option: len(properties(option).keys() & plain.keys()))


def _parse_names(kind: Any, plain: object) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise InvalidContent(_("Hier werden Felder mit Namen erwartet."))
    return {name: _at(name, lambda value: _parse(kind, value), value) for name, value in plain.items()}


def _parse_list(kind: Any, plain: object) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise InvalidContent(_("Hier wird eine Liste erwartet."))
    return tuple(_at(position, lambda value: _parse(kind, value), item) for position, item in enumerate(plain))


def _parse_choice(kind: type[Enum], plain: object) -> Enum:
    """Choices are written as their names in small letters."""
    choices = {member.name.lower(): member for member in kind}
    if not isinstance(plain, str) or plain not in choices:
        raise InvalidContent(
            _("„%(value)s“ ist nicht möglich, nur: %(choices)s.") % {"value": plain, "choices": ", ".join(choices)}
        )
    return choices[plain]


def _parse_text(plain: object) -> str:
    if not verbatim(plain).strip():
        raise InvalidContent(_("Der Text ist leer."))
    return verbatim(plain)


def verbatim(plain: object) -> str:
    """A text that may consist of spaces. Raises InvalidContent."""
    if not isinstance(plain, str):
        raise InvalidContent(_("Hier wird ein Text erwartet. Zahlen, Ja und Nein brauchen dafür Anführungszeichen."))
    return plain


def _parse_whole_number(plain: object) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool) or plain < 0:
        raise InvalidContent(_("Hier wird eine ganze Zahl erwartet."))
    return plain


def _parse_yes_or_no(plain: object) -> bool:
    if not isinstance(plain, bool):
        raise InvalidContent(_("Hier wird true oder false erwartet."))
    return plain


def _parse_money(plain: object) -> Decimal:
    if not isinstance(plain, str) or not _MONEY.fullmatch(plain):
        raise InvalidContent(_('Ein Betrag in Euro wird in Anführungszeichen so geschrieben: "5.00".'))
    return Decimal(plain)


def _parse_date(plain: object) -> date:
    try:
        return date.fromisoformat(plain if isinstance(plain, str) else "")
    except ValueError:
        raise InvalidContent(_("Ein Datum wird so geschrieben: 2026-02-07.")) from None


_VALUES: dict[type, Callable[[object], object]] = {
    str: _parse_text,
    int: _parse_whole_number,
    bool: _parse_yes_or_no,
    Decimal: _parse_money,
    date: _parse_date,
}


def _at(step: str | int, read: Callable[[object], Any], plain: object) -> Any:
    """Read what stands at `step`, so that a mistake below it names the whole way."""
    try:
        return read(plain)
    except InvalidContent as problem:
        raise InvalidContent(problem.reason, at=(step, *problem.at)) from None


@dataclass(frozen=True)
class Property:
    """A field of a class as plain data has it."""

    attribute: str
    kind: Any  # its annotation
    read: Callable[[object], Any]
    is_required: bool
    is_written: bool  # by people; otherwise a program fills it in


@cache
def properties(kind: Any) -> dict[str, Property]:
    """The fields of a dataclass by the name that they have in plain data."""
    types = get_type_hints(kind)
    return {one.metadata.get("name", one.name): _property(one, types[one.name]) for one in fields(kind)}


def _property(one: Field[Any], kind: Any) -> Property:
    read = one.metadata.get("parse") or (lambda plain: _parse(kind, plain))
    is_required = one.default is MISSING and one.default_factory is MISSING
    return Property(one.name, kind, read, is_required, one.metadata.get("is_written", True))
