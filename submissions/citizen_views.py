"""A citizen's own applications: the list, the receipt, how each one stands, answers to questions, documents."""

from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, citizen_required
from accounts.models import User
from catalogue.content import Service
from catalogue.forms.current import form_definition
from submissions import actions
from submissions.appointments.ical import ical_of
from submissions.appointments.queries import appointment_of
from submissions.availability import availability_of
from submissions.casework.delivery import TO_RETRIEVE, retrieve
from submissions.documents import application_pdf, decisions_pdf
from submissions.filling import session_frame
from submissions.forms import AnswerForm, WithdrawForm
from submissions.links import case_path, secret_of, status_path
from submissions.models import Delivery, Draft, InformationRequest, Submission
from submissions.other_towns import responsible_town
from submissions.presentation import answers_of, by_entry, reader_of, timeline_of
from submissions.satisfaction_forms import question_after_handing_in, question_at_the_end
from submissions.states import State
from submissions.steps import SubmissionRefused
from submissions.uploads import actions as uploads
from submissions.uploads.answer_slots import slot_of_answer, to_be_replaced
from submissions.uploads.forms import ReplacementForm
from submissions.uploads.intake import FileRefused
from templates.widgets import REMOVE_UPLOAD
from townhall.pdf import pdf_answer
from townhall.shopfront import shopfront


@never_cache
@citizen_required
@require_safe
def mine(request: PersonRequest) -> HttpResponse:
    """All that somebody has begun or handed in, in this town."""
    services = shopfront().catalogue.services
    drafts = [
        {"draft": draft, "title": _title_of(draft, services.get(draft.service_key))}
        for draft in Draft.objects.filter(citizen=request.user)
    ]
    handed_in = Submission.objects.filter(citizen=request.user).exclude(state=State.SUPERSEDED)
    context = {
        "drafts": _not_waiting_for_payment(drafts, handed_in),
        "submissions": handed_in,
        "awaiting": [one for one in handed_in if one.state == State.AWAITING_PAYMENT],
        "questions": [one for one in handed_in if one.state == State.NEEDS_INFO],
    }
    return render(request, "submissions/mine.html", context)


def _title_of(draft: Draft, service: Service | None) -> str:
    """Also of a service that the catalogue does not know any more."""
    return service.title if service else form_definition(draft.service_key, draft.form_version).title


def _not_waiting_for_payment(drafts: list[dict[str, Any]], handed_in: Any) -> list[dict[str, Any]]:
    """A draft that waits for its payment is listed as that, not twice."""
    waiting = {one.draft_id for one in handed_in if one.state == State.AWAITING_PAYMENT}
    return [entry for entry in drafts if entry["draft"].pk not in waiting]


@never_cache
@citizen_required
@require_safe
def receipt(request: PersonRequest, number: str) -> HttpResponse:
    """Right after handing in: it has arrived, under which number, and what happens next."""
    return show_receipt(request, own_submission(request, number))


def show_receipt(request: HttpRequest, submission: Submission) -> HttpResponse:
    """The receipt of an application."""
    if submission.state == State.AWAITING_PAYMENT:
        return redirect("billing:pay", submission.number)
    definition = form_definition(submission.service_key, submission.form_version)
    reader = reader_of(submission, definition)
    context = {
        "submission": submission,
        "next_steps": [reader.fill(step) for step in definition.next_steps],
        "is_paid": submission.payments.filter(paid_at__isnull=False).exists(),
        "announced": _announced(submission),
        "appointment": appointment_of(submission),
        "satisfaction": question_after_handing_in(submission) if submission.citizen_id else None,
        **_addresses(request, submission),
    }
    return render(request, "submissions/receipt.html", context)


def _announced(submission: Submission) -> Any:
    """The payment that is to come by transfer, if she has chosen that."""
    return submission.payments.filter(state="started", transfer__isnull=False).select_related("transfer").first()


@never_cache
@citizen_required
@require_safe
def status(request: PersonRequest, number: str) -> HttpResponse:
    """How it stands: first what the person must do, then what has happened and what comes next."""
    return show_status(request, own_submission(request, number))


