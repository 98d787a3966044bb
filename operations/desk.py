"""What stands around each page of the operator's desk."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from templates.components import NavigationItem


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page of the desk."""
    rooms = [
        (_("Städte"), reverse("operations:towns"), "location_on"),
        (_("Neue Stadt"), reverse("operations:choose"), "foundation"),
    ]
    is_new = request.path.startswith(rooms[1][1])
    frame = {
        "navigation": [
            NavigationItem(title, url, icon, is_current=is_new == (url == rooms[1][1])) for title, url, icon in rooms
        ],
        "role": _("Betrieb"),
    }
    return render(request, template, frame | context, status=status)
