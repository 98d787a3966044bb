"""A citizen's own applications: the list, the receipt, how each one stands, answers to questions, documents."""

from typing import Any, cast

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, citizen_required
from catalogue.forms.current import form_definition
from submissions import actions
from submissions.casework.delivery import TO_RETRIEVE, retrieve
from submissions.documents import application_pdf, decisions_pdf
from submissions.files import served
from submissions.forms import AnswerForm, WithdrawForm
from submissions.models import Delivery, Draft, Submission, Upload
from submissions.presentation import answers_of, by_entry, reader_of, timeline_of
from submissions.satisfaction_forms import question_after_handing_in, question_at_the_end
from submissions.states import State
from submissions.steps import SubmissionRefused
from townhall.shopfront import shopfront


@never_cache
@citizen_required
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """All that somebody has begun or handed in, in this town."""
    services = shopfront().catalogue.services
    drafts = [
        {"draft": draft, "title": services[draft.service_key].title}
        for draft in Draft.objects.filter(citizen=request.user)
        if draft.service_key in services
    ]
    handed_in = Submission.objects.filter(citizen=request.user).exclude(state=State.SUPERSEDED)
    context = {
        "drafts": _not_waiting_for_payment(drafts, handed_in),
        "submissions": handed_in,
        "awaiting": [one for one in handed_in if one.state == State.AWAITING_PAYMENT],
        "questions": [one for one in handed_in if one.state == State.NEEDS_INFO],
    }
    return render(request, "submissions/mine.html", context)


def _not_waiting_for_payment(drafts: list[dict[str, Any]], handed_in: Any) -> list[dict[str, Any]]:
    """A draft that waits for its payment is listed as that, not twice."""
    waiting = {one.draft_id for one in handed_in if one.state == State.AWAITING_PAYMENT}
    return [entry for entry in drafts if entry["draft"].pk not in waiting]


@never_cache
@citizen_required
@require_safe
def receipt(request: PersonRequest, number: str) -> HttpResponse:
    """Right after handing in: it has arrived, under which number, and what happens next."""
    submission = _own(request, number)
    if submission.state == State.AWAITING_PAYMENT:
        return redirect("billing:pay", number)
    definition = form_definition(submission.service_key, submission.form_version)
    reader = reader_of(submission, definition)
    context = {
        "submission": submission,
        "next_steps": [reader.fill(step) for step in definition.next_steps],
        "satisfaction": question_after_handing_in(submission),
    }
    return render(request, "submissions/receipt.html", context)


@never_cache
@citizen_required
@require_safe
def status(request: PersonRequest, number: str) -> HttpResponse:
    """How it stands: first what the person must do, then what has happened and what comes next."""
    return _status(request, _own(request, number), AnswerForm())


@never_cache
@citizen_required
@require_http_methods(["POST"])
def answer(request: PersonRequest, number: str) -> HttpResponse:
    """Answer the town hall's question, with files."""
    submission = _own(request, number)
    form = AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _status(request, submission, form)
    try:
        actions.answer_question(
            submission=submission,
            answer=form.cleaned_data["answer"],
            files=form.accepted,
            by=request.user,
            now=timezone.now(),
        )
    except SubmissionRefused as refusal:
        form.add_error(None, str(refusal))
        return _status(request, submission, form)
    messages.success(request, _("Danke. Ihre Antwort ist angekommen."))
    return redirect("submissions:status", number)


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def withdraw(request: PersonRequest, number: str) -> HttpResponse:
    """Take an application back, before it is decided."""
    submission = _own(request, number)
    if not submission.may_become(State.WITHDRAWN):
        raise Http404
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.withdraw(submission=submission, by=request.user, now=timezone.now())
        except SubmissionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Ihr Antrag ist zurückgezogen."))
            return redirect("submissions:status", number)
    context = {"form": form, "submission": submission}
    return render(request, "submissions/withdraw.html", context, status=422 if form.errors else 200)


@never_cache
@citizen_required
@require_safe
def pdf(request: PersonRequest, number: str) -> HttpResponse:
    """All answers as a PDF, as they were handed in."""
    submission = _own(request, number)
    answer = HttpResponse(application_pdf(submission), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{submission.number}.pdf"'
    return answer


@never_cache
@citizen_required
@require_POST
def open_decision(request: PersonRequest, number: str) -> HttpResponse:
    """The person opens the decision that lies ready for her: that is written down, and announces it."""
    retrieve(delivery=_delivery(_own(request, number)), now=timezone.now())
    return redirect("submissions:status", number)


@never_cache
@citizen_required
@require_safe
def decision(request: PersonRequest, number: str) -> HttpResponse:
    """The letter with the decision, once she has opened it."""
    found = _delivery(_own(request, number))
    if found.is_sealed:
        return redirect("submissions:status", number)
    answer = HttpResponse(decisions_pdf([found]), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{number}-entscheidung.pdf"'
    return answer


def _delivery(submission: Submission) -> Delivery:
    found = getattr(submission.decision, "delivery", None)
    if found is None:
        raise Http404
    return cast("Delivery", found)


@never_cache
@citizen_required
@require_safe
def upload(request: PersonRequest, upload_id: str) -> FileResponse:
    """A file that the person has uploaded herself."""
    found = get_object_or_404(Upload.objects.select_related("draft", "submission"), pk=upload_id)
    owner = found.submission.citizen_id if found.submission else found.draft and found.draft.citizen_id
    if owner != request.user.pk:
        raise Http404
    return served(found)


def _own(request: PersonRequest, number: str) -> Submission:
    return get_object_or_404(
        Submission.objects.prefetch_related("events__by", "information_requests", "decisions__delivery", "uploads"),
        number=number,
        citizen=request.user,
    )


def _status(request: PersonRequest, submission: Submission, form: AnswerForm) -> HttpResponse:
    definition = form_definition(submission.service_key, submission.form_version)
    front = shopfront()
    service = front.catalogue.services.get(submission.service_key)
    decision = submission.decision
    delivery = getattr(decision, "delivery", None)
    context = {
        "submission": submission,
        "form": form,
        "question": submission.open_question,
        "decision": decision,
        "is_sealed": delivery is not None and delivery.is_sealed,
        "open_until": timezone.localdate(delivery.ready_at + TO_RETRIEVE) if delivery else None,
        "timeline": timeline_of(submission),
        "answers": by_entry(answers_of(submission, definition)),
        "office": front.office_for(service) if service else front.main_office,
        "retention": reader_of(submission, definition).fill(definition.retention),
        # Money belongs to billing, which hangs it on by these names.
        "payments": submission.payments.filter(paid_at__isnull=False).order_by("paid_at").prefetch_related("refunds"),
        "unsettled": submission.payments.filter(state__in=["processing", "unknown"]).first(),
        "owed": submission.payment_requests.filter(state="open").first(),
        "may_withdraw": submission.may_become(State.WITHDRAWN),
        "satisfaction": question_at_the_end(submission),
    }
    return render(request, "submissions/status.html", context, status=422 if form.errors else 200)
