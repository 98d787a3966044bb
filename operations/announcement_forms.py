"""What is filled in to announce something to towns."""

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations.announcing import Wanted
from templates.components import clock
from templates.fields import DateField, Form, TimeField
from tenants.models import Announcement, Town

ALL, SOME = "all", "some"


class AnnouncementForm(Form):
    """Text, from when until when, for whom."""

    conditions = {"towns": ("for_whom", frozenset({SOME}))}

    text = forms.CharField(
        label=gettext_lazy("Was sollen die Rathäuser wissen?"),
        help_text=gettext_lazy(
            "Ein oder zwei Sätze. Zum Beispiel: Das Portal ist für einige Minuten nicht zu erreichen. "
            "Nichts geht verloren."
        ),
        max_length=500,
        error_messages={"required": gettext_lazy("Schreiben Sie, was die Rathäuser wissen sollen.")},
        widget=forms.Textarea({"rows": 3}),
    )
    starts_on = DateField(label=gettext_lazy("Beginnt am"))
    starts_at = TimeField(
        label=gettext_lazy("um wie viel Uhr?"),
        required=True,
        error_messages={
            "required": gettext_lazy("Geben Sie an, um wie viel Uhr es beginnt, zum Beispiel 6 oder 6:30.")
        },
    )
    ends_on = DateField(label=gettext_lazy("Endet am"))
    ends_at = TimeField(
        label=gettext_lazy("um wie viel Uhr?"),
        required=True,
        error_messages={"required": gettext_lazy("Geben Sie an, um wie viel Uhr es endet, zum Beispiel 8 oder 8:30.")},
    )
    for_whom = forms.ChoiceField(
        label=gettext_lazy("Für wen?"),
        choices=[
            (ALL, gettext_lazy("Alle Städte")),
            (SOME, gettext_lazy("Nur bestimmte Städte")),
        ],
        initial=ALL,
        widget=forms.RadioSelect,
    )
    towns = forms.CharField(
        label=gettext_lazy("Welche Städte?"),
        help_text=gettext_lazy("Namen wie in der Liste der Städte, in eigenen Zeilen oder mit Komma."),
        max_length=50_000,
        error_messages={"required": gettext_lazy("Nennen Sie mindestens eine Stadt.")},
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
    )
    for_citizens = forms.BooleanField(
        label=gettext_lazy("In dieser Zeit auch auf den Seiten für Bürgerinnen und Bürger zeigen"), required=False
    )

    def __init__(self, data: Any = None, *, announcement: Announcement | None = None) -> None:
        super().__init__(data, initial=_values_of(announcement) if announcement else None)

    def clean_towns(self) -> list[Town] | None:
        names = [name.strip() for name in re.split(r"[\n,;]", self.cleaned_data["towns"]) if name.strip()]
        known = _towns_by_name()
        unknown = [name for name in names if name.casefold() not in known]
        if unknown:
            raise forms.ValidationError(
                _("Diese Stadt gibt es hier nicht: %(names)s. Prüfen Sie die Schreibweise.")
                % {"names": ", ".join(unknown[:5])}
            )
        return list({known[name.casefold()] for name in names})

    @property
    def wanted(self) -> Wanted:
        """What was entered."""
        values = self.cleaned_data
        return Wanted(
            text=values["text"],
            starts_at=_moment(values["starts_on"], values["starts_at"]),
            ends_at=_moment(values["ends_on"], values["ends_at"]),
            towns=values["towns"] if values["for_whom"] == SOME else None,
            for_citizens=values["for_citizens"],
        )


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _values_of(announcement: Announcement) -> dict[str, Any]:
    first, last = timezone.localtime(announcement.starts_at), timezone.localtime(announcement.ends_at)
    return {
        "text": announcement.text,
        "starts_on": first.date(),
        "starts_at": clock(first.time()),
        "ends_on": last.date(),
        "ends_at": clock(last.time()),
        "for_whom": ALL if announcement.for_all else SOME,
        "towns": "\n".join(sorted(announcement.towns.values_list("name", flat=True))),
        "for_citizens": announcement.for_citizens,
    }


def _towns_by_name() -> dict[str, Town]:
    """By their names and short names; where two have the same name, by the short name only."""
    towns = list(Town.objects.all())
    names = [town.name.casefold() for town in towns]
    by_name = {town.name.casefold(): town for town in towns if names.count(town.name.casefold()) == 1}
    return {town.slug: town for town in towns} | by_name
