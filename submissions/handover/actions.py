"""Every write around hand-overs. One function is one thing that somebody does, in one transaction."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from submissions.handover import sending
from submissions.handover.fit_connect import transmissions
from submissions.handover.models import Attempt, Handover, Target, Transmission
from submissions.handover.parcels import NotArrived, Parcel, made_up
from submissions.handover.planning import ALARM_AFTER, DELIVER, next_try
from submissions.handover.states import TRANSITIONS, HandoverState, Kind, TransmissionState
from submissions.steps import record
from tenants import sealing
from tenants.jobs import queue_named

BUSY = timedelta(minutes=5)  # nobody takes longer for one; who does has died
EARLY = timedelta(seconds=5)  # a job that comes by so much too soon has come in time
TOLD_AGAIN_AFTER = timedelta(days=1)
TELL = "submissions.handover.jobs.tell_of_failure"


class AlreadyThere(Exception):
    """It would be there twice; the message says so, in German."""


# --- Targets -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TargetDetails:
    """What an administrator says about a target."""

    name: str
    address: str
    is_whole: bool
    inside_because: str = ""


@transaction.atomic
def add_target(*, service_key: str, kind: Kind, details: TargetDetails, by: User, now: datetime) -> tuple[Target, str]:
    """From now on applications for the service go there, too. Returns it with its secret, which nobody sees again."""
    secret = _new_secret() if kind == Kind.WEBHOOK else ""
    target = Target.objects.create(
        service_key=service_key,
        kind=kind,
        sealed_secret=_sealed(secret),
        changed_by=by,
        changed_at=now,
        **vars(details),
    )
    return target, secret


@transaction.atomic
def change_target(*, target: Target, details: TargetDetails, by: User, now: datetime) -> Target:
    """What waits goes to the new address."""
    return _change(target, by, now, **vars(details))


@transaction.atomic
def renew_secret(*, target: Target, by: User, now: datetime) -> str:
    """A new secret; the old one is worth nothing at once. Returns it; nobody sees it again."""
    secret = _new_secret()
    _change(target, by, now, sealed_secret=_sealed(secret))
    return secret


@transaction.atomic
def switch_target(*, target: Target, is_on: bool, by: User, now: datetime) -> Target:
    """Off: nothing goes there any more, and what waits is kept. On again: all of it goes at once."""
    changed = _change(target, by, now, is_on=is_on)
    to_do = changed.handovers.exclude(state=HandoverState.DONE)
    if is_on:
        for found in to_do.select_for_update():
            _wait_again(found, now)
    else:
        to_do.update(next_at=None)
    return changed


def _change(target: Target, by: User, now: datetime, **values: object) -> Target:
    locked = Target.objects.select_for_update().get(pk=target.pk)
    changed = {**values, "changed_by": by, "changed_at": now}
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(changed))
    return locked


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def _sealed(secret: str) -> str:
    return sealing.seal(secret, purpose=sending.PURPOSE) if secret else ""


def try_target(*, target: Target, title: str, now: datetime) -> Attempt:
    """Try it now, without a person's application, and write down what came of it. `title` is the service's."""
    submission = made_up(target.service_key, title, now=now)
    try:
        status = sending.try_out(Parcel(uuid4(), target, submission, now, is_test=True))
    except NotArrived as problem:
        return _note(target, None, now, has_arrived=False, status=problem.status, text=str(problem))
    is_asked = target.kind == Kind.FIT_CONNECT
    text = _("Der Zustellpunkt ist bereit.") if is_asked else _("Probe angekommen.")
    return _note(target, None, now, has_arrived=True, status=status, text=text)


# --- Sending -------------------------------------------------------------------------------------------------


@transaction.atomic
def take(*, handover: UUID, now: datetime) -> Handover | None:
    """Take a hand-over in hand, so that nobody else does. None if there is nothing to do with it now.

    Whoever took it and died has lost it after `BUSY`: then the job that comes next goes on.
    """
    found = Handover.objects.select_for_update(of=("self",)).filter(pk=handover).first()
    if found is None or found.next_at is None or found.next_at > now + EARLY:
        return None  # done, given up, switched off, or another job comes for it
    if found.busy_until and found.busy_until > now:
        queue_named(DELIVER, delay=(found.busy_until - now).total_seconds(), handover=str(found.pk))
        return None
    found.busy_until = now + BUSY
    found.save(update_fields=["busy_until"])
    return found


@transaction.atomic
def has_arrived(*, handover: Handover, status: int | None, now: datetime) -> None:
    """It is there. Idempotent."""
    current = Handover.objects.select_for_update().get(pk=handover.pk)
    if handover.target.kind == Kind.FIT_CONNECT:
        text = _("Liegt beim Zustelldienst.")  # what the receiver makes of it, we are told later
    else:
        text = _("Angenommen.")
        Target.objects.filter(pk=current.target_id).update(alarmed_at=None)
    _note(handover.target, current, now, has_arrived=True, status=status, text=text)
    if current.state == HandoverState.DONE:
        return
    _move(current, HandoverState.DONE, tries=current.tries + 1, next_at=None, busy_until=None, done_at=now)
    title = _("An „%(name)s“ weitergegeben") % {"name": handover.target.name}
    record(current.submission, by=None, now=now, title=title, is_public=False)


@transaction.atomic
def did_not_arrive(*, handover: Handover, problem: NotArrived, now: datetime) -> None:
    """Try again later. After almost an hour it has failed, and people are told; it is still tried again."""
    current = Handover.objects.select_for_update().get(pk=handover.pk)
    _note(handover.target, current, now, has_arrived=False, status=problem.status, text=str(problem))
    if current.state == HandoverState.DONE:
        return
    tries = current.tries + 1
    next_at = next_try(tries=tries, waits_since=current.waits_since, now=now)
    if not Target.objects.filter(pk=current.target_id, is_on=True).exists():
        next_at = None
    _set(current, tries=tries, next_at=next_at, busy_until=None)
    if next_at:
        queue_named(DELIVER, delay=(next_at - now).total_seconds(), handover=str(current.pk))
    if now - current.waits_since >= ALARM_AFTER:
        _fail(current, now)


@transaction.atomic
def look_after(*, handover: UUID, now: datetime) -> None:
    """One that should have been tried long ago: its job is lost. Queue it again, and tell people when it is late."""
    current = Handover.objects.select_for_update().get(pk=handover)
    if current.state == HandoverState.DONE or current.next_at is None:
        return
    queue_named(DELIVER, handover=str(current.pk))
    if now - current.waits_since >= ALARM_AFTER:
        _fail(current, now)


def _fail(current: Handover, now: datetime, *, title: str = "", **values: object) -> None:
    """It has failed: that stands at the case, and is told once a day for each target."""
    if current.state == HandoverState.FAILED:
        return
    _move(current, HandoverState.FAILED, **values)
    target = Target.objects.select_for_update().get(pk=current.target_id)
    title = (title or _("Weitergabe an „%(name)s“ gescheitert")) % {"name": target.name}
    record(current.submission, by=None, now=now, title=title, is_public=False)
    if target.alarmed_at is None or now - target.alarmed_at >= TOLD_AGAIN_AFTER:
        target.alarmed_at = now
        target.save(update_fields=["alarmed_at"])
        queue_named(TELL, target=target.pk)


# --- What the receiver says -----------------------------------------------------------------------------------


def asked_about(transmission: Transmission, *, now: datetime) -> None:
    """The service was asked what became of it."""
    Transmission.objects.filter(pk=transmission.pk).update(asked_at=now)


@transaction.atomic
def was_accepted(*, transmission: Transmission, now: datetime) -> None:
    """The receiver has it and can use it. Idempotent."""
    current = Handover.objects.select_for_update().get(pk=transmission.handover_id)
    if not transmissions.move(transmission, TransmissionState.ACCEPTED):
        return
    _note(current.target, current, now, has_arrived=True, status=None, text=_("Vom Fachverfahren angenommen."))
    Target.objects.filter(pk=current.target_id).update(alarmed_at=None)
    title = _("Von „%(name)s“ angenommen") % {"name": current.target.name}
    record(current.submission, by=None, now=now, title=title, is_public=False)


@transaction.atomic
def was_rejected(*, transmission: Transmission, why: str, now: datetime) -> None:
    """The receiver cannot use it, and says why in its own words: only a person sends it again. Idempotent."""
    current = Handover.objects.select_for_update().get(pk=transmission.handover_id)
    if not transmissions.move(transmission, TransmissionState.REJECTED):
        return
    text = _("Zurückgewiesen: %(why)s") % {"why": why}
    _note(current.target, current, now, has_arrived=False, status=None, text=text)
    given_up = {"next_at": None, "busy_until": None, "done_at": None}
    if current.state == HandoverState.FAILED:
        _set(current, **given_up)
    else:
        _fail(current, now, title=_("Von „%(name)s“ zurückgewiesen"), **given_up)


# --- Once more -----------------------------------------------------------------------------------------------


@transaction.atomic
def send_again(*, handover: Handover, by: User, now: datetime) -> Handover:
    """A person wants it sent once more, whether it has arrived or not. Raises AlreadyThere."""
    current = Handover.objects.select_for_update().get(pk=handover.pk)
    if current.state == HandoverState.DONE and transmissions.live(current.pk):
        raise AlreadyThere(
            _("„%(name)s“ hat den Antrag schon. Über FIT-Connect geht er kein zweites Mal hinaus.")
            % {"name": current.target.name}
        )
    _wait_again(current, now)
    title = _("Noch einmal an „%(name)s“ weitergegeben") % {"name": current.target.name}
    record(current.submission, by=by, now=now, title=title, is_public=False)
    return current


def send_failed_again(*, by: User, now: datetime) -> int:
    """All that have failed. Returns how many."""
    failed = list(Handover.objects.filter(state=HandoverState.FAILED, target__is_on=True).select_related("target"))
    for one in failed:
        send_again(handover=one, by=by, now=now)
    return len(failed)


def _wait_again(current: Handover, now: datetime) -> None:
    values = {"tries": 0, "waits_since": now, "next_at": now, "done_at": None}
    if current.state == HandoverState.WAITING:
        _set(current, **values)
    else:
        _move(current, HandoverState.WAITING, **values)
    queue_named(DELIVER, handover=str(current.pk))


def _move(current: Handover, state: HandoverState, **values: object) -> None:
    assert state in TRANSITIONS[HandoverState(current.state)]
    _set(current, state=state, **values)


def _set(current: Handover, **values: object) -> None:
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=list(values))


def _note(
    target: Target, handover: Handover | None, now: datetime, *, has_arrived: bool, status: int | None, text: str
) -> Attempt:
    return Attempt.objects.create(
        target=target, handover=handover, at=now, has_arrived=has_arrived, status=status, text=text[:200]
    )
