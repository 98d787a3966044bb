"""What all pages of the administration have in common."""

from typing import ParamSpec

from django.views.decorators.cache import never_cache

from accounts.guards import GuardedView, PersonRequest, View, staff_required
from accounts.models import Role
from templates.fields import Form

P = ParamSpec("P")


# --- Who may open what: each page of the administration is one of these, and none is kept by a browser --------------


def administrators_page(view: "GuardedView[P]") -> "View[P]":
    """What costs money, opens access, changes how applications are handled or tells of people."""
    return never_cache(staff_required(Role.ADMINISTRATOR)(view))


def editors_page(view: "GuardedView[P]") -> "View[P]":
    """What citizens read: texts, offices and their hours, looks, legal pages, printed cards."""
    return never_cache(staff_required(Role.ADMINISTRATOR, Role.CONTENT_EDITOR)(view))


def figures_page(view: "GuardedView[P]") -> "View[P]":
    """How often something happened, and nothing of whom."""
    return never_cache(staff_required(Role.ADMINISTRATOR, Role.TEAM_LEAD, Role.CONTENT_EDITOR)(view))


def is_administrator(request: PersonRequest) -> bool:
    """Whether to show what only administrators may change."""
    return request.user.has_role(Role.ADMINISTRATOR)


# --- Forms ---------------------------------------------------------------------------------------------------


def status_of(request: PersonRequest, form: Form | None) -> int:
    """422 if the form that was just sent has errors, else 200."""
    return 422 if request.method == "POST" and form is not None and form.errors else 200


def has_arrived(request: PersonRequest, form: Form) -> bool:
    """Whether the form was sent just now, and is complete. One that waited for signing in is shown once more."""
    return request.method == "POST" and form.is_valid()
