"""Taking a draft along to another town: here it is packed, there it is opened."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import PersonRequest, citizen_required
from submissions import draft_actions
from submissions.again_views import filled_again
from submissions.availability import availability_of, not_online, service_with_form
from submissions.citizen_views import own_submission
from submissions.drafts import OpenDraft, nothing, opened_with, surroundings_of
from submissions.hands import draft_in_hand
from submissions.links import status_path
from submissions.models import Submission
from submissions.other_towns import PackageRefused, home_town, pack, responsible_town, unpack
from submissions.presentation import answer_groups
from submissions.sealing import Kept, give_key, read_key, take_key
from tenants.models import Town


@require_safe
@never_cache
def carry(request: HttpRequest, service_key: str) -> HttpResponse:
    """What goes along to which town. The button on it sends the package there: with it the person says yes."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    target = home_town(draft.content.answers, draft.definition)
    if draft.row is None or target is None:
        return redirect("submissions:start", service_key)
    context = {"has_files": draft.row.uploads.exists(), "stay_url": reverse("submissions:start", args=[service_key])}
    return _package_page(request, draft, target, context)


@never_cache
@citizen_required
@require_safe
def carry_case(request: PersonRequest, number: str) -> HttpResponse:
    """What somebody has handed in here, and another town is responsible for: it goes along in the same way."""
    return show_carry(request, own_submission(request, number))


def show_carry(request: HttpRequest, submission: Submission) -> HttpResponse:
    """The answers of an application on their way to the town that is responsible. Raises Http404 if there is none."""
    target = responsible_town(submission)
    if target is None:
        raise Http404
    service_with_form(submission.service_key)
    empty = replace(nothing(request, submission.service_key), citizen=submission.citizen)
    context = {
        "submission": submission,
        "has_files": submission.uploads.exists(),
        "stay_url": status_path(submission),
    }
    return _package_page(request, filled_again(empty, submission), target, context)


def _package_page(request: HttpRequest, draft: OpenDraft, target: Town, context: dict[str, Any]) -> HttpResponse:
    shown = {
        "service": service_with_form(draft.service_key),
        "target": target,
        "address": target.url + reverse("submissions:arrive", args=[draft.service_key]),
        "package": pack(draft, target=target),
        "groups": answer_groups(draft.journey()),
    }
    answer = render(request, "submissions/carry.html", shown | context)
    answer._csp_update = {"form-action": [target.url]}  # type: ignore[attr-defined]  # as csp.decorators.csp_update does
    return answer


@csrf_exempt  # comes from another town's page; it changes nothing that was here before, and asks before it counts
@require_POST
@never_cache
def arrive(request: HttpRequest, service_key: str) -> HttpResponse:
    """A package from another town. It is opened and laid aside; the person says on the next page that she wants it."""
    service = service_with_form(service_key)
    try:
        package = unpack(request.POST.get("paket", ""))
        if package.service_key != service_key:
            raise PackageRefused
        brought = draft_actions.unpack_draft(package=package, surroundings=surroundings_of(request), now=timezone.now())
    except PackageRefused:
        return render(request, "submissions/not_carried.html", {"service": service}, status=400)
    answer = redirect("submissions:brought", service_key)
    answer.status_code = 303  # what follows is a GET
    assert brought.key is not None
    give_key(request, answer, service_key, brought.key, Kept.BROUGHT)
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
def brought(request: HttpRequest, service_key: str) -> HttpResponse:
    """What somebody has brought along, and whether it shall count here."""
    service = service_with_form(service_key)
    key = read_key(request, service_key, Kept.BROUGHT)
    draft = opened_with(request, key, service_key) if key else None
    if key is None or draft is None:
        return redirect("submissions:start", service_key)
    if not availability_of(service_key).may_begin:
        return not_online(request, draft)
    here = draft_in_hand(request, service_key)
    if isinstance(here, HttpResponse):
        return here
    if request.method == "POST":
        return _decide(request, draft, here, keeps="keep" in request.POST)
    context = {"service": service, "groups": answer_groups(draft.journey()), "here": here}
    return render(request, "submissions/brought.html", context)


def _decide(request: HttpRequest, draft: OpenDraft, here: OpenDraft, *, keeps: bool) -> HttpResponse:
    answer = redirect("submissions:start", draft.service_key)
    take_key(answer, draft.service_key, Kept.BROUGHT)
    if not keeps:
        draft_actions.discard(draft=draft)
        return answer
    draft_actions.replace_draft(old=here, new=draft, citizen=here.citizen, now=timezone.now())
    if here.citizen is None and draft.key:
        give_key(request, answer, draft.service_key, draft.key)
    messages.success(request, _("Ihre Angaben sind jetzt hier. Bitte prüfen Sie jede Seite."))
    return answer
