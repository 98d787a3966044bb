"""What an administrator says about where applications go."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from submissions.handover.actions import TargetDetails
from submissions.handover.states import HandoverState, Kind
from templates.fields import Form, SelectField
from tenants import network


class HandoverFilter(Form):
    """Which hand-overs are listed. The names stand in the address bar, so they are German."""

    marks_optional = False

    stand = SelectField(
        label=gettext_lazy("Stand"), choices=HandoverState.choices, empty=gettext_lazy("Alle"), required=False
    )
    leistung = SelectField(
        label=gettext_lazy("Leistung"), choices=(), empty=gettext_lazy("Alle Leistungen"), required=False
    )

    def __init__(self, data: Any, *, services: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        cast("SelectField", self.fields["leistung"]).choices = [("", _("Alle Leistungen")), *services]


class TargetForm(Form):
    """What all targets have."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("So heißt das Ziel bei Ihnen im Rathaus, zum Beispiel „Hundesteuer-Programm“."),
        max_length=100,
    )

    @property
    def details(self) -> TargetDetails:
        """What was said."""
        given = self.cleaned_data
        return TargetDetails(given["name"], given["address"], given["is_whole"], given.get("inside_because") or "")


class EmailTargetForm(TargetForm):
    """A mailbox of the town hall."""

    address = forms.EmailField(
        label=gettext_lazy("Postfach"),
        help_text=gettext_lazy("Eine feste Adresse der Verwaltung, die auch im Urlaub jemand liest."),
        max_length=254,
    )
    is_whole = forms.BooleanField(
        label=gettext_lazy("Den ganzen Antrag anhängen: Dieses Postfach liegt innerhalb der Verwaltung"),
        help_text=gettext_lazy("Sonst steht in der E-Mail nur die Nummer und ein Link zum Vorgang."),
        required=False,
    )
    inside_because = forms.CharField(
        label=gettext_lazy("Warum ist das Postfach sicher?"),
        help_text=gettext_lazy(
            "Nur, wenn Sie den ganzen Antrag anhängen. Zum Beispiel: „Liegt im Rechenzentrum der Stadt, "
            "der Weg dorthin ist verschlüsselt, mit dem Datenschutz abgestimmt.“"
        ),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        """Who sends personal data by mail says why she may."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("is_whole") and not cleaned.get("inside_because"):
            self.add_error(
                "inside_because",
                _("Bitte schreiben Sie, warum der ganze Antrag dorthin darf, oder hängen Sie ihn nicht an."),
            )
        if not cleaned.get("is_whole"):
            cleaned["inside_because"] = ""
        return cleaned


class WebhookTargetForm(TargetForm):
    """A program that is called."""

    address = forms.CharField(
        label=gettext_lazy("Adresse"),
        help_text=gettext_lazy("Sie beginnt mit https:// und kommt von denen, die das Programm betreuen."),
        max_length=500,
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    is_whole = forms.BooleanField(
        label=gettext_lazy("PDF und hochgeladene Dateien mitschicken"),
        help_text=gettext_lazy("Sonst stehen nur die Antworten darin, und Links zum Vorgang."),
        required=False,
    )

    def clean_address(self) -> str:
        """An address to which we send."""
        url = str(self.cleaned_data["address"])
        try:
            network.looked_up(url)
        except (network.AddressRefused, network.Unreachable) as problem:
            raise ValidationError(str(problem)) from problem
        return url


class FitConnectTargetForm(TargetForm):
    """A destination of FIT-Connect; PDF and files always go with an application."""

    address = forms.UUIDField(
        label=gettext_lazy("Zustellpunkt-ID"),
        help_text=gettext_lazy(
            "Sie kommt von denen, die das Fachverfahren betreuen, und sieht so aus: "
            "„5ae2b1a2-7b4c-4a53-9a1e-0c5f2f6d8e11“. Manche nennen sie Destination-ID."
        ),
        error_messages={
            "invalid": gettext_lazy(
                "Das ist keine Zustellpunkt-ID. Sie hat 32 Zeichen (Ziffern und a bis f) und dazwischen vier Striche."
            )
        },
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "maxlength": 36}),
    )

    @property
    def details(self) -> TargetDetails:
        """What was said."""
        return TargetDetails(self.cleaned_data["name"], str(self.cleaned_data["address"]), is_whole=True)


FORMS: dict[Kind, type[TargetForm]] = {
    Kind.EMAIL: EmailTargetForm,
    Kind.WEBHOOK: WebhookTargetForm,
    Kind.FIT_CONNECT: FitConnectTargetForm,
}
