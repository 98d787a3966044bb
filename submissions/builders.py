"""How each kind of question becomes a Django form field. Files are `page_form`'s own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

import schwifty
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.forms.choices import fits_format
from catalogue.forms.context import Answers, Context
from catalogue.forms.fields import Field, Kind, Suggested, Way
from catalogue.forms.formulas import Formula
from catalogue.forms.letters import composed, foreign_sign_in_text
from catalogue.forms.patterns import PATTERNS, plate_as_written
from catalogue.forms.texts import Reader
from templates.fields import (
    ChoiceLabel,
    CountsField,
    DateField,
    DecimalField,
    Information,
    LinesField,
    Link,
    MapPointField,
    SelectField,
    TimeField,
    WholeNumberField,
)
from templates.widgets import SuggestingInput
from townhall.shopfront import shopfront

WIDTHS = {"short": "width-short", "medium": "width-medium", "": ""}


@dataclass(frozen=True)
class Maker:
    """Makes the form fields of one page: with the answers before it, in the form's context."""

    answers: Answers
    context: Context

    def make(self, one: Field) -> forms.Field:
        """The form field of a question, with its texts filled in."""
        built = _MAKERS[one.kind](self, one)
        built.why = self.fill(one.why)  # type: ignore[attr-defined]
        built.legal_basis = one.legal_basis  # type: ignore[attr-defined]
        if one.kind != Kind.INFO:
            built.text = self.fill(one.text)  # type: ignore[attr-defined]
            built.links = self.links(one.links)  # type: ignore[attr-defined]
        return built

    def fill(self, text: str) -> str:
        return Reader(self.answers, self.context).fill(text)

    def limit(self, formula: Formula | None) -> Decimal | None:
        return None if formula is None else formula.value(self.answers, self.context)

    def whole_limit(self, formula: Formula | None) -> int | None:
        limit = self.limit(formula)
        return None if limit is None else int(limit)

    def lengths(self, one: Field, *, usual: int) -> dict[str, Any]:
        """How short and long a text may be, in characters."""
        return {"max_length": self.whole_limit(one.max) or usual, "min_length": self.whole_limit(one.min)}

    def options(self, one: Field) -> dict[str, Any]:
        options: dict[str, Any] = {
            "label": self.fill(one.label),
            "help_text": self.fill(one.hint),
            "required": one.required,
        }
        if one.error:
            options["error_messages"] = {"required": self.fill(one.error)}
        return options

    def choices(self, one: Field) -> list[tuple[str, str]]:
        """What can be chosen here and now."""
        return [
            (entry.value, ChoiceLabel(entry.label, hint=entry.hint))
            for entry in self.context.choices[one.id]
            if entry.condition is None or entry.condition.holds(self.answers, self.context)
        ]

    def links(self, ways: tuple[Way, ...]) -> list[Link]:
        """Where they lead; one whose address the town has not said is left out."""
        return [self._link(way) for way in ways if not way.town or self.context.setting(way.town)]

    def _link(self, way: Way) -> Link:
        label, text = self.fill(way.label), self.fill(way.text)
        if way.service:
            service = shopfront().catalogue.services.get(way.service)
            title = service.title if service else way.service
            return Link(label or title, reverse("townhall:service", args=[way.service]), text)
        if way.office:
            return Link(label or _("Ämter und Öffnungszeiten"), reverse("townhall:offices"), text)
        return Link(label, way.url or str(self.context.setting(way.town)), text)


# --- Texts ------------------------------------------------------------------------------------------------


class TextField(forms.CharField):
    """A text in letters that the administration's systems can pass on (DIN 91379)."""

    default_error_messages = {
        "foreign": gettext_lazy("Das Zeichen „%(sign)s“ können wir nicht verarbeiten. Bitte lassen Sie es weg.")
    }

    def to_python(self, value: Any) -> Any:
        return composed(super().to_python(value) or "")

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        sign = foreign_sign_in_text(str(value))
        if sign:
            raise ValidationError(self.error_messages["foreign"], code="foreign", params={"sign": sign})


class TextLinesField(LinesField, TextField):
    """Several of them, one a line."""


