"""The files of what somebody has handed in, over HTTP: added to an answer, looked at, replaced.

Each is found under the person's account here, and under the address that only she has in `link_views`.
"""

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, citizen_required
from accounts.models import User
from submissions.links import status_path
from submissions.models import InformationRequest, Submission, Upload
from submissions.uploads import actions, tus
from submissions.uploads.answer_slots import kept_in_answer, slot_of_answer, transfer_address
from submissions.uploads.forms import ReplacementForm
from submissions.uploads.intake import FileRefused
from submissions.uploads.serving import file_answer, preview_answer
from templates.widgets import REMOVE_UPLOAD


@never_cache
@citizen_required
@require_safe
def upload(request: PersonRequest, case: str, number: UUID) -> HttpResponseBase:
    """A file that the person has uploaded herself."""
    return file_answer(file_of_case(_own(request, case), number))


@never_cache
@citizen_required
@require_safe
def preview(request: PersonRequest, case: str, number: UUID) -> HttpResponseBase:
    """A small picture of it."""
    return preview_answer(file_of_case(_own(request, case), number))


@never_cache
@citizen_required
@require_http_methods(["GET", "POST", "OPTIONS"])
def files(request: PersonRequest, case: str) -> HttpResponse:
    """Send files for an answer, and list them."""
    return take_files(request, _own(request, case))


def take_files(request: HttpRequest, submission: Submission) -> HttpResponse:
    """POST: begin to send a file for the answer. GET: the list of those that are there, as a part of a page."""
    asked = _question(submission)
    if request.method == "GET":
        return render(request, "widgets/_uploads.html", {"kept": kept_in_answer(asked), "remove": REMOVE_UPLOAD})
    spoken = tus.speaks(request)
    if spoken:
        return spoken
    try:
        about = tus.metadata(request)
    except tus.BadRequest as problem:
        return tus.bad(problem)
    return tus.create(request, slot_of_answer(asked), about, lambda number: transfer_address(asked, number))


@never_cache
@citizen_required
@require_http_methods(["HEAD", "PATCH", "DELETE", "OPTIONS"])
def file(request: PersonRequest, case: str, number: UUID) -> HttpResponse:
    """One file on its way to an answer."""
    return take_file(request, _own(request, case), number)


def take_file(request: HttpRequest, submission: Submission, number: UUID) -> HttpResponse:
    """tus: send a file for the answer, and take it out."""
    slot = slot_of_answer(_question(submission))
    return tus.speaks(request) or tus.resource(request, slot, number)


@never_cache
@citizen_required
@require_POST
def replace(request: PersonRequest, case: str, number: UUID) -> HttpResponse:
    """Another file in place of one in which a virus was found."""
    return take_replacement(request, _own(request, case), number, by=request.user)


def take_replacement(request: HttpRequest, submission: Submission, number: UUID, *, by: User | None) -> HttpResponse:
    """Keep another file in place of an infected one, or say what is wrong with it."""
    infected = get_object_or_404(submission.uploads, pk=number)
    form = ReplacementForm(request.POST, request.FILES)
    if form.is_valid() and form.accepted:
        try:
            actions.replace(infected=infected, file=form.accepted, by=by, now=timezone.now())
            messages.success(request, _("Danke. Die neue Datei ist angekommen."))
        except FileRefused as refusal:
            messages.error(request, str(refusal))
    for problems in form.errors.values():
        messages.error(request, " ".join(str(problem) for problem in problems))
    return redirect(status_path(submission))


def file_of_case(submission: Submission, number: UUID) -> Upload:
    """A file that was handed in, or that waits for an answer to be sent. Raises Http404."""
    return get_object_or_404(Upload, Q(submission=submission) | Q(request__submission=submission), pk=number)


def _question(submission: Submission) -> InformationRequest:
    """The question that waits for this person's answer. Raises Http404."""
    return get_object_or_404(submission.information_requests.select_related("submission"), answered_at=None)


def _own(request: PersonRequest, case: str) -> Submission:
    """Raises Http404."""
    return get_object_or_404(Submission, number=case, citizen=request.user)
