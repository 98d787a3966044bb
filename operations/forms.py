from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from operations.actions import FirstAdministrator
from operations.attention import ANYTHING, WATCHES
from operations.duties import moving, possible_duties
from operations.fleet import sort_choices
from operations.host_actions import refuse_host
from templates.fields import ChoiceLabel, Form, SelectField
from tenants.actions import TownRefused, clean_host, refuse_short_name
from tenants.models import Town, TownState, host_of
from tenants.municipalities import Municipality, TownSize, all_municipalities
from townhall import theme
from townhall.theme import BadColour


class TownFilter(Form):
    """Which towns the list shows."""

    marks_optional = False

    q = forms.CharField(label=_("Stadt oder Adresse"), required=False, max_length=100)
    county = SelectField(label=_("Kreis"), choices=[], required=False)
    state = SelectField(label=_("Zustand"), choices=TownState.choices, required=False, empty=_("Alle"))
    watch = SelectField(
        label=_("Auffälliges"),
        choices=[(ANYTHING, _("irgendetwas")), *((watch.key, watch.label) for watch in WATCHES)],
        required=False,
        empty=_("Alle"),
    )
    sort = SelectField(label=_("Sortiert nach"), choices=(), required=False)

    def __init__(self, *args: Any, counties: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        county = cast("SelectField", self.fields["county"])
        county.choices = [("", _("Alle Kreise")), *((one, one) for one in counties)]
        first, *others = sort_choices()
        cast("SelectField", self.fields["sort"]).choices = [("", first[1]), *others]

    @property
    def wanted(self) -> dict[str, str]:
        """What was chosen; what is not valid chooses nothing."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


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
    size = forms.TypedChoiceField(label=_("Welche Aufgaben hat die Stadt?"), coerce=int, widget=forms.RadioSelect)
    colour = forms.CharField(
        label=_("Farbe der Stadt"),
        help_text=_("Mit # und sechs Zeichen, zum Beispiel #9d2235. Im nächsten Schritt sehen Sie, wie sie wirkt."),
        max_length=20,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "class": "width-short"}
        ),
    )
    start = forms.ChoiceField(label=_("Wie beginnt die Stadt?"), initial=TownState.TEST, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Warum sofort?"), help_text=_("Steht im Verlauf."), max_length=500, widget=forms.Textarea({"rows": 2})
    )
    conditions = {"reason": ("start", frozenset({TownState.LIVE.value}))}
    field_order = ("slug", "host", "size", "colour", "start", "reason", "given_name", "family_name", "email")

    def __init__(self, *args: Any, municipality: Municipality, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].required = False
        address = host_of(self.initial["slug"])
        self.fields["slug"].help_text = _("Unser Vorschlag führt zur Adresse %(address)s.") % {"address": address}
        _offer_sizes(self, municipality)
        cast("forms.ChoiceField", self.fields["start"]).choices = _starts()

    @property
    def state(self) -> TownState:
        """How the town begins."""
        return TownState(self.cleaned_data["start"])

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


def _starts() -> list[tuple[str, ChoiceLabel]]:
    trial = gettext(
        "Alles geht, aber auf jeder Seite steht, dass es eine Probe ist. Online geht die Stadt, wenn ihre Checkliste "
        "fertig ist."
    )
    live = gettext("Nur wenn Vertrag, Inhalte und Konto schon geklärt sind.")
    return [
        (TownState.TEST, ChoiceLabel(gettext("Im Probebetrieb"), hint=trial)),
        (TownState.LIVE, ChoiceLabel(gettext("Sofort online"), hint=live)),
    ]


class SizeForm(Form):
    """Which tasks the law gives a town, and on what ground."""

    size = forms.TypedChoiceField(label=_("Welche Aufgaben hat die Stadt?"), coerce=int, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Zum Beispiel die Verordnung des Landes. Steht im Verlauf."),
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args: Any, town: Town, **kwargs: Any) -> None:
        super().__init__(*args, initial={"size": town.size}, **kwargs)
        _offer_sizes(self, town.municipality, now=town.size)


def _offer_sizes(form: Form, municipality: Municipality, *, now: TownSize | None = None) -> None:
    """Let somebody choose among the classes to which a town may belong, each with what it means in numbers."""
    choices = []
    for duties in possible_duties(municipality):
        hint = duties.sentence(municipality)
        if now and now != duties.size:
            number = moving(now, duties.size)
            hint += " " + gettext("%(number)d würden wechseln.") % {"number": number}
        choices.append((int(duties.size), ChoiceLabel(str(duties.size.label), hint=hint)))
    cast("forms.TypedChoiceField", form.fields["size"]).choices = choices


class ReasonForm(Form):
    """Why something is done to a town."""

    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Steht im Verlauf. Bürgerinnen und Bürger sehen ihn nicht."),
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: Any, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_needed


class ConfirmationForm(Form):
    """The name of a town, typed once more by whoever confirms that it is deleted."""

    confirmed = forms.CharField(
        max_length=100, widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, town: Town, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label = gettext("Bitte schreiben Sie zur Bestätigung: %(town)s") % {"town": town.name}
        self.fields["confirmed"].label = label
        self.fields["confirmed"].error_messages["required"] = label


class DeletionForm(ConfirmationForm):
    """Why a town is to be deleted."""

    reason = forms.CharField(
        label=_("Grund"), help_text=_("Steht im Protokoll."), max_length=500, widget=forms.Textarea({"rows": 3})
    )
    field_order = ("reason", "confirmed")


def counties() -> list[str]:
    """All counties of the official list, by name."""
    return sorted({entry.county for entry in all_municipalities() if entry.county})
