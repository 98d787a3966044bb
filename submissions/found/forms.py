"""The forms of the register: what everybody searches by, and what the office writes down."""

from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from submissions.found.actions import Details
from submissions.found.queries import Wanted
from templates.fields import DateField, Form, SelectField

PERIODS = (
    ("7", _("in den letzten 7 Tagen")),
    ("30", _("in den letzten 30 Tagen")),
    ("90", _("in den letzten 3 Monaten")),
)


class ListFilter(Form):
    """What everybody searches by. The names stand in the address bar, so they are German."""

    marks_optional = False

    kategorie = SelectField(label=_("Art der Sache"), choices=(), empty=_("Alles"), required=False)
    zeitraum = SelectField(label=_("Gefunden"), choices=PERIODS, empty=_("irgendwann"), required=False)
    ort = forms.CharField(label=_("Ort"), max_length=100, required=False)

    def __init__(self, data: Any, *, categories: list[tuple[str, str]]) -> None:
        super().__init__(data)
        cast("SelectField", self.fields["kategorie"]).choices = [("", translate("Alles")), *categories]

    @property
    def wanted(self) -> Wanted:
        """What is understood of it; the rest filters nothing."""
        self.is_valid()
        said = self.cleaned_data
        return Wanted(
            category=said.get("kategorie") or "",
            days=int(said.get("zeitraum") or 0),
            place=(said.get("ort") or "").strip(),
        )


class ItemForm(Form):
    """Something found. What everybody may read comes first."""

    category = SelectField(label=_("Art der Sache"), choices=())
    description = forms.CharField(
        label=_("Beschreibung für alle"),
        help_text=_(
            "Das steht im Netz. Keine Namen, keine Nummern, nichts, woran nur die Besitzerin die Sache erkennt."
        ),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )
    place = forms.CharField(
        label=_("Ungefährer Fundort"),
        help_text=_("Das steht im Netz. Zum Beispiel „Bahnhof“ oder „Lange Straße“, ohne Hausnummer."),
        max_length=200,
    )
    found_on = DateField(label=_("Gefunden am"))
    reported_on = DateField(
        label=_("Bei uns gemeldet am"), help_text=_("Von diesem Tag an zählen die sechs Monate (§ 973 BGB).")
    )
    marks = forms.CharField(
        label=_("Besondere Merkmale"),
        help_text=_("Das sieht nur das Fundbüro: Gravur, Inhalt, Seriennummer, Name im Ausweis."),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    kept_at = forms.CharField(
        label=_("Liegt wo?"), help_text=_("Zum Beispiel „Schrank 2, Fach B“."), max_length=200, required=False
    )
    finder = forms.CharField(
        label=_("Wer hat es gefunden?"),
        help_text=_("Name und wie Sie die Person erreichen. Leer, wenn sie es online gemeldet hat."),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
    finder_claims = forms.BooleanField(
        label=_("Die Person möchte Finderlohn, oder die Sache selbst, wenn sich niemand meldet."), required=False
    )

    def __init__(self, data: Any, *, categories: list[tuple[str, str]], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        cast("SelectField", self.fields["category"]).choices = [("", translate("Bitte wählen")), *categories]
        for name in ("found_on", "reported_on"):
            cast("DateField", self.fields[name]).latest = timezone.localdate()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        found, reported = self.cleaned_data.get("found_on"), self.cleaned_data.get("reported_on")
        if found and reported and reported < found:
            self.add_error(
                "reported_on", translate("Gemeldet wird erst, was gefunden ist. Bitte prüfen Sie beide Tage.")
            )
        return cleaned

    @property
    def details(self) -> Details:
        return Details(**self.cleaned_data)


class DisposeForm(Form):
    """Why something goes."""

    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Nötig, solange die sechs Monate nicht um sind, zum Beispiel „verdirbt“."),
        max_length=300,
        required=False,
    )
