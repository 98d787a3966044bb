"""One case: what to do next, what was handed in, what has happened."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.forms import Textarea
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audit import seen_by_guests
from accounts.guards import PersonRequest
from catalogue.forms.current import form_definition
from submissions.casework import actions, queries, rules
from submissions.casework.case_steps import CaseStep, steps_of
from submissions.casework.checks import checks_of
from submissions.casework.delivery import contestable_until
from submissions.casework.desk import case_workers_page, desk_of
from submissions.casework.forms import NoteForm, PostingForm, RevealForm
from submissions.casework.presentation import (
    answered,
    case_status,
    due,
    flag_labels,
    history,
    sign_in_label,
    views,
    waiting_answer,
)
from submissions.casework.rules import Desk
from submissions.documents import application_pdf
from submissions.export import answers_as_json
from submissions.models import Submission, Upload
from submissions.presentation import answers_of, fields_of_address
from submissions.states import State
from submissions.uploads.serving import file_answer, preview_answer
from templates.fields import Form
from townhall.pdf import pdf_answer
from townhall.shopfront import shopfront


@case_workers_page
@require_safe
def case(request: PersonRequest, number: str) -> HttpResponse:
    """All about a case. That somebody looked at it is part of its history."""
    return case_page(request, opened_case(request, number))


@case_workers_page
@require_safe
def pdf(request: PersonRequest, number: str) -> HttpResponse:
    """The application as it was handed in."""
    submission = opened_case(request, number)
    content = application_pdf(submission, hidden=hidden_fields(request, submission))
    return pdf_answer(content, f"{submission.number}.pdf")


@case_workers_page
@require_safe
def data(request: PersonRequest, number: str) -> HttpResponse:
    """The application for another program, as JSON: whole, so a protected one only with a reason."""
    submission = opened_case(request, number)
    if is_closed(request, submission):
        return redirect("casework:case", number)
    definition = form_definition(submission.service_key, submission.form_version)
    address = reverse("api:form_schema", args=[definition.key, definition.version])
    plain = {"$schema": request.build_absolute_uri(address), **answers_as_json(submission, definition)}
    answer = JsonResponse(plain, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{submission.number}.json"'
    return answer


@case_workers_page
@require_safe
def upload(request: PersonRequest, number: str, upload_id: UUID) -> HttpResponseBase:
    """A file that came with the application or with an answer."""
    submission = opened_case(request, number)
    if is_closed(request, submission):  # it may show where somebody lives
        return redirect("casework:case", number)
    found = get_object_or_404(Upload, pk=upload_id, submission=submission)
    if found.is_held_back:
        raise Http404
    return file_answer(found, is_saved="speichern" in request.GET)


@case_workers_page
@require_safe
def preview(request: PersonRequest, number: str, upload_id: UUID) -> HttpResponseBase:
    """A small picture of a file. It is part of the case's page, so nobody writes down that it was seen."""
    submission = seen_case(request, number)
    found = get_object_or_404(Upload, pk=upload_id, submission=submission)
    if found.is_held_back or is_closed(request, submission):
        raise Http404
    return preview_answer(found)


def opened_case(request: PersonRequest, number: str) -> Submission:
    """A case that somebody looks into: that is part of its history."""
    submission = seen_case(request, number)
    if not request.user.is_guest:  # she can write nothing; the audit log has it
        actions.record_view(submission=submission, by=request.user, now=timezone.now())
    return submission


# --- The page ---------------------------------------------------------------------------------------------


def seen_case(request: PersonRequest, number: str) -> Submission:
    """A case of the units for which she works; any other is a 404."""
    return get_object_or_404(queries.cases(request.user), number=number)