@never_cache
@citizen_required
@require_http_methods(["POST"])
def answer(request: PersonRequest, number: str) -> HttpResponse:
    """Answer the town hall's question, with files."""
    return take_answer(request, own_submission(request, number), by=request.user)


def take_answer(request: HttpRequest, submission: Submission, *, by: User | None) -> HttpResponse:
    """Keep an answer, or say what is wrong with it."""
    asked = submission.open_question
    form = AnswerForm(request.POST, request.FILES, asked=asked)
    is_complete = form.is_valid() and REMOVE_UPLOAD not in request.POST
    try:
        if asked:
            _keep_files(asked, form, request.POST.get(REMOVE_UPLOAD, ""))
        if is_complete:
            actions.answer_question(
                submission=submission, answer=form.cleaned_data["answer"], by=by, now=timezone.now()
            )
    except (SubmissionRefused, FileRefused) as refusal:
        is_complete = False
        form.add_error(None, str(refusal))
    if not is_complete:
        return show_status(request, submission, _again(request, form, asked))
    messages.success(request, _("Danke. Ihre Antwort ist angekommen."))
    return redirect(status_path(submission))


@never_cache
@citizen_required
@require_http_methods(["GET", "POST"])
def withdraw(request: PersonRequest, number: str) -> HttpResponse:
    """Take an application back, before it is decided."""
    return take_back(request, own_submission(request, number), by=request.user)


def take_back(request: HttpRequest, submission: Submission, *, by: User | None) -> HttpResponse:
    """Ask whether to take an application back, and do it."""
    if not submission.may_become(State.WITHDRAWN):
        raise Http404
    appointment = appointment_of(submission)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if appointment:
        form.fields["sure"].label = _("Ja, ich möchte meinen Termin absagen.")
        form.fields["sure"].error_messages["required"] = _("Bitte bestätigen Sie, dass Sie den Termin absagen möchten.")
    if form.is_valid():
        try:
            actions.withdraw(submission=submission, by=by, now=timezone.now())
        except SubmissionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            told = _("Ihr Termin ist abgesagt.") if appointment else _("Ihr Antrag ist zurückgezogen.")
            messages.success(request, told)
            return redirect(status_path(submission))
    context = {"form": form, "submission": submission, "appointment": appointment, **_addresses(request, submission)}
    return render(request, "submissions/withdraw.html", context, status=422 if form.errors else 200)


@never_cache
@citizen_required
@require_safe
def pdf(request: PersonRequest, number: str) -> HttpResponse:
    """All answers as a PDF, as they were handed in."""
    return show_pdf(own_submission(request, number))


def show_pdf(submission: Submission) -> HttpResponse:
    """An application as a PDF."""
    return pdf_answer(application_pdf(submission), f"{submission.number}.pdf")


@never_cache
@citizen_required
@require_safe
def appointment(request: PersonRequest, number: str) -> HttpResponse:
    """The appointment for a calendar (iCalendar)."""
    return show_appointment(own_submission(request, number))


