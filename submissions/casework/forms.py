"""The small forms of the town hall's desk."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from submissions.casework.queries import Pile
from submissions.states import Outcome
from templates.fields import DateField, Form, SelectField

DAYS_TO_ANSWER = 14
LONGEST_TEXT = 6000  # characters

MINE = "ich"
NOBODY = "niemand"


class InboxFilter(Form):
    """Which part of the inbox is shown. The names stand in the address bar, so they are German."""

    marks_optional = False

    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    status = SelectField(label=_("Status"), choices=Pile.choices, empty=_("Alle offenen"), required=False)
    leistung = SelectField(label=_("Leistung"), choices=(), empty=_("Alle Leistungen"), required=False)
    person = SelectField(
        label=_("Bearbeitung"),
        choices=[(MINE, _("Nur meine")), (NOBODY, _("Niemand"))],
        empty=_("Alle"),
        required=False,
    )

    def __init__(self, data: Any, *, services: list[tuple[str, str]]) -> None:
        super().__init__(data)
        service = cast("SelectField", self.fields["leistung"])
        service.choices = [("", _("Alle Leistungen")), *services]
        if self["q"].value():
            status = cast("SelectField", self.fields["status"])
            status.choices = [("", _("Alle")), *[one for one in Pile.choices if one[0] != Pile.ALL]]


class QuestionForm(Form):
    """What the town hall needs to know or see, and until when."""

    question = forms.CharField(
        label=_("Was brauchen Sie noch?"),
        help_text=_("Genau so liest es die Person, die den Antrag gestellt hat."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie, was Sie noch brauchen.")},
        widget=forms.Textarea({"rows": 5}),
    )
    due_on = DateField(
        label=_("Antwort bis"),
        help_text=_("Vorgeschlagen sind zwei Wochen."),
        error_messages={"too_early": _("Geben Sie einen Tag ab %(limit)s an.")},
    )

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, initial={"due_on": today + timedelta(days=DAYS_TO_ANSWER)}, **options)
        due_on = cast("DateField", self.fields["due_on"])
        due_on.earliest, due_on.latest = today + timedelta(days=1), today + timedelta(days=365)


class DecisionForm(Form):
    outcome = forms.ChoiceField(
        label=_("Ergebnis"),
        choices=Outcome.choices,
        error_messages={"required": _("Wählen Sie aus, wie Sie entschieden haben.")},
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Text der Entscheidung"),
        help_text=_("Genau so liest es die Person, die den Antrag gestellt hat."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie, was Sie entschieden haben und wie es weitergeht.")},
        widget=forms.Textarea({"rows": 8}),
    )


class ReopenForm(Form):
    reason = forms.CharField(
        label=_("Warum nehmen Sie den Vorgang wieder auf?"),
        help_text=_("Der Grund bleibt im Rathaus."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie den Grund auf. Er steht später in der Akte.")},
        widget=forms.Textarea({"rows": 3}),
    )


class NoteForm(Form):
    note = forms.CharField(
        label=_("Notiz"),
        help_text=_("Nur das Rathaus sieht sie. Sie gehört zur Akte und lässt sich nicht mehr ändern."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie die Notiz, bevor Sie sie speichern.")},
        widget=forms.Textarea({"rows": 3}),
    )


class EmptyForm(Form):
    """A button alone: nothing to fill in, but something may be refused."""
