"""Who works for the operator: what is filled in about people."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import OperatorRole
from operations.forms import AdministratorForm
from templates.fields import ChoiceLabel, Form

_HINTS = {
    OperatorRole.FLEET: _("legt Städte an, stellt sie online, pflegt Adressen und Aufträge, kündigt Wartungen an"),
    OperatorRole.CATALOGUE: _("pflegt die Leistungen und Formulare für alle Städte"),
    OperatorRole.SUPPORT: _("sieht, wie es den Städten geht, und kann eine Stadt um Zugriff bitten"),
    OperatorRole.PEOPLE: _("lädt Mitarbeitende des Betriebs ein und sagt, was sie dürfen"),
}


class RolesForm(Form):
    """What a person may do."""

    roles = forms.MultipleChoiceField(
        label=_("Was darf die Person?"),
        choices=[(role.value, ChoiceLabel(str(role.label), hint=str(_HINTS[role]))) for role in OperatorRole],
        error_messages={"required": _("Kreuzen Sie an, was die Person im Betrieb tun darf.")},
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_roles(self) -> list[OperatorRole]:
        return [OperatorRole(role) for role in self.cleaned_data["roles"]]


class ColleagueForm(AdministratorForm, RolesForm):
    """Somebody new."""

    field_order = ("given_name", "family_name", "email", "roles")


class RightsForm(RolesForm):
    """What a person may do from now on."""

    is_active = forms.BooleanField(label=_("Darf sich anmelden"), required=False)
