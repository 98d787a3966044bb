"""The same step with many cases at once, and how far it has got."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from accounts.models import User
from submissions.casework import bulk, queries
from submissions.casework.desk import case_workers_page, desk_of
from submissions.casework.download_views import DOWNLOAD, bundles
from submissions.casework.rules import Desk
from submissions.models import BulkRun


@case_workers_page
@require_POST
def begin(request: PersonRequest) -> HttpResponseBase:
    """Do it with all cases that are ticked."""
    desk = desk_of(request)
    chosen = request.POST.getlist("vorgang")[: bulk.MOST]
    cases = list(queries.seen_by(request.user).filter(number__in=chosen))
    step, to = _step(request, desk)
    if not cases:
        messages.warning(request, _("Kreuzen Sie zuerst an, um welche Vorgänge es geht."))
    elif request.POST.get("schritt") == DOWNLOAD:
        return bundles(request, cases)
    elif step is None:
        messages.warning(request, _("Wählen Sie aus, was mit den angekreuzten Vorgängen geschehen soll."))
    else:
        run = bulk.begin(step=step, cases=cases, to=to, by=request.user, now=timezone.now())
        return redirect("casework:bulk", run.pk)
    return redirect("casework:inbox")


def _step(request: PersonRequest, desk: Desk) -> tuple[bulk.Step | None, User | None]:
    """What is to be done, and who gets the cases: `take`, `close`, or `assign-` with the key of a person."""
    name, _dash, key = request.POST.get("schritt", "").partition("-")
    if name == bulk.Step.ASSIGN:
        to = next((one for one in queries.colleagues() if str(one.pk) == key), None)
        return (bulk.Step.ASSIGN, to) if to and desk.leads else (None, None)
    return (bulk.Step(name), None) if name in (bulk.Step.TAKE, bulk.Step.CLOSE) else (None, None)


@case_workers_page
@require_safe
def progress(request: PersonRequest, run: UUID) -> HttpResponse:
    """How far it has got, and what was not possible."""
    found = get_object_or_404(BulkRun.objects.select_related("to"), pk=run, by=request.user)
    items = list(found.items.select_related("submission"))
    done = [one for one in items if one.done_at]
    problems = [one for one in items if one.problem]
    number = len(items)
    context = {
        "run": found,
        "title": bulk.Step(found.step).label,
        "number": number,
        "done": len(done),
        "percent": 100 * len(done) // number,
        "problems": problems,
        "is_over": len(done) == number,
        "told": ngettext("%(number)d Vorgang ist erledigt.", "%(number)d Vorgänge sind erledigt.", len(done))
        % {"number": len(done) - len(problems)},
    }
    return render(request, "casework/bulk.html", context)
