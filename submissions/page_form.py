"""One page of a form definition as an ordinary Django form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import schwifty
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.forms.conditions import Condition
from catalogue.forms.definition import Field, Kind
from catalogue.forms.patterns import PATTERNS
from submissions import files
from submissions.actions import AcceptedFile
from submissions.journey import Journey, Place
from submissions.models import Upload
from templates.fields import (
    ChoiceLabel,
    DateField,
    DecimalField,
    Form,
    Information,
    SelectField,
    UploadField,
    WholeNumberField,
)

WIDTHS = {"short": "width-short", "medium": "width-medium", "": ""}


@dataclass(frozen=True)
class Applicant:
    """What is known of the person who fills in: the account's attributes, and whether they are verified."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    is_signed_in: bool = False
    is_verified: bool = False  # the provider vouches for them; they cannot be edited


NOBODY = Applicant()


class PageForm(Form):
    """A page of a form. `place` and `journey` say which; `kept` are the files uploaded before, by field."""

    def __init__(
        self,
        place: Place,
        journey: Journey,
        *,
        applicant: Applicant = NOBODY,
        kept: Mapping[str, list[Upload]] | None = None,
        data: QueryDict | None = None,
        files: "MultiValueDict[str, UploadedFile[Any]] | None" = None,
    ) -> None:
        self.place = place
        self.journey = journey
        self.scope = journey.scope(place)
        self.applicant = applicant
        self.asked = self._asked_here()
        self.accepted: dict[str, list[AcceptedFile]] = {}
        self.base_fields = {one.id: self._build(one) for one in self.asked}  # type: ignore[misc]  # this page's own
        self.conditions = {
            one.id: (one.condition.field, frozenset(map(str, one.condition.operand)))
            for one in self.asked
            if one.condition and one.condition.operation == "in" and one.condition.field in self.base_fields
        }
        super().__init__(data=data, files=files, initial=self._initial(kept or {}))

    @property
    def needs_sign_in(self) -> bool:
        """Whether there are files to add, which only an account can keep."""
        return not self.applicant.is_signed_in and any(one.kind == Kind.FILE for one in self.asked)

    @property
    def values(self) -> dict[str, Any]:
        """The clean answers as JSON, None where an answer is not called for. Files are not among them."""
        return {
            one.id: _json(self.cleaned_data.get(one.id))
            for one in self.asked
            if one.asks and one.kind != Kind.FILE and one.id in self.cleaned_data
        }

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        self._accept_files()
        self._forget_what_is_not_called_for()
        self._ask_for_missing_files()
        self._check()
        return self.cleaned_data

    # --- Building -----------------------------------------------------------------------------------------

    def _asked_here(self) -> list[Field]:
        """The fields of the page, without those that earlier answers rule out."""
        own = {one.id for one in self.place.page.fields}
        return [
            one
            for one in self.place.page.fields
            if one.condition is None
            or own & set(one.condition.named_fields())
            or one.condition.holds(self.scope, today=self.journey.today)
        ]

    def _build(self, one: Field) -> forms.Field:
        built = _BUILDERS[one.kind](one, self)
        built.why = one.why  # type: ignore[attr-defined]
        if self._is_locked(one):
            built.disabled = True
        return built

    def _initial(self, kept: Mapping[str, list[Upload]]) -> dict[str, Any]:
        initial: dict[str, Any] = {}
        for one in self.asked:
            known = self.applicant.attributes.get(one.prefill)
            if one.kind == Kind.FILE:
                initial[one.id] = kept.get(one.id, [])
            elif known and (self._is_locked(one) or one.id not in self.scope):
                initial[one.id] = known
            else:
                initial[one.id] = self.scope.get(one.id, one.default)
        return initial

    def _is_locked(self, one: Field) -> bool:
        return bool(self.applicant.is_verified and self.applicant.attributes.get(one.prefill))

    # --- Checking -----------------------------------------------------------------------------------------

    def _accept_files(self) -> None:
        for one in self.asked:
            if one.kind != Kind.FILE:
                continue
            for file in self.cleaned_data.get(one.id) or []:
                try:
                    self.accepted.setdefault(one.id, []).append(files.accept(file))
                except ValidationError as problem:
                    self.add_error(one.id, problem)

    def _forget_what_is_not_called_for(self) -> None:
        answers = {**self.scope, **self.values}
        for one in self.asked:
            if one.condition and not one.condition.holds(answers, today=self.journey.today):
                self.errors.pop(one.id, None)
                self.cleaned_data[one.id] = None

    def _ask_for_missing_files(self) -> None:
        answers = {**self.scope, **self.values}
        for one in self.asked:
            if one.kind != Kind.FILE or not one.required or not _is_called_for(one, answers, self.journey.today):
                continue
            if self.accepted.get(one.id) or self.initial[one.id] or self.cleaned_data.get(f"{one.id}_later"):
                continue
            if one.id in self.errors:
                continue
            if self.applicant.is_signed_in:
                self.add_error(one.id, one.error or _("Bitte fügen Sie die Datei hinzu."))
            else:
                self.add_error(
                    f"{one.id}_later" if one.later else None,
                    _("Melden Sie sich an, um die Datei hinzuzufügen, oder kreuzen Sie an, dass Sie sie nachreichen.")
                    if one.later
                    else _("Melden Sie sich an, um die Datei hinzuzufügen."),
                )

    def _check(self) -> None:
        answers = {**self.scope, **self.values}
        for check in self.place.page.checks:
            is_answered = not any(name in self.errors for name in check.condition.named_fields())
            if is_answered and check.field in self.fields and check.condition.holds(answers, today=self.journey.today):
                self.add_error(check.field, check.error)


