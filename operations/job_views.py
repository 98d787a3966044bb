"""The operator's desk: jobs that have failed for good."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, operator_required
from accounts.models import OperatorRole
from operations import failed_jobs
from operations.desk import show
from operations.job_forms import Choice, DiscardForm, FailedJobFilter
from operations.models import EventKind, TownEvent

ON_A_PAGE = 50
DECISIONS = 10  # of the newest ones, below the list


@never_cache
@operator_required(OperatorRole.FLEET, OperatorRole.SUPPORT)
@require_safe
def jobs(request: PersonRequest) -> HttpResponse:
    """All of them, or those of a town or a kind; and what was decided lately."""
    now = timezone.now()
    form = FailedJobFilter(request.GET or None, jobs=failed_jobs.failed_jobs())
    wanted = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    page = Paginator(failed_jobs.failed_jobs(**wanted), ON_A_PAGE).get_page(request.GET.get("seite"))
    decisions = TownEvent.objects.filter(kind__in=[EventKind.JOBS_RETRIED, EventKind.JOBS_DISCARDED])
    context = {
        "form": form,
        "is_filtered": bool(wanted),
        "page": page,
        "rows": failed_jobs.rows_of(page.object_list),  # type: ignore[arg-type]  # a slice of a queryset is one
        "number": page.paginator.count,
        "all_of_them": urlencode(wanted | {"until": now.isoformat()}),
        "waiting": failed_jobs.waiting(now=now),
        "decisions": decisions.select_related("town", "by")[:DECISIONS],
    }
    return show(request, "operations/jobs.html", context)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_POST
def retry(request: PersonRequest) -> HttpResponse:
    """Let one, or all that were shown, run once more."""
    count = failed_jobs.retry(jobs=_chosen(request), by=request.user, now=timezone.now())
    done = ngettext("Ein Auftrag läuft noch einmal.", "%(count)s Aufträge laufen noch einmal.", count)
    return _back(request, count, done)


@never_cache
@operator_required(OperatorRole.FLEET)
@require_http_methods(["GET", "POST"])
def discard(request: PersonRequest) -> HttpResponse:
    """Give one up, or all that were shown, with a reason."""
    chosen = _chosen(request)
    form = DiscardForm(request.POST or None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        count = failed_jobs.discard(jobs=chosen, reason=reason, by=request.user, now=timezone.now())
        return _back(request, count, ngettext("Ein Auftrag verworfen.", "%(count)s Aufträge verworfen.", count))
    number = chosen.count()
    if not number:
        return _back(request, 0, "")
    context = {"form": form, "number": number, "rows": failed_jobs.rows_of(chosen[:DECISIONS])}
    return show(request, "operations/jobs_discard.html", context, status=422 if form.errors else 200)


def _chosen(request: PersonRequest) -> failed_jobs.Jobs:
    choice = Choice(request.GET)
    if not choice.is_valid():
        raise Http404
    return choice.jobs


def _back(request: PersonRequest, count: int, done: str) -> HttpResponse:
    if count:
        messages.success(request, done % {"count": count})
    else:
        messages.info(request, _("Darüber hat schon jemand entschieden."))
    return redirect("operations:jobs")
