"""The small forms of the town hall's desk."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.content import Unit
from submissions.casework.queries import Pile
from submissions.states import Outcome
from templates.fields import DateField, Form, SelectField

DAYS_TO_ANSWER = 14
LONGEST_TEXT = 6000  # characters

Choices: TypeAlias = Sequence[tuple[str, Any]]

MINE = "ich"
NOBODY = "niemand"


class InboxFilter(Form):
    """Which part of the inbox is shown. The names stand in the address bar, so they are German."""

    marks_optional = False

    q = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    status = SelectField(label=_("Status"), choices=Pile.choices, empty=_("Alle offenen"), required=False)
    leistung = SelectField(label=_("Leistung"), choices=(), empty=_("Alle Leistungen"), required=False)
    stelle = SelectField(label=_("Stelle"), choices=(), empty=_("Alle Stellen"), required=False)
    person = SelectField(label=_("Bearbeitung"), choices=(), empty=_("Alle"), required=False)

    def __init__(self, data: Any, *, services: Choices, units: Choices, colleagues: Choices) -> None:
        """`colleagues` by key, for those who share out work; others choose between hers and nobody's."""
        super().__init__(data)
        self._offer("leistung", _("Alle Leistungen"), services)
        self._offer("person", _("Alle"), [(MINE, _("Nur meine")), (NOBODY, _("Niemand")), *colleagues])
        if len(units) > 1:
            self._offer("stelle", _("Alle Stellen"), units)
        else:
            del self.fields["stelle"]
        if self["q"].value():
            status = cast("SelectField", self.fields["status"])
            status.choices = [("", _("Alle")), *[one for one in Pile.choices if one[0] != Pile.ALL]]

    def _offer(self, name: str, empty: Any, choices: Choices) -> None:
        cast("SelectField", self.fields[name]).choices = [("", empty), *choices]


class AssignForm(Form):
    """Who is to work on a case."""

    to = SelectField(
        label=_("Wer soll den Vorgang bearbeiten?"),
        choices=(),
        error_messages={"required": _("Wählen Sie aus, wer den Vorgang bearbeiten soll.")},
    )

    def __init__(self, data: Any = None, *, colleagues: Iterable[User], **options: Any) -> None:
        super().__init__(data, **options)
        self._colleagues = {str(one.pk): one for one in colleagues}
        names = [(key, one.name) for key, one in self._colleagues.items()]
        cast("SelectField", self.fields["to"]).choices = [("", _("Bitte wählen")), *names]

    def clean_to(self) -> User | None:
        return self._colleagues.get(self.cleaned_data["to"])


class ForwardForm(Form):
    """Which unit of the town hall a case belongs to instead."""

    unit = SelectField(
        label=_("Welche Stelle ist zuständig?"),
        choices=(),
        error_messages={"required": _("Wählen Sie aus, welche Stelle zuständig ist.")},
    )
    reason = forms.CharField(
        label=_("Notiz für die andere Stelle"),
        help_text=_("Die Person, die den Antrag gestellt hat, sieht das nicht."),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, data: Any = None, *, units: Iterable[Unit], **options: Any) -> None:
        super().__init__(data, **options)
        self._units = {one.key: one for one in units}
        names = [(key, one.name) for key, one in self._units.items()]
        cast("SelectField", self.fields["unit"]).choices = [("", _("Bitte wählen")), *names]

    def clean_unit(self) -> Unit | None:
        return self._units.get(self.cleaned_data["unit"])


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