def case_page(request: PersonRequest, submission: Submission, sent: Form | None = None) -> HttpResponse:
    """A case with everything that can be done now. `sent` is a form that could not be carried out."""
    today = timezone.localdate()
    desk = desk_of(request)
    definition = form_definition(submission.service_key, submission.form_version)
    events = list(submission.events.all())
    unit = shopfront().catalogue.units.get(submission.unit)
    new_answer = waiting_answer(submission)
    note_form = sent if isinstance(sent, NoteForm) else NoteForm()
    steps = [_with(sent, step) for step in steps_of(desk, submission, today=today)]
    hidden = hidden_fields(request, submission)
    proposal = getattr(submission, "proposal", None)
    context: dict[str, Any] = {
        "case": submission,
        "status": case_status(submission),
        "due": due(submission.act_by, today=today),
        "unit": unit.name if unit else submission.unit,
        "flags": flag_labels(submission, definition),
        "checks": checks_of(submission) if submission.is_open else [],
        "sign_in": sign_in_label(submission),
        "groups": answers_of(submission, definition, source=_("geprüft"), hidden=hidden),
        "is_hidden": is_closed(request, submission),
        "new_answer": new_answer,
        "earlier_answers": [one for one in answered(submission) if one != new_answer],
        "payments": submission.payments.all(),
        "history": history(events),
        "views": views(events, seen_by_guests("casework", submission.number)),
        "is_superseded": submission.state == State.SUPERSEDED,
        "is_awaiting_payment": submission.state == State.AWAITING_PAYMENT,
        "proposal": proposal,
        "steps": steps,
        "note_form": note_form,
        "reveal_form": sent if isinstance(sent, RevealForm) else RevealForm(),
        "has_in_hand": rules.has_in_hand(desk, submission),
        "may_take": rules.may_take(desk, submission),
        "may_sign": rules.may_sign(desk, submission, proposed_by=proposal and proposal.proposed_by),
        "may_take_back": rules.may_take_back(desk, submission),
        "may_go_on": rules.may_go_on_without_answer(desk, submission),
        "may_close": rules.may_close(desk, submission),
        **_delivery(desk, submission, sent),
        "sent": sent if sent is not None and sent.is_bound else None,
        "unsent": _texts(sent) if sent and sent not in [note_form, *(step.form for step in steps)] else [],
    }
    has_failed = request.method == "POST" and sent is not None and sent.is_bound
    return render(request, "casework/case.html", context, status=422 if has_failed else 200)


def _delivery(desk: Desk, submission: Submission, sent: Form | None) -> dict[str, Any]:
    """How the newest decision reaches the person, and what can be done about it."""
    found = getattr(submission.decision, "delivery", None)
    if found is None:
        return {}
    may_post = found.waits_for_post and rules.has_in_hand(desk, submission)
    form = sent if isinstance(sent, PostingForm) else PostingForm(initial={"posted_on": timezone.localdate()})
    return {
        "delivery": found,
        "contestable_until": contestable_until(found),
        "may_send_by_post": rules.may_send_by_post(desk, submission),
        "posting_form": form if may_post else None,
    }


def _with(sent: Form | None, step: CaseStep) -> CaseStep:
    """The step with the form as it was sent, if it is that one."""
    return replace(step, form=sent) if sent is not None and type(sent) is type(step.form) else step


def hidden_fields(request: PersonRequest, submission: Submission) -> frozenset[str]:
    """The fields that are not shown: of a protected address, unless she has just given a reason to see it."""
    if not is_closed(request, submission):
        return frozenset()
    return fields_of_address(form_definition(submission.service_key, submission.form_version))


def _texts(sent: Form) -> list[str]:
    """What somebody wrote into a form that the page does not show any more."""
    areas = [one for one in sent if isinstance(one.field.widget, Textarea)]
    return [str(one.value()) for one in areas if one.value()]


# --- A protected address --------------------------------------------------------------------------------------

_REVEALED = "revealed_cases"  # in the session: number of the case -> until when (seconds since 1970)
REVEALED_FOR = 15 * 60  # seconds


def is_closed(request: PersonRequest, submission: Submission) -> bool:
    """Whether its address and its files are not for her eyes, unless she says why."""
    return submission.is_protected and not is_revealed(request, submission)


def is_revealed(request: PersonRequest, submission: Submission) -> bool:
    """Whether she has said lately why she must see it."""
    return bool(request.session.get(_REVEALED, {}).get(submission.number, 0) > timezone.now().timestamp())


def reveal_for_a_while(request: PersonRequest, submission: Submission) -> None:
    """She may see it for a quarter of an hour."""
    until = timezone.now().timestamp() + REVEALED_FOR
    request.session[_REVEALED] = request.session.get(_REVEALED, {}) | {submission.number: until}
