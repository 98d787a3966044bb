"""Form fields: KERN markup for every Django form, German messages, and the fields that Django does not have.

`FORM_RENDERER = "templates.fields.Renderer"` gives all forms their looks; a form that inherits from `Form`
(or, with a model, from `FormDefaults`) also speaks German where Django's own messages would not help, and
knows fields that depend on another answer.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Literal, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import EMPTY_VALUES
from django.forms.boundfield import BoundField as DjangoBoundField
from django.forms.renderers import TemplatesSetting
from django.utils.dates import MONTHS
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from templates.components import clock, german_date
from templates.widgets import (
    CountsInput,
    DateInput,
    DateParts,
    KeptFile,
    LinesInput,
    MapPoint,
    MapPointInput,
    NumberInput,
    SearchableSelect,
    UploadInput,
)

Text = str | Promise

# What a date must at least say: its year, year and month, or the whole of it.
Precision = Literal["day", "month", "year"]


_ASKED: dict[Precision, tuple[str, ...]] = {
    "day": DateParts._fields,
    "month": DateParts._fields[1:],
    "year": DateParts._fields[2:],
}

# When a field is asked: the name of another field of the form, and the answers to it that call for this one.
# A ticked checkbox answers "on".
Condition = tuple[str, frozenset[str]]


# --- Looks -----------------------------------------------------------------------------------------------


class BoundField(DjangoBoundField):
    """A field of a form on a page."""

    @property
    def kind(self) -> str:
        """Which way `fields/field.html` frames it."""
        widget = self.field.widget
        if isinstance(self.field, Information):
            return "information"
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        if self.use_fieldset:
            return "fieldset"
        return "input"

    @property
    def first_id(self) -> str:
        """The element that a link in the error summary leads to."""
        widget = self.field.widget
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return widget.id_for_label(self.auto_id, index="0")
        if isinstance(widget, DateInput | CountsInput) and self.invalid_parts:
            return f"{self.auto_id}_{self.invalid_parts[0]}"
        return self.id_for_label

    @property
    def is_marked_optional(self) -> bool:
        """Whether the label says „freiwillig“: required is the rule, so only the exception is marked."""
        may_be_empty = not getattr(self.field, "is_asked_for", self.field.required)
        optional = may_be_empty and not self.field.disabled and self.kind != "checkbox"
        return optional and getattr(self.form, "marks_optional", True)

    @property
    def invalid_parts(self) -> tuple[str, ...]:
        """The parts of a date that are wrong: those the error names, otherwise all. Of numbers the same by entry."""
        for error in self.errors.as_data():
            if error.params and "wrong_parts" in error.params:
                return tuple(error.params["wrong_parts"])
        if isinstance(self.field.widget, DateInput):
            return self.field.widget.asked if self.errors else ()
        return ()

    @property
    def frame(self) -> SafeString:
        """Attributes of the element around the field, by which scripts find, hide and show it.

        What only tells something is hidden already here as long as it does not apply; a question is not, because
        without scripts it must be there to be answered.
        """
        is_called_for = getattr(self.form, "called_for", {}).get(self.name, True)
        hidden = "" if is_called_for else ' data-called-for="false"'
        if not is_called_for and self.kind == "information":
            hidden += " hidden"
        return format_html(' data-field="{}"{}{}', self.html_name, SafeString(hidden), self.show_if)

    @property
    def told(self) -> str:
        """What the page says to the answer, such as the name of the bank."""
        return str(getattr(self.form, "told", {}).get(self.name, ""))

    @property
    def show_if(self) -> SafeString:
        """Attributes that tell the script when to hide the field; see `Form.conditions`."""
        condition: Condition | None = getattr(self.form, "conditions", {}).get(self.name)
        if condition is None:
            return SafeString("")
        field, values = condition
        return format_html(
            ' data-show-if-field="{}" data-show-if-values="{}"',
            self.form.add_prefix(field),
            json.dumps(sorted(values)),
        )

    @property
    def aria_describedby(self) -> str | None:
        """Hint, unit and error, in this order."""
        described = super().aria_describedby
        if not getattr(self.field.widget, "unit", "") or not self.auto_id:
            return described
        before, error = (described or "").removesuffix(f"{self.auto_id}_error"), f"{self.auto_id}_error"
        return f"{before} {self.auto_id}_unit {error if self.errors else ''}".strip().replace("  ", " ")

    def build_widget_attrs(self, given: Mapping[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs: dict[str, Any] = super().build_widget_attrs(dict(given), widget)
        css_class = _css_class(widget)
        if css_class:
            own = widget.attrs.get("class", "")
            in_parts = isinstance(widget, DateInput | CountsInput)
            error = f"{css_class}--error" if self.errors and not in_parts else ""
            attrs["class"] = " ".join(filter(None, [css_class, error, own]))
        if isinstance(widget, forms.RadioSelect | DateInput | CountsInput):
            attrs.pop("aria-invalid", None)  # not allowed on a radio button; a date says it part by part
        if isinstance(widget, DateInput | CountsInput):
            attrs["invalid_parts"] = self.invalid_parts
        if self.field.disabled and css_class == "kern-form-input__input":
            attrs.pop("disabled")
            attrs["readonly"] = True  # can be read, focused and copied, which a disabled input cannot
        return attrs


class Renderer(TemplatesSetting):
    """Renders forms with our templates."""

    form_template_name = "fields/form.html"
    field_template_name = "fields/field.html"
    bound_field_class = BoundField


def _css_class(widget: forms.Widget) -> str:
    if widget.is_hidden or isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, forms.CheckboxInput):
        return "kern-form-check__checkbox"
    if isinstance(widget, forms.Select):
        return "kern-form-input__select"
    return "kern-form-input__input"


class ChoiceLabel(str):
    """The label of a choice with a second, quieter line: `ChoiceLabel("Eine Firma", hint="auch Leasing")`."""

    hint: str

    def __new__(cls, label: str, *, hint: str = "") -> "ChoiceLabel":
        created = super().__new__(cls, label)
        created.hint = hint
        return created


# --- Forms -----------------------------------------------------------------------------------------------


class FormDefaults(forms.BaseForm):
    """What our forms have in common: German messages, and fields that depend on another answer."""

    # name of a field -> when it is asked. Always in the page; a script hides it as long as the condition
    # fails. `clean` then forgets its answer and its errors.
    conditions: Mapping[str, Condition] = {}
    marks_optional = True
    use_required_attribute = False  # the server's error summary speaks, not the browser's bubble

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _speak_german(field)

    @property
    def has_uploads(self) -> bool:
        """Whether a button to remove a file stands before the button to go on."""
        return any(isinstance(field, UploadField) for field in self.fields.values())

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for name in self.fields:
            condition = self.conditions.get(name)
            if condition and not _holds(condition, self.cleaned_data):
                self.errors.pop(name, None)
                self.cleaned_data[name] = None
        return cleaned


class Form(FormDefaults, forms.Form):
    """An ordinary form."""


def _holds(condition: Condition, answers: Mapping[str, Any]) -> bool:
    field, values = condition
    answer = answers.get(field)
    given = answer if isinstance(answer, list | tuple | set) else [answer]
    return any(("on" if value is True else str(value)) in values for value in given)


def _speak_german(field: forms.Field) -> None:
    """Replace messages that Django would word for machines; messages of the form's own stay."""
    messages = field.error_messages
    if messages.get("required") == forms.Field.default_error_messages["required"]:
        is_choice = isinstance(field, forms.ChoiceField)
        ask = _("Bitte treffen Sie eine Auswahl: %(label)s") if is_choice else _("Bitte ausfüllen: %(label)s")
        messages["required"] = ask % {"label": field.label}
    if isinstance(field, forms.EmailField):
        messages.setdefault("invalid", _("Geben Sie eine E-Mail-Adresse ein, zum Beispiel anna@beispiel.de."))
    if isinstance(field, forms.ChoiceField) and not isinstance(field.widget, SearchableSelect):
        messages["invalid_choice"] = _("Bitte wählen Sie eine der Möglichkeiten aus.")
    if isinstance(field, forms.CharField):
        messages.setdefault(
            "max_length", _("Bitte kürzen Sie auf %(limit_value)d Zeichen. Jetzt sind es %(show_value)d.")
        )
        messages.setdefault(
            "min_length",
            _("Bitte schreiben Sie mindestens %(limit_value)d Zeichen. Jetzt sind es %(show_value)d."),
        )
        # The browser would cut off what is too long without a word; the server says how much to take away.
        field.widget.attrs.pop("maxlength", None)
        field.widget.attrs.pop("minlength", None)


