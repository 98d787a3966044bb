"""What all pages of case work have in common."""

from typing import ParamSpec

from django.views.decorators.cache import never_cache

from accounts.guards import GuardedView, View, staff_required
from accounts.models import Role

P = ParamSpec("P")


def case_workers_page(view: "GuardedView[P]") -> "View[P]":
    """Only for those of this town who work on cases, and never kept by a browser."""
    return never_cache(staff_required(Role.CASE_WORKER, Role.TEAM_LEAD)(view))
