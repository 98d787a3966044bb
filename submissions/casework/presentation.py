"""A case in the words of the town hall: how it stands, what is due, what happened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AuditEntry
from accounts.trust import TrustLevel
from catalogue.forms.definition import FormDefinition
from submissions.actions import ANSWERED
from submissions.casework.actions import VIEWED
from submissions.duplicates import SUSPECT
from submissions.models import Event, InformationRequest, Submission
from submissions.states import Outcome, State
from templates.components import Tone

NOBODY = "–"


@dataclass(frozen=True)
class Status:
    """How a case stands, in a word or two."""

    label: str
    tone: Tone = ""


@dataclass(frozen=True)
class Due:
    """Until when somebody has to act."""

    text: str
    urgency: Literal["", "soon", "late"] = ""


@dataclass(frozen=True)
class InboxRow:
    case: Submission
    status: Status
    due: Due | None
    unit: str
    is_paid: bool
    is_reminded: bool  # somebody wanted to look at it again by today

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due.urgency == "late"

    @property
    def may_be_taken(self) -> bool:
        return self.case.case_worker is None and self.case.is_open

    @property
    def hands(self) -> str:
        """Who works on it, as short as a table needs it: "B. Brinkmann"."""
        person = self.case.case_worker
        if person is None:
            return NOBODY
        return f"{person.given_name[:1]}. {person.family_name}" if person.given_name else person.name


@dataclass(frozen=True)
class Entry:
    """One line of the history, as the town hall reads it."""

    at: datetime
    title: str
    text: str
    by: str
    is_internal: bool


def inbox_row(case: Any, *, today: date, units: Mapping[str, str]) -> InboxRow:
    """A row of `queries.inbox`; `units` are names by key."""
    status = status_of(case, outcome=case.outcome, has_answer=case.has_answer)
    return InboxRow(
        case,
        status,
        due(case.act_by, today=today),
        units.get(case.unit, case.unit),
        is_paid=case.is_paid,
        is_reminded=case.remind_on is not None and case.remind_on <= today,
    )


def status_of(case: Submission, *, outcome: str | None, has_answer: bool) -> Status:
    """`outcome` is that of the newest decision; `has_answer` says that an answer waits to be read."""
    match State(case.state):
        case State.RECEIVED:
            return Status(_("Neu"), "info")
        case State.IN_REVIEW if has_answer:
            return Status(_("Antwort ist da"), "warning")
        case State.IN_REVIEW:
            return Status(_("In Prüfung"), "info")
        case State.NEEDS_INFO:
            return Status(_("Wartet auf Antwort"))
        case State.TO_SIGN:
            return Status(_("Zur Unterschrift"), "warning")
        case State.DECIDED | State.DELIVERED if outcome:
            return _decided(Outcome(outcome))
        case state:
            return Status(str(state.label))


def _decided(outcome: Outcome) -> Status:
    match outcome:
        case Outcome.GRANTED | Outcome.GRANTED_WITH_CONDITIONS:
            return Status(_("Bewilligt"), "success")
        case Outcome.RECORDED:
            return Status(_("Eingetragen"), "success")
        case _:
            return Status(str(outcome.label))


def due(day: date | None, *, today: date) -> Due | None:
    """How long there is still time."""
    if day is None:
        return None
    days = (day - today).days
    if days < 0:
        return Due(ngettext("%(days)d Tag überfällig", "%(days)d Tage überfällig", -days) % {"days": -days}, "late")
    if days == 0:
        return Due(_("heute"), "soon")
    return Due(ngettext("noch %(days)d Tag", "noch %(days)d Tage", days) % {"days": days})


def case_status(case: Submission) -> Status:
    """Like `status_of`, for a case that was read whole."""
    decision = case.decision
    return status_of(case, outcome=decision.outcome if decision else None, has_answer=waiting_answer(case) is not None)


def waiting_answer(case: Submission) -> InformationRequest | None:
    """The answer that came last, as long as nothing has happened since."""
    if case.state != State.IN_REVIEW:
        return None
    last_step = max((event.at for event in case.events.all() if event.new_state), default=None)
    return next((one for one in answered(case) if last_step and one.answered_at and one.answered_at >= last_step), None)


def answered(case: Submission) -> list[InformationRequest]:
    """The questions that were answered, newest first. One that was given up has no answer."""
    return [
        one for one in case.information_requests.all() if one.answered_at and (one.answer or list(one.uploads.all()))
    ]


def flag_labels(case: Submission, definition: FormDefinition) -> list[str]:
    """What the form's flags say; a key that the definition does not know is shown as it is."""
    labels = {flag.key: flag.label for flag in definition.flags}
    labels[SUSPECT] = _("Sehr ähnlich wie ein Antrag derselben Person aus den letzten 14 Tagen (siehe Verlauf)")
    told = [labels.get(key, key) for key in case.flags]
    if case.seconded:
        more = ngettext("+%(number)d Mensch meldet dasselbe", "+%(number)d Menschen melden dasselbe", case.seconded)
        told.append(more % {"number": case.seconded})
    return told


def sign_in_label(case: Submission) -> str:
    """How sure we are who applied."""
    return {
        TrustLevel.NONE: _("ohne Anmeldung"),
        TrustLevel.BASIC: _("Stufe 1 von 3: E-Mail und Passwort"),
        TrustLevel.SUBSTANTIAL: _("Stufe 2 von 3: geprüftes Konto"),
        TrustLevel.HIGH: _("Stufe 3 von 3: Online-Ausweis"),
    }[TrustLevel(case.trust_level)]


def history(events: Iterable[Event]) -> list[Entry]:
    """What happened, newest first, without who has looked at it."""
    return [_entry(event) for event in reversed(list(events)) if event.title != VIEWED]


def views(events: Iterable[Event], by_guests: Iterable[AuditEntry]) -> list[Entry]:
    """Who has looked at it, newest first; the operator's people too."""
    by_staff = [_entry(event) for event in events if event.title == VIEWED]
    looks = [Entry(one.at, VIEWED, "", one.by.name if one.by else "", is_internal=True) for one in by_guests]
    return sorted([*by_staff, *looks], key=lambda entry: entry.at, reverse=True)


def _entry(event: Event) -> Entry:
    by = event.by.name if event.by else _("ohne Konto") if event.title == ANSWERED else _("automatisch")
    return Entry(event.at, _title(event), event.text, by, not event.is_public)


def _title(event: Event) -> str:
    """Titles address the citizen; where that reads wrong at a desk they are turned round."""
    by_citizen = event.by.is_citizen if event.by else event.title == ANSWERED  # the latter without an account
    match event.new_state, by_citizen:
        case State.NEEDS_INFO, _by:
            return _("Rückfrage gestellt")
        case State.IN_REVIEW, True:
            return _("Antwort eingegangen")
        case State.IN_REVIEW, False if event.old_state == State.NEEDS_INFO and event.by:
            return _("Ohne Antwort weitergeprüft")
        case State.IN_REVIEW, False if event.old_state == State.NEEDS_INFO:
            return _("Frist für die Antwort abgelaufen")
        case State.WITHDRAWN, _by:
            return _("Antrag zurückgezogen")
        case _other:
            return event.title
