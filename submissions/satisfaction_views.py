"""After handing in and at the end of a case: how satisfied is the person? Once, if she likes, and without her name."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.guards import PersonRequest, citizen_required
from submissions import satisfaction_actions as actions
from submissions.models import Submission
from submissions.satisfaction_forms import AUTO_ID, SatisfactionForm


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def rate(request: PersonRequest, number: str) -> HttpResponse:
    """Say how it went. A second time changes nothing."""
    submission = get_object_or_404(
        Submission.objects.filter(received_at__isnull=False), number=number, citizen=request.user
    )
    form = SatisfactionForm(request.POST if request.method == "POST" else None, auto_id=AUTO_ID)
    if submission.is_rated:
        messages.info(request, _("Sie haben uns schon gesagt, wie zufrieden Sie sind. Danke!"))
        return redirect("submissions:status", number)
    if form.is_valid():
        actions.rate(submission=submission, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Danke für Ihre Rückmeldung!"))
        return redirect("submissions:status", number)
    context = {"form": form, "submission": submission}
    return render(request, "submissions/rate.html", context, status=422 if form.errors else 200)