# --- Fields ----------------------------------------------------------------------------------------------


_NOTHING_CHOSEN = gettext_lazy("Bitte wählen")


class SelectField(forms.ChoiceField):
    """One of a list, shown as a select; a long list can be `searchable`. `empty` stands for no choice yet."""

    default_error_messages = {
        "invalid_choice": gettext_lazy("„%(value)s“ steht nicht in der Liste. Bitte wählen Sie einen Eintrag aus.")
    }

    def __init__(
        self,
        *,
        choices: Iterable[tuple[str, Text]],
        searchable: bool = False,
        empty: Text = _NOTHING_CHOSEN,
        **options: Any,
    ) -> None:
        options.setdefault("widget", SearchableSelect if searchable else forms.Select)
        super().__init__(choices=[("", empty), *choices], **options)


class DateField(forms.Field):
    """A date in three parts.

    Gives a `date`; with `precision` "month" the day may be left out, then "2026-09" (text); with "year" the
    month too, then "2026"; with `zeros` only where 00 was typed for them. With `asked` only month and year, or only the
    year, are asked for. Initial values may be a `date` or such text. `earliest` and `latest` are allowed.
    """

    widget = DateInput
    default_error_messages = {
        "required": gettext_lazy("Geben Sie Tag, Monat und Jahr an."),
        "incomplete": gettext_lazy("Es fehlt noch: %(parts)s."),
        "not_a_number": gettext_lazy("Geben Sie das Datum mit Zahlen an, zum Beispiel 28 9 2026."),
        "short_year": gettext_lazy("Geben Sie das Jahr mit vier Ziffern an, zum Beispiel 1987."),
        "no_such_date": gettext_lazy("Dieses Datum gibt es nicht."),
        "too_early": gettext_lazy("Das Datum darf nicht vor dem %(limit)s liegen."),
        "too_late": gettext_lazy("Das Datum darf nicht nach dem %(limit)s liegen."),
        "too_early_in_part": gettext_lazy("Geben Sie frühestens %(limit)s an."),
        "too_late_in_part": gettext_lazy("Geben Sie spätestens %(limit)s an."),
    }

    def __init__(
        self,
        *,
        precision: Precision = "day",
        earliest: date | None = None,
        latest: date | None = None,
        asked: Precision = "day",
        zeros: bool = False,
        **options: Any,
    ) -> None:
        parts = _ASKED[asked]
        options.setdefault(
            "widget", DateInput({"class": "width-short"} if asked == "year" else {}, asked=parts, zeros=zeros)
        )
        super().__init__(**options)
        self.precision: Precision = asked if precision == "day" else precision
        self.asked: Precision = asked
        self.zeros = zeros
        self.earliest = earliest
        self.latest = latest

    def to_python(self, value: object) -> date | str | None:
        if not value:
            return None
        if isinstance(value, date):
            return value
        parts = _one_pasted_date(DateParts.of(value))
        day, month, year = self._numbers(parts)
        try:
            first_day = date(year, 1 if month is None else month, 1 if day is None else day)
        except ValueError:
            raise self._error("no_such_date", "day", "month", "year") from None
        if month is None:
            return f"{year:04d}"
        return f"{year:04d}-{month:02d}" if day is None else first_day

    def validate(self, value: date | str | None) -> None:
        super().validate(value)
        if value is None:
            return
        text = str(value)  # a month is compared with the month of the limit, a year with its year
        if self.earliest and text < str(self.earliest)[: len(text)]:
            raise self._beyond("too_early", self.earliest)
        if self.latest and text > str(self.latest)[: len(text)]:
            raise self._beyond("too_late", self.latest)

    def _beyond(self, code: str, limit: date) -> ValidationError:
        """A limit is told as exactly as is asked for."""
        if self.asked == "day":
            return self._error(code, limit=german_date(limit))
        return self._error(f"{code}_in_part", limit=german_date(str(limit)[: {"month": 7, "year": 4}[self.asked]]))

    def _numbers(self, parts: DateParts) -> tuple[int | None, int | None, int]:
        """Day, month and year; None for one that may be left out and was."""
        may_be_left_out = {"day": (), "month": ("day",), "year": ("day", "month")}[self.precision]
        typed = parts._asdict() | {"month": _month_number(parts.month)}
        if self.zeros:
            may_be_left_out = tuple(part for part in ("day", "month") if typed[part] and not typed[part].strip("0 "))
        for part in may_be_left_out:
            typed[part] = typed[part].strip("0 ") and typed[part]  # registers write 00.00.1950
        missing = [part for part in DateParts._fields if not typed[part] and part not in may_be_left_out]
        if typed["day"] and not typed["month"] and "month" not in missing:
            missing = ["month"]
        asked = cast("DateInput", self.widget).asked
        missing = [part for part in missing if part in asked]
        if missing:
            names = get_text_list([str(DateInput.LABELS[part]) for part in missing], _("und"))
            raise self._error("incomplete", *missing, parts=names)
        wrong = [part for part in DateParts._fields if not re.fullmatch(r"[0-9]{0,4}", typed[part])]
        if wrong:
            raise self._error("not_a_number", *wrong)
        if len(typed["year"]) != 4:
            raise self._error("short_year", "year")
        day, month = (int(typed[part]) if typed[part] else None for part in ("day", "month"))
        return day, month, int(typed["year"])

    def _error(self, code: str, *wrong_parts: str, **params: str) -> ValidationError:
        about = {"wrong_parts": wrong_parts} if wrong_parts else {}
        return ValidationError(self.error_messages[code], code=code, params=params | about)


