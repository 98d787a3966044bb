"""Which other programs may use the API: what administrators fill in about one."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.tokens.actions import LONGEST_LIFE
from accounts.tokens.models import Scope
from templates.fields import ChoiceLabel, DateField, Form

_HINTS = {
    Scope.READ: _("Anträge mit Antworten, Dateien und Verlauf abholen"),
    Scope.WRITE: _("übernehmen, zurückfragen, entscheiden, abschließen"),
    Scope.PAYMENTS: _("Kassenzeichen, Betrag und Stand; Namen nur zusammen mit „Vorgänge lesen“"),
}
_YEAR = 365


class SystemForm(Form):
    """What a program is called, what it may do and see, and until when."""

    name = forms.CharField(
        label=_("Name des Programms"),
        help_text=_("So steht es im Verlauf der Vorgänge, zum Beispiel „Steuerverfahren“."),
        max_length=100,
        error_messages={"required": _("Geben Sie dem Programm einen Namen.")},
    )
    contact = forms.EmailField(
        label=_("E-Mail-Adresse der Ansprechperson"),
        help_text=_("Wer kümmert sich um dieses Programm?"),
        max_length=254,
        error_messages={"required": _("Geben Sie an, wer sich um das Programm kümmert.")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("Was darf das Programm?"),
        choices=[(one.value, ChoiceLabel(str(one.label), hint=str(_HINTS[one]))) for one in Scope],
        error_messages={"required": _("Kreuzen Sie an, was das Programm tun darf.")},
        widget=forms.CheckboxSelectMultiple,
    )
    units = forms.MultipleChoiceField(
        label=_("Wessen Anträge sieht das Programm?"),
        help_text=_("Ist nichts angekreuzt, sieht es die Anträge aller Stellen."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    services = forms.MultipleChoiceField(
        label=_("Welche Leistungen sieht das Programm?"),
        help_text=_("Ist nichts angekreuzt, sieht es alle Leistungen dieser Stellen."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    expires_on = DateField(
        label=_("Gilt bis"),
        help_text=_("Vorgeschlagen ist ein Jahr, höchstens sind es zwei. Danach vergeben Sie einen neuen Zugang."),
        error_messages={
            "required": _("Geben Sie an, bis wann der Zugang gilt."),
            "too_early": _("Geben Sie einen Tag ab %(limit)s an."),
            "too_late": _("Geben Sie einen Tag bis %(limit)s an."),
        },
    )

    def __init__(
        self, data: Any = None, *, units: list[tuple[str, str]], services: list[tuple[str, str]], today: date
    ) -> None:
        super().__init__(data, initial={"expires_on": date.fromordinal(today.toordinal() + _YEAR)})
        cast("forms.MultipleChoiceField", self.fields["units"]).choices = units
        cast("forms.MultipleChoiceField", self.fields["services"]).choices = services
        expires_on = cast("DateField", self.fields["expires_on"])
        expires_on.earliest, expires_on.latest = today, today + LONGEST_LIFE
