"""What all pages of the administration have in common."""

from typing import ParamSpec

from django.views.decorators.cache import never_cache

from accounts.guards import GuardedView, PersonRequest, View, staff_required
from accounts.models import Role
from templates.fields import Form

P = ParamSpec("P")


def administrators_page(view: "GuardedView[P]") -> "View[P]":
    """Only for administrators of this town, and never kept by a browser."""
    return never_cache(staff_required(Role.ADMINISTRATOR)(view))


def status_of(request: PersonRequest, form: Form | None) -> int:
    """422 if the form that was just sent has errors, else 200."""
    return 422 if request.method == "POST" and form is not None and form.errors else 200


def has_arrived(request: PersonRequest, form: Form) -> bool:
    """Whether the form was sent just now, and is complete. One that waited for signing in is shown once more."""
    return request.method == "POST" and form.is_valid()
