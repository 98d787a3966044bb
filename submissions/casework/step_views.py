"""Every step that can be taken with a case. What was typed stays if it cannot be taken."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import PersonRequest
from accounts.models import Role, User
from accounts.typed import typed
from submissions.casework import actions, queries
from submissions.casework.authorities import other_authorities
from submissions.casework.case_steps import needs_second_signature, other_units
from submissions.casework.case_views import case_page, reveal_for_a_while, seen_case
from submissions.casework.desk import case_workers_page
from submissions.casework.forms import (
    AssignForm,
    DecisionForm,
    EmptyForm,
    ForwardForm,
    NoteForm,
    PostingForm,
    ProtectionForm,
    QuestionForm,
    RemindForm,
    ReopenForm,
    RevealForm,
    SignatureForm,
    WithTextBlocks,
)
from submissions.models import Submission, TextBlock
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
    return _press(request, number, actions.hand_back, done=_("Der Vorgang %(number)s liegt wieder im Eingang."))


@case_workers_page
def ask_back(request: PersonRequest, number: str) -> HttpResponse:
    """Ask the citizen for something, with a date."""
    options: dict[str, Any] = {"today": timezone.localdate(), "blocks": _text_blocks(request, number)}
    return _step(
        request,
        number,
        QuestionForm(typed(request), **options),
        lambda submission, form: actions.ask_back(
            submission=submission, by=request.user, now=timezone.now(), **form.texts
        ),
        done=_("Die Rückfrage ist gestellt. Die Person bekommt eine E-Mail."),
        with_block=lambda values: QuestionForm(initial=values, **options),
    )


@case_workers_page
def go_on(request: PersonRequest, number: str) -> HttpResponse:
    """Go on although the question was not answered here."""
    return _press(request, number, actions.go_on_without_answer, done=_("Der Vorgang ist wieder in Prüfung."))


@case_workers_page
def remind(request: PersonRequest, number: str) -> HttpResponse:
    """Look at the case again on a day."""
    return _fill(
        request,
        number,
        RemindForm(typed(request), today=timezone.localdate()),
        actions.remind_on,
        done=_("Vorgemerkt. An diesem Tag erinnert Sie Ihr Eingang daran."),
    )


@case_workers_page
def reminded(request: PersonRequest, number: str) -> HttpResponse:
    """It was looked at again."""
    return _press(request, number, actions.stop_reminding, done=_("Die Wiedervorlage ist erledigt."))


@case_workers_page
def decide(request: PersonRequest, number: str) -> HttpResponse:
    """Decide, in words that the citizen reads; or prepare it for the second signature."""
    options: dict[str, Any] = {"blocks": _text_blocks(request, number), "authorities": other_authorities()}
    is_signed = needs_second_signature(seen_case(request, number))
    act = actions.propose if is_signed else actions.decide
    return _step(
        request,
        number,
        DecisionForm(typed(request), **options),
        lambda submission, form: act(submission=submission, ruling=form.ruling, by=request.user, now=timezone.now()),
        done=_("Die Entscheidung liegt zur Unterschrift bereit.")
        if is_signed
        else _("Die Entscheidung ist gespeichert. Die Person bekommt eine E-Mail."),
        with_block=lambda values: DecisionForm(initial=values, **options),
    )


@case_workers_page
def sign(request: PersonRequest, number: str) -> HttpResponse:
    """The second person signs."""
    return _press(
        request, number, actions.sign, done=_("Die Entscheidung ist unterschrieben. Die Person bekommt eine E-Mail.")
    )


@case_workers_page
def do_not_sign(request: PersonRequest, number: str) -> HttpResponse:
    """The second person gives it back."""
    return _fill(
        request, number, SignatureForm(typed(request)), actions.do_not_sign, done=_("Der Vorgang ist zurückgegeben.")
    )


@case_workers_page
def take_back(request: PersonRequest, number: str) -> HttpResponse:
    """Whoever prepared the decision wants to change it."""
    return _press(
        request,
        number,
        actions.take_back_proposal,
        done=_("Die Entscheidung ist zurückgenommen. Sie können sie ändern."),
    )


@case_workers_page
def protect(request: PersonRequest, number: str) -> HttpResponse:
    """The person's address must not be seen; or it may be again."""
    is_protected = not seen_case(request, number).is_protected
    return _step(
        request,
        number,
        ProtectionForm(typed(request)),
        lambda submission, form: actions.protect(
            submission=submission,
            is_protected=is_protected,
            reason=form.cleaned_data["reason"],
            by=request.user,
            now=timezone.now(),
        ),
        done=_("Die Auskunftssperre ist vermerkt.") if is_protected else _("Die Auskunftssperre ist aufgehoben."),
    )


