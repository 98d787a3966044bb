"""The audit log: who did or saw what, when, and what let her. It only grows, and is chained (accounts.audit_chain)."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model
from django.utils import timezone

from accounts.models import AuditAction, AuditEntry, OperatorAccess, User


def record(
    action: AuditAction,
    *,
    by: User | None,
    now: datetime,
    about: Model | None = None,
    text: str = "",
    via: OperatorAccess | None = None,
) -> None:
    """Write down that somebody (or the system) did something with a row."""
    kind = about._meta.model_name if about else ""
    key = str(about.pk) if about else ""
    AuditEntry.objects.create(at=now, by=by, action=action, object_kind=kind or "", object_key=key, text=text, via=via)


def record_case(action: AuditAction, *, number: str, by: User | None, now: datetime, text: str = "") -> None:
    """Write down what somebody did with a case, by its number: that stays when all else of it has gone."""
    limit = AuditEntry._meta.get_field("text").max_length
    AuditEntry.objects.create(
        at=now, by=by, action=action, object_kind="submission", object_key=number, text=text[:limit]
    )


def record_page(*, view: str, key: str, by: User, now: datetime, via: OperatorAccess) -> None:
    """Write down that a guest opens a page: the name of its view, and of what it tells."""
    limit = AuditEntry._meta.get_field("object_key").max_length
    AuditEntry.objects.create(at=now, by=by, action=AuditAction.SEEN, object_kind=view, object_key=key[:limit], via=via)


def record_seen(about: Iterable[Model], *, by: User, now: datetime, again: bool = True) -> None:
    """Write down that somebody sees rows about people. Without `again` only what she has not seen yet on that day.

    What guests open is written down by the page (`accounts.guards`).
    """
    if by.is_guest:
        return
    keys = {(row._meta.model_name or "", str(row.pk)) for row in about}
    if not again:
        since = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        seen = AuditEntry.objects.filter(by=by, action=AuditAction.SEEN, at__gte=since)
        keys -= set(seen.filter(object_key__in=[key for _kind, key in keys]).values_list("object_kind", "object_key"))
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(at=now, by=by, action=AuditAction.SEEN, object_kind=kind, object_key=key)
            for kind, key in sorted(keys)
        ],
        batch_size=1000,
    )


def history_of(about: Model) -> list[AuditEntry]:
    """What was done with a row, the newest first."""
    found = AuditEntry.objects.filter(object_kind=about._meta.model_name or "", object_key=str(about.pk))
    return list(found.select_related("by"))


def seen_by_guests(room: str, key: str) -> list[AuditEntry]:
    """The pages of a room (`casework`) about something (the number of a case) that guests have opened."""
    found = AuditEntry.objects.filter(action=AuditAction.SEEN, object_key=key, object_kind__startswith=f"{room}:")
    return list(found.select_related("by"))
