"""Every write around drafts and submissions. One function is one thing that somebody does, in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.files.base import File
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.trust import TrustLevel
from catalogue.fees import Fee
from submissions import jobs
from submissions.attempts import follow
from submissions.drafts import Content, OpenDraft, Typed
from submissions.journey import ENTRY_ID, Journey, Place
from submissions.models import Draft, InformationRequest, NumberRange, Proposal, Submission, Upload
from submissions.sealing import KEPT_FOR, BrowserKey
from submissions.states import State
from submissions.steps import SubmissionRefused, move, record
from tenants.context import current_town
from tenants.jobs import queue_named

ANSWERED = "Sie haben geantwortet"  # the title of such entries, kept in German in the history
ACCOUNT_DRAFT_KEPT_FOR = timedelta(days=90)


# --- Drafts -----------------------------------------------------------------------------------------------


@transaction.atomic
def save_page(
    *, draft: OpenDraft, place: Place, values: dict[str, Any], typed: dict[str, list[str]] | None, now: datetime
) -> OpenDraft:
    """Keep what somebody answered on a page.

    `values` are clean answers by field id. `typed` is the page as it arrived when something on it is wrong; the page
    then stays open and shows it again. The first page saved makes the draft.
    """

    def change(content: Content) -> None:
        answers = _entry(content, place) if place.group else content.answers
        answers.update(values)
        content.typed.pop(place.key, None)
        content.done = [key for key in content.done if key != place.key]
        if typed is None:
            content.done.append(place.key)
        else:
            content.typed[place.key] = typed

    return follow(_change(draft, change, now=now), now=now)


@transaction.atomic
def finish_list(*, draft: OpenDraft, group_key: str, now: datetime) -> OpenDraft:
    """Somebody has seen the list of entries and has no more to add."""

    def change(content: Content) -> None:
        if group_key not in content.done:
            content.done.append(group_key)

    return follow(_change(draft, change, now=now), now=now)


@transaction.atomic
def remove_entry(*, draft: OpenDraft, group_key: str, number: int, now: datetime) -> OpenDraft:
    """Take one entry out of a group, with its files."""
    entry_id = ""

    def change(content: Content) -> None:
        nonlocal entry_id
        entries = content.answers.get(group_key) or []
        if 1 <= number <= len(entries):
            entry_id = entries.pop(number - 1)[ENTRY_ID]
            prefix = f"{group_key}/{entry_id}/"
            content.done = [key for key in content.done if not key.startswith(prefix)]
            content.typed = {key: typed for key, typed in content.typed.items() if not key.startswith(prefix)}

    changed = _change(draft, change, now=now)
    if entry_id and changed.row:
        _delete_uploads(changed.row.uploads.filter(place__startswith=f"{group_key}/{entry_id}/"))
    return changed


@transaction.atomic
def keep_for_sign_in(*, draft: OpenDraft, owner: int, typed: Typed, now: datetime) -> OpenDraft:
    """Somebody's session has ended while she was typing: keep the page in her browser until she is back."""

    def change(content: Content) -> None:
        content.owner = owner
        content.typed.update(typed)

    return _change(draft, change, now=now)


@transaction.atomic
def adopt(*, draft: OpenDraft, citizen: User, now: datetime) -> bool:
    """Take a draft from the browser over into the account of a person who has signed in.

    Returns False if she has begun this already with her account; then she must choose. What was typed in her own
    ended session goes back to its page without asking; of somebody else's nothing is taken over.
    """
    assert draft.row is not None
    own = Draft.objects.select_for_update().filter(citizen=citizen, service_key=draft.service_key).first()
    content = draft.content
    if content.owner is not None:
        if own and content.owner == citizen.pk:
            own.typed = {**own.typed, **content.typed}
            own.save(update_fields=["typed"])
        draft.row.delete()
        return True
    if own:
        return False
    Draft.objects.filter(pk=draft.row.pk).update(
        citizen=citizen, sealed=None, answers=content.answers, typed=content.typed, done=content.done, edited_at=now
    )
    return True


