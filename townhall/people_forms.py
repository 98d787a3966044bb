"""Who works in the town hall: what administrators fill in about people."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from catalogue.content import Catalogue
from templates.fields import ChoiceLabel, DateField, Form, SelectField

_HINTS = {
    Role.CASE_WORKER: _("bearbeitet Anträge"),
    Role.TEAM_LEAD: _("verteilt Anträge und unterschreibt als zweite Person"),
    Role.CASH_OFFICE: _("sieht alle Zahlungen"),
    Role.ADMINISTRATOR: _("stellt Leistungen, Beträge, Zeiten und Zugänge ein"),
    Role.CONTENT_EDITOR: _("schreibt, was Bürgerinnen und Bürger lesen; sieht keine Anträge und ändert keine Beträge"),
    Role.DATA_PROTECTION: _("sieht Verzeichnis, Löschfristen und ob das Protokoll unverändert ist, aber keine Anträge"),
}


class RightsForm(Form):
    """What a person may do, and whose cases she sees."""

    conditions = {"units": ("roles", frozenset({Role.CASE_WORKER.value, Role.TEAM_LEAD.value}))}

    roles = forms.MultipleChoiceField(
        label=_("Was darf die Person?"),
        choices=[(role.value, ChoiceLabel(str(role.label), hint=str(_HINTS[role]))) for role in Role],
        error_messages={"required": _("Kreuzen Sie an, was die Person im Rathaus tun darf.")},
        widget=forms.CheckboxSelectMultiple,
    )
    units = forms.MultipleChoiceField(
        label=_("Wessen Anträge sieht die Person?"),
        help_text=_("Ist nichts angekreuzt, sieht sie die Anträge aller Stellen."),
        choices=(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, units: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["units"]).choices = units

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self.cleaned_data["units"] = self.cleaned_data.get("units") or []  # of somebody without cases: none
        return cleaned


class InvitationForm(RightsForm):
    given_name = forms.CharField(
        label=_("Vorname"), max_length=150, error_messages={"required": _("Geben Sie den Vornamen ein.")}
    )
    family_name = forms.CharField(
        label=_("Nachname"), max_length=150, error_messages={"required": _("Geben Sie den Nachnamen ein.")}
    )
    email = forms.EmailField(
        label=_("Dienstliche E-Mail-Adresse"),
        help_text=_("Dorthin geht die Einladung. Mit dieser Adresse meldet sich die Person an."),
        max_length=254,
        error_messages={"required": _("Geben Sie die dienstliche E-Mail-Adresse ein.")},
    )
    field_order = ("given_name", "family_name", "email", "roles", "units")


class AccessForm(RightsForm):
    """What a person may do from now on."""

    is_active = forms.BooleanField(label=_("Darf sich anmelden"), required=False)
    field_order = ("roles", "units", "is_active")


class AbsenceForm(Form):
    """When somebody is away, and who does her work meanwhile."""

    first_day = DateField(
        label=_("Erster Tag"), error_messages={"required": _("Geben Sie an, ab wann die Person fehlt.")}
    )
    last_day = DateField(
        label=_("Letzter Tag"), error_messages={"required": _("Geben Sie an, bis wann die Person fehlt.")}
    )
    substitute = SelectField(
        label=_("Vertretung"),
        choices=(),
        error_messages={"required": _("Wählen Sie aus, wer die Arbeit übernimmt.")},
    )

    def __init__(self, *args: Any, colleagues: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._colleagues = {str(one.pk): one for one in colleagues}
        field = cast("SelectField", self.fields["substitute"])
        field.choices = [("", _("Bitte wählen")), *((key, one.name) for key, one in self._colleagues.items())]

    def clean_substitute(self) -> User | None:
        return self._colleagues.get(self.cleaned_data["substitute"])


def units_of_the_town(catalogue: Catalogue) -> list[tuple[str, str]]:
    """Key and name of the catalogue's units that a town can have."""
    return [(unit.key, unit.name) for unit in catalogue.units.values() if not unit.county and not unit.elsewhere]