def show_appointment(submission: Submission) -> HttpResponse:
    """What a phone or computer takes into its calendar."""
    booking = appointment_of(submission)
    if booking is None or not booking.is_booked:
        raise Http404
    answer = HttpResponse(ical_of(booking, now=timezone.now()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="termin-{submission.number}.ics"'
    return answer


@never_cache
@citizen_required
@require_POST
def open_decision(request: PersonRequest, number: str) -> HttpResponse:
    """The person opens the decision that lies ready for her: that is written down, and announces it."""
    return take_decision(own_submission(request, number))


def take_decision(submission: Submission) -> HttpResponse:
    """Open the decision of an application."""
    retrieve(delivery=_delivery(submission), now=timezone.now())
    return redirect(status_path(submission))


@never_cache
@citizen_required
@require_safe
def decision(request: PersonRequest, number: str) -> HttpResponse:
    """The letter with the decision, once she has opened it."""
    return show_decision(own_submission(request, number))


def show_decision(submission: Submission) -> HttpResponse:
    """The letter of an application."""
    found = _delivery(submission)
    if found.is_sealed:
        return redirect(status_path(submission))
    return pdf_answer(decisions_pdf([found]), f"{submission.number}-entscheidung.pdf")


def _delivery(submission: Submission) -> Delivery:
    found = getattr(submission.decision, "delivery", None)
    if found is None:
        raise Http404
    return cast("Delivery", found)


def _keep_files(asked: InformationRequest, form: AnswerForm, removes: str) -> None:
    """Files count at once, even if something else is wrong. Raises FileRefused."""
    slot = slot_of_answer(asked)
    with suppress(ValueError):
        uploads.remove(slot=slot, number=UUID(removes))
    for file in form.accepted:
        uploads.add(file=file, slot=slot, now=timezone.now())


def _again(request: HttpRequest, form: AnswerForm, asked: InformationRequest | None) -> AnswerForm:
    """The form with what is wrong; the files that were all right are kept by now."""
    again = AnswerForm(request.POST, asked=asked)
    if REMOVE_UPLOAD in request.POST:
        again.is_bound = False
        again.initial["answer"] = request.POST.get("answer", "")
        return again
    again.is_valid()
    for name, problems in form.errors.items():
        if name not in again.errors:
            again.add_error(name if name in again.fields else None, [str(problem) for problem in problems])
    return again


def own_submission(request: PersonRequest, number: str) -> Submission:
    """An application of the person who is signed in. Raises Http404 if it is not hers."""
    return get_object_or_404(with_all(), number=number, citizen=request.user)


def with_all() -> QuerySet[Submission]:
    """Applications with all that their pages show."""
    there = Submission.objects.exclude(state=State.PURGED)
    return there.prefetch_related("events__by", "information_requests", "decisions__delivery", "uploads")


def show_status(request: HttpRequest, submission: Submission, form: AnswerForm | None = None) -> HttpResponse:
    """How an application stands."""
    form = form or AnswerForm(asked=submission.open_question)
    definition = form_definition(submission.service_key, submission.form_version)
    front = shopfront()
    service = front.catalogue.services.get(submission.service_key)
    decision = submission.decision
    delivery = getattr(decision, "delivery", None)
    context = {
        "submission": submission,
        "form": form,
        "question": submission.open_question,
        "infected": [
            (one, ReplacementForm(auto_id=f"id_{one.pk}_%s"), case_path(submission, "replace_file", one.pk))
            for one in to_be_replaced(submission)
        ],
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
        "announced": _announced(submission),
        "appointment": appointment_of(submission),
        "owed": submission.payment_requests.filter(state="open").first(),
        "may_withdraw": submission.may_become(State.WITHDRAWN),
        "satisfaction": question_at_the_end(submission) if submission.citizen_id else None,
        "responsible_town": responsible_town(submission) if submission.service_key in front.catalogue.forms else None,
        "may_repeat": bool(submission.citizen_id and submission.received_at)
        and availability_of(submission.service_key).may_begin,
        **_addresses(request, submission),
        **session_frame(request),
    }
    return render(request, "submissions/status.html", context, status=422 if form.errors else 200)


def _addresses(request: HttpRequest, submission: Submission) -> dict[str, str]:
    """Where its person finds what belongs to it; besides, without an account, the address that only she has."""
    addresses = {
        "status_url": status_path(submission),
        "answer_url": case_path(submission, "answer"),
        "withdraw_url": case_path(submission, "withdraw"),
        "pdf_url": case_path(submission, "pdf"),
        "ical_url": case_path(submission, "appointment"),
        "open_url": case_path(submission, "open_decision"),
        "carry_url": case_path(submission, "carry_case"),
        "decision_url": case_path(submission, "decision"),
    }
    if submission.citizen_id is None:
        addresses |= {
            "secret": secret_of(submission),
            "link": request.build_absolute_uri(addresses["status_url"]),
        }
    return addresses