@transaction.atomic
def discard(*, draft: OpenDraft) -> None:
    """Throw a draft away, with its files."""
    if draft.row:
        _delete_uploads(draft.row.uploads.all())
        Draft.objects.filter(pk=draft.row.pk).delete()


@transaction.atomic
def delete_old_drafts(*, now: datetime) -> int:
    """Delete what nobody has touched for long, with its files; returns how many drafts that were.

    A draft in an account is kept for 90 days after the last change (§ 3 (4) Serviceportal.NRW-Verordnung allows three
    months), one in a browser as long as the browser keeps its key. What waits for a payment stays.
    """
    waiting = Submission.objects.filter(state=State.AWAITING_PAYMENT).values("draft_id")
    old = Draft.objects.select_for_update().filter(
        Q(citizen__isnull=False, edited_at__lt=now - ACCOUNT_DRAFT_KEPT_FOR)
        | Q(citizen__isnull=True, edited_at__lt=now - timedelta(seconds=KEPT_FOR))
    )
    drafts = list(old.exclude(pk__in=waiting))
    for draft in drafts:
        _delete_uploads(draft.uploads.all())
        draft.delete()
    return len(drafts)


def _change(draft: OpenDraft, change: Any, *, now: datetime) -> OpenDraft:
    """Change the newest content of the draft under a lock, and store it where it belongs."""
    row = draft.row and Draft.objects.select_for_update().filter(pk=draft.row.pk).first()
    if row is None and draft.citizen:
        row, _created = Draft.objects.get_or_create(
            citizen=draft.citizen,
            service_key=draft.service_key,
            defaults={"form_version": draft.definition.version, "created_at": now, "edited_at": now},
        )
        row = Draft.objects.select_for_update().get(pk=row.pk)
    if draft.citizen and row:
        content = Content(row.answers, row.typed, row.done)
        change(content)
        row.answers, row.typed, row.done, row.edited_at = content.answers, content.typed, content.done, now
        row.save()
        return replace(draft, content=content, row=row)
    return _change_sealed(draft, row, change, now=now)


def _change_sealed(draft: OpenDraft, row: Draft | None, change: Any, *, now: datetime) -> OpenDraft:
    key = draft.key if row else None
    plain = key.open(bytes(row.sealed or b"")) if key and row else None
    content = Content.of(plain) if plain else draft.content
    change(content)
    if row is None or key is None:
        key = BrowserKey.new(uuid4())
        row = Draft(
            pk=key.draft_id, service_key=draft.service_key, form_version=draft.definition.version, created_at=now
        )
    row.sealed, row.edited_at = key.seal(content.plain()), now
    row.save()
    return replace(draft, content=content, citizen=None, row=row, key=key)


def _entry(content: Content, place: Place) -> dict[str, Any]:
    """The answers of the entry that a page of a group belongs to; made if it is new."""
    assert place.group is not None
    entries: list[dict[str, Any]] = content.answers.setdefault(place.group.key, [])
    for entry in entries:
        if entry[ENTRY_ID] == place.entry_id:
            return entry
    entries.append({ENTRY_ID: place.entry_id})
    return entries[-1]


# --- Files ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AcceptedFile:
    """A file that passed the checks: its content, a safe name and what it really is."""

    content: File  # type: ignore[type-arg]
    name: str
    content_type: str
    size: int  # bytes


@transaction.atomic
def add_file(
    *,
    file: AcceptedFile,
    place: str,
    now: datetime,
    draft: Draft | None = None,
    request: InformationRequest | None = None,
) -> Upload:
    """Keep a file for a field of a draft, or as part of the answer to a question."""
    upload = Upload(
        draft=draft,
        request=request,
        submission=request.submission if request else None,
        place=place,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        uploaded_at=now,
    )
    upload.file.save(file.name, file.content, save=False)
    upload.save(force_insert=True)
    return upload


