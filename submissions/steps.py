"""One step in the life of a submission: lock, look into the table of steps, write, record.

Whoever moves a submission does it here; the actions of citizens, of case workers and of billing call it.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditAction, User
from submissions.models import Event, Submission
from submissions.states import OPEN, TRANSITIONS, UNDECIDED, State


class SubmissionRefused(Exception):
    """The rules forbid this step; the message says why, in German."""


def move(
    submission: Submission,
    target: State,
    *,
    by: User | None,
    now: datetime,
    title: str,
    text: str = "",
    is_public: bool = True,
    **changes: Any,
) -> Submission:
    """Take one step: lock, look into the table, write, record. Raises SubmissionRefused."""
    current = locked(submission)
    old = State(current.state)
    if target not in TRANSITIONS[old]:
        raise no_longer_possible(current)
    act_by = current.due_on if target in UNDECIDED else None  # the town hall is to decide by then
    changed = {"act_by": act_by, **changes, "state": target}
    if target not in OPEN:
        changed |= {"remind_on": None, "remind_of": ""}
    for name, value in changed.items():
        setattr(current, name, value)
    current.save(update_fields=changed)
    record(current, by=by, now=now, title=title, text=text, is_public=is_public, old=old, new=target)
    return current


def locked(submission: Submission) -> Submission:
    """The row as it is now; nobody else changes it before this transaction ends.

    Nothing may be joined here: PostgreSQL reads a row again after waiting for its lock, but not what is joined to it.
    """
    return Submission.objects.select_for_update().get(pk=submission.pk)


def no_longer_possible(submission: Submission) -> SubmissionRefused:
    state = State(submission.state).label
    return SubmissionRefused(
        _("Das ist nicht mehr möglich. Der Vorgang hat jetzt den Stand „%(state)s“.") % {"state": state}
    )


def record(
    submission: Submission,
    *,
    by: User | None,
    now: datetime,
    title: str,
    text: str = "",
    is_public: bool = True,
    old: State | None = None,
    new: State | None = None,
    action: AuditAction = AuditAction.CASE_STEP,
) -> Event:
    """Add to the history of a case, which goes with it; what the town hall did goes to the audit log too, and stays."""
    if by and not by.is_citizen:
        audit.record_case(action, number=submission.number, by=by, now=now, text=title)
    return Event.objects.create(
        submission=submission,
        at=now,
        by=by,
        title=title,
        text=text,
        is_public=is_public,
        old_state=old or "",
        new_state=new or "",
    )
