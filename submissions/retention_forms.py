from django import forms
from django.utils.translation import gettext_lazy as _

from templates.fields import Form


class KeepForm(Form):
    """Why a case is not to be deleted yet."""

    reason = forms.CharField(
        label=_("Warum soll der Vorgang bleiben?"),
        help_text=_("Zum Beispiel: Es läuft noch eine Klage. Bitte ohne Namen; der Grund steht auch im Protokoll."),
        max_length=400,
        error_messages={"required": _("Schreiben Sie den Grund auf. Ohne Grund wird der Vorgang gelöscht.")},
        widget=forms.Textarea({"rows": 3}),
    )
