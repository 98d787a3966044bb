"""Once more with the same answers: for what is due each year, or for another dog."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.guards import PersonRequest, citizen_required
from catalogue.forms.current import form_definition
from catalogue.forms.definition import FormDefinition, Group
from catalogue.forms.fields import Kind
from submissions import draft_actions
from submissions.addresses import where_it_stopped
from submissions.availability import refusal
from submissions.content import Content
from submissions.drafts import OpenDraft, nothing, open_draft
from submissions.models import Submission
from submissions.versions import carried_over

# To be done anew each time: what is declared, and files, which are not taken over.
_ANEW = frozenset({Kind.DECLARATION, Kind.FILE})


@never_cache
@citizen_required
@require_POST
def again(request: PersonRequest, number: str) -> HttpResponse:
    """A new draft with the answers of an application, on the newest version of the form."""
    submission = get_object_or_404(Submission, number=number, citizen=request.user)
    empty = replace(nothing(request, submission.service_key), citizen=request.user)
    stopped = refusal(request, empty)
    if stopped:
        return stopped
    if "replace" in request.POST:
        draft_actions.discard(draft=open_draft(request, submission.service_key))
    draft = draft_actions.begin_again(draft=filled_again(empty, submission), now=timezone.now())
    if draft is None:
        existing = open_draft(request, submission.service_key)
        return render(request, "submissions/again.html", {"submission": submission, "existing": existing})
    return redirect(where_it_stopped(draft))


def filled_again(empty: OpenDraft, submission: Submission) -> OpenDraft:
    """The answers by field id. Pages where something must be declared or added are open, the others are done."""
    before = form_definition(submission.service_key, submission.form_version)
    content = carried_over(_declared_by_nobody(submission, before), before, empty.definition, empty.surroundings)
    draft = replace(empty, content=content)
    journey = draft.journey()
    news = set(content.news)
    for place in journey.places():
        asked = list(place.page.visible_fields(journey.scope(place), journey.context))
        if not any(one.kind in _ANEW or one.id in news for one in asked):
            content.done.append(place.key)
    content.done += [step.key for step in journey.steps if isinstance(step, Group)]
    return draft


def _declared_by_nobody(submission: Submission, definition: FormDefinition) -> Content:
    declarations = {one.id for one in definition.all_fields() if one.kind == Kind.DECLARATION}
    return Content(answers=_without(submission.answers, declarations))


def _without(answers: dict[str, object], ids: set[str]) -> dict[str, object]:
    """A copy, without some answers, in entries too."""
    kept: dict[str, object] = {}
    for name, value in answers.items():
        if isinstance(value, list):
            kept[name] = [_without(one, ids) if isinstance(one, dict) else one for one in value]
        elif name not in ids:
            kept[name] = value
    return kept
