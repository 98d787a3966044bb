"""A case, or several, as one file to take into another program."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from submissions.bundle import archive_answer, write_bundle, write_bundles, written_answer
from submissions.casework import actions
from submissions.casework.case_views import is_closed, opened_case
from submissions.casework.desk import case_workers_page
from submissions.models import Submission

DOWNLOAD = "download"  # as a step with many cases
MOST = 50  # cases in one file: somebody waits for it


@case_workers_page
@require_safe
def bundle(request: PersonRequest, number: str) -> HttpResponseBase:
    """All that belongs to a case. A protected one only with a reason."""
    submission = opened_case(request, number)
    if is_closed(request, submission):
        return redirect("casework:case", number)
    return archive_answer(f"{submission.number}.zip", lambda file: write_bundle(file, submission, is_for_staff=True))


@case_workers_page
@require_safe
def case_file(request: PersonRequest, number: str) -> HttpResponseBase:
    """The same as one PDF to print. A protected one only with a reason."""
    from submissions.casework.case_file import write_case_file  # with what reads PDFs and pictures: large, seldom used

    submission = opened_case(request, number)
    if is_closed(request, submission):
        return redirect("casework:case", number)
    name = f"{submission.number}-akte.pdf"
    return written_answer(name, "application/pdf", lambda file: write_case_file(file, submission))


def bundles(request: PersonRequest, cases: Sequence[Submission]) -> HttpResponseBase:
    """All that belongs to several cases of one service. That somebody has them is part of each one's history."""
    problem = _problem(request, cases)
    if problem:
        messages.warning(request, problem)
        return redirect("casework:inbox")
    for one in cases:
        actions.record_view(submission=one, by=request.user, now=timezone.now())
    in_order = sorted(cases, key=lambda one: one.number)
    return archive_answer(f"{cases[0].service_key}.zip", lambda file: write_bundles(file, in_order))


def _problem(request: PersonRequest, cases: Sequence[Submission]) -> str:
    """Why they cannot be in one file."""
    if len(cases) > MOST:
        return _("In eine Datei passen höchstens %(most)d Vorgänge. Bitte kreuzen Sie weniger an.") % {"most": MOST}
    if len({one.service_key for one in cases}) > 1:
        return _("In eine Datei kommen nur Vorgänge derselben Leistung. Bitte filtern Sie zuerst nach der Leistung.")
    closed = [one.number for one in cases if is_closed(request, one)]
    if closed:
        told = _("Für %(numbers)s gilt eine Auskunftssperre. Bitte laden Sie diese Vorgänge einzeln herunter.")
        return told % {"numbers": ", ".join(closed)}
    return ""
