"""Somebody of the operator looks into a town hall: she asks, the town lets her, she reads (docs/adr/0018).

All of it is kept in the town. The operator's history (TownEvent) has the steps, not what she saw.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.models import (
    ACCESS_ASKED_FOR,
    MOST_HOURS_OF_ACCESS,
    AuditAction,
    Kind,
    OperatorAccess,
    OperatorRole,
    Role,
    User,
)
from accounts.states import AccessState
from operations.mails import administrators, tell_of_access
from operations.models import EventKind, TownEvent
from templates.components import german_datetime
from tenants import hosts
from tenants.context import in_town
from tenants.models import Town

LINK_GOES_AFTER = timedelta(minutes=1)  # from the click at the desk to the town hall


class VisitRefused(Exception):
    """That cannot be done with this access; the message says why, in German."""


# --- At the desk ---------------------------------------------------------------------------------------------


@transaction.atomic
def ask(*, town: Town, reason: str, hours: int, by: User, now: datetime) -> None:
    """Ask a town to let `by` look into its town hall for some hours. Its administrators get a mail.

    Raises VisitRefused.
    """
    if not town.is_reachable or hosts.is_behind(town):
        raise VisitRefused(_("Das Portal der Stadt ist gerade nicht da. Niemand könnte Ihnen den Zugriff erlauben."))
    current = User.objects.select_for_update().get(pk=by.pk)  # two clicks at once are one request
    if not current.is_active or not current.has_role(OperatorRole.SUPPORT):  # has just been taken from her
        raise VisitRefused(_("Sie dürfen Städte nicht mehr um Zugriff bitten."))
    with in_town(town):
        if any(access.is_open(now) or access.is_granted(now) for access in _alive().filter(operator=by.pk)):
            raise VisitRefused(_("Sie haben diese Stadt schon gebeten."))
        asked = administrators()
        if not asked:
            raise VisitRefused(_("Diese Stadt hat noch niemanden, der den Zugriff erlauben könnte."))
        access = _new_access(reason=reason, hours=hours, by=by, now=now)
        audit.record(
            AuditAction.ACCESS_ASKED, by=access.guest, now=now, about=access, text=_for_hours(hours), via=access
        )
        for user_pk in asked:
            tell_of_access.queue(user_pk=user_pk)
    text = f"{_for_hours(hours)}: {reason}"
    TownEvent.objects.create(town=town, at=now, by=by, kind=EventKind.ACCESS_ASKED, text=text[:500])


def _new_access(*, reason: str, hours: int, by: User, now: datetime) -> OperatorAccess:
    guest = User(
        kind=Kind.GUEST,
        login=f"guest:{secrets.token_hex(16)}",  # signs in nowhere
        email=by.email,
        given_name=by.given_name,
        family_name=by.family_name,
        roles=[role.value for role in Role],
        created_at=now,
    )
    guest.set_unusable_password()
    guest.save()
    hours = min(hours, MOST_HOURS_OF_ACCESS)
    return OperatorAccess.objects.create(guest=guest, operator=by.pk, reason=reason, hours=hours, asked_at=now)


@transaction.atomic
def make_link(*, town: Town, access: OperatorAccess, by: User, now: datetime) -> str:
    """An address at the town's host that lets `by` in: once, within a minute. Links made before are worth nothing.

    Raises VisitRefused if it is not her access, or not granted now.
    """
    token = secrets.token_urlsafe(32)
    with in_town(town):
        current = _locked(access)
        if current.operator != by.pk or not current.is_granted(now):
            raise VisitRefused(_("Dieser Zugriff ist nicht mehr erlaubt."))
        current.ticket, current.ticket_until = _digest(token), now + LINK_GOES_AFTER
        current.save(update_fields=["ticket", "ticket_until"])
    return town.url + reverse("access:enter", args=[token], urlconf=settings.ROOT_URLCONF)


@transaction.atomic
def give_up(*, town: Town, access: OperatorAccess, by: User, now: datetime) -> None:
    """The operator's side: take the request back, or end the access before its time. Raises VisitRefused."""
    with in_town(town):
        current = _locked(access)
        if current.operator != by.pk:
            raise VisitRefused(_("Dieser Zugriff gehört jemand anderem."))
        target = AccessState.WITHDRAWN if current.state == AccessState.ASKED else AccessState.ENDED
        _move(current, target, by=current.guest, now=now)
    TownEvent.objects.create(town=town, at=now, by=by, kind=EventKind.ACCESS_GIVEN_UP, text=by.name)


@transaction.atomic
def end_all_of(operator: User, *, by: User | None, now: datetime) -> None:
    """She leaves all town halls at once, and what she has asked for is taken back."""
    lately = now - ACCESS_ASKED_FOR - timedelta(hours=MOST_HOURS_OF_ACCESS)
    asked = TownEvent.objects.filter(by=operator, kind=EventKind.ACCESS_ASKED, at__gte=lately)
    for town in Town.objects.filter(pk__in=asked.values("town")):
        with in_town(town):
            ended = _end(_alive().filter(operator=operator.pk), now=now)
        if ended:
            TownEvent.objects.create(town=town, at=now, by=by, kind=EventKind.ACCESS_GIVEN_UP, text=operator.name)


