"""Plain data (text, numbers, lists, mappings) into the frozen classes of `content`.

The annotations of those classes are the schema.
"""

import re
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
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
    if get_origin(kind) in (Union, UnionType):
        (wanted,) = (option for option in get_args(kind) if option is not NoneType)
        return None if plain is None else _parse(wanted, plain)
    if get_origin(kind) is tuple:
        return _parse_list(get_args(kind)[0], plain)
    if is_dataclass(kind):
        return _parse_mapping(kind, plain)
    if issubclass(kind, Enum):
        return _parse_choice(kind, plain)
    return _VALUES[kind](plain)


def _parse_mapping(kind: Any, plain: object) -> Any:
    if not isinstance(plain, dict):
        raise InvalidContent(_("Hier werden Felder mit Namen erwartet."))
    types, required = _schema(kind)
    for name in plain:
        if name not in types:
            raise InvalidContent(_("Das Feld „%(name)s“ ist hier nicht bekannt.") % {"name": name}, at=(name,))
    for name in required:
        if name not in plain:
            raise InvalidContent(_("Das Feld „%(name)s“ fehlt.") % {"name": name})
    return kind(**{name: _at(name, types[name], value) for name, value in plain.items()})


def _parse_list(kind: Any, plain: object) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise InvalidContent(_("Hier wird eine Liste erwartet."))
    return tuple(_at(position, kind, item) for position, item in enumerate(plain))


def _parse_choice(kind: type[Enum], plain: object) -> Enum:
    """Choices are written as their names in small letters."""
    choices = {member.name.lower(): member for member in kind}
    if not isinstance(plain, str) or plain not in choices:
        raise InvalidContent(
            _("„%(value)s“ ist nicht möglich, nur: %(choices)s.") % {"value": plain, "choices": ", ".join(choices)}
        )
    return choices[plain]


def _parse_text(plain: object) -> str:
    if not isinstance(plain, str):
        raise InvalidContent(_("Hier wird ein Text erwartet. Zahlen, Ja und Nein brauchen dafür Anführungszeichen."))
    if not plain.strip():
        raise InvalidContent(_("Der Text ist leer."))
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


def _at(step: str | int, kind: Any, plain: object) -> Any:
    """Parse what stands at `step`, so that a mistake below it names the whole way."""
    try:
        return _parse(kind, plain)
    except InvalidContent as problem:
        raise InvalidContent(problem.reason, at=(step, *problem.at)) from None


@cache
def _schema(kind: Any) -> tuple[dict[str, Any], list[str]]:
    """The types of a dataclass's fields and the names of those that must be there."""
    required = [field.name for field in fields(kind) if field.default is MISSING]
    return get_type_hints(kind), required