class IbanField(forms.CharField):
    """A bank account. Gives the IBAN without spaces (ISO 13616)."""

    default_error_messages = {
        "invalid": gettext_lazy("Diese IBAN stimmt nicht. Bitte vergleichen Sie sie mit Ihrer Bankkarte.")
    }
    tells = True  # the name of the bank

    def clean(self, value: Any) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        try:
            return str(schwifty.IBAN(typed))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None


class ChipField(forms.CharField):
    """The number of a pet's microchip. Gives 15 digits."""

    def clean(self, value: Any) -> str:
        digits = "".join(str(super().clean(value)).split())
        if digits and not PATTERNS["chip"].fits(digits):
            raise ValidationError(str(PATTERNS["chip"].message), code="invalid")
        return digits


class PlateField(forms.CharField):
    """The number plate of a German car. Gives it in its usual spelling, "LIP-AB 123"."""

    def clean(self, value: Any) -> str:
        plate = plate_as_written(str(super().clean(value)))
        if plate and not PATTERNS["plate"].fits(plate):
            raise ValidationError(str(PATTERNS["plate"].message), code="invalid")
        return plate


def _attributes(one: Field) -> dict[str, str]:
    found = {"autocomplete": one.autocomplete, "class": WIDTHS[one.width]}
    return {name: value for name, value in found.items() if value}


def _text(maker: Maker, one: Field) -> forms.Field:
    options = maker.lengths(one, usual=200) | maker.options(one)
    built: forms.CharField
    if one.takes_several_lines:
        built = TextLinesField(most=one.most, **options)
    else:
        built = TextField(widget=_text_input(maker, one), **options)
    if one.pattern:
        built.validators.append(_fits_pattern(one.pattern))
    if one.formats:
        built.validators.append(_fits_formats(maker.context.setting(one.formats)))
    return built


def _text_input(maker: Maker, one: Field) -> forms.TextInput:
    context = maker.context
    match one.suggestions:
        case "":
            return forms.TextInput(_attributes(one))
        case Suggested.POSTAL_CODES:
            suggestions = sorted(context.postal_codes)
        case Suggested.TOWN:
            suggestions = [context.town]
        case key:
            suggestions = list(context.setting(key))
    return SuggestingInput(_attributes(one), suggestions=suggestions)


def _fits_pattern(name: str) -> Callable[[str], None]:
    pattern = PATTERNS[name]

    def fits(value: str) -> None:
        if not pattern.fits(value):
            raise ValidationError(str(pattern.message), code="pattern")

    return fits


def _fits_formats(formats: tuple[str, ...]) -> Callable[[str], None]:
    def fits(value: str) -> None:
        if not fits_format(value, formats):
            example = formats[0].replace("#", "1").replace("@", "A")
            message = _("So sieht die Nummer aus: %(example)s. Bitte prüfen Sie sie.") % {"example": example}
            raise ValidationError(message, code="format")

    return fits


def _textarea(maker: Maker, one: Field) -> forms.Field:
    widget = forms.Textarea({"rows": 4, **_attributes(one)})
    return TextField(widget=widget, **maker.lengths(one, usual=2000), **maker.options(one))


def _email(maker: Maker, one: Field) -> forms.Field:
    return forms.EmailField(max_length=254, widget=forms.EmailInput(_attributes(one)), **maker.options(one))


def _tel(maker: Maker, one: Field) -> forms.Field:
    widget = forms.TextInput({"type": "tel", **_attributes(one)})
    built = forms.CharField(widget=widget, **maker.lengths(one, usual=40), **maker.options(one))
    built.validators.append(_fits_pattern("phone"))
    return built


def _iban(maker: Maker, one: Field) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off", "class": "width-iban"})
    return IbanField(max_length=50, widget=widget, **maker.options(one))


def _chip(maker: Maker, one: Field) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "class": "width-medium"})
    return ChipField(max_length=40, widget=widget, **maker.options(one))


def _plate(maker: Maker, one: Field) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off", "class": "width-medium", "autocapitalize": "characters"})
    return PlateField(max_length=20, widget=widget, **maker.options(one))


def _map_point(maker: Maker, one: Field) -> forms.Field:
    return MapPointField(**maker.lengths(one, usual=200), **maker.options(one))


# --- Numbers and days -------------------------------------------------------------------------------------


def _int(maker: Maker, one: Field) -> forms.Field:
    limits = {"min_value": maker.whole_limit(one.min), "max_value": maker.whole_limit(one.max)}
    built = WholeNumberField(unit=one.unit, **limits, **maker.options(one))
    built.widget.attrs |= _attributes(one)
    return built


