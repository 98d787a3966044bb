"""What case workers do with a case. One function is one thing that somebody does, in one transaction."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.absences import hands_of
from accounts.models import AuditAction, Kind, Role, User
from catalogue.content import Unit
from submissions import jobs
from submissions.casework import delivery
from submissions.casework.rules import works_on
from submissions.models import (
    Decision,
    DecisionContent,
    Delivery,
    Event,
    InformationRequest,
    Proposal,
    Removal,
    Submission,
    TextBlock,
)
from submissions.states import Outcome, State
from submissions.steps import SubmissionRefused, locked, move, no_longer_possible, record
from templates.components import german_date

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
        act_by=due_on,
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
def remind_of_question(*, asked: InformationRequest, now: datetime) -> None:
    """Write to the citizen once more that an answer is due soon. Pressing twice writes once."""
    if InformationRequest.objects.filter(pk=asked.pk, answered_at=None, reminded_at=None).update(reminded_at=now):
        jobs.send_notice.queue(submission=str(asked.submission_id), notice="reminder")


@transaction.atomic
def let_question_lapse(*, asked: InformationRequest, now: datetime) -> None:
    """The date has passed without an answer: the case is checked with what there is. Raises SubmissionRefused."""
    title = _("Die Frist für Ihre Antwort ist abgelaufen. Wir prüfen mit dem weiter, was wir haben.")
    moved = move(asked.submission, State.IN_REVIEW, by=None, now=now, title=title)
    InformationRequest.objects.filter(submission=moved, answered_at=None).update(answered_at=now)


@dataclass(frozen=True)
class Ruling:
    """What somebody wants to decide. Which parts are needed depends on the outcome."""

    outcome: Outcome
    text: str  # what the citizen reads
    obligations: str = ""
    reasons: str = ""
    authority: str = ""
    authority_ars: str = ""

    @classmethod
    def of(cls, content: DecisionContent) -> "Ruling":
        parts = {one.name: getattr(content, one.name) for one in fields(cls)}
        return cls(**parts | {"outcome": Outcome(content.outcome)})


@transaction.atomic
def decide(*, submission: Submission, ruling: Ruling, by: User, now: datetime) -> Decision:
    """Decide a case and tell the citizen. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    return _decide(submission, ruling, decided_by=by, signed_by=None, now=now)


@transaction.atomic
def propose(*, submission: Submission, ruling: Ruling, by: User, now: datetime) -> Proposal:
    """Decide, where a second person has to sign before it counts. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    moved = move(submission, State.TO_SIGN, by=by, now=now, title=_("Zur zweiten Unterschrift"), is_public=False)
    return Proposal.objects.create(submission=moved, proposed_by=by, proposed_at=now, **vars(ruling))


@transaction.atomic
def sign(*, submission: Submission, by: User, now: datetime) -> Decision:
    """The second person signs; from now on it is decided. Raises SubmissionRefused."""
    proposal = _to_sign(submission, by)
    proposal.delete()
    return _decide(submission, Ruling.of(proposal), decided_by=proposal.proposed_by, signed_by=by, now=now)


@transaction.atomic
def do_not_sign(*, submission: Submission, reason: str, by: User, now: datetime) -> Submission:
    """The second person gives it back to whoever proposed it, with a reason. Raises SubmissionRefused."""
    proposal = _to_sign(submission, by)
    title = _("Nicht unterschrieben, zurück an %(name)s") % {"name": proposal.proposed_by.name}
    moved = move(submission, State.IN_REVIEW, by=by, now=now, title=title, text=reason, is_public=False)
    proposal.delete()
    return moved


@transaction.atomic
def take_back_proposal(*, submission: Submission, by: User, now: datetime) -> Submission:
    """Whoever proposed it has thought better of it. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    moved = move(submission, State.IN_REVIEW, by=by, now=now, title=_("Entwurf zurückgenommen"), is_public=False)
    Proposal.objects.filter(submission=moved).delete()
    return moved


def _to_sign(submission: Submission, by: User) -> Proposal:
    """Lock a case that waits for a signature which this person may give. Raises SubmissionRefused."""
    current = locked(submission)
    proposal = Proposal.objects.filter(submission=current).select_related("proposed_by").first()
    if current.state != State.TO_SIGN or proposal is None:
        raise no_longer_possible(current)
    if not by.has_role(Role.TEAM_LEAD):
        raise SubmissionRefused(_("Das unterschreibt die Teamleitung."))
    if proposal.proposed_by == by:
        raise SubmissionRefused(_("Ihre eigene Entscheidung unterschreibt eine andere Person."))
    return proposal


def _decide(
    submission: Submission, ruling: Ruling, *, decided_by: User, signed_by: User | None, now: datetime
) -> Decision:
    by, is_formal = signed_by or decided_by, ruling.outcome.is_formal
    # What has legal effect reaches the person by its delivery, not by the history that she reads.
    title = _("Entschieden") if is_formal else _("Entschieden: %s") % ruling.outcome.label
    moved = move(submission, State.DECIDED, by=by, now=now, title=title, text="" if is_formal else ruling.text)
    decision = Decision.objects.create(
        submission=moved, decided_by=decided_by, signed_by=signed_by, decided_at=now, **vars(ruling)
    )
    delivery.begin(decision=decision, now=now)
    jobs.send_notice.queue(submission=str(moved.pk), notice="decided")
    return decision


