"""The operator's desk: a town that has left is deleted by two people, and what stays of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import deletion_actions
from operations.deletion import protocol_text
from operations.deletion_actions import export_for_deletion
from operations.desk import show
from operations.forms import ConfirmationForm, DeletionForm
from operations.models import Deletion, DeletionRequest, EventKind, ExportState, TownEvent, TownExport
from tenants.actions import TownRefused
from tenants.models import Town
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def delete(request: PersonRequest, slug: str) -> HttpResponse:
    """Ask for it, or confirm what somebody else has asked for."""
    town = get_object_or_404(Town, slug=slug)
    asked = DeletionRequest.objects.select_related("asked_by", "confirmed_by", "export").filter(town=town).first()
    form = (ConfirmationForm if asked else DeletionForm)(typed(request), town=town)
    if has_arrived(request, form):
        act = deletion_actions.confirm_deletion if asked else deletion_actions.ask_for_deletion
        try:
            act(town=town, **form.cleaned_data, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return _told(request, town, was_asked=asked is not None)
    newest = TownEvent.objects.filter(town=town).first()
    context = {
        "tenant": town,
        "asked": asked,
        "is_own": asked is not None and asked.asked_by == request.user,
        "export": asked.export if asked else export_for_deletion(town),
        "refused": newest if newest and newest.kind == EventKind.DELETION_REFUSED else None,
        "form": form,
    }
    return show(request, "operations/delete.html", context, status=status_of(request, form))


def _told(request: PersonRequest, town: Town, *, was_asked: bool) -> HttpResponse:
    if was_asked:
        messages.success(
            request, _("%(town)s wird jetzt gelöscht. Das Protokoll steht gleich hier.") % {"town": town.name}
        )
        return redirect("operations:deletions")
    messages.success(request, _("Beantragt. Jetzt muss eine zweite Person im Betrieb bestätigen."))
    return redirect("operations:delete", town.slug)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def withdraw(request: PersonRequest, slug: str) -> HttpResponse:
    """Take it back."""
    town = get_object_or_404(Town, slug=slug)
    try:
        deletion_actions.withdraw_deletion(town=town, by=request.user, now=timezone.now())
    except TownRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Zurückgenommen. Die Stadt bleibt."))
    return redirect("operations:delete", slug)


@never_cache
@operator_required(OperatorRole.FLEET, OperatorRole.SUPPORT)
@require_safe
def deletions(request: PersonRequest) -> HttpResponse:
    """All of them, the newest first, with the bundles that can still be fetched."""
    bundles = {one.digest: one for one in TownExport.objects.filter(town=None, state=ExportState.READY)}
    rows = [(deletion, bundles.get(deletion.export_digest)) for deletion in Deletion.objects.all()]
    return show(request, "operations/deletions.html", {"rows": rows})


@never_cache
@operator_required(OperatorRole.FLEET, OperatorRole.SUPPORT)
@require_safe
def protocol(request: PersonRequest, pk: int) -> HttpResponse:  # noqa: ARG001 -- the guard looked at it
    """The protocol of one of them, as a text to keep."""
    deletion = get_object_or_404(Deletion, pk=pk)
    answer = HttpResponse(protocol_text(deletion), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="Loeschung-{deletion.schema}-{deletion.ars}.txt"'
    return answer
