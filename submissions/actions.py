"""Every write around submissions and files. One function is one thing that somebody does, in one transaction.

Those on drafts stand in draft_actions.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.trust import TrustLevel
from catalogue.fees import Fee
from submissions import duplicates, jobs
from submissions.appointments import actions as appointments
from submissions.appointments.queries import appointment_of
from submissions.appointments.wanted import wanted_in
from submissions.found import actions as found
from submissions.handover import planning
from submissions.journey import Journey
from submissions.models import Draft, InformationRequest, NumberRange, Proposal, Submission
from submissions.sealing import BrowserKey
from submissions.seen import amounts_seen
from submissions.states import State
from submissions.steps import SubmissionRefused, move, record
from submissions.uploads import actions as uploads
from submissions.uploads.answer_slots import slot_of_answer
from submissions.uploads.intake import AcceptedFile
from tenants.context import current_town
from tenants.jobs import queue_named

ANSWERED = "Sie haben geantwortet"  # the title of such entries, kept in German in the history


# --- Handing in -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """What the town says about a service at the moment of handing in."""

    title: str
    unit: str
    days: int  # the town wants to have decided within that many


class DraftChanged(SubmissionRefused):
    """What is to be handed in is not what the person has seen."""


@transaction.atomic
def hand_in(
    *,
    draft: Draft,
    journey: Journey,
    fee: Fee,
    offered: Offered,
    by: User | None,
    trust_level: TrustLevel,
    verified: list[str],
    now: datetime,
    key: BrowserKey | None = None,
) -> Submission:
    """Freeze a draft's answers, form version and fee under a number; without a fee it counts at once.

    `by` is None for what is handed in without an account; nothing of that sort is paid here.
    Then `key` opens its files.

    Handing in the same answers again gives the same submission. If it is still unpaid and the answers or the fee have
    changed, it is replaced by a new one. Raises DraftChanged if the draft was changed since it was read,
    SubmissionRefused if it is gone, or the town is leaving, SlotTaken if it asks for an appointment that is taken.
    """
    earlier = _handed_in(draft)  # locked before the draft, as money that arrives does
    locked = Draft.objects.select_for_update().filter(pk=draft.pk, citizen=by).first()
    earlier = earlier or _handed_in(draft)
    if earlier and (locked is None or earlier.state != State.AWAITING_PAYMENT):
        return earlier
    if locked is None:
        raise SubmissionRefused(_("Diesen Entwurf gibt es nicht mehr."))
    if by and _has_changed(locked, journey):  # what is sealed has just been read with the key that only she has
        raise DraftChanged(_("Ihre Angaben haben sich inzwischen geändert. Bitte prüfen Sie sie noch einmal."))
    if current_town().is_leaving:
        raise SubmissionRefused(
            _("Dieses Portal wird eingestellt und nimmt keine neuen Anträge mehr an. Bitte fragen Sie im Rathaus nach.")
        )
    answers = journey.relevant_answers()
    if earlier:
        surroundings, version = journey.context.to_freeze(), draft.form_version
        if earlier.says(answers=answers, surroundings=surroundings, fee=fee, form_version=version):
            return earlier
        move(earlier, State.SUPERSEDED, by=by, now=now, title=_("Durch einen geänderten Antrag ersetzt"))
        appointments.free(submission=earlier)
    same = by and duplicates.same_as(draft=locked, answers=answers, fee=fee, by=by, now=now)
    if same:
        uploads.forget_all(locked)
        locked.delete()
        return same
    definition = journey.definition
    similar = by and duplicates.similar_to(draft=locked, definition=definition, answers=answers, by=by, now=now)
    submission = Submission.objects.create(
        number=_next_number(now),
        draft_id=draft.pk,
        service_key=draft.service_key,
        service_title=offered.title,
        unit=offered.unit,
        form_version=draft.form_version,
        citizen=by,
        applicant=_applicant(journey, answers, by),
        email=answers.get("email") or (by.email if by else ""),
        trust_level=trust_level,
        answers=answers,
        verified=verified,
        flags=[*journey.flags(), *([duplicates.SUSPECT] if similar else [])],
        fee_is_due=journey.pay_at if fee.total or fee.is_open else "",
        fee_lines=[line.plain() for line in fee.lines],
        fee_total=fee.total,
        surroundings=journey.context.to_freeze(),
        frozen_at=now,
        state=State.AWAITING_PAYMENT,
        due_on=(now + timedelta(days=offered.days)).date(),
    )
    uploads.hand_in(draft=draft, submission=submission, key=key)
    chosen = wanted_in(journey)
    if chosen:
        appointments.book(wanted=chosen[1], key=draft.pk, submission=submission, now=now)
    locked.amounts = amounts_seen(journey.definition, journey.context)  # she has accepted what it costs now
    locked.save(update_fields=["amounts"])
    if submission.is_paid_first:
        record(submission, by=by, now=now, title=_("Abgeschickt, wartet auf Zahlung"))
    else:
        submission = receive(submission=submission, by=by, now=now)
    if similar:
        told = _("Sehr ähnlich wie %(number)s") % {"number": similar.number}
        record(submission, by=None, now=now, title=told, is_public=False)
    return submission


def _handed_in(draft: Draft) -> Submission | None:
    """What was handed in from this draft and counts, locked."""
    handed_in = Submission.objects.select_for_update().filter(draft_id=draft.pk)
    return handed_in.exclude(state=State.SUPERSEDED).first()


@transaction.atomic
def receive(*, submission: Submission, by: User | None, now: datetime) -> Submission:
    """It counts from now on: because it costs nothing, or because the fee has been paid."""
    submission = move(submission, State.RECEIVED, by=by, now=now, title=_("Antrag eingegangen"), received_at=now)
    draft = Draft.objects.filter(pk=submission.draft_id).first()
    if draft:
        uploads.forget_all(draft)  # what was handed in belongs to the submission by now
        draft.delete()
    found.note_claim(submission=submission, now=now)
    notice = "appointment" if appointment_of(submission) else "received"
    jobs.send_notice.queue(submission=str(submission.pk), notice=notice)
    planning.plan(submission=submission, now=now)
    return submission


@transaction.atomic
def payment_arrived(*, submission: Submission, now: datetime) -> bool:
    """The fee has been paid. Hands the submission in if that is still to be done.

    Returns False if the money cannot count for it: it was replaced by another one meanwhile.
    """
    current = Submission.objects.select_for_update().get(pk=submission.pk)
    if current.state == State.SUPERSEDED:
        return False
    if current.state == State.AWAITING_PAYMENT:
        record(current, by=None, now=now, title=_("Gebühr bezahlt"))
        receive(submission=current, by=None, now=now)
    return True


def _has_changed(locked: Draft, journey: Journey) -> bool:
    """Whether the draft is no longer what was read of it, or a page of it is being written on."""
    is_typed_on = any(place.key in locked.typed for place in journey.places())
    return is_typed_on or (locked.answers, locked.form_version) != (journey.answers, journey.definition.version)


def _next_number(now: datetime) -> str:
    """The next number of the year. The row is locked until the transaction ends, so no two are alike."""
    year = now.year
    NumberRange.objects.get_or_create(year=year)
    NumberRange.objects.filter(year=year).update(last=F("last") + 1)
    last = NumberRange.objects.get(year=year).last
    return f"{current_town().number_prefix}-{year}-{last:06d}"


def _applicant(journey: Journey, answers: dict[str, Any], by: User | None) -> str:
    name = " ".join(str(answers[field]) for field in journey.definition.applicant if answers.get(field))
    return (name or (by.name if by else _("ohne Namen")))[:200]


@transaction.atomic
def second(*, reported: Submission) -> None:
    """Somebody means the same as what is reported already. Nothing is kept but that there is one more."""
    Submission.objects.filter(pk=reported.pk).update(seconded=F("seconded") + 1)


# --- Afterwards --------------------------------------------------------------------------------------------


@transaction.atomic
def answer_question(
    *, submission: Submission, answer: str, by: User | None, now: datetime, files: Iterable[AcceptedFile] = ()
) -> Submission:
    """The citizen answers, also with files that she has added before; the case goes back to the case worker.

    She does so with her account or (`by` None) by her link. Raises SubmissionRefused, FileRefused.
    """
    moved = move(submission, State.IN_REVIEW, by=by, now=now, title=ANSWERED, text=answer)
    asked = InformationRequest.objects.select_for_update().get(submission=moved, answered_at=None)
    for file in files:
        uploads.add(file=file, slot=slot_of_answer(asked), now=now)
    asked.answer, asked.answered_at = answer, now
    asked.save(update_fields=["answer", "answered_at"])
    uploads.hand_in_with_answer(request=asked)
    return moved


@transaction.atomic
def withdraw(*, submission: Submission, by: User | None, now: datetime) -> Submission:
    """The citizen takes the application back before it is decided."""
    moved = move(submission, State.WITHDRAWN, by=by, now=now, title=_("Sie haben den Antrag zurückgezogen"))
    InformationRequest.objects.filter(submission=moved, answered_at=None).update(answered_at=now)
    Proposal.objects.filter(submission=moved).delete()
    appointments.cancel(submission=moved, now=now)
    queue_named("billing.jobs.refund_withdrawn", submission=str(moved.pk))
    return moved
