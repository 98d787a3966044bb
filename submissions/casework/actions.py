"""What case workers do with a case. One function is one thing that somebody does, in one transaction."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.absences import hands_of
from accounts.models import Kind, Role, User
from catalogue.content import Unit
from submissions import jobs
from submissions.casework.rules import works_on
from submissions.models import Decision, Event, InformationRequest, Submission
from submissions.states import Outcome, State
from submissions.steps import SubmissionRefused, locked, move, no_longer_possible, record

VIEWED = "Angesehen"  # the title of such entries, kept in German in the history


@transaction.atomic
def take(*, submission: Submission, by: User, now: datetime, instead_of: User | None = None) -> Submission:
    """A case worker takes a case; from a colleague only if it is still hers (`instead_of`).

    Raises SubmissionRefused if somebody else has it or if nothing is left to do.
    """
    current = locked(submission)
    if current.case_worker and current.case_worker not in (by, instead_of):
        raise SubmissionRefused(
            _("Diesen Vorgang hat inzwischen %(name)s übernommen.") % {"name": current.case_worker.name}
        )
    if not current.is_open:
        raise no_longer_possible(current)
    if current.state == State.RECEIVED:
        return move(current, State.IN_REVIEW, by=by, now=now, title=_("Die Bearbeitung hat begonnen"), case_worker=by)
    if current.case_worker != by:  # a second click changes nothing
        current.case_worker = by
        current.save(update_fields=["case_worker"])
        record(current, by=by, now=now, title=_("Übernommen"), is_public=False)
    return current


@transaction.atomic
def hand_back(*, submission: Submission, by: User, now: datetime) -> Submission:
    """A case worker lets a case go, so that a colleague can take it. Raises SubmissionRefused."""
    current = _in_the_hands_of(by, submission, now)
    current.case_worker = None
    current.save(update_fields=["case_worker"])
    record(current, by=by, now=now, title=_("Zurückgelegt"), is_public=False)
    return current


@transaction.atomic
def assign(*, submission: Submission, to: User, by: User, now: datetime) -> Submission:
    """A team lead gives a case to somebody who works on such cases. Raises SubmissionRefused."""
    current = _open_case(submission)
    if to.kind != Kind.STAFF or not to.is_active or not works_on(to, current.unit):
        raise SubmissionRefused(_("%(name)s bearbeitet keine Vorgänge dieser Stelle.") % {"name": to.name})
    if current.case_worker == to:
        return current
    current.case_worker = to
    current.save(update_fields=["case_worker"])
    record(current, by=by, now=now, title=_("Zugewiesen an %(name)s") % {"name": to.name}, is_public=False)
    return current


@transaction.atomic
def forward(*, submission: Submission, unit: Unit, reason: str, by: User, now: datetime) -> Submission:
    """Give a case to another unit of the town hall; somebody there takes it. Raises SubmissionRefused."""
    current = _open_case(submission)
    if current.unit == unit.key:
        raise SubmissionRefused(_("Der Vorgang liegt schon bei dieser Stelle."))
    if current.case_worker_id and not by.has_role(Role.TEAM_LEAD):
        _in_the_hands_of(by, current, now)
    current.unit, current.case_worker = unit.key, None
    current.save(update_fields=["unit", "case_worker"])
    record(current, by=by, now=now, title=_("Weitergeleitet an: %(unit)s") % {"unit": unit.name})
    if reason:
        record(current, by=by, now=now, title=_("Grund für die Weiterleitung"), text=reason, is_public=False)
    return current


@transaction.atomic
def ask_back(*, submission: Submission, question: str, due_on: date, by: User, now: datetime) -> InformationRequest:
    """Ask the citizen for something, with a date. Raises SubmissionRefused."""
    if due_on <= timezone.localdate(now):
        raise SubmissionRefused(_("Das Datum für die Antwort muss in der Zukunft liegen."))
    _in_the_hands_of(by, submission, now)
    moved = move(
        submission,
        State.NEEDS_INFO,
        by=by,
        now=now,
        title=_("Wir brauchen etwas von Ihnen"),
        text=question,
    )
    asked = InformationRequest.objects.create(
        submission=moved, question=question, due_on=due_on, asked_by=by, asked_at=now
    )
    jobs.send_notice.queue(submission=str(moved.pk), notice="question")
    return asked


@transaction.atomic
def go_on_without_answer(*, submission: Submission, by: User, now: datetime) -> Submission:
    """The date has passed, or the answer came by phone: the question is closed and the check goes on."""
    current = _in_the_hands_of(by, submission, now)
    if current.state != State.NEEDS_INFO:
        raise no_longer_possible(current)
    moved = move(current, State.IN_REVIEW, by=by, now=now, title=_("Wir prüfen weiter, auch ohne Ihre Antwort"))
    InformationRequest.objects.filter(submission=moved, answered_at=None).update(answered_at=now)
    return moved


@transaction.atomic
def decide(*, submission: Submission, outcome: Outcome, text: str, by: User, now: datetime) -> Decision:
    """Decide a case and tell the citizen. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    moved = move(submission, State.DECIDED, by=by, now=now, title=_("Entschieden: %s") % outcome.label, text=text)
    decision = Decision.objects.create(submission=moved, outcome=outcome, text=text, decided_by=by, decided_at=now)
    jobs.send_notice.queue(submission=str(moved.pk), notice="decided")
    return decision


@transaction.atomic
def close(*, submission: Submission, by: User, now: datetime) -> Submission:
    """Nothing is left to do. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    return move(submission, State.CLOSED, by=by, now=now, title=_("Abgeschlossen"), closed_at=now)


@transaction.atomic
def reopen(*, submission: Submission, reason: str, by: User, now: datetime) -> Submission:
    """Take up a closed case again. The reason stays inside the town hall."""
    moved = move(
        submission, State.IN_REVIEW, by=by, now=now, title=_("Wieder aufgenommen"), closed_at=None, case_worker=by
    )
    record(moved, by=by, now=now, title=_("Grund für die Wiederaufnahme"), text=reason, is_public=False)
    return moved


@transaction.atomic
def add_note(*, submission: Submission, text: str, by: User, now: datetime) -> Event:
    """A note for colleagues. The citizen does not see it."""
    return record(submission, by=by, now=now, title=_("Notiz"), text=text, is_public=False)


def record_view(*, submission: Submission, by: User, now: datetime) -> None:
    """A member of staff has looked at a case: once an hour and person is enough to know."""
    seen = Event.objects.filter(submission=submission, by=by, title=VIEWED, at__gt=now - timedelta(hours=1))
    if not seen.exists():
        record(submission, by=by, now=now, title=VIEWED, is_public=False)


def _in_the_hands_of(case_worker: User, submission: Submission, now: datetime) -> Submission:
    """Lock an open case that this case worker may go on with: hers, or of whom she stands in for.

    Raises SubmissionRefused.
    """
    current = _open_case(submission)
    if current.case_worker is None:
        raise SubmissionRefused(_("Übernehmen Sie den Vorgang zuerst. Zurzeit bearbeitet ihn niemand."))
    if current.case_worker_id not in hands_of(case_worker, today=timezone.localdate(now)):
        raise SubmissionRefused(
            _("Diesen Vorgang bearbeitet %(name)s. Übernehmen Sie ihn zuerst.") % {"name": current.case_worker.name}
        )
    return current


def _open_case(submission: Submission) -> Submission:
    """Lock a case with which something is left to do. Raises SubmissionRefused."""
    current = locked(submission)
    if not current.is_open:
        raise no_longer_possible(current)
    return current
