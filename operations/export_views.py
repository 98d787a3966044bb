"""The operator's desk: a town's bundle, for it to take along."""

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import export_actions
from operations.desk import show
from operations.exports import bytes_so_far, path_of
from operations.forms import ReasonForm
from operations.models import EXPORTS_KEPT, TownExport
from tenants.actions import TownRefused
from tenants.models import Town
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def exports(request: PersonRequest, slug: str) -> HttpResponse:
    """All bundles of a town, and how far they are. Ask for another one."""
    town = get_object_or_404(Town, slug=slug)
    form = ReasonForm(typed(request))
    if has_arrived(request, form):
        reason = form.cleaned_data["reason"]
        try:
            export_actions.ask_for_export(town=town, reason=reason, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Das Paket wird gepackt. Sie können diese Seite verlassen."))
            return redirect("operations:exports", slug)
    found = list(town.exports.select_related("asked_by"))
    context = {
        "tenant": town,
        "form": form,
        "rows": [(export, bytes_so_far(export)) for export in found],
        "is_busy": any(export.is_under_way for export in found),
        "days": EXPORTS_KEPT.days,
        "may_fetch": export_actions.may_fetch(town=town, by=request.user, now=timezone.now()),
    }
    return show(request, "operations/exports.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def fetch(request: PersonRequest, pk: int) -> HttpResponseBase:
    """A bundle, to hand over. That somebody took it is written down."""
    export = get_object_or_404(TownExport, pk=pk)
    try:
        file = path_of(export).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    try:
        export_actions.fetch_export(export=export, by=request.user, now=timezone.now())
    except TownRefused as refusal:
        file.close()
        messages.error(request, str(refusal))
        return redirect("operations:exports", export.town.slug) if export.town else redirect("operations:deletions")
    answer = FileResponse(file, as_attachment=True, filename=export.file, content_type="application/zip")
    answer["Content-Encoding"] = "identity"  # it would not get smaller
    return answer
