from django import forms
from django.utils.translation import gettext_lazy as _

from templates.fields import Form


class BarrierReportForm(Form):
    """Somebody cannot use a page and tells the town."""

    text = forms.CharField(
        label=_("Was klappt nicht?"),
        help_text=_("Beschreiben Sie es in Ihren Worten. Gut ist auch, welches Gerät oder Programm Sie benutzen."),
        max_length=5000,
        widget=forms.Textarea({"rows": 7}),
        error_messages={"required": _("Schreiben Sie uns, was nicht klappt. Ein Satz genügt.")},
    )
    page = forms.CharField(
        label=_("Auf welcher Seite?"),
        help_text=_("Die Adresse der Seite oder ihr Name."),
        max_length=300,
        required=False,
    )
    email = forms.EmailField(
        label=_("Ihre E-Mail-Adresse"),
        help_text=_("Nur wenn Sie eine Antwort möchten."),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
