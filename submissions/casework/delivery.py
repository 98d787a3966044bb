"""Announcing decisions (Bekanntgabe): online if the person has chosen that, else by post.

A decision with legal effect counts as announced
- online on the day after the person has opened it. What she does not open within ten days of our notice is not
  announced and goes out by post (§ 41 (2a) VwVfG NRW: this is our own inbox, so she must have chosen it);
- by post on the fourth day after it was posted, until the end of 2024 on the third (§ 41 (2) VwVfG NRW).
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from submissions.casework.deadlines import month_after, on_a_working_day
from submissions.models import Decision, Delivery, Submission
from submissions.states import State, Way
from submissions.steps import SubmissionRefused, locked, move, record
from townhall.letters import surroundings
from townhall.shopfront import shopfront

CHOICE = "bekanntgabe"  # the question in forms, see catalogue/library/blocks.yaml
TO_RETRIEVE = timedelta(days=10)  # from the notice on
# From which day on a letter counts as announced so many days after it was posted; the newest rule comes first.
DAYS_BY_POST = ((date(2025, 1, 1), 4), (date.min, 3))


def begin(*, decision: Decision, now: datetime) -> Delivery:
    """Make a decision ready for the person. What has no legal effect has reached her with that, unless by post."""
    way = _way_of(decision)
    service = shopfront().catalogue.services.get(decision.submission.service_key)
    office = shopfront().office_for(service) if service else shopfront().main_office
    is_there = way == Way.ONLINE and not decision.is_formal
    return Delivery.objects.create(
        decision=decision,
        way=way,
        letter=surroundings(office),
        ready_at=now,
        delivered_on=timezone.localdate(now) if is_there else None,
    )


def _way_of(decision: Decision) -> Way:
    chosen = decision.submission.answers.get(CHOICE)
    if decision.is_formal:  # she must have agreed, and we must be able to tell her that it is there
        return Way.ONLINE if chosen == Way.ONLINE and decision.submission.email else Way.POST
    return Way.POST if chosen == Way.POST else Way.ONLINE


@transaction.atomic
def retrieve(*, delivery: Delivery, now: datetime) -> Delivery:
    """The person opens her decision. Doing so again, or after it went to the post, changes nothing."""
    submission = locked(delivery.decision.submission)
    current = Delivery.objects.select_related("decision").get(pk=delivery.pk)
    if not current.is_sealed:
        return current
    current.retrieved_at = now
    current.delivered_on = timezone.localdate(now) + timedelta(days=1)
    current.save(update_fields=["retrieved_at", "delivered_on"])
    move(submission, State.DELIVERED, by=submission.citizen, now=now, title=_("Bescheid geöffnet"))
    return current


@transaction.atomic
def send_by_post(*, delivery: Delivery, by: User, now: datetime) -> None:
    """It shall not wait until the person opens it. Raises SubmissionRefused if she has just done so."""
    submission = locked(delivery.decision.submission)
    current = Delivery.objects.select_related("decision").get(pk=delivery.pk)
    if not current.is_sealed:
        raise SubmissionRefused(_("Der Bescheid ist schon geöffnet, oder er geht schon mit der Post."))
    current.way = Way.POST
    current.save(update_fields=["way"])
    record(submission, by=by, now=now, title=_("Der Bescheid kommt mit der Post"))


@transaction.atomic
def let_lapse(*, delivery: Delivery, now: datetime) -> bool:
    """Nobody has opened it in time: it goes out by post. False if somebody has just done so."""
    submission = locked(delivery.decision.submission)
    current = Delivery.objects.select_related("decision").get(pk=delivery.pk)
    if not current.is_sealed:
        return False
    current.way, current.lapsed_at = Way.POST, now
    current.save(update_fields=["way", "lapsed_at"])
    title = _("Nicht innerhalb von zehn Tagen geöffnet: Der Bescheid kommt mit der Post")
    record(submission, by=None, now=now, title=title)
    return True


@transaction.atomic
def hand_to_post(*, deliveries: Collection[Delivery], posted_on: date, by: User, now: datetime) -> int:
    """They were posted on that day. Returns how many; those that somebody else has posted meanwhile are not counted.

    Raises SubmissionRefused if it is a day on which that cannot have been.
    """
    if posted_on > timezone.localdate(now):
        raise SubmissionRefused(_("Dieser Tag kommt erst noch. Tragen Sie ein, wann die Briefe zur Post gingen."))
    return sum(_hand_to_post(one, posted_on, by, now) for one in sorted(deliveries, key=lambda one: one.pk))


def _hand_to_post(delivery: Delivery, posted_on: date, by: User, now: datetime) -> bool:
    submission = locked(delivery.decision.submission)
    current = Delivery.objects.select_related("decision").get(pk=delivery.pk)
    if not current.waits_for_post:
        return False
    if posted_on < timezone.localdate(current.decision.decided_at):
        message = _(
            "%(number)s: Entschieden wurde erst am %(day)s. Vorher kann der Brief nicht zur Post gegangen sein."
        )
        day = timezone.localdate(current.decision.decided_at).strftime("%d.%m.%Y")
        raise SubmissionRefused(message % {"number": submission.number, "day": day})
    current.posted_on, current.posted_by = posted_on, by
    current.delivered_on = posted_on + timedelta(days=days_by_post(posted_on))
    current.save(update_fields=["posted_on", "posted_by", "delivered_on"])
    if submission.state == State.DECIDED:
        move(submission, State.DELIVERED, by=by, now=now, title=_("Brief zur Post gegeben"))
    else:  # taken up again meanwhile
        record(submission, by=by, now=now, title=_("Brief zur Post gegeben"))
    return True


def days_by_post(posted_on: date) -> int:
    """How many days after it was posted a letter counts as announced."""
    return next(days for since, days in DAYS_BY_POST if posted_on >= since)


def contestable_until(delivery: Delivery) -> date | None:
    """The last day on which the decision can be contested: a month, or a year if it does not say how (§ 58 VwGO)."""
    if delivery.delivered_on is None or not delivery.decision.is_formal:
        return None
    if delivery.letter["remedies"]:
        return month_after(delivery.delivered_on)
    day = delivery.delivered_on
    try:
        return on_a_working_day(day.replace(year=day.year + 1))
    except ValueError:  # 29 February
        return on_a_working_day(day.replace(year=day.year + 1, day=28))


def open_delivery(submission: Submission) -> Delivery | None:
    """The delivery of the newest decision, as long as it has not reached the person."""
    delivery = getattr(submission.decision, "delivery", None)
    return delivery if delivery and delivery.delivered_on is None else None
