"""What stands around each page of the operator's desk."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.guards import may_open
from accounts.models import OperatorRole, User
from operations.failed_jobs import number_of_failed_jobs
from templates.components import NavigationItem


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the desk, with the rooms that this person may enter; `may` tells the template her roles."""
    user = request.user
    assert isinstance(user, User)  # the guards let nobody else in
    rooms = [
        NavigationItem(_("Städte"), reverse("operations:towns"), "location_on"),
        NavigationItem(_("Neue Stadt"), reverse("operations:choose"), "foundation"),
        NavigationItem(_("Aufträge"), reverse("operations:jobs"), "schedule"),
        NavigationItem(_("Wartung"), reverse("operations:announcements"), "timer"),
        NavigationItem(_("Mitarbeitende"), reverse("operations:people"), "group"),
    ]
    rooms = [_with_count(room) for room in rooms if may_open(user, room.url)]
    # The first one has all addresses below it that no other one has.
    current = next((room for room in rooms[1:] if request.path.startswith(room.url)), rooms[0])
    frame = {
        "navigation": [replace(room, is_current=room is current) for room in rooms],
        "role": ", ".join(user.role_labels),
        "may": {role.value: user.has_role(role) for role in OperatorRole},
    }
    return render(request, template, frame | context, status=status)


def _with_count(room: NavigationItem) -> NavigationItem:
    """The room with how much waits there."""
    return replace(room, count=number_of_failed_jobs()) if room.url == reverse("operations:jobs") else room
