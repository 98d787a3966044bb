"""How a town is paid by transfer, a file of the bank, and what a person says about a line of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import schwifty
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from billing.bank.clearing import Part
from billing.bank.references import PREFIX
from billing.bank.statements import LARGEST_FILE, too_large
from billing.bank.states import CheckDigit, EntryState
from billing.bank.transfers import Terms
from billing.treasury_forms import amount_typed
from submissions.builders import IbanField
from templates.fields import DecimalField, Form, SelectField, WholeNumberField

PARTS = 3  # payments that one line can be shared among at once


class TermsForm(Form):
    """Paying by transfer, for administrators."""

    is_on = forms.BooleanField(label=_("Menschen können per Überweisung bezahlen"), required=False)
    holder = forms.CharField(
        label=_("Wem gehört das Konto?"),
        help_text=_("So, wie die Bank den Namen führt, zum Beispiel: Stadtkasse Musterstadt."),
        max_length=70,
    )
    iban = IbanField(
        label=_("IBAN"),
        max_length=42,
        widget=forms.TextInput({"class": "width-iban", "autocomplete": "off", "spellcheck": "false"}),
    )
    bic = forms.CharField(
        label=_("BIC"),
        help_text=_("Nur nötig, wenn Ihre Bank sie für Überweisungen aus dem Ausland verlangt."),
        required=False,
        max_length=11,
        widget=forms.TextInput({"class": "width-medium", "autocomplete": "off", "spellcheck": "false"}),
    )
    begins_with = forms.CharField(
        label=_("Anfang des Kassenzeichens"),
        help_text=_(
            "2 bis 8 Großbuchstaben oder Ziffern, zuerst zwei Buchstaben, zum Beispiel SP. "
            "Danach folgen acht Ziffern und die Prüfziffer."
        ),
        max_length=8,
        widget=forms.TextInput({"class": "width-medium", "autocomplete": "off", "spellcheck": "false"}),
    )
    check_digit = forms.ChoiceField(
        label=_("Prüfziffer"),
        help_text=_("So, wie Ihr Kassenverfahren sie rechnet."),
        choices=CheckDigit.choices,
        widget=forms.RadioSelect,
    )
    days_to_pay = WholeNumberField(
        label=_("Wie viele Tage hat man Zeit?"),
        help_text=_("Vom Abschicken an. Drei Tage danach erinnert das Portal einmal."),
        min_value=3,
        max_value=90,
    )
    counts_at_once = forms.ChoiceField(
        label=_("Wann zählt ein Antrag, dessen Gebühr überwiesen wird?"),
        choices=[("nein", _("Wenn das Geld da ist")), ("ja", _("Sofort; die Gebühr bleibt als Forderung offen"))],
        widget=forms.RadioSelect,
    )
    is_shared = forms.BooleanField(
        label=_("Auf diesem Konto geht auch anderes Geld ein"),
        help_text=_("Dann lässt das Portal Umsätze beiseite, in denen kein Kassenzeichen des Portals steht."),
        required=False,
    )
    marks_optional = False

    def clean_bic(self) -> str:
        typed = "".join(str(self.cleaned_data["bic"]).split()).upper()
        try:
            return str(schwifty.BIC(typed)) if typed else ""
        except ValueError:
            raise ValidationError(str(_("Diese BIC stimmt nicht. Sie hat 8 oder 11 Zeichen.")), code="bic") from None

    def clean_begins_with(self) -> str:
        typed = str(self.cleaned_data["begins_with"]).strip().upper()
        if not PREFIX.fullmatch(typed):
            told = _("Bitte 2 bis 8 Großbuchstaben (ohne Umlaute) oder Ziffern, zuerst zwei Buchstaben, etwa SP.")
            raise ValidationError(str(told), code="prefix")
        return typed

    @property
    def terms(self) -> Terms:
        """What was typed, once it is valid."""
        typed = dict(self.cleaned_data)
        prefix, counts = typed.pop("begins_with"), typed.pop("counts_at_once")
        return Terms(**typed, prefix=prefix, counts_at_once=counts == "ja")


class StatementForm(Form):
    """A file of the bank."""

    file = forms.FileField(
        label=_("Kontoauszug der Bank"),
        help_text=_("CAMT.053 (XML, Version 001.02 oder 001.08) oder „CSV-CAMT“ der Sparkasse, höchstens 10 MB."),
        max_length=200,
        error_messages={
            "required": _("Bitte wählen Sie eine Datei aus."),
            "missing": _("Die Datei ist nicht angekommen. Bitte wählen Sie sie noch einmal aus."),
            "invalid": _("Die Datei ist nicht angekommen. Bitte wählen Sie sie noch einmal aus."),
            "empty": _("Die Datei ist leer. Bitte wählen Sie eine andere."),
        },
        widget=forms.FileInput({"accept": ".xml,.csv,.txt,application/xml,text/xml,text/csv"}),
    )

    def clean_file(self) -> bytes:
        """What is in it."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise ValidationError(too_large(), code="too_large")
        content: bytes = file.read()
        return content


