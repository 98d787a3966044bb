"""Somebody sees that another person has reported the same already, and says so."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from submissions import actions, draft_actions
from submissions.availability import refusal, service_with_form
from submissions.duplicates import reported_by_others
from submissions.hands import draft_in_hand
from submissions.models import Submission
from submissions.sealing import take_key
from submissions.senders import may_send

_SECONDED = "seconded"  # in the session: keys of the submissions that this browser has counted for


@require_http_methods(["GET", "POST"])
@never_cache
def second(request: HttpRequest, service_key: str) -> HttpResponse:
    """„Ja, das meine ich auch“: count one more there, and let go of what was filled in. Afterwards: thanks."""
    service = service_with_form(service_key)
    if request.method == "POST":
        return _count(request, service_key)
    return render(request, "submissions/seconded.html", {"service": service})


def _count(request: HttpRequest, service_key: str) -> HttpResponse:
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    stopped = refusal(request, draft)
    if stopped:
        return stopped
    journey = draft.journey()
    reported = (
        None if journey.first_open() else reported_by_others(journey=journey, by=draft.citizen, now=timezone.now())
    )
    if reported is None:  # decided meanwhile: it is better sent than lost
        return redirect("submissions:review", service_key)
    if _is_first(request, reported) and may_send(request, f"{service_key}-seconded"):
        actions.second(reported=reported)
    draft_actions.discard(draft=draft)
    answer = redirect("submissions:second", service_key)
    take_key(answer, service_key)
    return answer


def _is_first(request: HttpRequest, reported: Submission) -> bool:
    """Whether this browser has not said so before; it is remembered as long as its session lasts."""
    said = request.session.get(_SECONDED, [])
    if str(reported.pk) in said:
        return False
    request.session[_SECONDED] = [*said, str(reported.pk)]
    return True
