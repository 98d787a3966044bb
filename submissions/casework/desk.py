"""What all pages of case work have in common."""

from typing import ParamSpec

from django.http import HttpRequest
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.guards import GuardedView, View, staff_required
from accounts.models import Role, User
from submissions.casework.queries import InboxCounts, inbox_counts
from submissions.casework.rules import Desk

P = ParamSpec("P")


def case_workers_page(view: "GuardedView[P]") -> "View[P]":
    """Only for those of this town who work on cases, and never kept by a browser."""
    return never_cache(staff_required(Role.CASE_WORKER, Role.TEAM_LEAD)(view))


def desk_of(request: HttpRequest) -> Desk:
    """Who is at work here; asked for once in a request."""
    known = vars(request)
    if "casework_desk" not in known:
        assert isinstance(request.user, User)
        known["casework_desk"] = Desk.of(request.user, today=timezone.localdate())
    desk: Desk = known["casework_desk"]
    return desk


def counts_of(request: HttpRequest) -> InboxCounts:
    """How much waits for her; counted once in a request."""
    known = vars(request)
    if "casework_counts" not in known:
        known["casework_counts"] = inbox_counts(desk=desk_of(request), today=timezone.localdate())
    counts: InboxCounts = known["casework_counts"]
    return counts
