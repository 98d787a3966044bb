"""The case workers' desk: the inbox, a case, and every step that can be taken with it."""

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Textarea
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.guards import GuardedView, PersonRequest, View, staff_required
from accounts.models import Role, User
from accounts.typed import typed
from catalogue.forms.current import form_definition
from submissions.casework import actions, queries, rules
from submissions.casework.forms import (
    MINE,
    NOBODY,
    DecisionForm,
    EmptyForm,
    InboxFilter,
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
    inbox_row,
    sign_in_label,
    views,
    waiting_answer,
)
from submissions.documents import application_pdf
from submissions.files import served
from submissions.models import Submission, Upload
from submissions.presentation import answers_of
from submissions.states import Outcome, State
from submissions.steps import SubmissionRefused
from templates.fields import Form
from townhall.shopfront import shopfront

CASES_PER_PAGE = 25

P = ParamSpec("P")


def case_workers_page(view: "GuardedView[P]") -> "View[P]":
    """Only for case workers of this town, and never kept by a browser."""
    return never_cache(staff_required(Role.CASE_WORKER)(view))


# --- Reading ----------------------------------------------------------------------------------------------


@case_workers_page
@require_safe
def inbox(request: PersonRequest) -> HttpResponse:
    """What is open, what is due first on top; filtered and searched by the address."""
    today = timezone.localdate()
    wanted = InboxFilter(request.GET, services=queries.services_with_cases())
    wanted.is_valid()  # what is not valid filters nothing
    chosen = wanted.cleaned_data
    text = chosen.get("q", "")
    cases = queries.inbox(
        pile=queries.Pile(chosen["status"]) if chosen.get("status") else None,
        service_key=chosen.get("leistung", ""),
        hands=_hands(chosen.get("person", ""), request.user),
        text=text,
        today=today,
    )
    page = Paginator(cases, CASES_PER_PAGE).get_page(request.GET.get("seite"))
    context = {
        "filter": wanted,
        "is_filtered": any(chosen.values()),
        "is_mine": chosen.get("person") == MINE,
        "query": text,
        "page": page,
        "rows": [inbox_row(case, today=today) for case in page],
        "counts": queries.inbox_counts(user=request.user, today=today),
    }
    return render(request, "casework/inbox.html", context)


def _hands(person: str, user: User) -> User | Literal["nobody"] | None:
    return {MINE: user, NOBODY: "nobody"}.get(person)  # type: ignore[return-value]


@case_workers_page
@require_safe
def case(request: PersonRequest, number: str) -> HttpResponse:
    """All about a case. That somebody looked at it is part of its history."""
    return _case_page(request, _opened(request, number))


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
    submission = _case(number)
    actions.record_view(submission=submission, by=request.user, now=timezone.now())
    return submission


# --- Steps ------------------------------------------------------------------------------------------------


@case_workers_page
def take(request: PersonRequest, number: str) -> HttpResponse:
    """Begin with a case, or take it from the colleague whom the page named."""
    seen = request.POST.get("instead_of", "")
    colleague = User.objects.filter(pk=seen).first() if seen.isdecimal() else None
    return _step(
        request,
        number,
        EmptyForm(request.POST),
        lambda submission, _form: actions.take(
            submission=submission, by=request.user, now=timezone.now(), instead_of=colleague
        ),
        done=_("Sie bearbeiten jetzt den Vorgang %(number)s."),
    )


@case_workers_page
def hand_back(request: PersonRequest, number: str) -> HttpResponse:
    """Let a case go, so that somebody else can take it."""
    return _step(
        request,
        number,
        EmptyForm(request.POST),
        lambda submission, _form: actions.hand_back(submission=submission, by=request.user, now=timezone.now()),
        done=_("Der Vorgang %(number)s liegt wieder im Eingang."),
    )


