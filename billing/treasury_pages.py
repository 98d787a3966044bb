"""What all pages of the cash office have in common."""

from typing import ParamSpec

from django.views.decorators.cache import never_cache

from accounts.guards import GuardedView, View, staff_required
from accounts.models import Role

P = ParamSpec("P")


def cash_office_page(view: "GuardedView[P]") -> "View[P]":
    """Only for the cash office of this town, and never kept by a browser."""
    return never_cache(staff_required(Role.CASH_OFFICE)(view))
