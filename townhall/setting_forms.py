"""How an administrator says something in the town's forms, for each kind of setting."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.forms.choices import Choice, Setting, SettingKind
from templates.fields import DecimalField, Form, LinesField, WholeNumberField
from townhall.administration_forms import WebAddressField

MOST_LINES = 500
YES, NO = "ja", "nein"


class SettingForm(Form):
    """One setting, other than a list. `plain` is what is stored."""

    def __init__(self, data: Any, *, setting: Setting, value: Any) -> None:
        self.setting = setting
        self.base_fields = {"value": _FIELDS[setting.kind](setting)}  # type: ignore[misc]  # this setting's own
        super().__init__(data, initial={"value": _shown(setting, value)})

    @property
    def plain(self) -> Any:
        value = self.cleaned_data["value"]
        return value == YES if self.setting.kind == SettingKind.SWITCH else value


def _shown(setting: Setting, value: Any) -> Any:
    match setting.kind:
        case SettingKind.SWITCH:
            return YES if value else NO
        case SettingKind.NUMBER:
            return int(value)
        case _:
            return value


def _switch(setting: Setting) -> forms.Field:
    return forms.ChoiceField(
        label=setting.label,
        help_text=setting.hint,
        choices=[(YES, gettext_lazy("Ja")), (NO, gettext_lazy("Nein"))],
        widget=forms.RadioSelect,
    )


def _number(setting: Setting) -> forms.Field:
    return WholeNumberField(
        label=setting.label, help_text=setting.hint, unit=setting.unit, min_value=setting.min, max_value=setting.max
    )


def _text(setting: Setting) -> forms.Field:
    return forms.CharField(label=setting.label, help_text=setting.hint, max_length=300)


def _address(setting: Setting) -> forms.Field:
    return WebAddressField(
        label=setting.label,
        help_text=setting.hint,
        max_length=300,
        required=False,
        assume_scheme="https",
        error_messages={"invalid": gettext_lazy("Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de.")},
        widget=forms.URLInput,
    )


def _lines(setting: Setting) -> forms.Field:
    return LinesField(
        label=setting.label,
        help_text=setting.hint,
        most=MOST_LINES,
        max_length=200 * MOST_LINES,
        required=False,
        widget=forms.Textarea({"rows": 12}),
    )


def _formats(setting: Setting) -> forms.Field:
    built = LinesField(
        label=setting.label,
        help_text=setting.hint,
        most=20,
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )
    built.validators.append(_is_format)
    return built


def _is_format(line: str) -> None:
    if not re.search(r"[#@]", line) or not re.fullmatch(r"[#@A-Za-z0-9 ./_-]{1,40}", line):
        raise ValidationError(
            _("Schreiben Sie # für eine Ziffer und @ für einen Buchstaben, zum Beispiel ######/##."), code="format"
        )


_FIELDS: dict[SettingKind, Callable[[Setting], forms.Field]] = {
    SettingKind.SWITCH: _switch,
    SettingKind.NUMBER: _number,
    SettingKind.TEXT: _text,
    SettingKind.ADDRESS: _address,
    SettingKind.LINES: _lines,
    SettingKind.FORMATS: _formats,
}


class EntryForm(Form):
    """One entry of a list: what it is called, and what the setting wants to know of its entries."""

    label = forms.CharField(
        label=gettext_lazy("So steht es im Formular"),
        max_length=150,
        error_messages={"required": gettext_lazy("Geben Sie ein, was zur Auswahl steht.")},
    )
    hint = forms.CharField(
        label=gettext_lazy("Erklärung darunter"),
        help_text=gettext_lazy("Für Menschen, die das Wort nicht kennen."),
        max_length=300,
        required=False,
    )

    def __init__(self, data: Any, *, setting: Setting, entry: Choice | None, others: list[str]) -> None:
        self.others = {label.casefold() for label in others}
        super().__init__(data, initial=_entry_values(entry))
        for name, field in _own_fields(setting).items():
            self.fields[name] = field

    def clean_label(self) -> str:
        label: str = self.cleaned_data["label"]
        if label.casefold() in self.others:
            raise ValidationError(_("„%(label)s“ steht schon in der Liste.") % {"label": label}, code="twice")
        return label

    @property
    def plain(self) -> dict[str, Any]:
        """The entry as it is stored, without what was left open."""
        values = {name: self.cleaned_data.get(name) for name in ("label", "hint", "marks", "number", "words")}
        if values["number"] is not None:
            values["number"] = str(values["number"])
        return {name: value for name, value in values.items() if value}


def _own_fields(setting: Setting) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    if setting.marks:
        found["marks"] = forms.MultipleChoiceField(
            label=_("Wer das wählt"),
            choices=[(mark, meaning) for mark, meaning in setting.marks.items()],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    if setting.number:
        found["number"] = DecimalField(label=setting.number, decimal_places=3)
    if setting.words:
        found["words"] = LinesField(
            label=setting.words,
            help_text=_("Eine Angabe je Zeile."),
            most=MOST_LINES,
            max_length=200 * MOST_LINES,
            required=False,
            widget=forms.Textarea({"rows": 8}),
        )
    return found


def _entry_values(entry: Choice | None) -> dict[str, Any]:
    if entry is None:
        return {}
    return {
        "label": entry.label,
        "hint": entry.hint,
        "marks": list(entry.marks),
        "number": entry.number,
        "words": list(entry.words),
    }
