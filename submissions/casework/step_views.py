"""Every step that can be taken with a case. What was typed stays if it cannot be taken."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import PersonRequest
from accounts.models import Role, User
from accounts.typed import typed
from submissions.casework import actions, queries
from submissions.casework.case_views import case_page, other_units, seen_case
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import (
    AssignForm,
    DecisionForm,
    EmptyForm,
    ForwardForm,
    NoteForm,
    QuestionForm,
    ReopenForm,
)
from submissions.models import Submission
from submissions.states import Outcome
from submissions.steps import SubmissionRefused
from templates.fields import Form


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


@case_workers_page
def assign(request: PersonRequest, number: str) -> HttpResponse:
    """A team lead gives the case to somebody."""
    if not request.user.has_role(Role.TEAM_LEAD):
        raise Http404
    colleagues = queries.colleagues(seen_case(request, number).unit)
    return _step(
        request,
        number,
        AssignForm(typed(request), colleagues=colleagues, auto_id="zuweisung_%s"),
        lambda submission, form: actions.assign(
            submission=submission, to=form.cleaned_data["to"], by=request.user, now=timezone.now()
        ),
        done=_("Der Vorgang %(number)s ist zugewiesen."),
    )


@case_workers_page
def forward(request: PersonRequest, number: str) -> HttpResponse:
    """Another unit of the town hall is responsible."""
    units = other_units(seen_case(request, number))
    return _step(
        request,
        number,
        ForwardForm(typed(request), units=units, auto_id="weiterleitung_%s"),
        lambda submission, form: actions.forward(
            submission=submission, by=request.user, now=timezone.now(), **form.cleaned_data
        ),
        done=_("Der Vorgang %(number)s ist weitergeleitet."),
    )


def _step(
    request: PersonRequest, number: str, form: Form, act: Callable[[Submission, Form], object], *, done: str
) -> HttpResponse:
    """Take one step with a case and show it again; what was typed stays if it cannot be taken.

    A GET comes back from signing in again: the page, with what was typed before.
    """
    submission = seen_case(request, number)
    if request.method != "POST":
        return case_page(request, submission, form) if form.data else redirect("casework:case", number)
    if form.is_valid():
        try:
            act(submission, form)
        except SubmissionRefused as refusal:
            form.add_error(None, str(refusal))
            submission = seen_case(request, number)  # it has changed under our hands
        else:
            messages.success(request, done % {"number": submission.number})
            still_hers = queries.seen_by(request.user).filter(pk=submission.pk).exists()
            return redirect("casework:case", number) if still_hers else redirect("casework:inbox")
    return case_page(request, submission, form)
