"""The small forms of the town hall's desk."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, TypeAlias, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.content import Unit
from submissions.casework.actions import Ruling
from submissions.casework.authorities import OtherAuthority
from submissions.casework.deadlines import days_after
from submissions.casework.queries import Pile
from submissions.models import Delivery, TextBlock
from submissions.states import Outcome
from templates.components import german_date
from templates.fields import ChoiceLabel, DateField, Form, SelectField

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


class BulkForm(Form):
    """What is to be done with the cases that are ticked."""

    marks_optional = False

    schritt = SelectField(label=_("Mit den ausgewählten Vorgängen"), choices=(), required=False)

    def __init__(self, *, steps: Choices) -> None:
        super().__init__()
        cast("SelectField", self.fields["schritt"]).choices = [("", _("Bitte wählen")), *steps]


class PostingForm(Form):
    """When a letter was posted."""

    marks_optional = False

    posted_on = DateField(
        label=_("Zur Post gegeben am"), help_text=_("Von diesem Tag an zählt die Frist, um dagegen vorzugehen.")
    )


class LettersForm(PostingForm):
    """Which letters are meant, and when they were posted. All are ticked at first."""

    letter = forms.TypedMultipleChoiceField(
        label=_("Briefe"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Kreuzen Sie an, welche Briefe Sie meinen.")},
    )
    field_order = ("letter", "posted_on")

    def __init__(self, data: Any = None, *, deliveries: Iterable[Delivery], **options: Any) -> None:
        choices = [(one.pk, ChoiceLabel(_letter_label(one), hint=_letter_hint(one))) for one in deliveries]
        options["initial"] = {"letter": [key for key, _label in choices], **options.get("initial", {})}
        super().__init__(data, **options)
        cast("forms.TypedMultipleChoiceField", self.fields["letter"]).choices = choices


def _letter_label(delivery: Delivery) -> str:
    submission = delivery.decision.submission
    return f"{submission.applicant}, {submission.service_title}"


def _letter_hint(delivery: Delivery) -> str:
    decision = delivery.decision
    day = german_date(timezone.localdate(decision.decided_at))
    facts = {"number": decision.submission.number, "outcome": decision.get_outcome_display(), "day": day}
    told = translate("%(number)s, %(outcome)s am %(day)s") % facts
    if delivery.lapsed_at:
        return translate("%(told)s, im Portal nicht geöffnet") % {"told": told}
    return told


# What an inbox may tell of a case beside its service and number.
COLUMNS: dict[str, Any] = {
    "person": _("Person"),
    "received": _("Eingang"),
    "due": _("Frist"),
    "status": _("Status"),
    "hands": _("Bearbeitung"),
    "unit": _("Stelle"),
    "fee": _("Gebühr"),
}
USUAL_COLUMNS = ("person", "received", "due", "status", "hands")


class ColumnsForm(Form):
    """What the inbox tells of each case."""

    columns = forms.MultipleChoiceField(
        label=_("Spalten"), choices=list(COLUMNS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )


class CaseForm(Form):
    """A form on the page of a case. Several stand there, so each names its fields in its own way."""

    ids: str  # what the ids of its fields begin with; links lead to them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{self.ids}_%s"} | kwargs)


class AssignForm(CaseForm):
    """Who is to work on a case."""

    ids = "zuweisung"

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


class ForwardForm(CaseForm):
    """Which unit of the town hall a case belongs to instead."""

    ids = "weiterleitung"

    unit = SelectField(
        label=_("Welche Stelle ist zuständig?"),
        help_text=_("Ist es der Kreis, eine andere Stadt oder Behörde? Dann entscheiden Sie „Nicht zuständig“."),
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


class WithTextBlocks(CaseForm):
    """A form with a text that can begin with words kept for that; see `insert`."""

    text_field = "text"

    block = SelectField(label=_("Textbaustein"), choices=(), required=False)

    def __init__(self, data: Any = None, *, blocks: Iterable[TextBlock] = (), **options: Any) -> None:
        super().__init__(data, **options)
        self.blocks = {str(one.pk): one for one in blocks}
        if self.blocks:
            names = [(key, one.title) for key, one in self.blocks.items()]
            cast("SelectField", self.fields["block"]).choices = [("", _("Bitte wählen")), *names]
        else:
            del self.fields["block"]

    @property
    def texts(self) -> dict[str, Any]:
        """What was filled in, without the block."""
        return {name: value for name, value in self.cleaned_data.items() if name != "block"}

    def values_with_block(self) -> dict[str, Any]:
        """Everything as it was typed, with the chosen block at the end of the text."""
        values = {one.name: one.value() for one in self}
        block = self.blocks.get(str(values.get("block")))
        if block:
            values[self.text_field] = f"{values[self.text_field] or ''}\n\n{block.text}".strip()
        return values | {"block": ""}


def days_to_answer(today: date) -> tuple[date, date]:
    """The first and the last day that may be given for an answer."""
    return today + timedelta(days=1), today + timedelta(days=365)


class QuestionForm(WithTextBlocks):
    """What the town hall needs to know or see, and until when."""

    ids = "rueckfrage"
    text_field = "question"

    question = forms.CharField(
        label=_("Was brauchen Sie noch?"),
        help_text=_("Genau so liest es die Person, die den Antrag gestellt hat."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie, was Sie noch brauchen.")},
        widget=forms.Textarea({"rows": 5}),
    )
    due_on = DateField(
        label=_("Antwort bis"),
        help_text=_("Vorgeschlagen sind zwei Wochen. Kommt bis dahin nichts, geht die Prüfung von selbst weiter."),
        error_messages={"too_early": _("Geben Sie einen Tag ab %(limit)s an.")},
    )

    def __init__(self, data: Any = None, *, today: date, initial: Any = None, **options: Any) -> None:
        super().__init__(data, initial=initial or {"due_on": days_after(today, DAYS_TO_ANSWER)}, **options)
        due_on = cast("DateField", self.fields["due_on"])
        due_on.earliest, due_on.latest = days_to_answer(today)


class RemindForm(CaseForm):
    """When somebody wants to look at a case again, and why."""

    ids = "wiedervorlage"

    day = DateField(
        label=_("Wieder ansehen am"),
        help_text=_("An diesem Tag erinnert Sie Ihr Eingang daran. Die Frist läuft weiter."),
        error_messages={"too_early": _("Geben Sie einen Tag ab %(limit)s an.")},
    )
    of = forms.CharField(
        label=_("Woran möchten Sie denken?"),
        help_text=_("Die Person, die den Antrag gestellt hat, sieht das nicht."),
        required=False,
        max_length=300,
    )

    def __init__(self, data: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(data, **options)
        day = cast("DateField", self.fields["day"])
        day.earliest, day.latest = today + timedelta(days=1), today + timedelta(days=365)


# What belongs to one outcome of a decision only.
ONLY_WITH = {
    "obligations": Outcome.GRANTED_WITH_CONDITIONS,
    "reasons": Outcome.REJECTED,
    "authority": Outcome.NOT_RESPONSIBLE,
}
UNLISTED = "andere"


class DecisionForm(WithTextBlocks):
    """How a case is decided. What belongs to one outcome only is asked for that one."""

    ids = "entscheidung"

    outcome = forms.ChoiceField(
        label=_("Ergebnis"),
        choices=Outcome.choices,
        error_messages={"required": _("Wählen Sie aus, wie Sie entschieden haben.")},
        widget=forms.RadioSelect,
    )
    obligations = forms.CharField(
        label=_("Auflagen"),
        help_text=_("Je Zeile eine Auflage."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie auf, welche Auflagen gelten.")},
        widget=forms.Textarea({"rows": 4}),
    )
    reasons = forms.CharField(
        label=_("Begründung"),
        help_text=_("Warum lehnen Sie ab? Nennen Sie die Vorschrift."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Begründen Sie die Ablehnung. Ohne Begründung ist sie anfechtbar.")},
        widget=forms.Textarea({"rows": 6}),
    )
    elsewhere = SelectField(
        label=_("Wer ist zuständig?"),
        help_text=_("Der Kreis, eine andere Stadt oder Gemeinde. Sonst: „Andere Behörde“."),
        choices=(),
        searchable=True,
        error_messages={"required": _("Wählen Sie die Behörde aus, die zuständig ist, damit niemand suchen muss.")},
    )
    authority = forms.CharField(
        label=_("Name und Anschrift der Behörde"),
        help_text=_("Zum Beispiel: Kreis Lippe, Straßenverkehrsamt."),
        max_length=300,
        error_messages={"required": _("Nennen Sie die Behörde, die zuständig ist, damit niemand suchen muss.")},
        widget=forms.Textarea({"rows": 2}),
    )
    text = forms.CharField(
        label=_("Text der Entscheidung"),
        help_text=_("Genau so liest es die Person, die den Antrag gestellt hat."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie, was Sie entschieden haben und wie es weitergeht.")},
        widget=forms.Textarea({"rows": 8}),
    )
    field_order = ("outcome", "block", "text", "obligations", "reasons", "elsewhere", "authority")
    conditions = {
        **{name: ("outcome", frozenset({outcome.value})) for name, outcome in ONLY_WITH.items()},
        "elsewhere": ("outcome", frozenset({Outcome.NOT_RESPONSIBLE.value})),
        "authority": ("elsewhere", frozenset({UNLISTED})),
    }

    def __init__(self, data: Any = None, *, authorities: Iterable[OtherAuthority], **options: Any) -> None:
        super().__init__(data, **options)
        self._authorities = {one.key: one for one in authorities}
        names = [(key, one.name) for key, one in self._authorities.items()]
        choices = [("", _("Bitte wählen")), (UNLISTED, _("Andere Behörde")), *names]
        cast("SelectField", self.fields["elsewhere"]).choices = choices

    @property
    def ruling(self) -> Ruling:
        """What was decided."""
        texts = {name: self.cleaned_data[name] or "" for name in ("text", "obligations", "reasons", "authority")}
        chosen = self._authorities.get(self.cleaned_data["elsewhere"] or "")
        if chosen:
            texts |= {"authority": chosen.address, "authority_ars": chosen.ars}
        return Ruling(Outcome(self.cleaned_data["outcome"]), **texts)


class SignatureForm(CaseForm):
    """Why a decision is not signed."""

    ids = "unterschrift"

    reason = forms.CharField(
        label=_("Was soll geändert werden?"),
        help_text=_("Das liest nur, wer die Entscheidung vorbereitet hat."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie, was geändert werden soll.")},
        widget=forms.Textarea({"rows": 3}),
    )


class ProtectionForm(CaseForm):
    """Why an address must not be seen, or may be seen again."""

    ids = "sperre"

    reason = forms.CharField(
        label=_("Grund"),
        help_text=_("Steht in der Akte."),
        max_length=500,
        error_messages={"required": _("Nennen Sie den Grund. Er steht später in der Akte.")},
    )


class RevealForm(ProtectionForm):
    """Why somebody looks at an address that is protected."""

    ids = "ansehen"


class ReopenForm(CaseForm):
    ids = "aufnahme"

    reason = forms.CharField(
        label=_("Warum nehmen Sie den Vorgang wieder auf?"),
        help_text=_("Der Grund bleibt im Rathaus."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie den Grund auf. Er steht später in der Akte.")},
        widget=forms.Textarea({"rows": 3}),
    )


class NoteForm(CaseForm):
    ids = "notiz"

    note = forms.CharField(
        label=_("Notiz"),
        help_text=_("Nur das Rathaus sieht sie. Sie gehört zur Akte und lässt sich nicht mehr ändern."),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie die Notiz, bevor Sie sie speichern.")},
        widget=forms.Textarea({"rows": 3}),
    )


class TextBlockForm(Form):
    """Words to keep."""

    title = forms.CharField(
        label=_("Kurzer Name"),
        help_text=_("Unter diesem Namen finden Sie den Baustein wieder."),
        max_length=100,
        error_messages={"required": _("Geben Sie dem Baustein einen Namen.")},
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Schreiben Sie den Text auf.")},
        widget=forms.Textarea({"rows": 10}),
    )
    unit = SelectField(label=_("Wer benutzt ihn?"), choices=(), required=False)

    def __init__(self, data: Any = None, *, units: Choices, **options: Any) -> None:
        super().__init__(data, **options)
        unit = cast("SelectField", self.fields["unit"])
        unit.choices = list(units)
        unit.required = "" not in dict(units)


class EmptyForm(Form):
    """A button alone: nothing to fill in, but something may be refused."""
