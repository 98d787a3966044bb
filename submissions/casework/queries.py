"""What the town hall reads: its inbox and its cases."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.core.paginator import Page
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Kind, User
from submissions.casework.rules import Desk, works_on
from submissions.handover.models import Handover
from submissions.handover.states import HandoverState
from submissions.models import Decision, Delivery, Event, InformationRequest, Removal, Submission, TextBlock, Upload
from submissions.states import OPEN, State, Way

# What does not count (yet): not in the inbox, found by its number only.
NOT_COUNTING = (State.AWAITING_PAYMENT, State.SUPERSEDED)
_MARKED = Removal.objects.filter(kept_until=None)  # to be deleted; in a list of its own (submissions.retention)
_NUMBER = re.compile(r"[A-Z]+-\d{4}-\d{6}")  # of a case
IN_PERSON = "in_person_required"  # the flag with which a form says that somebody must come to the town hall


class Pile(models.TextChoices):
    """A part of the inbox, as the address bar names it. Without one: all open cases."""

    NEW = "neu", _("Neu")
    IN_REVIEW = "in-pruefung", _("In Prüfung")
    ANSWERED = "antwort-da", _("Antwort ist da")
    WAITING = "wartet", _("Wartet auf Antwort")
    TO_SIGN = "unterschrift", _("Zur Unterschrift")
    OVERDUE = "ueberfaellig", _("Überfällig")
    REMINDED = "wiedervorlage", _("Wiedervorlage")
    PAID = "bezahlt", _("Bezahlt")
    IN_PERSON = "persoenlich", _("Persönlicher Termin nötig")
    NOT_HANDED_OVER = "weitergabe", _("Weitergabe gescheitert")
    DECIDED = "entschieden", _("Entschieden")
    DELIVERED = "bekannt-gegeben", _("Bekannt gegeben")
    CLOSED = "abgeschlossen", _("Abgeschlossen")
    WITHDRAWN = "zurueckgezogen", _("Zurückgezogen")
    ALL = "alle", _("Alle")


_STATES_OF = {
    Pile.NEW: State.RECEIVED,
    Pile.IN_REVIEW: State.IN_REVIEW,
    Pile.WAITING: State.NEEDS_INFO,
    Pile.TO_SIGN: State.TO_SIGN,
    Pile.DECIDED: State.DECIDED,
    Pile.DELIVERED: State.DELIVERED,
    Pile.CLOSED: State.CLOSED,
    Pile.WITHDRAWN: State.WITHDRAWN,
}


@dataclass(frozen=True)
class InboxCounts:
    open: int
    mine: int
    overdue: int
    reminded: int  # of hers: she wanted to look at them again by today
    to_post: int


def seen_by(user: User) -> QuerySet[Submission]:
    """The cases of the units for which somebody works. Of those that were deleted there is nothing to see."""
    there = Submission.objects.exclude(state=State.PURGED)
    return there.filter(unit__in=user.units) if user.units else there


def inbox_counts(*, desk: Desk, today: date) -> InboxCounts:
    """How much is open in the units of this person, in her hands, and too late."""
    found = (
        seen_by(desk.user)
        .filter(state__in=OPEN)
        .aggregate(
            open=Count("pk"),
            mine=Count("pk", filter=Q(case_worker__in=desk.hands)),
            overdue=Count("pk", filter=Q(act_by__lt=today)),
            reminded=Count("pk", filter=Q(case_worker__in=desk.hands, remind_on__lte=today)),
        )
    )
    return InboxCounts(**found, to_post=letters_to_post(desk.user).count())


@dataclass(frozen=True)
class Wanted:
    """Which cases are meant. What is left out filters nothing."""

    pile: Pile | None = None
    service_key: str = ""
    unit: str = ""
    hands: Collection[int] | None = None  # keys of those who work on it; an empty collection: nobody
    text: str = ""


def inbox(wanted: Wanted, *, user: User, today: date) -> QuerySet[Submission]:
    """Cases of her units that match, what is due first on top. A search without a pile looks at closed cases too.

    `inbox_rows` tells more of those on a page. Which are open is read from one index; see Submission.Meta.
    """
    pile = wanted.pile
    # What is open is never marked. Said first, nothing has to be looked up for it.
    seen = seen_by(user).filter(Q(state__in=OPEN) | ~Exists(_MARKED.filter(submission=OuterRef("pk"))))
    cases = _search(seen, wanted.text) if wanted.text else seen.exclude(state__in=NOT_COUNTING)
    if pile is None and not wanted.text:
        cases = cases.filter(state__in=OPEN)
    elif pile is not None:
        cases = cases.filter(_belongs_to(pile, today))
    if wanted.service_key:
        cases = cases.filter(service_key=wanted.service_key)
    if wanted.unit:
        cases = cases.filter(unit=wanted.unit)
    if wanted.hands is not None:
        cases = cases.filter(case_worker__in=wanted.hands) if wanted.hands else cases.filter(case_worker=None)
    newest_first = F("frozen_at").desc() if pile in (Pile.CLOSED, Pile.WITHDRAWN) else F("frozen_at").asc()
    return cases.order_by(F("act_by").asc(nulls_last=True), newest_first, "number")


def inbox_rows(page: Page[Submission]) -> QuerySet[Any]:
    """The cases of a page of `inbox`, in its order.

    Each has, beside its own fields, `has_answer` (an answer has come and nothing has happened since), `outcome` (of its
    decision) and `is_paid`.
    """
    shown = cast("QuerySet[Submission]", page.object_list)
    newest_decision = Decision.objects.filter(submission=OuterRef("pk")).values("outcome")[:1]
    return (
        Submission.objects.filter(pk__in=shown)
        .annotate(has_answer=_has_answer(), outcome=Subquery(newest_decision), is_paid=_is_paid())
        .select_related("case_worker")
        .order_by(*shown.query.order_by)
    )


def _belongs_to(pile: Pile, today: date) -> Q:
    """What makes a case part of a pile."""
    match pile:
        case Pile.ANSWERED:
            return Q(_has_answer(), state=State.IN_REVIEW)
        case Pile.OVERDUE:
            return Q(state__in=OPEN, act_by__lt=today)
        case Pile.REMINDED:
            return Q(state__in=OPEN, remind_on__lte=today)
        case Pile.PAID:
            return Q(_is_paid(), state__in=OPEN)
        case Pile.IN_PERSON:
            return Q(state__in=OPEN, flags__contains=[IN_PERSON])
        case Pile.NOT_HANDED_OVER:
            return Q(Exists(Handover.objects.filter(submission=OuterRef("pk"), state=HandoverState.FAILED)))
        case Pile.ALL:
            return Q()
        case _:
            return Q(state=_STATES_OF[pile])


def kinds_of_cases(user: User) -> tuple[set[str], set[str]]:
    """The keys of the units and of the services of which she sees cases."""
    pairs = list(seen_by(user).order_by().values_list("unit", "service_key").distinct())
    return {unit for unit, _service in pairs}, {service for _unit, service in pairs}


def colleagues(unit: str = "") -> list[User]:
    """Who works on cases (of a unit), by name."""
    staff = User.objects.filter(kind=Kind.STAFF, is_active=True).order_by("family_name", "given_name")
    return [one for one in staff if works_on(one, unit or next(iter(one.units), ""))]


def text_blocks(user: User, unit: str = "") -> QuerySet[TextBlock]:
    """The words that she may use: those of all units and of her own (for cases of one unit: of that one)."""
    blocks = TextBlock.objects.select_related("edited_by")
    if unit:
        return blocks.filter(unit__in=["", unit])
    return blocks.filter(unit__in=["", *user.units]) if user.units else blocks


def letters_to_post(user: User) -> QuerySet[Delivery]:
    """What is to go out by post in the units of this person, the oldest first."""
    return (
        Delivery.objects.filter(way=Way.POST, posted_on=None, decision__submission__in=seen_by(user))
        .select_related("decision__submission", "decision__decided_by", "decision__signed_by")
        .order_by("ready_at", "pk")
    )


def cases(user: User) -> QuerySet[Submission]:
    """Her cases with all that their page shows. Payments belong to billing, which hangs them on by this name."""
    events = Event.objects.select_related("by")
    requests = InformationRequest.objects.select_related("asked_by").prefetch_related(
        Prefetch("uploads", Upload.objects.filter(submission__isnull=False))  # without what was never sent
    )
    return (
        seen_by(user)
        .select_related("case_worker", "citizen")
        .prefetch_related(
            Prefetch("events", events),
            Prefetch("information_requests", requests),
            Prefetch("decisions", Decision.objects.select_related("decided_by", "signed_by", "delivery__posted_by")),
            Prefetch("handovers", Handover.objects.select_related("target").order_by("created_at", "pk")),
            "uploads",
            "payments",
        )
    )


def _search(seen: QuerySet[Submission], text: str) -> QuerySet[Submission]:
    """Every word in number, name or service; what does not count only by its whole number."""
    if _NUMBER.fullmatch(text.strip().upper()):
        return seen.filter(number=text.strip().upper())
    found = seen.exclude(state__in=NOT_COUNTING)
    for word in text.lower().split():
        found = found.filter(searched__contains=word)
    return found


def _has_answer() -> Exists:
    """An answer has come and nothing has happened since."""
    of_this_case = InformationRequest.objects.filter(submission=OuterRef("pk"))
    last_step = Event.objects.filter(submission=OuterRef("submission")).exclude(new_state="").order_by("-at", "-pk")
    answered_since = of_this_case.filter(answered_at__gte=Subquery(last_step.values("at")[:1]))
    return Exists(answered_since.filter(~Q(answer="") | Q(uploads__submission__isnull=False)))


def _is_paid() -> Exists:
    return Exists(Submission.objects.filter(pk=OuterRef("pk"), payments__paid_at__isnull=False))
