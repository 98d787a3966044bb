"""The town hall: what its administrators have still to do before the town goes live, and whether all is well after."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from operations.checklist import left_to_the_operator, own_checklist_of
from tenants.context import current_town
from townhall.administration_pages import administrators_page


@administrators_page
@require_safe
def checklist(request: PersonRequest) -> HttpResponse:
    """Each item with the page where one sees to it."""
    context = {
        "checklist": own_checklist_of(current_town(), today=timezone.localdate()),
        "others": left_to_the_operator(),
    }
    return render(request, "administration/checklist.html", context)
