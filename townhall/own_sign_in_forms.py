"""The town's own OpenID provider: what administrators fill in."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import SecondFactor, StaffProvider
from accounts.staff_openid import ProviderDetails
from templates.fields import Form

_DISCOVERY = "/.well-known/openid-configuration"


class ProviderForm(Form):
    """How the portal reaches the provider, and what it takes from there."""

    conditions = {"acr": ("second_factor", frozenset({SecondFactor.ACR.value}))}

    issuer = forms.CharField(
        label=gettext_lazy("Adresse des Anbieters (Issuer)"),
        help_text=gettext_lazy("Zum Beispiel https://anmeldung.stadt.de/realms/rathaus. Ihre IT kennt sie."),
        max_length=200,
        error_messages={"required": gettext_lazy("Geben Sie die Adresse des Anbieters ein.")},
        widget=forms.URLInput({"autocomplete": "off"}),
    )
    client_id = forms.CharField(
        label=gettext_lazy("Kennung des Portals (Client-ID)"),
        max_length=255,
        error_messages={"required": gettext_lazy("Geben Sie die Kennung ein, die das Portal beim Anbieter hat.")},
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        label=gettext_lazy("Geheimnis (Client-Secret)"),
        max_length=500,
        error_messages={"required": gettext_lazy("Geben Sie das Geheimnis ein, das zu der Kennung gehört.")},
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )
    label = forms.CharField(
        label=gettext_lazy("Aufschrift des Knopfs"),
        max_length=60,
        error_messages={"required": gettext_lazy("Schreiben Sie, was auf dem Knopf stehen soll.")},
    )
    trusts_addresses = forms.BooleanField(
        label=gettext_lazy("Der Anbieter vergibt die E-Mail-Adressen selbst; niemand kann dort eine fremde eintragen"),
        help_text=gettext_lazy(
            "Nur ankreuzen, wenn das stimmt. Sonst nimmt das Portal Adressen erst, wenn der Anbieter sie bestätigt "
            "(email_verified)."
        ),
        required=False,
    )
    second_factor = forms.ChoiceField(
        label=gettext_lazy("Wer fragt nach dem zweiten Faktor?"),
        choices=SecondFactor.choices,
        initial=SecondFactor.OURS,
        widget=forms.RadioSelect,
    )
    acr = forms.CharField(
        label=gettext_lazy("Wert von acr"),
        help_text=gettext_lazy("Genau so, wie ihn der Anbieter meldet. Fehlt er, fragt das Portal nach dem Code."),
        max_length=200,
        error_messages={"required": gettext_lazy("Geben Sie den Wert an, der für einen zweiten Faktor steht.")},
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, *, known: StaffProvider | None, full_name: str) -> None:
        usual = {"label": _("Mit dem Konto der %(town)s anmelden") % {"town": full_name}}
        names = [name for name in self.base_fields if name != "client_secret"]
        super().__init__(data, initial={name: getattr(known, name) for name in names} if known else usual)
        if known:
            secret = cast("forms.CharField", self.fields["client_secret"])
            secret.required = False
            secret.help_text = _("Es ist gespeichert und wird nicht mehr gezeigt. Leer lassen heißt: wie bisher.")

    def clean_issuer(self) -> str:
        return str(self.cleaned_data["issuer"]).strip().removesuffix(_DISCOVERY).rstrip("/")

    @property
    def details(self) -> ProviderDetails:
        """What was filled in."""
        given = self.cleaned_data
        chosen = {"second_factor": SecondFactor(given["second_factor"]), "acr": given["acr"] or ""}
        return ProviderDetails(**given | chosen)