def _one_pasted_date(parts: DateParts) -> DateParts:
    """Take apart a whole date that somebody typed or pasted into the first input: "28.9.2026"."""
    whole = re.fullmatch(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})", parts.day)
    if whole and not parts.month and not parts.year:
        return DateParts(*whole.groups())
    return DateParts(*(part.rstrip(".") for part in parts))


def _month_number(typed: str) -> str:
    """The number of a month given by its name or the start of it ("Sep"), else what was typed."""
    for number, name in MONTHS.items():
        if len(typed) >= 3 and str(name).casefold().startswith(typed.casefold()):
            return str(number)
    return typed


class _NumberField(forms.Field):
    """What whole and decimal numbers have in common: German notation, limits told in German."""

    decimal = False

    def __init__(
        self,
        *,
        unit: str = "",
        min_value: int | Decimal | None = None,
        max_value: int | Decimal | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("widget", NumberInput(unit=unit, decimal=self.decimal))
        super().__init__(**options)
        self.unit = unit
        self.min_value = min_value
        self.max_value = max_value

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is None:
            return
        if self.min_value is not None and value < self.min_value:
            raise self._out_of_range("min_value", self.min_value)
        if self.max_value is not None and value > self.max_value:
            raise self._out_of_range("max_value", self.max_value)

    def _out_of_range(self, code: str, limit: int | Decimal) -> ValidationError:
        shown = f"{number_format(limit, use_l10n=True, force_grouping=True)} {self.unit}".strip()
        return ValidationError(self.error_messages[code], code=code, params={"limit": shown})

    def _plain(self, typed: str) -> str:
        """German notation ("1.234,50 €") as Python reads it ("1234.50")."""
        text = re.sub(r"\s", "", typed).removesuffix(self.unit)
        if "," in text or re.fullmatch(r"-?\d{1,3}(\.\d{3})+", text):
            text = text.replace(".", "").replace(",", ".")
        return text


class WholeNumberField(_NumberField):
    """A whole number, with its unit. Gives an `int`."""

    default_error_messages = {
        "invalid": gettext_lazy("Geben Sie eine ganze Zahl ein, zum Beispiel 12."),
        "min_value": gettext_lazy("Geben Sie mindestens %(limit)s ein."),
        "max_value": gettext_lazy("Geben Sie höchstens %(limit)s ein."),
    }

    def to_python(self, value: object) -> int | None:
        if value in EMPTY_VALUES:
            return None
        text = self._plain(str(value))
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return int(text)


class DecimalField(_NumberField):
    """A number with a comma, such as an amount of money. Gives a `Decimal`."""

    decimal = True
    default_error_messages = {
        "invalid": gettext_lazy("Geben Sie eine Zahl ein, zum Beispiel 12,50."),
        "decimal_places": gettext_lazy("Geben Sie höchstens %(places)s Stellen nach dem Komma an."),
        "min_value": gettext_lazy("Geben Sie mindestens %(limit)s ein."),
        "max_value": gettext_lazy("Geben Sie höchstens %(limit)s ein."),
    }

    def __init__(self, *, decimal_places: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.decimal_places = decimal_places

    def to_python(self, value: object) -> Decimal | None:
        if value in EMPTY_VALUES:
            return None
        if isinstance(value, Decimal):
            return value
        text = self._plain(str(value))
        if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]*)?", text):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if len(text.partition(".")[2]) > self.decimal_places:
            params = {"places": self.decimal_places}
            raise ValidationError(self.error_messages["decimal_places"], code="decimal_places", params=params)
        return Decimal(text)

    def prepare_value(self, value: object) -> object:
        if isinstance(value, Decimal):
            return number_format(value, decimal_pos=self.decimal_places, use_l10n=True)
        return value


