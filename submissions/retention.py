"""How long the town keeps a case here: 90 days after its end, then it is marked, and two weeks later it is deleted.

The file itself lives in the town's own system; what is told to people about this stands in each form (`retention`).
What stays is number, service, dates, outcome and fee, and what the cash office has booked.

Each case is marked, and deleted, in a transaction of its own: whoever comes after a run that was killed goes on with
what is left. Files know no transactions. Their names are kept until they have gone.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditAction, User
from submissions.casework.delivery import contestable_until, open_delivery
from submissions.handover.models import Attempt
from submissions.models import (
    BulkItem,
    Decision,
    Delivery,
    Event,
    InformationRequest,
    OrphanedFile,
    Proposal,
    Removal,
    Submission,
    Transfer,
    Upload,
)
from submissions.states import ENDED, State
from submissions.steps import locked, move
from submissions.uploads.actions import piece_names

KEPT = timedelta(days=90)  # after the end; the forms say the same
UNDO = timedelta(days=14)  # from the mark to the deletion
KEPT_LONGER = timedelta(days=90)  # after somebody has stopped it

# Money belongs to billing, which hangs it on by these names. What is not listed holds the case.
_MONEY_RESTS = ("paid", "booked", "reconciled", "won", "failed", "cancelled", "expired", "refunded", "partly_refunded")
_REFUND_RESTS = ("done", "declined")


class KeepingRefused(Exception):
    """This deletion cannot be stopped; the message says why, in German."""


# --- What is due ------------------------------------------------------------------------------------------


def ended(*, until: date) -> QuerySet[Any]:
    """Cases that ended on that day or before, those that ended first on top, with `ended_at`."""
    steps = Q(events__new_state__in=ENDED)
    return (
        Submission.objects.filter(state__in=ENDED)
        .annotate(ended_at=Coalesce("closed_at", Max("events__at", filter=steps), "frozen_at"))
        .filter(ended_at__date__lte=until)
        .order_by("ended_at", "number")
    )


def holds_of(submission: Submission, *, today: date) -> list[str]:
    """Why a case must stay for now, in German: money or a time limit is open. Empty if nothing holds it."""
    held = []
    if State(submission.state) not in ENDED:
        held.append(_("Der Vorgang ist wieder offen."))
    if _money_is_open(submission):
        held.append(_("Eine Zahlung oder Erstattung ist offen."))
    if open_delivery(submission):
        held.append(_("Die Entscheidung ist noch nicht bekannt gegeben."))
    deliveries = Delivery.objects.filter(decision__submission=submission).select_related("decision")
    if any(last_day >= today for last_day in map(contestable_until, deliveries) if last_day):
        held.append(_("Die Frist für einen Rechtsbehelf läuft noch."))
    return held


def _money_is_open(submission: Submission) -> bool:
    payments = submission.payments.prefetch_related("refunds")
    return submission.payment_requests.filter(state="open").exists() or any(
        payment.state not in _MONEY_RESTS or any(one.state not in _REFUND_RESTS for one in payment.refunds.all())
        for payment in payments
    )


# --- Marking ----------------------------------------------------------------------------------------------


def mark_due(*, now: datetime) -> int:
    """Mark what has been kept long enough; returns how many cases."""
    today = timezone.localdate(now)
    due = ended(until=today - KEPT).exclude(removal__kept_until=None, removal__isnull=False)
    due = due.exclude(removal__kept_until__gt=today)
    return sum(_mark(key, ended_at, now=now) for key, ended_at in due.values_list("pk", "ended_at"))


@transaction.atomic
def _mark(key: UUID, ended_at: datetime, *, now: datetime) -> bool:
    today = timezone.localdate(now)
    submission = Submission.objects.select_for_update().get(pk=key)
    if holds_of(submission, today=today):
        return False
    wanted = {
        "ended_on": timezone.localdate(ended_at),
        "marked_at": now,
        "delete_on": today + UNDO,
        "kept_by": None,
        "kept_at": None,
        "kept_reason": "",
        "kept_until": None,
    }
    Removal.objects.update_or_create(submission=submission, defaults=wanted)
    audit.record_case(AuditAction.CASE_MARKED, number=submission.number, by=None, now=now)
    return True


@transaction.atomic
def keep(*, submission: Submission, reason: str, by: User, now: datetime) -> Removal:
    """Stop a deletion; the case is back in all lists for 90 days. Raises KeepingRefused."""
    current = locked(submission)
    removal = Removal.objects.filter(submission=current, kept_until=None).first()
    if removal is None or removal.purged_at:
        raise KeepingRefused(_("Dieser Vorgang ist nicht mehr zum Löschen vorgemerkt."))
    removal.kept_by, removal.kept_at, removal.kept_reason = by, now, reason
    removal.kept_until = timezone.localdate(now) + KEPT_LONGER
    removal.save(update_fields=["kept_by", "kept_at", "kept_reason", "kept_until"])
    audit.record_case(AuditAction.CASE_KEPT, number=current.number, by=by, now=now, text=reason)
    return removal


# --- Deleting ---------------------------------------------------------------------------------------------


def purge_due(*, now: datetime) -> int:
    """Delete the content of what was marked long enough ago; returns how many cases."""
    due = Removal.objects.filter(purged_at=None, kept_until=None, delete_on__lte=timezone.localdate(now))
    count = sum(_purge(key, now=now) for key in due.values_list("submission", flat=True))
    delete_orphaned_files()
    return count


@transaction.atomic
def _purge(key: UUID, *, now: datetime) -> bool:
    """Delete the content of a case, once. What holds it meanwhile takes the mark off."""
    submission = Submission.objects.select_for_update().get(pk=key)
    removal = Removal.objects.filter(submission=submission, purged_at=None, kept_until=None).first()
    if removal is None:
        return False  # another run was here, or somebody has stopped it
    if holds_of(submission, today=timezone.localdate(now)):
        removal.delete()
        return False
    decision = submission.decision
    files = _let_go_of(submission)
    for content in (Upload, Decision, Proposal, InformationRequest, BulkItem, Event):
        content.objects.filter(submission=submission).delete()
    Attempt.objects.filter(handover__submission=submission).delete()  # a receiver's reasons may name people
    move(submission, State.PURGED, by=None, now=now, title=_("Inhalte gelöscht"), is_public=False, **_nothing())
    removal.purged_at, removal.files = now, files
    removal.outcome = decision.outcome if decision else ""
    removal.save(update_fields=["purged_at", "files", "outcome"])
    audit.record_case(AuditAction.CASE_PURGED, number=submission.number, by=None, now=now)
    return True


def _nothing() -> dict[str, Any]:
    return {
        "draft_id": uuid4(),  # of one that was superseded it is that of another, too
        "citizen": None,
        "case_worker": None,
        "applicant": "",
        "email": "",
        "answers": {},
        "surroundings": {},
        "verified": [],
        "flags": [],
        "is_protected": False,
    }


def _let_go_of(submission: Submission) -> int:
    """Keep the names of all its files, also of those that were never sent, until they have gone; returns how many."""
    uploads = list(Upload.objects.filter(Q(submission=submission) | Q(request__submission=submission)))
    transfers = Transfer.objects.filter(request__submission=submission)
    names = {str(file.name) for upload in uploads for file in (upload.file, upload.preview) if file}
    names.update(name for transfer in transfers for name in piece_names(transfer))
    OrphanedFile.objects.bulk_create([OrphanedFile(name=name) for name in sorted(names)], ignore_conflicts=True)
    return len(uploads)


def delete_orphaned_files() -> None:
    """Files first, then what is known of them: so none can be forgotten, and none hurts that has gone already."""
    for orphan in OrphanedFile.objects.all():
        default_storage.delete(orphan.name)
        orphan.delete()


# --- Lists ------------------------------------------------------------------------------------------------


def marked() -> QuerySet[Removal]:
    """What will be deleted, the next first."""
    return Removal.objects.filter(purged_at=None, kept_until=None).select_related("submission")


def stopped() -> QuerySet[Removal]:
    """What somebody keeps for longer."""
    return Removal.objects.filter(kept_until__isnull=False).select_related("submission", "kept_by")


def purged() -> QuerySet[Removal]:
    """What was deleted, the newest first: the protocol."""
    return Removal.objects.filter(purged_at__isnull=False).select_related("submission").order_by("-purged_at", "-pk")


def soon(*, today: date, within: timedelta) -> QuerySet[Any]:
    """What will be marked within that time, if nothing holds it then."""
    found = ended(until=today - KEPT + within).filter(removal=None)
    annotated: QuerySet[Any] = found.annotate(mark_on=F("ended_at") + KEPT)
    return annotated
