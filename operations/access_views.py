"""The operator's desk: asking a town for access to its town hall, and going there."""

from typing import cast

from csp.decorators import csp_update
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorAccess, OperatorRole
from accounts.typed import typed
from operations import access as actions
from operations.access_forms import AccessForm
from operations.access_presentation import AccessRow
from operations.desk import show
from tenants.context import in_town
from tenants.models import Town
from townhall.administration_pages import has_arrived, status_of

SHOWN = 50  # of the newest


@never_cache
@operator_required(OperatorRole.SUPPORT)
@require_http_methods(["GET", "POST"])
def access(request: PersonRequest, slug: str) -> HttpResponse:
    """What was asked for and what became of it; ask."""
    town = get_object_or_404(Town, slug=slug)
    now = timezone.now()
    form = AccessForm(typed(request))
    if has_arrived(request, form):
        try:
            actions.ask(town=town, **form.cleaned_data, by=request.user, now=now)
        except actions.VisitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("Die Verwaltung der Stadt bekommt eine E-Mail. Hier sehen Sie, wie sie entscheidet.")
            )
            return redirect("operations:access", slug)
    with in_town(town):
        found = OperatorAccess.objects.select_related("guest", "decided_by", "ended_by")
        rows = [AccessRow.of(one, now=now) for one in found[:SHOWN]]
    own = [row for row in rows if row.is_alive and row.access.operator == request.user.pk]
    context = {
        "tenant": town,
        "form": form,
        "own": own[0] if own else None,
        "rows": [row for row in rows if row not in own],
    }
    # The button that opens the town hall is redirected to the town's host: browsers ask whether forms may end there.
    may_end_there = csp_update({"form-action": [town.url]})
    answer = show(request, "operations/access.html", context, status=status_of(request, form))
    return cast("HttpResponse", may_end_there(lambda _request: answer)(request))


@never_cache
@operator_required(OperatorRole.SUPPORT)
@require_POST
def enter(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Go to the town hall, by a link that works once."""
    town, found = _own(request, slug, pk)
    try:
        return redirect(actions.make_link(town=town, access=found, by=request.user, now=timezone.now()))
    except actions.VisitRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("operations:access", slug)


@never_cache
@operator_required(OperatorRole.SUPPORT)
@require_POST
def give_up(request: PersonRequest, slug: str, pk: int) -> HttpResponse:
    """Take the request back, or leave the town hall for good."""
    town, found = _own(request, slug, pk)
    try:
        actions.give_up(town=town, access=found, by=request.user, now=timezone.now())
    except actions.VisitRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Sie haben keinen Zugriff mehr auf %(town)s.") % {"town": town.name})
    return redirect("operations:access", slug)


def _own(request: PersonRequest, slug: str, pk: int) -> tuple[Town, OperatorAccess]:
    """A town, and what this person has asked of it; what others have asked is a 404."""
    town = get_object_or_404(Town, slug=slug)
    with in_town(town):
        found = OperatorAccess.objects.filter(pk=pk, operator=request.user.pk).first()
    if found is None:
        raise Http404
    return town, found