@case_workers_page
def ask_back(request: PersonRequest, number: str) -> HttpResponse:
    """Ask the citizen for something, with a date."""
    return _step(
        request,
        number,
        QuestionForm(typed(request), today=timezone.localdate(), auto_id="rueckfrage_%s"),
        lambda submission, form: actions.ask_back(
            submission=submission, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
        done=_("Die Rückfrage ist gestellt. Die Person bekommt eine E-Mail."),
    )


@case_workers_page
def go_on(request: PersonRequest, number: str) -> HttpResponse:
    """Go on although the question was not answered here."""
    return _step(
        request,
        number,
        EmptyForm(request.POST),
        lambda submission, _form: actions.go_on_without_answer(
            submission=submission, by=request.user, now=timezone.now()
        ),
        done=_("Der Vorgang ist wieder in Prüfung."),
    )


@case_workers_page
def decide(request: PersonRequest, number: str) -> HttpResponse:
    """Decide, in words that the citizen reads."""
    return _step(
        request,
        number,
        DecisionForm(typed(request), auto_id="entscheidung_%s"),
        lambda submission, form: actions.decide(
            submission=submission,
            outcome=Outcome(form.cleaned_data["outcome"]),
            text=form.cleaned_data["text"],
            by=request.user,
            now=timezone.now(),
        ),
        done=_("Die Entscheidung ist gespeichert. Die Person bekommt eine E-Mail."),
    )


@case_workers_page
def close(request: PersonRequest, number: str) -> HttpResponse:
    """Nothing is left to do."""
    return _step(
        request,
        number,
        EmptyForm(request.POST),
        lambda submission, _form: actions.close(submission=submission, by=request.user, now=timezone.now()),
        done=_("Der Vorgang %(number)s ist abgeschlossen."),
    )


@case_workers_page
def reopen(request: PersonRequest, number: str) -> HttpResponse:
    """Take up a closed case again, with a reason."""
    return _step(
        request,
        number,
        ReopenForm(typed(request), auto_id="aufnahme_%s"),
        lambda submission, form: actions.reopen(
            submission=submission, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now()
        ),
        done=_("Sie haben den Vorgang wieder aufgenommen."),
    )


@case_workers_page
def note(request: PersonRequest, number: str) -> HttpResponse:
    """Write something down for colleagues."""
    return _step(
        request,
        number,
        NoteForm(typed(request), auto_id="notiz_%s"),
        lambda submission, form: actions.add_note(
            submission=submission, text=form.cleaned_data["note"], by=request.user, now=timezone.now()
        ),
        done=_("Die Notiz ist gespeichert."),
    )


def _step(
    request: PersonRequest, number: str, form: Form, act: Callable[[Submission, Form], object], *, done: str
) -> HttpResponse:
    """Take one step with a case and show it again; what was typed stays if it cannot be taken.

    A GET comes back from signing in again: the page, with what was typed before.
    """
    submission = _case(number)
    if request.method != "POST":
        return _case_page(request, submission, form) if form.data else redirect("casework:case", number)
    if form.is_valid():
        try:
            act(submission, form)
        except SubmissionRefused as refusal:
            form.add_error(None, str(refusal))
            submission = _case(number)  # it has changed under our hands
        else:
            messages.success(request, done % {"number": submission.number})
            return redirect("casework:case", submission.number)
    return _case_page(request, submission, form)


# --- The page ---------------------------------------------------------------------------------------------


def _case(number: str) -> Submission:
    return get_object_or_404(queries.cases(), number=number)


def _case_page(request: PersonRequest, submission: Submission, sent: Form | None = None) -> HttpResponse:
    """A case with everything that can be done now. `sent` is a form that could not be carried out."""
    today = timezone.localdate()
    user = request.user
    definition = form_definition(submission.service_key, submission.form_version)
    events = list(submission.events.all())
    unit = shopfront().catalogue.units.get(submission.unit)
    new_answer = waiting_answer(submission)
    forms = _forms(user, submission, today)
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
        "has_in_hand": rules.has_in_hand(user, submission),
        "may_take": rules.may_take(user, submission),
        "may_go_on": rules.may_go_on_without_answer(user, submission),
        "may_close": rules.may_close(user, submission),
        **{name: sent if type(sent) is type(form) else form for name, form in forms.items()},
        "sent": sent,
        "unsent": _texts(sent) if type(sent) not in map(type, forms.values()) else [],
    }
    has_failed = request.method == "POST" and sent is not None
    return render(request, "casework/case.html", context, status=422 if has_failed else 200)


def _forms(user: User, submission: Submission, today: date) -> dict[str, Form]:
    """What can be filled in now, by the name under which the page knows it."""
    forms: dict[str, Form] = {"note_form": NoteForm(auto_id="notiz_%s")}
    if rules.may_ask_back(user, submission):
        forms["question_form"] = QuestionForm(today=today, auto_id="rueckfrage_%s")
    if rules.may_decide(user, submission):
        forms["decision_form"] = DecisionForm(auto_id="entscheidung_%s")
    if rules.may_reopen(submission):
        forms["reopen_form"] = ReopenForm(auto_id="aufnahme_%s")
    return forms


def _texts(sent: Form | None) -> list[str]:
    """What somebody wrote into a form that the page does not show any more."""
    areas = [one for one in sent or () if isinstance(one.field.widget, Textarea)]
    return [str(one.value()) for one in areas if one.value()]
