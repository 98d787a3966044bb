"""Before and between the pages of a form: beginning, going on, stopping, choosing, throwing away."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import returning
from accounts.guards import sign_in_address, signed_in_citizen
from submissions import draft_actions
from submissions.account_data import applicant_of, differences, take_over
from submissions.addresses import address, where_it_stopped
from submissions.availability import refusal, service_with_form
from submissions.documents import draft_pdf
from submissions.drafts import OpenDraft, browser_draft, open_draft
from submissions.hands import draft_in_hand, with_key
from submissions.sealing import take_key
from townhall.pdf import pdf_answer


@require_safe
@never_cache
def start(request: HttpRequest, service_key: str) -> HttpResponse:
    """Begin, or go on where somebody stopped."""
    draft = _in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    if draft.row is None:
        return with_key(request, redirect(address(service_key, draft.journey().steps[0])), draft)
    context = {
        "service": service_with_form(service_key),
        "draft": draft,
        "done": _done(draft),
        "continue_url": where_it_stopped(draft),
        "is_browser": draft.citizen is None,
    }
    return with_key(request, render(request, "submissions/continue.html", context), draft)


@require_POST
def restart(request: HttpRequest, service_key: str) -> HttpResponse:
    """Throw away what was begun and begin anew; without an account even where an account has begun before."""
    service_with_form(service_key)
    draft = open_draft(request, service_key)
    draft_actions.discard(draft=draft)
    answer = redirect("submissions:start", service_key)
    take_key(answer, service_key)
    if draft.citizen is None:
        returning.forget(answer)
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
def choose(request: HttpRequest, service_key: str) -> HttpResponse:
    """Somebody began without her account what she had begun with it before: which one counts?"""
    service = service_with_form(service_key)
    citizen = signed_in_citizen(request)
    from_browser = browser_draft(request, service_key)
    if citizen is None or from_browser is None:
        return redirect("submissions:start", service_key)
    own = open_draft(request, service_key)
    if request.method == "POST":
        if request.POST.get("keep") == "browser":
            draft_actions.discard(draft=own)
            draft_actions.adopt(draft=from_browser, citizen=citizen, now=timezone.now())
        else:
            draft_actions.discard(draft=from_browser)
        answer = redirect("submissions:start", service_key)
        take_key(answer, service_key)
        return answer
    context = {
        "service": service,
        "own": own,
        "own_done": _done(own),
        "from_browser": from_browser,
        "browser_done": _done(from_browser),
    }
    return render(request, "submissions/choose.html", context)


@require_safe
@never_cache
def saved_here(request: HttpRequest, service_key: str) -> HttpResponse:
    """Stopping without an account: what happens with what was typed, and how to keep it for other devices."""
    service = service_with_form(service_key)
    draft = open_draft(request, service_key)
    context = {
        "service": service,
        "has_draft": draft.row is not None,
        "sign_in_url": sign_in_address(reverse("submissions:start", args=[service_key])),
        "account_name": settings.OIDC_ACCOUNT_NAME,
    }
    return render(request, "submissions/saved_here.html", context)


# --- What a person does with a draft as a whole ------------------------------------------------------------


@require_safe
@never_cache
def pdf(request: HttpRequest, service_key: str) -> HttpResponse:
    """What was filled in so far, on paper: to be brought along, or because it cannot be sent any more."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    if draft.row is None:
        return redirect("submissions:start", service_key)
    return pdf_answer(draft_pdf(draft), f"Entwurf-{service_key}.pdf")


@require_POST
def understood(request: HttpRequest, service_key: str) -> HttpResponse:
    """Somebody has read which answers a new version of the form has no place for."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, OpenDraft) and draft.row:
        draft = draft_actions.forget_left_over(draft=draft, now=timezone.now())
        return with_key(request, redirect(where_it_stopped(draft)), draft)
    return redirect("submissions:start", service_key)


@require_POST
def from_account(request: HttpRequest, service_key: str) -> HttpResponse:
    """Answer as the account knows it, where it was answered otherwise before signing in."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, OpenDraft) and draft.row and draft.citizen:
        draft = take_over(draft, differences(draft.journey(), applicant_of(request)))
        messages.success(request, _("Ihre Angaben aus dem Konto sind übernommen."))
        return with_key(request, redirect(where_it_stopped(draft)), draft)
    return redirect("submissions:start", service_key)


def _in_hand(request: HttpRequest, service_key: str) -> OpenDraft | HttpResponse:
    draft = draft_in_hand(request, service_key)
    return draft if isinstance(draft, HttpResponse) else refusal(request, draft) or draft


def _done(draft: OpenDraft) -> list[str]:
    """The steps that are done, to tell two drafts apart."""
    journey = draft.journey()
    return [step.short for step in journey.steps if journey.is_done(step)]
