"""Which payments the cash office wants to see, and how a town lets people pay."""

from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.access import unseal
from billing.models import Payment, ServiceAccess
from billing.providers.xbezahldienste import Access, services
from billing.queries import Stack, Wanted
from billing.states import RefundReason
from templates.components import euro
from templates.fields import DecimalField, Form, SelectField

LARGEST_AMOUNT = Decimal("9999999.99")  # EUR, what a payment can hold


def _day(label: Any) -> forms.DateField:
    """A day in one input, which browsers show with a calendar."""
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Geben Sie den Tag so an: 28.09.2026.")},
    )


class PaymentFilter(Form):
    """The filter above the list. The names stand in the address bar, so they are German."""

    marks_optional = False

    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    stand = SelectField(label=_("Stand"), choices=Stack.choices, empty=_("Alle"), required=False)
    leistung = SelectField(label=_("Leistung"), choices=(), empty=_("Alle Leistungen"), required=False)
    von = _day(_("Von"))
    bis = _day(_("Bis"))

    def __init__(self, data: Any, *, services: list[tuple[str, str]]) -> None:
        super().__init__(data)
        service = cast("SelectField", self.fields["leistung"])
        service.choices = [("", _("Alle Leistungen")), *services]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = self.cleaned_data.get("von"), self.cleaned_data.get("bis")
        if first and last and last < first:
            self.add_error("bis", _("Der letzte Tag liegt vor dem ersten. Bitte tauschen Sie die beiden."))
        return cleaned

    @property
    def wanted(self) -> Wanted:
        """What was chosen; a choice that is not valid filters nothing."""
        self.is_valid()
        chosen = self.cleaned_data
        text = chosen.get("q", "")
        return Wanted(
            stack=Stack(chosen["stand"]) if chosen.get("stand") else None,
            service_key=chosen.get("leistung", ""),
            first_day=chosen.get("von"),
            last_day=chosen.get("bis"),
            text=text,
            amount=amount_typed(text),
        )


REASONS = (RefundReason.DECISION, RefundReason.OTHER)  # the others are found by the portal itself


class RefundForm(Form):
    """What is to go back, and why."""

    amount = DecimalField(
        label=_("Betrag"),
        unit="€",
        error_messages={
            "required": _("Geben Sie ein, wie viel zurückgehen soll, zum Beispiel 5,00."),
            "invalid": _("Geben Sie den Betrag mit Komma ein, zum Beispiel 5,00."),
        },
    )
    reason = SelectField(
        label=_("Grund"),
        choices=[(reason.value, reason.label) for reason in REASONS],
        error_messages={"required": _("Wählen Sie aus, warum das Geld zurückgeht.")},
    )
    note = forms.CharField(
        label=_("Erläuterung"),
        help_text=_("Für die Kollegin oder den Kollegen, der die Erstattung freigibt. Die Person sieht es nicht."),
        max_length=300,
        required=False,
    )

    def __init__(self, data: Any, *, payment: Payment) -> None:
        super().__init__(data, initial={"amount": payment.refundable})
        self.fields["amount"].help_text = _("Höchstens %(amount)s.") % {"amount": euro(payment.refundable)}


class DeclineForm(Form):
    """Why a refund is not made."""

    marks_optional = False

    why = forms.CharField(
        label=_("Warum geht das Geld nicht zurück?"),
        max_length=300,
        error_messages={"required": _("Schreiben Sie, warum das Geld nicht zurückgeht.")},
    )


class ServiceForm(Form):
    """How the town gets into a payment service that it has a contract with."""

    service = forms.ChoiceField(label=_("Bezahldienst"), widget=forms.RadioSelect)
    originator = forms.CharField(
        label=_("Mandant"), help_text=_("Steht im Vertrag, oft als Mandanten-Nummer oder originatorId."), max_length=100
    )
    endpoint = forms.CharField(
        label=_("Bewirtschafter"),
        help_text=_("Steht im Vertrag, oft als Bewirtschafter-Nummer, Endpunkt oder endpointId."),
        max_length=100,
    )
    client_id = forms.CharField(
        label=_("Kennung"),
        help_text=_("Mit ihr meldet sich das Portal beim Bezahldienst an (Client-ID)."),
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    client_secret = forms.CharField(
        label=_("Geheimnis"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "off"}),
    )
    booking = forms.CharField(
        label=_("Angaben für die Buchung"),
        help_text=_(
            "Je Zeile eine Angabe, wie Ihre Kasse sie braucht, zum Beispiel: Haushaltsstelle = {Buchungsstelle}. "
            "Statt {Buchungsstelle} und {Kassenzeichen} steht dann, was zur Zahlung gehört."
        ),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
    )

    def __init__(self, data: Any, *, known: ServiceAccess | None, **kwargs: Any) -> None:
        self.known = known
        super().__init__(data, **kwargs)
        choices = [(one.key, one.name) for one in services().values()]
        cast("forms.ChoiceField", self.fields["service"]).choices = choices
        if known:
            self.fields["client_secret"].required = False
            self.fields["client_secret"].help_text = _("Lassen Sie es frei, dann bleibt das bisherige.")

    def clean_booking(self) -> dict[str, str]:
        booking = {}
        for line in self.cleaned_data["booking"].splitlines():
            name, equals, value = (part.strip() for part in line.partition("="))
            if line.strip() and not (name and equals and value):
                raise ValidationError(_("Bitte schreiben Sie in jede Zeile Name = Wert: „%(line)s“") % {"line": line})
            if name:
                booking[name] = value
        return booking

    @property
    def access(self) -> Access:
        """As somebody has typed it. Raises KeyError if the secret that is to stay cannot be read any more."""
        given = self.cleaned_data
        return Access(
            service=services()[given["service"]],
            originator=given["originator"],
            endpoint=given["endpoint"],
            client_id=given["client_id"],
            client_secret=given["client_secret"] or (unseal(self.known.sealed_secret) if self.known else ""),
            booking=given["booking"],
        )


class MethodsForm(Form):
    """How people can pay in this town."""

    methods = forms.MultipleChoiceField(
        label=_("So können Menschen bezahlen"),
        help_text=_(
            "Hier stehen die Zahlwege, die Ihr Konto beim Zahlungsanbieter hat. "
            "Ohne Kreuz kann niemand online bezahlen."
        ),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    marks_optional = False

    def __init__(self, data: Any, *, methods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        cast("forms.MultipleChoiceField", self.fields["methods"]).choices = methods


def amount_typed(text: str) -> Decimal | None:
    """What somebody typed into the search, if it is an amount: "5", "5,00 €"."""
    try:
        amount = DecimalField(unit="€", required=False).clean(text)
    except ValidationError:
        return None
    return amount if isinstance(amount, Decimal) and abs(amount) <= LARGEST_AMOUNT else None
