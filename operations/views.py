"""The operator's desk: one town."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import InvitationRefused
from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from accounts.typed import typed
from operations import actions
from operations.checklist import checklist_of
from operations.desk import show
from operations.forms import AdministratorForm, ReasonForm
from operations.models import DeletionRequest, TownEvent, TownSummary
from operations.queries import administrators, hosts_of
from operations.steps import STEPS, Step, next_steps
from tenants.actions import TownRefused
from tenants.context import in_town
from tenants.models import Town, TownState
from townhall.administration_pages import has_arrived, status_of

_STEPS_IN_HISTORY = frozenset(step.kind for step in STEPS.values())


@never_cache
@operator_required(OperatorRole.FLEET, OperatorRole.SUPPORT)
@require_safe
def town(request: PersonRequest, slug: str) -> HttpResponse:
    """One town: how it stands, who sets it up, where it answers, what was done to it."""
    return _town_page(request, _town(slug))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def change_state(request: PersonRequest, slug: str, step: Step) -> HttpResponse:
    """Take the town one step on in its life, with a reason."""
    found = _town(slug)
    missing = actions.missing_for(step.state, found, now=timezone.now())
    may_go_without_words = found.is_trial and step.state == TownState.LIVE and not missing
    form = ReasonForm(typed(request), is_needed=not may_go_without_words)
    if has_arrived(request, form):
        reason = form.cleaned_data["reason"]
        try:
            actions.change_state(town=found, state=step.state, reason=reason, by=request.user, now=timezone.now())
        except TownRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, step.done % {"town": found.full_name})
            return redirect("operations:town", slug)
    context = {
        "form": form,
        "tenant": found,
        "question": step.question % {"town": found.full_name},
        "means": step.means,
        "missing": missing,
        "button": step.button,
    }
    return show(request, "operations/change_state.html", context, status=status_of(request, form))


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def invite(request: PersonRequest, slug: str) -> HttpResponse:
    """Send an administrator (`again`) a new link, or invite another one."""
    found = _town(slug)
    if "again" in request.POST:
        return _invite_again(request, found, request.POST["again"])
    form = AdministratorForm(request.POST)
    if form.is_valid():
        try:
            actions.invite_further(town=found, administrator=form.administrator, by=request.user, now=timezone.now())
        except InvitationRefused as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, _("Die Einladung ist unterwegs."))
            return redirect("operations:town", slug)
    return _town_page(request, found, invitation_form=form)


def _invite_again(request: PersonRequest, found: Town, pk: str) -> HttpResponse:
    with in_town(found):
        user = next((one.user for one in administrators() if str(one.user.pk) == pk and not one.is_ready), None)
    if user is None:
        messages.error(request, _("Diese Person braucht keine Einladung mehr."))
    else:
        actions.invite_again(town=found, user=user, by=request.user, now=timezone.now())
        messages.success(request, _("Die Einladung ist noch einmal unterwegs."))
    return redirect("operations:town", found.slug)


def _town(slug: str) -> Town:
    found: Town = get_object_or_404(Town.objects.prefetch_related("hosts"), slug=slug)
    return found


def _town_page(
    request: PersonRequest,
    found: Town,
    *,
    invitation_form: AdministratorForm | None = None,
) -> HttpResponse:
    checklist = checklist_of(found, today=timezone.localdate())
    events = list(TownEvent.objects.filter(town=found).select_related("by"))
    context = {
        "tenant": found,
        "hosts": hosts_of(found, now=timezone.now()),
        "waiting_hosts": found.waiting_hosts.all(),
        "summary": TownSummary.objects.filter(town=found).first(),
        "checklist": checklist,
        "events": events,
        "steps": next_steps(found),
        "deletion_request": DeletionRequest.objects.select_related("asked_by").filter(town=found).first(),
        "last_step": next((event for event in events if event.kind in _STEPS_IN_HISTORY), None),
        "invitation_form": invitation_form or AdministratorForm(),
        "invites_itself": any(one.is_ready for one in checklist.administrators),
    }
    return show(request, "operations/town.html", context, status=422 if invitation_form else 200)
