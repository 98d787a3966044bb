"""One case: what to do next, what was handed in, what has happened."""

from datetime import date
from typing import Any
from uuid import UUID

from django.forms import Textarea
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.guards import PersonRequest
from catalogue.content import Unit
from catalogue.forms.current import form_definition
from submissions.casework import actions, queries, rules
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import (
    AssignForm,
    DecisionForm,
    ForwardForm,
    NoteForm,
    QuestionForm,
    ReopenForm,
)
from submissions.casework.presentation import (
    answered,
    case_due,
    case_status,
    flag_labels,
    history,
    sign_in_label,
    views,
    waiting_answer,
)
from submissions.casework.rules import Desk
from submissions.documents import application_pdf
from submissions.files import served
from submissions.models import Submission, Upload
from submissions.presentation import answers_of
from submissions.states import State
from templates.fields import Form
from townhall.shopfront import shopfront


@case_workers_page
@require_safe
def case(request: PersonRequest, number: str) -> HttpResponse:
    """All about a case. That somebody looked at it is part of its history."""
    return case_page(request, _opened(request, number))


@case_workers_page
@require_safe
def pdf(request: PersonRequest, number: str) -> HttpResponse:
    """The application as it was handed in."""
    submission = _opened(request, number)
    answer = HttpResponse(application_pdf(submission), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{submission.number}.pdf"'
    return answer


@case_workers_page
@require_safe
def upload(request: PersonRequest, number: str, upload_id: UUID) -> FileResponse:
    """A file that came with the application or with an answer."""
    return served(get_object_or_404(Upload, pk=upload_id, submission=_opened(request, number)))


def _opened(request: PersonRequest, number: str) -> Submission:
    """A case that somebody looks into: that is part of its history."""
    submission = seen_case(request, number)
    actions.record_view(submission=submission, by=request.user, now=timezone.now())
    return submission


# --- The page ---------------------------------------------------------------------------------------------


def seen_case(request: PersonRequest, number: str) -> Submission:
    """A case of the units for which she works; any other is a 404."""
    return get_object_or_404(queries.cases(request.user), number=number)


def case_page(request: PersonRequest, submission: Submission, sent: Form | None = None) -> HttpResponse:
    """A case with everything that can be done now. `sent` is a form that could not be carried out."""
    today = timezone.localdate()
    desk = Desk.of(request.user, today=today)
    definition = form_definition(submission.service_key, submission.form_version)
    events = list(submission.events.all())
    unit = shopfront().catalogue.units.get(submission.unit)
    new_answer = waiting_answer(submission)
    forms = _forms(desk, submission, today)
    context: dict[str, Any] = {
        "case": submission,
        "status": case_status(submission),
        "due": case_due(submission, today=today),
        "unit": unit.name if unit else submission.unit,
        "flags": flag_labels(submission, definition),
        "sign_in": sign_in_label(submission),
        "groups": answers_of(submission, definition, source=_("geprüft")),
        "new_answer": new_answer,
        "earlier_answers": [one for one in answered(submission) if one != new_answer],
        "payments": submission.payments.all(),
        "history": history(events),
        "views": views(events),
        "is_superseded": submission.state == State.SUPERSEDED,
        "is_awaiting_payment": submission.state == State.AWAITING_PAYMENT,
        "has_in_hand": rules.has_in_hand(desk, submission),
        "may_take": rules.may_take(desk, submission),
        "may_go_on": rules.may_go_on_without_answer(desk, submission),
        "may_close": rules.may_close(desk, submission),
        **{name: sent if type(sent) is type(form) else form for name, form in forms.items()},
        "sent": sent,
        "unsent": _texts(sent) if type(sent) not in map(type, forms.values()) else [],
    }
    has_failed = request.method == "POST" and sent is not None
    return render(request, "casework/case.html", context, status=422 if has_failed else 200)


def _forms(desk: Desk, submission: Submission, today: date) -> dict[str, Form]:
    """What can be filled in now, by the name under which the page knows it."""
    forms: dict[str, Form] = {"note_form": NoteForm(auto_id="notiz_%s")}
    if rules.may_ask_back(desk, submission):
        forms["question_form"] = QuestionForm(today=today, auto_id="rueckfrage_%s")
    if rules.may_decide(desk, submission):
        forms["decision_form"] = DecisionForm(auto_id="entscheidung_%s")
    if rules.may_assign(desk, submission):
        forms["assign_form"] = AssignForm(colleagues=queries.colleagues(submission.unit), auto_id="zuweisung_%s")
    if rules.may_forward(desk, submission):
        forms["forward_form"] = ForwardForm(units=other_units(submission), auto_id="weiterleitung_%s")
    if rules.may_reopen(submission):
        forms["reopen_form"] = ReopenForm(auto_id="aufnahme_%s")
    return forms


def other_units(submission: Submission) -> list[Unit]:
    """Those of the town hall to which a case could belong instead."""
    units = shopfront().catalogue.units.values()
    return [unit for unit in units if not unit.county and not unit.elsewhere and unit.key != submission.unit]


def _texts(sent: Form | None) -> list[str]:
    """What somebody wrote into a form that the page does not show any more."""
    areas = [one for one in sent or () if isinstance(one.field.widget, Textarea)]
    return [str(one.value()) for one in areas if one.value()]
