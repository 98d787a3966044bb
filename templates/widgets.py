"""Inputs that Django does not have.

A date in three parts, a number with its unit, a list that can be searched, uploads beside those kept already.

Django's own widgets get their KERN looks from the templates in `templates/django/forms/widgets/` and need
nothing from here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

Files = MultiValueDict[str, "UploadedFile[Any]"]

# The name under which the key of a file to be removed is sent.
REMOVE_UPLOAD = "remove_upload"


class DateParts(NamedTuple):
    """A date as it was typed."""

    day: str
    month: str
    year: str

    @classmethod
    def of(cls, value: object) -> "DateParts":
        """From what a field holds: parts, a date, or text such as "2026-09-28", "2026-09" or "2026"."""
        if isinstance(value, DateParts):
            return value
        year, month, day, *_rest = [*str(value or "").split("-"), "", "", ""]
        return cls(day.lstrip("0"), month.lstrip("0"), year)


class DateInput(forms.Widget):
    """Day, month and year as three small inputs: for a birthday faster than any date picker."""

    template_name = "widgets/date.html"
    use_fieldset = True

    LABELS = {"day": _("Tag"), "month": _("Monat"), "year": _("Jahr")}

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shared = context["widget"]["attrs"]
        invalid = shared.pop("invalid_parts", ())
        autocomplete = shared.pop("autocomplete", "")
        parts = []
        for part, typed in DateParts.of(value)._asdict().items():
            own = shared | {"id": f"{shared['id']}_{part}", "inputmode": "numeric"}
            own["autocomplete"] = f"{autocomplete}-{part}" if autocomplete == "bday" else "off"
            if part in invalid:
                own |= {"aria-invalid": "true", "class": f"{own['class']} kern-form-input__input--error"}
            field = {"name": f"{name}_{part}", "type": "text", "value": typed or None, "attrs": own}
            parts.append((self.LABELS[part], field))
        context["widget"]["parts"] = parts
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> DateParts | None:
        typed = DateParts(*(str(data.get(f"{name}_{part}", "")).strip() for part in DateParts._fields))
        return typed if any(typed) else None

    def value_omitted_from_data(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> bool:
        return all(f"{name}_{part}" not in data for part in DateParts._fields)

    def id_for_label(self, id_: str, index: str | None = None) -> str:  # noqa: ARG002 -- Django's signature
        return f"{id_}_day" if id_ else ""


class NumberInput(forms.TextInput):
    """A number, with its unit behind it. Text, because number inputs change when one scrolls over them."""

    template_name = "widgets/number.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, unit: str = "", decimal: bool = False) -> None:
        super().__init__({"inputmode": "decimal" if decimal else "numeric", "autocomplete": "off"} | (attrs or {}))
        self.unit = unit

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["unit"] = self.unit
        return context


class SearchableSelect(forms.Select):
    """A long list. A script makes an input with suggestions of it; without one it is an ordinary select.

    What was typed into the input comes along under `<name>_typed`, so that nothing typed is lost.
    """

    template_name = "widgets/searchable_select.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Files, name: str) -> Any:
        chosen = super().value_from_datadict(data, files, name)
        typed = str(data.get(f"{name}_typed", "")).strip()
        if chosen or not typed:
            return chosen
        by_label = {str(label).casefold(): value for value, label in self.choices}
        return by_label.get(typed.casefold(), typed)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        known = {str(key) for key, _label in self.choices}
        context["typed"] = value if value and str(value) not in known else ""
        return context


class KeptFile(Protocol):
    """A file that was uploaded before."""

    @property
    def key(self) -> object: ...

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int: ...  # bytes


class UploadInput(forms.FileInput):
    """Files to add, and below it those that are there already, each with a button to remove it."""

    template_name = "widgets/upload.html"
    allow_multiple_selected = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        context["kept"] = value or ()
        context["remove"] = REMOVE_UPLOAD
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],  # noqa: ARG002 -- Django's signature
        files: Files,
        name: str,
    ) -> "list[UploadedFile[Any]]":
        return files.getlist(name) if hasattr(files, "getlist") else []