@dataclass(frozen=True)
class Suggested:
    """What the page proposes: the payment that a line names, and how much of it is open (EUR)."""

    reference: str
    amount: Decimal


class AssignForm(Form):
    """Which payments the money of a line belongs to, and what of it goes back."""

    marks_optional = False

    def __init__(self, data: Any, *, suggested: Suggested | None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for number in range(1, PARTS + 1):
            first = suggested if number == 1 else None
            self.fields[f"reference_{number}"] = forms.CharField(
                label=_("Kassenzeichen") if number == 1 else _("%s. Kassenzeichen, wenn es mehrere sind") % number,
                required=False,
                max_length=60,
                initial=first.reference if first else "",
                widget=forms.TextInput({"class": "width-medium", "autocomplete": "off", "spellcheck": "false"}),
            )
            self.fields[f"amount_{number}"] = DecimalField(
                label=_("Betrag dazu") if number == 1 else _("Betrag zum %s. Kassenzeichen") % number,
                unit="€",
                required=False,
                initial=first.amount if first else None,
            )
        self.fields["pay_back"] = DecimalField(
            label=_("Davon zurückzahlen"),
            help_text=_("Freigeben muss das jemand anderes aus der Kasse."),
            unit="€",
            required=False,
        )
        self.fields["note"] = forms.CharField(label=_("Notiz für die Kasse"), required=False, max_length=300)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        for number in range(1, PARTS + 1):
            reference, amount = f"reference_{number}", f"amount_{number}"
            if self.cleaned_data.get(reference) and self.cleaned_data.get(amount) is None and amount not in self.errors:
                self.add_error(amount, str(_("Geben Sie an, wie viel dazu gehört.")))
            elif self.cleaned_data.get(amount) is not None and not self.cleaned_data.get(reference):
                self.add_error(reference, str(_("Geben Sie das Kassenzeichen dazu an.")))
        return cleaned

    @property
    def parts(self) -> list[Part]:
        typed = self.cleaned_data
        numbers = range(1, PARTS + 1)
        return [Part(typed[f"reference_{n}"], typed[f"amount_{n}"]) for n in numbers if typed.get(f"reference_{n}")]

    @property
    def pay_back(self) -> Decimal:
        return self.cleaned_data.get("pay_back") or Decimal("0.00")


class EntryFilter(Form):
    """The filter above the list of lines. The names stand in the address bar, so they are German."""

    marks_optional = False

    suche = forms.CharField(label=_("Name, Zweck, Betrag"), required=False, max_length=100)
    stand = SelectField(label=_("Stand"), choices=EntryState.choices, empty=_("Alle"), required=False)

    @property
    def wanted(self) -> tuple[str, str, Decimal | None]:
        """What was typed, the state, and what was typed if it is an amount; a wrong choice filters nothing."""
        self.is_valid()
        text = self.cleaned_data.get("suche", "")
        return text, self.cleaned_data.get("stand", ""), amount_typed(text)


class ReturnForm(Form):
    """Which payment a returned transfer belongs to."""

    reference = forms.CharField(
        label=_("Kassenzeichen"),
        max_length=60,
        widget=forms.TextInput({"class": "width-medium", "autocomplete": "off", "spellcheck": "false"}),
    )


class DayForm(Form):
    """On which day somebody has transferred money."""

    on = forms.DateField(
        label=_("Überwiesen am"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Geben Sie den Tag der Überweisung an."),
            "invalid": _("Geben Sie den Tag so an: 28.09.2026."),
        },
    )

    @property
    def day(self) -> date:
        day: date = self.cleaned_data["on"]
        return day
