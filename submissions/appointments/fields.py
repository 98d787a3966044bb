"""The question for an appointment as a form field: free times of one week, one below the other by day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue.forms.context import Answers, Context
from catalogue.forms.fields import Field
from submissions.appointments.queries import calendar_for, free_spans, is_free, plan_of
from submissions.appointments.times import Span
from submissions.appointments.wanted import errand_of, moment_of
from templates.components import clock, german_date
from templates.widgets import SlotInput

WEEK = "woche"  # in the address: the Monday of the week that is shown
A_WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class Finder:
    """Who looks for a free time, when, and in which week; `address` is that of the page, without its query."""

    now: datetime
    key: UUID | None = None  # of the draft
    week: date | None = None  # a Monday
    address: str = ""
    query: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, request: HttpRequest, key: UUID | None) -> "Finder":
        """Whoever asks for this page."""
        return cls(
            now=timezone.now(),
            key=key,
            week=_monday_of(request.GET.get(WEEK, "")),
            address=request.path,
            query=tuple((name, str(request.GET[name])) for name in request.GET if name != WEEK),
        )

    def address_of(self, week: date) -> str:
        """This page with another week."""
        return f"{self.address}?{urlencode([*self.query, (WEEK, week.isoformat())])}"


class SlotField(forms.ChoiceField):
    """A free time. Gives "2026-12-01T09:30". Whether it can be had is looked up when it is sent."""

    widget = SlotInput
    default_error_messages = {
        "invalid": gettext_lazy("Bitte wählen Sie einen Termin aus der Liste."),
        "taken": gettext_lazy("Dieser Termin ist gerade vergeben worden. Bitte wählen Sie einen anderen."),
    }

    def __init__(self, *, one: Field, answers: Answers, context: Context, finder: Finder, **options: Any) -> None:
        super().__init__(**options)
        self.errand = errand_of(one, answers, context)
        self.finder = finder
        self.calendar = calendar_for(self.errand.place)
        chosen = moment_of(answers.get(one.id))
        self.held = chosen if chosen and self._is_free(chosen) else None
        self._offer()

    def prepare_value(self, value: Any) -> Any:
        """What was chosen earlier and is not free any more is not shown as chosen."""
        moment = moment_of(value)
        return value if moment and self._is_free(moment) else None

    def valid_value(self, value: Any) -> bool:  # noqa: ARG002 -- it is `clean` that looks
        return True

    def clean(self, value: Any) -> Any:
        sent = super().clean(value)
        if not sent:
            return sent
        moment = moment_of(sent)
        if moment is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if not self._is_free(moment):
            raise ValidationError(self.error_messages["taken"], code="taken")
        return sent

    def _is_free(self, moment: datetime) -> bool:
        calendar, finder = self.calendar, self.finder
        return calendar is not None and is_free(calendar, self.errand, moment, now=finder.now, key=finder.key)

    def _offer(self) -> None:
        """The free times of the week that is wanted; first comes the one that is held already."""
        widget = cast("SlotInput", self.widget)  # an instance by now
        if self.calendar is None:
            return
        today = timezone.localdate(self.finder.now)
        plan = plan_of(self.calendar)
        first, last = plan.first_day(today), plan.last_day(today)
        week = self.finder.week or self._week_with_something(first, last)
        week = min(max(week, _monday(first)), _monday(last))
        spans = self._free(week, week + timedelta(days=6))
        if self.held and not any(span.begins == self.held for span in spans):
            spans.insert(0, self.errand.span(self.held))
        self.choices = [
            (_day_in_words(day), [(_value(span), _clock(span.begins)) for span in of_day])
            for day, of_day in groupby(spans, key=lambda span: timezone.localdate(span.begins))
        ]
        widget.week = _("%(first)s bis %(last)s") % {
            "first": german_date(week),
            "last": german_date(week + timedelta(days=6)),
        }
        widget.is_known = True
        if week > _monday(first):
            widget.previous_url = self.finder.address_of(week - A_WEEK)
        if week < _monday(last):
            widget.next_url = self.finder.address_of(week + A_WEEK)

    def _free(self, first: date, last: date) -> list[Span]:
        assert self.calendar is not None
        found = free_spans(self.calendar, self.errand.minutes, first, last, now=self.finder.now, key=self.finder.key)
        return list(found)

    def _week_with_something(self, first: date, last: date) -> date:
        """The week of what is held already; otherwise the first in which something is free."""
        if self.held:
            return _monday(timezone.localdate(self.held))
        assert self.calendar is not None
        free = free_spans(self.calendar, self.errand.minutes, first, last, now=self.finder.now, key=self.finder.key)
        return _monday(timezone.localdate(next((span.begins for span in free), self.finder.now)))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _monday_of(text: str) -> date | None:
    try:
        return _monday(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return None


def _day_in_words(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]}, {german_date(day)}"


def _clock(moment: datetime) -> str:
    return _("%(clock)s Uhr") % {"clock": clock(timezone.localtime(moment).time())}


def _value(span: Span) -> str:
    return timezone.localtime(span.begins).strftime("%Y-%m-%dT%H:%M")