@transaction.atomic
def send_by_post(*, submission: Submission, by: User, now: datetime) -> None:
    """A decision shall not wait until the person opens it. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    delivery.send_by_post(delivery=_undelivered(submission), by=by, now=now)


@transaction.atomic
def hand_to_post(*, submission: Submission, posted_on: date, by: User, now: datetime) -> None:
    """The letter of this case was posted on that day. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    if not delivery.hand_to_post(deliveries=[_undelivered(submission)], posted_on=posted_on, by=by, now=now):
        raise SubmissionRefused(_("Hier wartet kein Brief auf die Post."))


def _undelivered(submission: Submission) -> Delivery:
    found = delivery.open_delivery(submission)
    if found is None:
        raise SubmissionRefused(_("Die Entscheidung hat die Person schon erreicht."))
    return found


@transaction.atomic
def close(*, submission: Submission, by: User, now: datetime) -> Submission:
    """Nothing is left to do. Raises SubmissionRefused."""
    _in_the_hands_of(by, submission, now)
    if delivery.open_delivery(submission):
        raise SubmissionRefused(_("Die Entscheidung hat die Person noch nicht erreicht. Schließen Sie danach ab."))
    return move(submission, State.CLOSED, by=by, now=now, title=_("Abgeschlossen"), closed_at=now)


@transaction.atomic
def reopen(*, submission: Submission, reason: str, by: User, now: datetime) -> Submission:
    """Take up a closed case again. The reason stays inside the town hall."""
    moved = move(
        submission, State.IN_REVIEW, by=by, now=now, title=_("Wieder aufgenommen"), closed_at=None, case_worker=by
    )
    Removal.objects.filter(submission=moved, purged_at=None).delete()
    record(moved, by=by, now=now, title=_("Grund für die Wiederaufnahme"), text=reason, is_public=False)
    return moved


@transaction.atomic
def add_note(*, submission: Submission, text: str, by: User, now: datetime) -> Event:
    """A note for colleagues. The citizen does not see it."""
    return record(submission, by=by, now=now, title=_("Notiz"), text=text, is_public=False)


@transaction.atomic
def remind_on(*, submission: Submission, day: date, of: str, by: User, now: datetime) -> Submission:
    """A case worker wants to look at a case again on a day (Wiedervorlage). Raises SubmissionRefused."""
    if day <= timezone.localdate(now):
        raise SubmissionRefused(_("Der Tag für die Wiedervorlage muss in der Zukunft liegen."))
    current = _in_the_hands_of(by, submission, now)
    current.remind_on, current.remind_of = day, of
    current.save(update_fields=["remind_on", "remind_of"])
    title = _("Wiedervorlage am %(day)s") % {"day": german_date(day)}
    record(current, by=by, now=now, title=title, text=of, is_public=False)
    return current


@transaction.atomic
def stop_reminding(*, submission: Submission, by: User, now: datetime) -> Submission:
    """She has done what she wanted to be reminded of. Pressing twice writes once. Raises SubmissionRefused."""
    current = _in_the_hands_of(by, submission, now)
    if current.remind_on:
        current.remind_on, current.remind_of = None, ""
        current.save(update_fields=["remind_on", "remind_of"])
        record(current, by=by, now=now, title=_("Wiedervorlage erledigt"), is_public=False)
    return current


@transaction.atomic
def protect(*, submission: Submission, is_protected: bool, reason: str, by: User, now: datetime) -> Submission:
    """Say that the person's address must not be seen (Auskunftssperre, § 51 BMG), or that it may be again."""
    current = locked(submission)
    current.is_protected = is_protected
    current.save(update_fields=["is_protected"])
    title = _("Auskunftssperre vermerkt") if is_protected else _("Auskunftssperre aufgehoben")
    record(current, by=by, now=now, title=title, text=reason, is_public=False)
    return current


@transaction.atomic
def reveal(*, submission: Submission, reason: str, by: User, now: datetime) -> None:
    """Somebody looks at an address that is protected, for a reason."""
    record(submission, by=by, now=now, title=_("Geschützte Angaben angesehen"), text=reason, is_public=False)


def choose_columns(*, user: User, columns: list[str]) -> None:
    """What her inbox tells of each case."""
    User.objects.filter(pk=user.pk).update(columns=columns)


@transaction.atomic
def save_text_block(*, block: TextBlock | None, title: str, text: str, unit: str, by: User, now: datetime) -> TextBlock:
    """Keep words for another time; without `block` they are new."""
    kept = block or TextBlock()
    kept.title, kept.text, kept.unit, kept.edited_by, kept.edited_at = title, text, unit, by, now
    kept.save()
    return kept


def record_view(*, submission: Submission, by: User, now: datetime) -> None:
    """A member of staff has looked at a case: once an hour and person is enough to know."""
    seen = Event.objects.filter(submission=submission, by=by, title=VIEWED, at__gt=now - timedelta(hours=1))
    if not seen.exists():
        record(submission, by=by, now=now, title=VIEWED, is_public=False, action=AuditAction.SEEN)


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
