"""Every write to the register. What everybody sees of it changes at once."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from submissions.found.models import FoundItem, ItemRange
from submissions.found.queries import NUMBER, SEARCH
from submissions.found.states import KEPT, ItemState
from submissions.models import Submission
from submissions.steps import record
from townhall.actions import publish

DELETED_AFTER = 90  # days after the end, as with the cases


class ItemRefused(Exception):
    """The rules forbid this step; the message says why, in German."""


@dataclass(frozen=True)
class Details:
    """What the office writes down. Up to `found_on` everybody may read it."""

    category: str
    description: str
    place: str
    found_on: date
    reported_on: date
    marks: str = ""
    kept_at: str = ""
    finder: str = ""
    finder_claims: bool = False


@transaction.atomic
def enter(*, details: Details, report: Submission | None, by: User, now: datetime) -> FoundItem:
    """Take something up; with `report` what somebody has reported online, which is taken up once."""
    if report:
        Submission.objects.select_for_update().get(pk=report.pk)
        known = FoundItem.objects.filter(report=report).first()
        if known:
            return known
    item = FoundItem.objects.create(
        number=_next_number(now),
        report=report,
        entered_by=by,
        entered_at=now,
        changed_by=by,
        changed_at=now,
        **asdict(details),
    )
    if report:
        told = _("Als %(number)s ins Fundverzeichnis übernommen") % {"number": item.number}
        record(report, by=by, now=now, title=told, is_public=False)
    publish()
    return item


@transaction.atomic
def change(*, item: FoundItem, details: Details, by: User, now: datetime) -> FoundItem:
    """Correct what was written down."""
    current = _locked(item)
    values = asdict(details) | {"changed_by": by, "changed_at": now}
    for name, value in values.items():
        setattr(current, name, value)
    current.save(update_fields=values)
    publish()
    return current


@transaction.atomic
def step(
    *,
    item: FoundItem,
    to: ItemState,
    by: User,
    now: datetime,
    claim: Submission | None = None,
    reason: str = "",
) -> FoundItem:
    """Take one step. Raises ItemRefused.

    Before the six months are over it cannot become the finder's (§ 973 BGB), and only for a reason be disposed of
    (such as § 966 (2) BGB: it spoils).
    """
    current = _locked(item)
    today = timezone.localdate(now)
    if not current.may_become(to):
        told = _("Das ist nicht mehr möglich. Die Sache hat jetzt den Stand „%(state)s“.")
        raise ItemRefused(told % {"state": current.get_state_display()})
    if today <= current.kept_until and to == ItemState.GIVEN_TO_FINDER:
        raise ItemRefused(_("Vor dem Ende der sechs Monate gehört die Sache noch der Person, die sie verloren hat."))
    if today <= current.kept_until and to == ItemState.DISPOSED and not reason:
        raise ItemRefused(_("Die sechs Monate sind noch nicht um. Bitte schreiben Sie, warum es nicht warten konnte."))
    current.state, current.changed_by, current.changed_at = to, by, now
    current.handed_to, current.reason = claim, reason
    current.closed_on = None if to in KEPT else today
    current.save(update_fields=["state", "changed_by", "changed_at", "handed_to", "reason", "closed_on"])
    if claim:
        record(claim, by=by, now=now, title=_("Fundsache %(number)s ausgehändigt") % {"number": current.number})
    publish()
    return current


@transaction.atomic
def note_claim(*, submission: Submission, now: datetime) -> None:
    """Somebody has sent that an item is hers; of anything else there is nothing to note."""
    number = submission.answers.get(NUMBER) if submission.service_key == SEARCH else None
    if number:
        kept = FoundItem.objects.filter(number=number, state=ItemState.KEPT)
        kept.update(state=ItemState.CLAIMED, changed_by=None, changed_at=now)


@transaction.atomic
def delete_old(*, today: date) -> int:
    """Delete what has ended long ago; returns how many items that were."""
    ended = FoundItem.objects.filter(closed_on__lt=today - timedelta(days=DELETED_AFTER))
    return ended.delete()[0]


def _locked(item: FoundItem) -> FoundItem:
    return FoundItem.objects.select_for_update().get(pk=item.pk)


def _next_number(now: datetime) -> str:
    """The next number of the year. The row is locked until the transaction ends, so no two are alike."""
    year = timezone.localdate(now).year
    ItemRange.objects.get_or_create(year=year)
    ItemRange.objects.filter(year=year).update(last=F("last") + 1)
    return f"F-{year}-{ItemRange.objects.get(year=year).last:04d}"