class TimeField(forms.CharField):
    """A time of day as people write it: "8", "8:30", "8.30 Uhr". Gives a `time`, or None for nothing.

    `earliest` and `latest` are allowed.
    """

    default_error_messages = {
        "invalid": gettext_lazy("Geben Sie die Uhrzeit so an: 8 oder 8:30."),
        "too_early": gettext_lazy("Die Uhrzeit darf nicht vor %(limit)s Uhr liegen."),
        "too_late": gettext_lazy("Die Uhrzeit darf nicht nach %(limit)s Uhr liegen."),
    }

    def __init__(self, *, earliest: time | None = None, latest: time | None = None, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput({"class": "width-time", "autocomplete": "off"}))
        super().__init__(max_length=20, **options)
        self.earliest = earliest
        self.latest = latest

    def clean(self, value: Any) -> Any:
        typed = str(super().clean(value)).removesuffix("Uhr").strip()
        if not typed:
            return None
        match = re.fullmatch(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?", typed)
        try:
            given = time(int(match[1]), int(match[2] or 0)) if match else None
        except ValueError:
            given = None
        if given is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if self.earliest and given < self.earliest:
            raise self._error("too_early", self.earliest)
        if self.latest and given > self.latest:
            raise self._error("too_late", self.latest)
        return given

    def prepare_value(self, value: Any) -> Any:
        return f"{value.hour}:{value.minute:02d}" if isinstance(value, time) else value

    def _error(self, code: str, limit: time) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"limit": clock(limit)})


