from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from operations.actions import FirstAdministrator
from operations.host_actions import refuse_host
from templates.fields import Form, SelectField
from tenants.actions import TownRefused, clean_host, refuse_short_name
from tenants.models import TownState
from tenants.municipalities import all_municipalities
from townhall import theme
from townhall.theme import BadColour

ATTENTION = "attention"  # among the states of towns: those with a sign that somebody should look


class TownFilter(Form):
    """Which towns the list shows."""

    marks_optional = False

    q = forms.CharField(label=_("Stadt oder Adresse"), required=False, max_length=100)
    county = SelectField(label=_("Kreis"), choices=[], required=False)
    state = SelectField(
        label=_("Status"),
        choices=[*TownState.choices, (ATTENTION, _("mit Auffälligem"))],
        required=False,
        empty=_("Alle"),
    )

    def __init__(self, *args: Any, counties: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("SelectField", self.fields["county"])
        field.choices = [("", _("Alle Kreise")), *((county, county) for county in counties)]


class AdministratorForm(Form):
    """Who sets the town up."""

    given_name = forms.CharField(label=_("Vorname"), max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    family_name = forms.CharField(label=_("Nachname"), max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("E-Mail-Adresse"),
        help_text=_("Dorthin geht die Einladung mit dem Link für das Passwort."),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )

    @property
    def administrator(self) -> FirstAdministrator:
        """What was entered."""
        return FirstAdministrator(**{name: self.cleaned_data[name] for name in ("email", "given_name", "family_name")})


class HostForm(Form):
    """A host that belongs to the town."""

    host = forms.CharField(
        label=_("Eigene Adresse der Stadt"),
        help_text=_("Zum Beispiel serviceportal.lage.de. Die Stadt legt dafür einen DNS-Eintrag an."),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_host(self) -> str:
        typed = self.cleaned_data["host"]
        if not typed:
            return ""
        try:
            host = clean_host(typed)
            refuse_host(host)
        except TownRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return host


class NewTownForm(AdministratorForm, HostForm):
    """Everything that a new town needs, but which one it is."""

    slug = forms.CharField(
        label=_("Kurzadresse"),
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    colour = forms.CharField(
        label=_("Farbe der Stadt"),
        help_text=_("Mit # und sechs Zeichen, zum Beispiel #9d2235. Im nächsten Schritt sehen Sie, wie sie wirkt."),
        max_length=20,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "width-short"}
        ),
    )
    field_order = ("slug", "host", "colour", "given_name", "family_name", "email")

    def __init__(self, *args: Any, base_host: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].required = False
        address = f"{self.initial['slug']}.{base_host}"
        self.fields["slug"].help_text = _("Unser Vorschlag führt zur Adresse %(address)s.") % {"address": address}

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"]).strip().lower()
        try:
            refuse_short_name(slug)
        except TownRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return slug

    def clean_colour(self) -> str:
        try:
            return theme.parse(self.cleaned_data["colour"])
        except BadColour as problem:
            raise forms.ValidationError(str(problem)) from None


class ReasonForm(Form):
    """Why something is done to a town."""

    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Steht im Verlauf. Bürgerinnen und Bürger sehen ihn nicht."),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )


def counties() -> list[str]:
    """All counties of the official list, by name."""
    return sorted({entry.county for entry in all_municipalities() if entry.county})
