"""The operator's desk: which tasks the law gives a town."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import actions
from operations.desk import show
from operations.duties import duties_of
from operations.forms import SizeForm
from tenants.actions import TownRefused
from tenants.models import Town
from tenants.municipalities import TownSize
from townhall.administration_pages import has_arrived, status_of


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def size(request: PersonRequest, slug: str) -> HttpResponse:
    """Say what the town does itself, and what the county does for it."""
    town = get_object_or_404(Town, slug=slug)
    form = SizeForm(typed(request), town=town)
    if has_arrived(request, form):
        chosen, reason = TownSize(form.cleaned_data["size"]), form.cleaned_data["reason"]
        try:
            actions.change_size(town=town, size=chosen, reason=reason, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error("size", str(refusal))
        else:
            messages.success(request, _("Gespeichert. %(town)s: %(size)s.") % {"town": town.name, "size": chosen.label})
            return redirect("operations:town", slug)
    context = {
        "tenant": town,
        "form": form,
        "sentence": duties_of(town.size).sentence(town.municipality),
        "can_change": len(town.municipality.possible_sizes) > 1,
    }
    return show(request, "operations/size.html", context, status=status_of(request, form))
