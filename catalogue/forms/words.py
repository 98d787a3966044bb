"""Answers in words, as people read them everywhere."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import schwifty
from django.utils.dates import WEEKDAYS
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from catalogue.forms.context import Context
from catalogue.forms.fields import Field, Kind
from catalogue.forms.formulas import is_empty
from templates.components import NO_BREAK_SPACE, clock, euro, german_date

NOTHING = "–"
Words = Callable[[Field, Any, Context], str]


def in_words(one: Field, value: Any, context: Context) -> str:
    """One answer in words, with the labels of its choices as they were when it was given."""
    if one.kind in (Kind.CHECKBOX, Kind.DECLARATION):
        return _("Ja") if value else _("Nein")
    if is_empty(value):
        return NOTHING
    words: Words = _WORDS.get(one.kind, _plainly)
    return words(one, value, context)


def bank_of(iban: str) -> str:
    """The name of the bank that an account belongs to; empty if it is not known here."""
    try:
        known = schwifty.IBAN(iban)
        return str(known.bank_name or "")
    except ValueError:
        return ""


def _plainly(_one: Field, value: Any, _context: Context) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _chosen(one: Field, value: Any, context: Context) -> str:
    labels = {entry.value: entry.label for entry in context.choices.get(one.id, ())}
    values = value if isinstance(value, list) else [value]
    return ", ".join(labels.get(str(chosen), str(chosen)) for chosen in values)


def _counted(one: Field, value: Mapping[str, int] | str, context: Context) -> str:
    if isinstance(value, str):  # one of the things by itself, as lines of a fee look at them
        return _chosen(one, value, context)
    counted = context.in_order(one.id, value)
    return ", ".join(f"{number} × {_chosen(one, chosen, context)}" for chosen, number in counted)


def _number(one: Field, value: Any, _context: Context) -> str:
    number = number_format(Decimal(str(value)), use_l10n=True)
    return f"{number} {one.unit}".strip()


def _time(_one: Field, value: str, _context: Context) -> str:
    return f"{value.removeprefix('0')}{NO_BREAK_SPACE}{_('Uhr')}"


def _slot(_one: Field, value: str, _context: Context) -> str:
    moment = datetime.fromisoformat(value)
    words = {"weekday": WEEKDAYS[moment.weekday()], "day": german_date(moment.date()), "clock": clock(moment.time())}
    return _("%(weekday)s, %(day)s, %(clock)s Uhr") % words


def _iban(_one: Field, value: str, _context: Context) -> str:
    grouped = " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    bank = bank_of(value)
    return f"{grouped} ({bank})" if bank else grouped


def _map_point(_one: Field, value: Mapping[str, Any], _context: Context) -> str:
    """The place in words; below it the device's position, if it was taken."""
    if "latitude" not in value:
        return str(value["place"])
    north, east = (f"{value[name]:.5f}".replace(".", ",") for name in ("latitude", "longitude"))
    place = _("Standort: %(north)s° Nord, %(east)s° Ost") % {"north": north, "east": east}
    accuracy = _("auf etwa %(meters)s m genau") % {"meters": value["accuracy"]} if value.get("accuracy") else ""
    return f"{value['place']}\n{', '.join(filter(None, [place, accuracy]))}"


_WORDS: dict[Kind, Words] = {
    Kind.RADIO: _chosen,
    Kind.SELECT: _chosen,
    Kind.MULTI: _chosen,
    Kind.COUNTS: _counted,
    Kind.DATE: lambda _one, value, _context: german_date(value),
    Kind.TIME: _time,
    Kind.SLOT: _slot,
    Kind.INT: _number,
    Kind.DECIMAL: _number,
    Kind.MONEY: lambda _one, value, _context: euro(Decimal(str(value))),
    Kind.IBAN: _iban,
    Kind.MAP_POINT: _map_point,
}
