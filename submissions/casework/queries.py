"""What the town hall reads: its inbox and its cases."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from submissions.models import Decision, Event, InformationRequest, Submission
from submissions.states import OPEN, State

# What does not count (yet): not in the inbox, found by its number only.
NOT_COUNTING = (State.AWAITING_PAYMENT, State.SUPERSEDED)


class Pile(models.TextChoices):
    """A part of the inbox, as the address bar names it. Without one: all open cases."""

    NEW = "neu", _("Neu")
    IN_REVIEW = "in-pruefung", _("In Prüfung")
    ANSWERED = "antwort-da", _("Antwort ist da")
    WAITING = "wartet", _("Wartet auf Antwort")
    OVERDUE = "ueberfaellig", _("Überfällig")
    DECIDED = "entschieden", _("Entschieden")
    CLOSED = "abgeschlossen", _("Abgeschlossen")
    WITHDRAWN = "zurueckgezogen", _("Zurückgezogen")
    ALL = "alle", _("Alle")


_STATES_OF = {
    Pile.NEW: State.RECEIVED,
    Pile.IN_REVIEW: State.IN_REVIEW,
    Pile.WAITING: State.NEEDS_INFO,
    Pile.DECIDED: State.DECIDED,
    Pile.CLOSED: State.CLOSED,
    Pile.WITHDRAWN: State.WITHDRAWN,
}


@dataclass(frozen=True)
class InboxCounts:
    open: int
    mine: int
    overdue: int


def inbox_counts(*, user: User, today: date) -> InboxCounts:
    """How much is open in the whole town, with this person, and too late."""
    found = Submission.objects.filter(state__in=OPEN).aggregate(
        open=Count("pk"),
        mine=Count("pk", filter=Q(case_worker=user)),
        overdue=Count("pk", filter=_is_overdue(today)),
    )
    return InboxCounts(**found)


def inbox(
    *, pile: Pile | None, service_key: str, hands: User | Literal["nobody"] | None, text: str, today: date
) -> QuerySet[Any]:
    """Cases that match, what is due first on top. A search without a pile looks at closed cases too.

    Each has, beside its own fields, `act_by` (when the next step is due), `has_answer` (an answer has come and
    nothing has happened since) and `outcome` (of its decision).
    """
    counting = Submission.objects.exclude(state__in=NOT_COUNTING)
    cases = _with_next_steps(_search(text) if text else counting)
    if pile is None and not text:
        cases = cases.filter(state__in=OPEN)
    if pile in _STATES_OF:
        cases = cases.filter(state=_STATES_OF[pile])
    if pile == Pile.ANSWERED:
        cases = cases.filter(state=State.IN_REVIEW, has_answer=True)
    if pile == Pile.OVERDUE:
        cases = cases.filter(act_by__lt=today)
    if service_key:
        cases = cases.filter(service_key=service_key)
    if hands == "nobody":
        cases = cases.filter(case_worker=None)
    elif hands:
        cases = cases.filter(case_worker=hands)
    newest_first = F("frozen_at").desc() if pile in (Pile.CLOSED, Pile.WITHDRAWN) else F("frozen_at").asc()
    return cases.select_related("case_worker").order_by(F("act_by").asc(nulls_last=True), newest_first, "number")


def services_with_cases() -> list[tuple[str, str]]:
    """Key and title of the services that somebody has applied for, by title."""
    newest_title = (
        Submission.objects.order_by("service_key", "-frozen_at")
        .distinct("service_key")
        .values_list("service_key", "service_title")
    )
    return sorted(newest_title, key=lambda service: service[1].casefold())


def cases() -> QuerySet[Submission]:
    """Cases with all that their page shows. Payments belong to billing, which hangs them on by this name."""
    events = Event.objects.select_related("by")
    requests = InformationRequest.objects.select_related("asked_by").prefetch_related("uploads")
    return Submission.objects.select_related("case_worker", "citizen").prefetch_related(
        Prefetch("events", events),
        Prefetch("information_requests", requests),
        Prefetch("decisions", Decision.objects.select_related("decided_by")),
        "uploads",
        "payments",
    )


def _search(text: str) -> QuerySet[Submission]:
    """Every word in number, name or service; what does not count only by its whole number."""
    matches = Q()
    for word in text.split():
        matches &= Q(number__icontains=word) | Q(applicant__icontains=word) | Q(service_title__icontains=word)
    counts = ~Q(state__in=NOT_COUNTING)
    return Submission.objects.filter((matches & counts) | Q(number__iexact=text))


def _with_next_steps(cases: QuerySet[Submission]) -> QuerySet[Any]:
    of_this_case = InformationRequest.objects.filter(submission=OuterRef("pk"))
    last_step = Event.objects.filter(submission=OuterRef("submission")).exclude(new_state="").order_by("-at", "-pk")
    just_answered = of_this_case.filter(answered_at__gte=Subquery(last_step.values("at")[:1])).filter(
        ~Q(answer="") | Q(uploads__isnull=False)
    )
    return cases.annotate(
        act_by=Case(
            When(state__in=(State.RECEIVED, State.IN_REVIEW), then="due_on"),
            When(state=State.NEEDS_INFO, then=Subquery(of_this_case.filter(answered_at=None).values("due_on")[:1])),
            default=None,
            output_field=models.DateField(null=True),
        ),
        has_answer=Exists(just_answered),
        outcome=Subquery(Decision.objects.filter(submission=OuterRef("pk")).values("outcome")[:1]),
    )


def _is_overdue(today: date) -> Q:
    question = InformationRequest.objects.filter(submission=OuterRef("pk"), answered_at=None, due_on__lt=today)
    return Q(state__in=(State.RECEIVED, State.IN_REVIEW), due_on__lt=today) | Q(
        Q(state=State.NEEDS_INFO), Exists(question)
    )