@transaction.atomic
def remove_file(*, draft: Draft, upload_id: UUID) -> None:
    """Take a file out of a draft. Nothing happens if it is not there (any more)."""
    _delete_uploads(draft.uploads.filter(pk=upload_id))


def _delete_uploads(uploads: Iterable[Upload]) -> None:
    """Delete files; those that were frozen with a submission stay there and only leave the draft."""
    for upload in uploads:
        if upload.submission_id:
            upload.draft = None
            upload.save(update_fields=["draft"])
            continue
        storage, name = upload.file.storage, upload.file.name
        upload.delete()
        transaction.on_commit(lambda storage=storage, name=name: storage.delete(name))  # type: ignore[misc]


# --- Handing in -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """What the town says about a service at the moment of handing in."""

    title: str
    unit: str
    days: int  # the town wants to have decided within that many


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
) -> Submission:
    """Freeze a draft's answers, form version and fee under a number; without a fee it counts at once.

    `by` is None for what is handed in without an account; nothing of that sort is paid here.

    Handing in the same answers again gives the same submission. If it is still unpaid and the answers or the fee have
    changed, it is replaced by a new one. Raises SubmissionRefused if the draft is gone, or the town is leaving.
    """
    locked = Draft.objects.select_for_update().filter(pk=draft.pk, citizen=by).first()
    earlier = Submission.objects.select_for_update().filter(draft_id=draft.pk).exclude(state=State.SUPERSEDED).first()
    if earlier and (locked is None or earlier.state != State.AWAITING_PAYMENT):
        return earlier
    if locked is None:
        raise SubmissionRefused(_("Diesen Entwurf gibt es nicht mehr."))
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
        flags=journey.flags(),
        fee_is_due=journey.pay_at if fee.total or fee.is_open else "",
        fee_lines=[line.plain() for line in fee.lines],
        fee_total=fee.total,
        surroundings=journey.context.to_freeze(),
        frozen_at=now,
        state=State.AWAITING_PAYMENT,
        due_on=(now + timedelta(days=offered.days)).date(),
    )
    Upload.objects.filter(draft=draft).update(submission=submission)
    if submission.is_paid_first:
        record(submission, by=by, now=now, title=_("Abgeschickt, wartet auf Zahlung"))
    else:
        submission = receive(submission=submission, by=by, now=now)
    return submission


@transaction.atomic
def receive(*, submission: Submission, by: User | None, now: datetime) -> Submission:
    """It counts from now on: because it costs nothing, or because the fee has been paid."""
    submission = move(submission, State.RECEIVED, by=by, now=now, title=_("Antrag eingegangen"), received_at=now)
    Draft.objects.filter(pk=submission.draft_id).delete()  # its files belong to the submission by now
    jobs.send_notice.queue(submission=str(submission.pk), notice="received")
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


# --- Afterwards --------------------------------------------------------------------------------------------


@transaction.atomic
def answer_question(
    *, submission: Submission, answer: str, files: list[AcceptedFile], by: User | None, now: datetime
) -> Submission:
    """The citizen answers, with her account or (`by` None) by her link; the case goes back to the case worker."""
    moved = move(submission, State.IN_REVIEW, by=by, now=now, title=ANSWERED, text=answer)
    asked = InformationRequest.objects.select_for_update().get(submission=moved, answered_at=None)
    asked.answer, asked.answered_at = answer, now
    asked.save(update_fields=["answer", "answered_at"])
    for number, file in enumerate(files):
        add_file(file=file, place=f"antwort/{asked.pk}/{number}", request=asked, now=now)
    return moved


@transaction.atomic
def withdraw(*, submission: Submission, by: User | None, now: datetime) -> Submission:
    """The citizen takes the application back before it is decided."""
    moved = move(submission, State.WITHDRAWN, by=by, now=now, title=_("Sie haben den Antrag zurückgezogen"))
    InformationRequest.objects.filter(submission=moved, answered_at=None).update(answered_at=now)
    Proposal.objects.filter(submission=moved).delete()
    queue_named("billing.jobs.refund_withdrawn", submission=str(moved.pk))
    return moved
