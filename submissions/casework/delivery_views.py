"""Letters with decisions: what is to be printed and posted, and the document of one case."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import PersonRequest
from submissions.casework import delivery, queries
from submissions.casework.case_views import hidden_fields, opened_case
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import LettersForm
from submissions.documents import decisions_pdf
from submissions.models import Delivery
from submissions.steps import SubmissionRefused
from townhall.pdf import pdf_answer


@case_workers_page
@require_safe
def post(request: PersonRequest) -> HttpResponse:
    """All letters that are to be posted, the oldest first."""
    return _list(request, None)


@case_workers_page
@require_POST
def letters(request: PersonRequest) -> HttpResponse:
    """Print those that were ticked (`print`), or say that they were posted."""
    waiting = _waiting(request)
    form = LettersForm(request.POST, deliveries=waiting)
    if not form.is_valid():
        return _list(request, form)
    chosen = [one for one in waiting if one.pk in form.cleaned_data["letter"]]
    if "print" in request.POST:
        return pdf_answer(decisions_pdf(chosen), "briefe.pdf")
    try:
        posted = delivery.hand_to_post(
            deliveries=chosen, posted_on=form.cleaned_data["posted_on"], by=request.user, now=timezone.now()
        )
    except SubmissionRefused as refusal:
        form.add_error("posted_on", str(refusal))
        return _list(request, form)
    told = ngettext("Ein Brief ist zur Post gegeben.", "%(number)d Briefe sind zur Post gegeben.", posted)
    messages.success(request, told % {"number": posted})
    return redirect("casework:post")


@case_workers_page
@require_safe
def decision(request: PersonRequest, number: str) -> HttpResponse:
    """The letter of a case's newest decision."""
    submission = opened_case(request, number)
    found = getattr(submission.decision, "delivery", None)
    if found is None:
        raise Http404
    content = decisions_pdf([found], hides_addresses=bool(hidden_fields(request, submission)))
    return pdf_answer(content, f"{submission.number}-entscheidung.pdf")


def _list(request: PersonRequest, form: LettersForm | None) -> HttpResponse:
    all_letters = queries.letters_to_post(request.user)
    waiting = [one for one in all_letters if not one.decision.submission.is_protected]
    context: dict[str, Any] = {
        "form": form or LettersForm(deliveries=waiting, initial={"posted_on": timezone.localdate()}),
        "letters": waiting,
        "protected": [one for one in all_letters if one.decision.submission.is_protected],
    }
    return render(request, "casework/post.html", context, status=422 if form and form.errors else 200)


def _waiting(request: PersonRequest) -> "QuerySet[Delivery]":
    """Those that may be printed together: where an address is protected, its letter is printed from its case."""
    return queries.letters_to_post(request.user).filter(decision__submission__is_protected=False)
