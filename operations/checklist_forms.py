"""What the operator types on the way of a town to us."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from operations.models import Contact, ContactTask
from templates.fields import DateField, Form


class NoteForm(Form):
    """Something that may be said about it."""

    note = forms.CharField(
        label=gettext_lazy("Notiz"),
        help_text=gettext_lazy("Zum Beispiel, wo der Vertrag liegt. Steht im Verlauf, nur für den Betrieb."),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
    )


class PlanForm(Form):
    """When a town is to go online."""

    starts_on = DateField(label=gettext_lazy("Geplanter Start"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Notizen"),
        help_text=gettext_lazy("Nur für den Betrieb. Die Stadt sieht sie nicht."),
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 8}),
    )


class ContactForm(Form):
    """Somebody in a town hall."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, widget=forms.TextInput({"autocomplete": "off"}))
    tasks = forms.MultipleChoiceField(
        label=gettext_lazy("Wofür ist die Person da?"),
        choices=ContactTask.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    email = forms.EmailField(
        label=gettext_lazy("E-Mail-Adresse"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Telefon"), required=False, max_length=40, widget=forms.TextInput({"autocomplete": "off"})
    )
    note = forms.CharField(label=gettext_lazy("Notiz"), required=False, max_length=300)

    def __init__(self, data: Any = None, *, contact: Contact | None) -> None:
        names = ("name", "tasks", "email", "phone", "note")
        super().__init__(data, initial={name: getattr(contact, name) for name in names} if contact else {})

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = self.cleaned_data
        if not given.get("email") and not given.get("phone") and not self.has_error("email"):
            self.add_error("email", _("Bitte geben Sie eine E-Mail-Adresse oder eine Telefonnummer an."))
        return cleaned