def _decimal(maker: Maker, one: Field) -> forms.Field:
    limits = {"min_value": maker.limit(one.min), "max_value": maker.limit(one.max)}
    is_money = one.kind == Kind.MONEY
    unit, places = ("€", 2) if is_money else (one.unit, one.places)
    return DecimalField(unit=unit, decimal_places=places, **limits, **maker.options(one))


def _date(maker: Maker, one: Field) -> forms.Field:
    today = maker.context.today
    built = DateField(
        precision=one.least_known.value,
        asked=one.precision.value,
        zeros=one.zeros,
        earliest=today.replace(year=today.year - 120, day=1) if one.past else None,
        latest=today if one.past else None,
        **maker.options(one),
    )
    built.widget.attrs |= _attributes(one)
    return built


def _time(maker: Maker, one: Field) -> forms.Field:
    limits = {"earliest": _clock(one.earliest), "latest": _clock(one.latest)}
    return TimeField(**limits, **maker.options(one))


def _clock(limit: object) -> time | None:
    return time.fromisoformat(limit) if isinstance(limit, str) else None


# --- Choices ----------------------------------------------------------------------------------------------


def _radio(maker: Maker, one: Field) -> forms.Field:
    return forms.ChoiceField(choices=maker.choices(one), widget=forms.RadioSelect, **maker.options(one))


def _select(maker: Maker, one: Field) -> forms.Field:
    return SelectField(choices=maker.choices(one), searchable=one.searchable, **maker.options(one))


class SeveralField(forms.MultipleChoiceField):
    """Several of a list, not fewer and not more than so many."""

    default_error_messages = {
        "too_few": gettext_lazy("Wählen Sie mindestens %(limit)s aus."),
        "too_many": gettext_lazy("Wählen Sie höchstens %(limit)s aus."),
    }

    def __init__(self, *, least: int | None, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least = least
        self.most = most

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if value and self.least and len(value) < self.least:
            raise ValidationError(self.error_messages["too_few"], code="too_few", params={"limit": self.least})
        if self.most and len(value) > self.most:
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"limit": self.most})


def _multi(maker: Maker, one: Field) -> forms.Field:
    return SeveralField(
        least=maker.whole_limit(one.min),
        most=one.most,
        choices=maker.choices(one),
        widget=forms.CheckboxSelectMultiple,
        **maker.options(one),
    )


def _counts(maker: Maker, one: Field) -> forms.Field:
    limits = {"min_value": maker.whole_limit(one.min), "max_value": maker.whole_limit(one.max)}
    return CountsField(choices=maker.choices(one), most=one.most or None, **limits, **maker.options(one))


def _checkbox(maker: Maker, one: Field) -> forms.Field:
    return forms.BooleanField(**maker.options(one))


def _info(maker: Maker, one: Field) -> forms.Field:
    text = Reader(maker.answers, maker.context).fill(one.text, one.computed)
    return Information(text, tone=one.tone.value, links=maker.links(one.links))


_MAKERS: dict[Kind, Callable[[Maker, Field], forms.Field]] = {
    Kind.TEXT: _text,
    Kind.TEXTAREA: _textarea,
    Kind.EMAIL: _email,
    Kind.TEL: _tel,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.INT: _int,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _decimal,
    Kind.RADIO: _radio,
    Kind.SELECT: _select,
    Kind.MULTI: _multi,
    Kind.COUNTS: _counts,
    Kind.CHECKBOX: _checkbox,
    Kind.DECLARATION: _checkbox,
    Kind.IBAN: _iban,
    Kind.CHIP: _chip,
    Kind.PLATE: _plate,
    Kind.MAP_POINT: _map_point,
    Kind.INFO: _info,
}


# --- Between forms and JSON -------------------------------------------------------------------------------


def as_json(value: Any) -> Any:
    """A clean value as it is stored; None for nothing."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Decimal):
        return str(value)
    return None if value in ("", [], {}) else value


def as_initial(one: Field, value: Any) -> Any:
    """A stored value as its form field shows it."""
    if value is not None and one.kind in (Kind.DECIMAL, Kind.MONEY):
        return Decimal(str(value))
    if value and one.kind == Kind.TIME:
        return time.fromisoformat(value)
    return value
