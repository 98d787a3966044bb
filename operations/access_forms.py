from django import forms
from django.utils.translation import gettext_lazy as _

from templates.fields import Form, SelectField

HOURS = [("1", _("eine Stunde")), ("2", _("zwei Stunden")), ("4", _("vier Stunden")), ("8", _("acht Stunden"))]


class AccessForm(Form):
    """Why somebody of the operator wants to look into a town hall, and for how long."""

    reason = forms.CharField(
        label=_("Warum müssen Sie in das Rathaus schauen?"),
        help_text=_("Das liest die Verwaltung der Stadt. Bitte ohne Namen von Bürgerinnen und Bürgern."),
        max_length=400,
        error_messages={"required": _("Schreiben Sie, was Sie sich ansehen müssen und warum.")},
        widget=forms.Textarea({"rows": 3}),
    )
    hours = SelectField(
        label=_("Wie lange?"),
        help_text=_("Die Zeit beginnt, sobald die Stadt es erlaubt."),
        choices=HOURS,
        initial="2",
        error_messages={"required": _("Wählen Sie aus, wie lange Sie brauchen.")},
    )

    def clean_hours(self) -> int:
        return int(self.cleaned_data["hours"])
