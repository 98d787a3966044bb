"""The towns that were deleted: what stays of them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest, operator_required
from operations.deletion import protocol_text
from operations.desk import show
from operations.models import Deletion


@never_cache
@operator_required
@require_safe
def deletions(request: PersonRequest) -> HttpResponse:
    """All of them, the newest first."""
    return show(request, "operations/deletions.html", {"deletions": Deletion.objects.all()})


@never_cache
@operator_required
@require_safe
def protocol(request: PersonRequest, pk: int) -> HttpResponse:  # noqa: ARG001 -- the guard looked at it
    """The protocol of one of them, as a text to keep."""
    deletion = get_object_or_404(Deletion, pk=pk)
    answer = HttpResponse(protocol_text(deletion), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="Loeschung-{deletion.schema}-{deletion.ars}.txt"'
    return answer
