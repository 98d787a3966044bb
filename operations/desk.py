"""What stands around each page of the operator's desk."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from operations.failed_jobs import number_of_failed_jobs
from templates.components import NavigationItem


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the desk."""
    rooms = [
        NavigationItem(_("Städte"), reverse("operations:towns"), "location_on"),
        NavigationItem(_("Neue Stadt"), reverse("operations:choose"), "foundation"),
        NavigationItem(_("Aufträge"), reverse("operations:jobs"), "schedule", number_of_failed_jobs()),
    ]
    # The first one has all addresses below it that no other one has.
    current = next((room for room in rooms[1:] if request.path.startswith(room.url)), rooms[0])
    frame = {
        "navigation": [replace(room, is_current=room is current) for room in rooms],
        "role": _("Betrieb"),
    }
    return render(request, template, frame | context, status=status)
