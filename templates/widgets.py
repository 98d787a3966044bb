"""Inputs that Django does not have.

A date in three parts, a number with its unit, a list that can be searched, a text with suggestions, how many of each
thing, a place on the map, uploads beside those kept already. Those that consist of several inputs or show a value
otherwise than it is stored say how a browser would send it (`sent`).

Django's own widgets get their KERN looks from the templates in `templates/django/forms/widgets/` and need
nothing from here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

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


class SlotInput(forms.RadioSelect):
    """Free times, by day, with the ways to the weeks before and after."""

    template_name = "widgets/slots.html"

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__(attrs, choices)
        self.is_known = False  # whether there is a calendar at all
        self.week = ""  # in words
        self.previous_url = ""
        self.next_url = ""

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        own = {
            "is_known": self.is_known,
            "week": self.week,
            "previous_url": self.previous_url,
            "next_url": self.next_url,
        }
        return context | own


class DateInput(forms.Widget):
    """Day, month and year as three small inputs: for a birthday faster than any date picker.

    `asked` are the parts that are asked for; a single one is an input like any other. With `zeros` a part that is not
    known is shown as 00.
    """

    template_name = "widgets/date.html"

    LABELS = {"day": _("Tag"), "month": _("Monat"), "year": _("Jahr")}

    def __init__(
        self, attrs: dict[str, Any] | None = None, *, asked: tuple[str, ...] = DateParts._fields, zeros: bool = False
    ) -> None:
        super().__init__(attrs)
        self.asked = asked
        self.zeros = zeros
        self.use_fieldset = len(asked) > 1

    def sent(self, name: str, value: object) -> dict[str, str]:
        typed = self._parts(value)
        return {f"{name}_{part}": typed[part] for part in self.asked if typed[part]}

    def _parts(self, value: object) -> dict[str, str]:
        typed = DateParts.of(value)._asdict()
        if self.zeros and value and not isinstance(value, DateParts):
            return {part: text or "00" for part, text in typed.items()}
        return typed

    def get_context(self, name: str, value: object, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shared = context["widget"]["attrs"]
        invalid = shared.pop("invalid_parts", ())
        autocomplete = shared.pop("autocomplete", "")
        parts = []
        typed_parts = self._parts(value)
        for part in self.asked:
            typed = typed_parts[part]
            own = shared | {"id": f"{shared['id']}_{part}", "inputmode": "numeric"}
            own["autocomplete"] = f"{autocomplete}-{part}" if autocomplete == "bday" else "off"
            if part in invalid:
                own |= {"aria-invalid": "true", "class": f"{own['class']} kern-form-input__input--error"}
            field = {"name": f"{name}_{part}", "type": "text", "value": typed or None, "attrs": own}
            parts.append((self.LABELS[part], field))
        context["widget"]["parts"] = parts
        context["widget"]["is_single"] = len(parts) == 1
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> DateParts | None:
        sent = (str(data.get(f"{name}_{part}", "")).strip() if part in self.asked else "" for part in DateParts._fields)
        typed = DateParts(*sent)
        return typed if any(typed) else None

    def value_omitted_from_data(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> bool:
        return all(f"{name}_{part}" not in data for part in DateParts._fields)

    def id_for_label(self, id_: str, index: str | None = None) -> str:  # noqa: ARG002 -- Django's signature
        return f"{id_}_{self.asked[0]}" if id_ else ""


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

    def sent(self, name: str, value: object) -> dict[str, str]:
        """With a comma: a point would separate thousands."""
        return {name: str(value).replace(".", ",")}


class SuggestingInput(forms.TextInput):
    """A text for which some answers are suggested; any other may be typed as well."""

    template_name = "widgets/suggesting.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, suggestions: Sequence[str] = ()) -> None:
        super().__init__(attrs)
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["suggestions"] = self.suggestions
        context["widget"]["attrs"]["list"] = f"{context['widget']['attrs']['id']}_suggestions"
        return context


class LinesInput(forms.Textarea):
    """Several short answers, one a line."""

    def format_value(self, value: Any) -> str | None:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def sent(self, name: str, value: Sequence[str]) -> dict[str, str]:
        return {name: "\n".join(value)}


class CountsInput(forms.Widget):
    """How many of each thing: a small number beside each name."""

    template_name = "widgets/counts.html"
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None, *, choices: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(attrs)
        self.choices = list(choices)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        shared = context["widget"]["attrs"]
        invalid = shared.pop("invalid_parts", ())
        rows = []
        for key, label in self.choices:
            own = shared | {"id": f"{shared['id']}_{key}", "inputmode": "numeric", "autocomplete": "off"}
            if key in invalid:
                own |= {"aria-invalid": "true", "class": f"{own['class']} kern-form-input__input--error"}
            typed = (value or {}).get(key)
            rows.append((label, {"name": f"{name}_{key}", "type": "text", "value": typed, "attrs": own}))
        context["widget"]["rows"] = rows
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> dict[str, str]:
        typed = {key: str(data.get(f"{name}_{key}", "")).strip() for key, _label in self.choices}
        return {key: text for key, text in typed.items() if text}

    def value_omitted_from_data(
        self,
        data: Mapping[str, Any],
        files: Files,  # noqa: ARG002 -- Django's signature
        name: str,
    ) -> bool:
        return all(f"{name}_{key}" not in data for key, _label in self.choices)

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        first = index or (self.choices[0][0] if self.choices else "")
        return f"{id_}_{first}" if id_ else ""

    def sent(self, name: str, value: Mapping[str, int]) -> dict[str, str]:
        return {f"{name}_{key}": str(number) for key, number in value.items()}


class MapPoint(NamedTuple):
    """A place as it was typed, and where the device was, if somebody has said so."""

    place: str
    latitude: str = ""
    longitude: str = ""
    accuracy: str = ""  # metres

    @classmethod
    def of(cls, value: object) -> "MapPoint":
        if isinstance(value, MapPoint):
            return value
        known = value if isinstance(value, dict) else {}
        return cls(*(str(known.get(part, "")) for part in cls._fields))


class MapPointInput(forms.TextInput):
    """A place in words. A script offers to add the position of the device; no map of anybody else is loaded."""

    template_name = "widgets/map_point.html"
    COORDINATES = MapPoint._fields[1:]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        point = MapPoint.of(value)
        context = super().get_context(name, point.place, attrs)
        parts = point._asdict()
        context["coordinates"] = [(part, f"{name}_{part}", parts[part]) for part in self.COORDINATES]
        context["has_position"] = bool(point.latitude)
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: Files, name: str) -> MapPoint | None:
        place = str(super().value_from_datadict(data, files, name) or "").strip()
        coordinates = (str(data.get(f"{name}_{part}", "")).strip() for part in self.COORDINATES)
        typed = MapPoint(place, *coordinates)
        return typed if any(typed) else None

    def sent(self, name: str, value: Mapping[str, Any]) -> dict[str, str]:
        point = MapPoint.of(dict(value))
        return {name: point.place} | {f"{name}_{part}": getattr(point, part) for part in self.COORDINATES}


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


@dataclass(frozen=True)
class KeptFile:
    """A file that was uploaded before, or as much of it as has arrived."""

    key: object
    name: str
    size: int  # bytes
    url: str = ""  # where it can be looked at
    picture: str = ""  # where there is a small picture of it
    remark: str = ""  # what is to be known about it
    problem: str = ""  # why it does not count, and what to do
    arrived: int = 100  # percent
    is_waiting: bool = False  # its remark will soon be another one

    @property
    def counts(self) -> bool:
        return not self.problem and self.arrived == 100


@dataclass(frozen=True)
class AtOnce:
    """How a script sends files as soon as they are chosen, piece by piece (tus 1.0.0)."""

    send_to: str  # address
    list_at: str  # address of the list of what is there, as HTML
    about: Mapping[str, str]  # what is said along with each file


class UploadInput(forms.FileInput):
    """Files to add, and above it those that are there already, each with a button to remove it.

    Where it is told how (`at_once`) a script sends them as soon as they are chosen; without one they go with the form.
    """

    template_name = "widgets/upload.html"
    allow_multiple_selected = True
    at_once: AtOnce | None = None
    largest: int = 0  # bytes

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        context["kept"] = value or ()
        context["remove"] = REMOVE_UPLOAD
        context["at_once"] = self.at_once
        context["about"] = json.dumps(self.at_once.about) if self.at_once else ""
        context["largest"] = self.largest
        return context

    def value_from_datadict(
        self,
        data: Mapping[str, Any],  # noqa: ARG002 -- Django's signature
        files: Files,
        name: str,
    ) -> "list[UploadedFile[Any]]":
        return files.getlist(name) if hasattr(files, "getlist") else []
