"""Telling towns that something will happen, such as maintenance: announce it, change it, withdraw it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditAction, User
from operations.mails import Notice, tell_towns
from tenants import announcements
from tenants.models import Announcement, Town


class AnnouncementRefused(Exception):
    """That cannot be announced like this; the message says why, in German."""


@dataclass(frozen=True)
class Wanted:
    """What is to be announced."""

    text: str
    starts_at: datetime
    ends_at: datetime
    towns: Collection[Town] | None  # None: all
    for_citizens: bool


@transaction.atomic
def announce(*, wanted: Wanted, by: User, now: datetime) -> Announcement:
    """Tell towns; their administrators get a mail. Raises AnnouncementRefused."""
    _refuse_impossible(wanted, now)
    announcement = Announcement(announced_at=now)
    _write(announcement, wanted)
    audit.record(AuditAction.ANNOUNCED, by=by, now=now, about=announcement, text=wanted.text)
    tell_towns.queue(announcement=announcement.pk, notice=Notice.ANNOUNCED, towns=_keys(announcement))
    return announcement


@transaction.atomic
def change(*, announcement: Announcement, wanted: Wanted, by: User, now: datetime) -> None:
    """Say it differently. Those who were told get a mail, new ones too, and those for whom it is no longer.

    Raises AnnouncementRefused.
    """
    current = _current(announcement, now)
    _refuse_impossible(wanted, now)
    before = set(_keys(current))
    _write(current, wanted)
    audit.record(AuditAction.ANNOUNCEMENT_CHANGED, by=by, now=now, about=current, text=wanted.text)
    after = set(_keys(current))
    for notice, towns in (
        (Notice.CHANGED, before & after),
        (Notice.ANNOUNCED, after - before),
        (Notice.WITHDRAWN, before - after),
    ):
        if towns:
            tell_towns.queue(announcement=current.pk, notice=notice, towns=sorted(towns))


@transaction.atomic
def withdraw(*, announcement: Announcement, by: User, now: datetime) -> None:
    """It does not take place. Raises AnnouncementRefused."""
    current = _current(announcement, now)
    current.withdrawn_at = now
    current.save(update_fields=["withdrawn_at"])
    announcements.changed()
    audit.record(AuditAction.ANNOUNCEMENT_WITHDRAWN, by=by, now=now, about=current)
    tell_towns.queue(announcement=current.pk, notice=Notice.WITHDRAWN, towns=_keys(current))


def _refuse_impossible(wanted: Wanted, now: datetime) -> None:
    if wanted.ends_at <= wanted.starts_at:
        raise AnnouncementRefused(_("Das Ende liegt vor dem Anfang. Bitte prüfen Sie beide Zeiten."))
    if wanted.ends_at <= now:
        raise AnnouncementRefused(_("Diese Zeit ist schon vorbei."))


def _current(announcement: Announcement, now: datetime) -> Announcement:
    current = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if current.is_over(now):
        raise AnnouncementRefused(_("Diese Ankündigung ist schon vorbei oder zurückgezogen."))
    return current


def _write(announcement: Announcement, wanted: Wanted) -> None:
    announcement.text, announcement.for_citizens = wanted.text, wanted.for_citizens
    announcement.starts_at, announcement.ends_at = wanted.starts_at, wanted.ends_at
    announcement.for_all = wanted.towns is None
    announcement.save()
    announcement.towns.set(wanted.towns or [])
    announcements.changed()


def _keys(announcement: Announcement) -> list[int]:
    """The keys of the towns that it is for now."""
    towns = Town.objects.all() if announcement.for_all else announcement.towns.all()
    return list(towns.order_by("pk").values_list("pk", flat=True))
