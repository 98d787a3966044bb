"""What an administrator says about a calendar, and a case worker about an appointment."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogue.forms.choices import Choice
from submissions.appointments.models import Calendar
from templates.fields import Form, SelectField, WholeNumberField
from townhall.administration_forms import WeekForm
from townhall.hours import Stretch

USUAL_RULE = _("Bitte sagen Sie ab, wenn Sie nicht kommen können. Wer 10 Minuten zu spät ist, muss neu buchen.")


class CalendarForm(WeekForm):
    """A calendar of an office. `taken` are places that other offices have calendars for."""

    is_on = forms.BooleanField(
        label=_("Menschen buchen im Portal"),
        help_text=_("Gilt für die ganze Stadt. Ohne Haken fragt das Formular wie bisher nach Wünschen."),
        required=False,
    )
    place = SelectField(
        label=_("Wo ist das?"),
        help_text=_("Ein Eintrag der Liste „Wo Termine möglich sind“ unter Listen und Schalter."),
        choices=(),
    )
    desks = WholeNumberField(label=_("Wie viele Plätze gleichzeitig?"), min_value=1, max_value=50)
    step = WholeNumberField(label=_("Alle wie viele Minuten beginnt ein Termin?"), min_value=5, max_value=120)
    lead_days = WholeNumberField(
        label=_("Wie viele Werktage vorher muss man buchen?"),
        help_text=_("0 heißt: auch noch für heute."),
        min_value=0,
        max_value=30,
    )
    weeks_ahead = WholeNumberField(label=_("Wie viele Wochen im Voraus kann man buchen?"), min_value=1, max_value=26)
    no_show_rule = forms.CharField(
        label=_("Was gilt, wenn jemand nicht kommt?"),
        help_text=_("Steht bei jedem Termin."),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
    )
    marks_optional = False

    def __init__(
        self,
        data: Any = None,
        *,
        calendar: Calendar | None,
        week: Iterable[tuple[Stretch, ...]],
        is_on: bool,
        places: Iterable[Choice],
        taken: Iterable[str] = (),
    ) -> None:
        offered = [(one.value, one.label) for one in places]
        initial: dict[str, Any] = {"is_on": is_on, "desks": 1, "step": 15, "lead_days": 1, "weeks_ahead": 6}
        if calendar:
            initial |= {name: getattr(calendar, name) for name in _VALUES}
        else:
            initial |= {"no_show_rule": str(USUAL_RULE), "place": offered[0][0] if len(offered) == 1 else ""}
        self.taken = set(taken)
        super().__init__(data, week=week, initial=initial)
        self.fields["place"].choices = [("", _("Bitte wählen")), *offered]  # type: ignore[attr-defined]

    def clean_place(self) -> str:
        place: str = self.cleaned_data["place"]
        if place in self.taken:
            raise forms.ValidationError(
                str(_("Für diesen Ort hat schon eine andere Stelle einen Kalender.")), code="place_taken"
            )
        return place

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if not self.errors and self.cleaned_data["is_on"] and not self.hours:
            self.add_error(
                None, str(_("Geben Sie an, an welchen Tagen es Termine gibt, oder nehmen Sie den Haken weg."))
            )
        return cleaned

    @property
    def details(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in _VALUES}


_VALUES = ("place", "desks", "step", "lead_days", "weeks_ahead", "no_show_rule")


class DayFilter(Form):
    """Which office and which day. The names stand in the address bar."""

    marks_optional = False
    amt = SelectField(label=_("Stelle"), choices=(), required=False, empty=_("Erste Stelle"))
    tag = forms.DateField(
        label=_("Tag"),
        required=False,
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: Any, *, calendars: Iterable[Calendar]) -> None:
        super().__init__(data)
        offered = [(str(one.pk), one.office.name) for one in calendars]
        self.fields["amt"].choices = offered  # type: ignore[attr-defined]