def _is_called_for(one: Field, answers: Mapping[str, Any], today: date) -> bool:
    condition: Condition | None = one.condition
    return condition is None or condition.holds(answers, today=today)


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return None if value == "" else value


# --- One builder for each kind of field -------------------------------------------------------------------


class IbanField(forms.CharField):
    """A bank account. Gives the IBAN without spaces (ISO 13616)."""

    default_error_messages = {
        "invalid": gettext_lazy("Diese IBAN stimmt nicht. Bitte vergleichen Sie sie mit Ihrer Bankkarte.")
    }

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


def _options(one: Field) -> dict[str, Any]:
    options: dict[str, Any] = {"label": one.label, "help_text": one.hint, "required": one.required}
    if one.error:
        options["error_messages"] = {"required": one.error}
    return options


def _attributes(one: Field) -> dict[str, str]:
    found = {"autocomplete": one.autocomplete, "class": WIDTHS[one.width]}
    return {name: value for name, value in found.items() if value}


def _text(one: Field, _form: PageForm) -> forms.Field:
    built = forms.CharField(
        max_length=one.max or 200, min_length=one.min, widget=forms.TextInput(_attributes(one)), **_options(one)
    )
    if one.pattern:
        pattern = PATTERNS[one.pattern]

        def fits(value: str) -> None:
            if not pattern.fits(value):
                raise ValidationError(str(pattern.message), code="pattern")

        built.validators.append(fits)
    return built


def _textarea(one: Field, _form: PageForm) -> forms.Field:
    widget = forms.Textarea({"rows": 4, **_attributes(one)})
    return forms.CharField(max_length=one.max or 2000, min_length=one.min, widget=widget, **_options(one))


def _email(one: Field, _form: PageForm) -> forms.Field:
    return forms.EmailField(max_length=254, widget=forms.EmailInput(_attributes(one)), **_options(one))


def _tel(one: Field, _form: PageForm) -> forms.Field:
    widget = forms.TextInput({"type": "tel", **_attributes(one)})
    return forms.CharField(max_length=one.max or 40, widget=widget, **_options(one))


def _date(one: Field, form: PageForm) -> forms.Field:
    today = form.journey.today
    built = DateField(
        precision="month" if one.months else "day",
        earliest=today.replace(year=today.year - 120, day=1) if one.past else None,
        latest=today if one.past else None,
        **_options(one),
    )
    built.widget.attrs |= _attributes(one)
    return built


def _int(one: Field, _form: PageForm) -> forms.Field:
    built = WholeNumberField(unit=one.unit, min_value=one.min, max_value=one.max, **_options(one))
    built.widget.attrs |= _attributes(one)
    return built


def _decimal(one: Field, _form: PageForm) -> forms.Field:
    return DecimalField(unit=one.unit, min_value=one.min, max_value=one.max, **_options(one))


def _choices(one: Field) -> list[tuple[str, str]]:
    return [(choice.value, ChoiceLabel(choice.label, hint=choice.hint)) for choice in one.choices]


def _radio(one: Field, _form: PageForm) -> forms.Field:
    return forms.ChoiceField(choices=_choices(one), widget=forms.RadioSelect, **_options(one))


def _select(one: Field, _form: PageForm) -> forms.Field:
    return SelectField(choices=_choices(one), searchable=one.searchable, **_options(one))


def _multi(one: Field, _form: PageForm) -> forms.Field:
    return forms.MultipleChoiceField(choices=_choices(one), widget=forms.CheckboxSelectMultiple, **_options(one))


def _checkbox(one: Field, _form: PageForm) -> forms.Field:
    return forms.BooleanField(**_options(one))


def _iban(one: Field, _form: PageForm) -> forms.Field:
    return IbanField(
        max_length=50, widget=forms.TextInput({"autocomplete": "off", "class": "width-iban"}), **_options(one)
    )


def _chip(one: Field, _form: PageForm) -> forms.Field:
    widget = forms.TextInput({"autocomplete": "off", "inputmode": "numeric", "class": "width-medium"})
    return ChipField(max_length=40, widget=widget, **_options(one))


def _file(one: Field, form: PageForm) -> forms.Field:
    if not form.applicant.is_signed_in:
        sentence = _(
            "%(file)s: Dateien können Sie hinzufügen, sobald Sie angemeldet sind. Ihre Angaben bleiben erhalten."
        )
        return Information(sentence % {"file": one.label})
    options = _options(one) | {"required": False}  # asked for in `clean`, when nothing is kept either
    field = UploadField(largest=files.LARGEST, most=files.MOST, accept=files.ACCEPT, **options)
    field.is_asked_for = one.required
    return field


def _info(one: Field, _form: PageForm) -> forms.Field:
    return Information(one.text, tone="warning" if one.tone == "warning" else "info")


_BUILDERS = {
    Kind.TEXT: _text,
    Kind.TEXTAREA: _textarea,
    Kind.EMAIL: _email,
    Kind.TEL: _tel,
    Kind.DATE: _date,
    Kind.INT: _int,
    Kind.DECIMAL: _decimal,
    Kind.RADIO: _radio,
    Kind.SELECT: _select,
    Kind.MULTI: _multi,
    Kind.CHECKBOX: _checkbox,
    Kind.DECLARATION: _checkbox,
    Kind.IBAN: _iban,
    Kind.CHIP: _chip,
    Kind.FILE: _file,
    Kind.INFO: _info,
}