def is_let_in(operator: User, *, town: Town, now: datetime) -> bool:
    """Whether the town lets her look now."""
    with in_town(town):
        return any(access.is_granted(now) for access in _alive().filter(operator=operator.pk))


# --- In the town ---------------------------------------------------------------------------------------------


@transaction.atomic
def grant(*, access: OperatorAccess, by: User, now: datetime) -> OperatorAccess:
    """Let her look, from now on for as long as she asked. Raises VisitRefused."""
    current = _locked(access)
    if current.state == AccessState.ASKED and not current.is_open(now):
        raise VisitRefused(_("Diese Bitte ist zu alt. Der Betrieb kann Sie noch einmal bitten."))
    current.decided_by, current.decided_at = by, now
    current.ends_at = now + timedelta(hours=current.hours)
    _move(current, AccessState.GRANTED, by=by, now=now)
    until = _("bis %(moment)s") % {"moment": german_datetime(current.ends_at)}
    _note(EventKind.ACCESS_GRANTED, f"{_for_whom(by, current)}, {until}")
    return current


@transaction.atomic
def refuse(*, access: OperatorAccess, by: User, now: datetime) -> None:
    """Do not let her. Raises VisitRefused."""
    current = _locked(access)
    current.decided_by, current.decided_at = by, now
    _move(current, AccessState.REFUSED, by=by, now=now)
    _note(EventKind.ACCESS_REFUSED, _for_whom(by, current))


@transaction.atomic
def end(*, access: OperatorAccess, by: User, now: datetime) -> None:
    """She must leave, with her next click. Raises VisitRefused."""
    current = _locked(access)
    if current.state == AccessState.GRANTED and not current.is_granted(now):
        raise VisitRefused(_("Dieser Zugriff ist schon zu Ende."))
    _move(current, AccessState.ENDED, by=by, now=now)
    _note(EventKind.ACCESS_ENDED, _for_whom(by, current))


@transaction.atomic
def use_link(*, token: str, now: datetime) -> OperatorAccess | None:
    """Whom a link lets in; nobody if it was used, is too old, or the access is over. It works once."""
    found = OperatorAccess.objects.select_for_update().filter(ticket=_digest(token), ticket_until__gt=now).first()
    if found is None or not found.is_granted(now):
        return None
    found.ticket, found.ticket_until = "", None
    found.save(update_fields=["ticket", "ticket_until"])
    audit.record(AuditAction.ACCESS_USED, by=found.guest, now=now, about=found, via=found)
    _note(EventKind.ACCESS_USED, found.guest.own_name)
    return found


@transaction.atomic
def end_all_here(*, now: datetime) -> None:
    """Nobody of the operator looks into the town at work any more: it has come from elsewhere, or from a backup."""
    _end(_alive(), now=now)


# --- Pieces --------------------------------------------------------------------------------------------------

_WRITTEN_DOWN_AS = {
    AccessState.WITHDRAWN: AuditAction.ACCESS_WITHDRAWN,
    AccessState.REFUSED: AuditAction.ACCESS_REFUSED,
    AccessState.GRANTED: AuditAction.ACCESS_GRANTED,
    AccessState.ENDED: AuditAction.ACCESS_ENDED,
}


def _move(access: OperatorAccess, target: AccessState, *, by: User | None, now: datetime) -> None:
    """Take one step with a row that is locked. Raises VisitRefused."""
    if not access.may_become(target):
        state = AccessState(access.state).label
        raise VisitRefused(_("Das geht nicht mehr: Der Zugriff ist schon %(state)s.") % {"state": state})
    access.state = target
    if target != AccessState.GRANTED:
        access.ticket, access.ticket_until = "", None
    if target == AccessState.ENDED:
        access.ended_by, access.ended_at = by, now
    access.save()
    audit.record(_WRITTEN_DOWN_AS[target], by=by, now=now, about=access, via=access)


def _end(accesses: QuerySet[OperatorAccess], *, now: datetime) -> int:
    """End or take back all of them, as nobody's doing; returns how many."""
    found = list(accesses.select_for_update())
    for access in found:
        asked = access.state == AccessState.ASKED
        _move(access, AccessState.WITHDRAWN if asked else AccessState.ENDED, by=None, now=now)
    return len(found)


def _alive() -> QuerySet[OperatorAccess]:
    """Those that nothing but time has ended."""
    return OperatorAccess.objects.filter(state__in=[AccessState.ASKED, AccessState.GRANTED])


def _locked(access: OperatorAccess) -> OperatorAccess:
    return OperatorAccess.objects.select_for_update().get(pk=access.pk)


def _note(kind: EventKind, text: str) -> None:
    """Tell the operator's history what the town at work has done."""
    with connection.cursor() as cursor:  # a named function: in `public` a town writes nothing by itself
        cursor.execute("SELECT operations_note_access(%s, %s)", [kind.value, text])


def _for_whom(by: User, access: OperatorAccess) -> str:
    return _("%(name)s für %(guest)s") % {"name": by.name, "guest": access.guest.own_name}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _for_hours(hours: int) -> str:
    return ngettext("für %(hours)d Stunde", "für %(hours)d Stunden", hours) % {"hours": hours}