class LinesField(forms.CharField):
    """Several short answers, one a line. Gives a list of texts. Validators look at each line."""

    default_error_messages = {
        "too_many": gettext_lazy("Das sind zu viele. Hier passen höchstens %(limit)s, eine Angabe je Zeile."),
        "line": gettext_lazy("Zeile %(number)s: %(problem)s"),
    }

    def __init__(self, *, most: int, **options: Any) -> None:
        options.setdefault("widget", LinesInput({"rows": min(most, 5)}))
        super().__init__(**options)
        self.most = most

    def clean(self, value: Any) -> Any:
        text = self.to_python(value)
        self.validate(text)
        lines = [line.strip() for line in str(text).splitlines() if line.strip()]
        if len(lines) > self.most:
            raise ValidationError(self.error_messages["too_many"], code="too_many", params={"limit": self.most})
        for number, line in enumerate(lines, start=1):
            try:
                self.run_validators(line)
            except ValidationError as problem:
                params = {"number": number, "problem": " ".join(problem.messages)}
                raise ValidationError(self.error_messages["line"], code="line", params=params) from None
        return lines


class CountsField(forms.Field):
    """How many of each thing. Gives a mapping of those that there are, in the order of the choices."""

    default_error_messages = {
        "required": gettext_lazy("Geben Sie bei mindestens einem an, wie viele es sind."),
        "invalid": gettext_lazy("Geben Sie Zahlen ein, zum Beispiel 2. Nichts davon? Dann lassen Sie es leer."),
        "too_few": gettext_lazy("Wenn Sie etwas davon möchten, geben Sie mindestens %(limit)s ein."),
        "too_many": gettext_lazy("Geben Sie höchstens %(limit)s von jedem ein."),
        "too_many_together": gettext_lazy("Das sind zusammen zu viele. Es gehen höchstens %(limit)s."),
    }

    def __init__(
        self,
        *,
        choices: Iterable[tuple[str, Text]],
        min_value: int | None = None,
        max_value: int | None = None,
        most: int | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("widget", CountsInput(choices=choices))
        super().__init__(**options)
        self.min_value = min_value
        self.max_value = max_value
        self.most = most

    def to_python(self, value: Mapping[str, Any] | None) -> dict[str, int]:
        typed = {key: str(text) for key, text in (value or {}).items()}
        wrong = [key for key, text in typed.items() if not re.fullmatch(r"[0-9]{1,4}", text)]
        if wrong:
            raise self._error("invalid", wrong)
        return {key: int(text) for key, text in typed.items() if int(text)}

    def validate(self, value: dict[str, int]) -> None:
        super().validate(value)
        if self.min_value is not None:
            self._refuse("too_few", [key for key, number in value.items() if number < self.min_value], self.min_value)
        if self.max_value is not None:
            self._refuse("too_many", [key for key, number in value.items() if number > self.max_value], self.max_value)
        if self.most and sum(value.values()) > self.most:
            raise self._error("too_many_together", list(value), self.most)

    def _refuse(self, code: str, wrong: list[str], limit: int) -> None:
        if wrong:
            raise self._error(code, wrong, limit)

    def _error(self, code: str, wrong: list[str], limit: int | None = None) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"wrong_parts": wrong, "limit": limit})