@case_workers_page
def reveal(request: PersonRequest, number: str) -> HttpResponse:
    """Look at a protected address, for a reason."""

    def act(submission: Submission, form: Form) -> None:
        actions.reveal(submission=submission, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        reveal_for_a_while(request, submission)

    return _step(
        request,
        number,
        RevealForm(typed(request)),
        act,
        done=_("Sie sehen die geschützten Angaben eine Viertelstunde lang."),
    )


@case_workers_page
def send_by_post(request: PersonRequest, number: str) -> HttpResponse:
    """Send on paper what the person has not opened yet."""
    return _press(
        request, number, actions.send_by_post, done=_("Der Brief zu %(number)s steht jetzt auf der Postliste.")
    )


@case_workers_page
def posted(request: PersonRequest, number: str) -> HttpResponse:
    """The letter of this case was posted."""
    return _fill(
        request,
        number,
        PostingForm(typed(request)),
        actions.hand_to_post,
        done=_("Eingetragen: Der Brief zu %(number)s ist zur Post gegeben."),
    )


@case_workers_page
def close(request: PersonRequest, number: str) -> HttpResponse:
    """Nothing is left to do."""
    return _press(request, number, actions.close, done=_("Der Vorgang %(number)s ist abgeschlossen."))


@case_workers_page
def reopen(request: PersonRequest, number: str) -> HttpResponse:
    """Take up a closed case again, with a reason."""
    return _fill(
        request, number, ReopenForm(typed(request)), actions.reopen, done=_("Sie haben den Vorgang wieder aufgenommen.")
    )


@case_workers_page
def note(request: PersonRequest, number: str) -> HttpResponse:
    """Write something down for colleagues."""
    return _step(
        request,
        number,
        NoteForm(typed(request)),
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
    return _fill(
        request,
        number,
        AssignForm(typed(request), colleagues=colleagues),
        actions.assign,
        done=_("Der Vorgang %(number)s ist zugewiesen."),
    )


@case_workers_page
def forward(request: PersonRequest, number: str) -> HttpResponse:
    """Another unit of the town hall is responsible."""
    units = other_units(seen_case(request, number))
    return _fill(
        request,
        number,
        ForwardForm(typed(request), units=units),
        actions.forward,
        done=_("Der Vorgang %(number)s ist weitergeleitet."),
    )


def _text_blocks(request: PersonRequest, number: str) -> list[TextBlock]:
    return list(queries.text_blocks(request.user, seen_case(request, number).unit))


def _press(request: PersonRequest, number: str, act: Callable[..., object], *, done: str) -> HttpResponse:
    """A step that needs nothing but its button."""
    return _fill(request, number, EmptyForm(request.POST), act, done=done)


def _fill(request: PersonRequest, number: str, form: Form, act: Callable[..., object], *, done: str) -> HttpResponse:
    """A step that takes just what its form asks."""
    by, now = request.user, timezone.now()
    return _step(
        request,
        number,
        form,
        lambda submission, sent: act(submission=submission, by=by, now=now, **sent.cleaned_data),
        done=done,
    )


def _step(
    request: PersonRequest,
    number: str,
    form: Form,
    act: Callable[[Submission, Any], object],
    *,
    done: str,
    with_block: Callable[[dict[str, Any]], WithTextBlocks] | None = None,
) -> HttpResponse:
    """Take one step with a case and show it again; what was typed stays if it cannot be taken.

    A GET comes back from signing in again: the page, with what was typed before. `with_block` makes the form anew
    when somebody has pressed the button that puts a text block in.
    """
    submission = seen_case(request, number)
    if request.method != "POST":
        return case_page(request, submission, form) if form.data else redirect("casework:case", number)
    if with_block and isinstance(form, WithTextBlocks) and "insert" in request.POST:
        return case_page(request, submission, with_block(form.values_with_block()))
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