class MapPointField(forms.CharField):
    """A place in words, with the position of the device if somebody added it.

    Gives {"place": "…"} and maybe "latitude" and "longitude" (degrees) and "accuracy" (metres); None for nothing.
    """

    default_error_messages = {"required": gettext_lazy("Beschreiben Sie, wo es ist.")}
    widget = MapPointInput

    def clean(self, value: Any) -> Any:
        point = MapPoint.of(value)
        place = super().clean(point.place)
        if not place:
            return None
        found: dict[str, Any] = {"place": place}
        latitude, longitude = _degrees(point.latitude, 90), _degrees(point.longitude, 180)
        if latitude is not None and longitude is not None:
            found |= {"latitude": latitude, "longitude": longitude}
            accuracy = _degrees(point.accuracy, 100_000)
            found |= {"accuracy": round(accuracy)} if accuracy else {}
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return MapPoint.of(initial) != MapPoint.of(data)


def _degrees(typed: str, limit: int) -> float | None:
    """A number that a script has sent; None for anything else."""
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,20})?", typed):
        return None
    degrees = round(float(typed), 6)
    return degrees if abs(degrees) <= limit else None


class UploadField(forms.FileField):
    """Files to add to those that are kept already (its initial value: a sequence of `KeptFile`).

    Gives the list of new files; it may be empty when some are kept. What is inside a file is not looked at
    here. `largest` is in bytes.
    """

    widget = UploadInput
    default_error_messages = {
        "required": gettext_lazy("Bitte wählen Sie eine Datei aus."),
        "invalid": gettext_lazy("Die Datei ist nicht angekommen. Bitte wählen Sie sie noch einmal aus."),
        "missing": gettext_lazy("Die Datei ist nicht angekommen. Bitte wählen Sie sie noch einmal aus."),
        "empty": gettext_lazy("Die Datei ist leer. Bitte wählen Sie eine andere."),
        "too_large": gettext_lazy(
            "„%(name)s“ ist zu groß. Eine Datei darf höchstens %(limit)s haben. Bitte scannen oder fotografieren Sie "
            "mit geringerer Auflösung, oder teilen Sie das Dokument auf mehrere Dateien auf."
        ),
        "too_many": gettext_lazy("Das sind zu viele Dateien. Hier passen höchstens %(limit)s."),
    }

    def __init__(self, *, largest: int = 10 * 1024 * 1024, most: int = 10, accept: str = "", **options: Any) -> None:
        super().__init__(max_length=200, **options)
        self.largest = self.widget.largest = largest
        self.most = most
        self.is_asked_for = self.required  # a form may ask for it in another way than by `required`
        self.widget.attrs |= {"accept": accept} if accept else {}
        self.widget.attrs |= {"multiple": True} if most > 1 else {}

    def clean(
        self, data: "Sequence[UploadedFile[Any]]", initial: Sequence[KeptFile] | None = None
    ) -> "list[UploadedFile[Any]]":
        kept = initial or ()
        if self.required and not data and not any(file.counts for file in kept):
            raise ValidationError(self.error_messages["required"], code="required")
        if data and len(data) + len(kept) > self.most:
            params = {"limit": self.most}
            raise ValidationError(self.error_messages["too_many"], code="too_many", params=params)
        return [self._checked(file) for file in data]

    def _checked(self, file: "UploadedFile[Any]") -> "UploadedFile[Any]":
        super().to_python(file)  # complains about a file that is empty or has no name
        if (file.size or 0) > self.largest:
            params = {"name": file.name, "limit": f"{self.largest // 2**20} MB"}
            raise ValidationError(self.error_messages["too_large"], code="too_large", params=params)
        return file


@dataclass(frozen=True)
class Link:
    """A way from a form to somewhere else, in a window of its own so that nothing typed is lost."""

    label: str
    url: str
    text: str = ""


class Information(forms.Field):
    """Asks nothing and tells something, between the fields and on the same conditions as they."""

    widget = forms.Widget

    def __init__(self, text: Text, *, tone: Literal["info", "warning"] = "info", links: Sequence[Link] = ()) -> None:
        super().__init__(required=False, label="")
        self.text = text
        self.tone = tone
        self.links = links
