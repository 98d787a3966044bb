"""Into whose hands a draft goes when somebody comes to a form: what was typed before is taken along, or comes back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import returning
from accounts.guards import sign_in_address, signed_in_citizen
from accounts.models import User
from catalogue.forms.current import form_definition
from submissions import draft_actions
from submissions.account_data import take_over_verified
from submissions.drafts import OpenDraft, browser_draft, nothing, open_draft, opened_with
from submissions.models import Draft
from submissions.sealing import Kept, give_key, read_key, take_key


def draft_in_hand(request: HttpRequest, service_key: str) -> OpenDraft | HttpResponse:
    """The draft for this service, on the newest version of its form; or the page that comes before it.

    What was filled in without an account is taken over after signing in, and what was typed when a session had ended
    comes back. If somebody has begun with and without her account, she chooses first; a page that is being sent
    goes to the draft that it was shown with.
    """
    try:
        newest = form_definition(service_key)
    except KeyError:
        raise Http404 from None
    citizen = signed_in_citizen(request)
    draft = _of_citizen(request, service_key, citizen) if citizen else _of_browser(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    draft = draft_actions.bring_up_to_date(draft=draft, newest=newest)
    return take_over_verified(request, draft) if citizen and request.method == "GET" else draft


def with_key(request: HttpRequest, response: HttpResponse, draft: OpenDraft) -> HttpResponse:
    """Let the browser keep the key to the draft, or stay signed in: somebody is at work."""
    if draft.citizen:
        request.session.modified = True
    elif draft.key and signed_in_citizen(request) is None:
        give_key(request, response, draft.service_key, draft.key)
    return response


def _of_citizen(request: HttpRequest, service_key: str, citizen: User) -> OpenDraft | HttpResponse:
    is_get = request.method == "GET"
    _tell_of_other_account(request, service_key)
    from_browser = browser_draft(request, service_key)
    is_shown_with_account = "account" in request.POST
    if from_browser and not is_shown_with_account:
        if not draft_actions.adopt(draft=from_browser, citizen=citizen, now=timezone.now()):
            return redirect("submissions:choose", service_key) if is_get else from_browser
        if is_get:
            return _without_key(request, service_key, Kept.DRAFT)
    draft = open_draft(request, service_key)
    kept = _typed_after_session(request, service_key)
    if kept and is_get and kept.content.owner == citizen.pk:
        _draft, is_clear = draft_actions.take_back(kept=kept, draft=draft, now=timezone.now())
        if not is_clear:
            messages.warning(
                request,
                _(
                    "Diese Seite haben Sie inzwischen auch in einem anderen Fenster oder auf einem anderen Gerät "
                    "geändert. Hier steht, was Sie zuletzt hier getippt haben. Bitte prüfen Sie es."
                ),
            )
        return _without_key(request, service_key, Kept.TYPED)
    return draft


def _of_browser(request: HttpRequest, service_key: str) -> OpenDraft | HttpResponse:
    draft = open_draft(request, service_key)
    before = returning.last_citizen(request)
    is_over = before is not None and draft.row is None and request.method == "GET"
    if is_over and Draft.objects.filter(citizen_id=before, service_key=service_key).exists():
        return sign_in_again(request, draft)
    return draft


def sign_in_again(request: HttpRequest, draft: OpenDraft) -> HttpResponse:
    """Her session has ended; all she has answered lies in her account."""
    context = {
        "definition": draft.definition,
        "sign_in_url": sign_in_address(request.get_full_path()),
        "service_key": draft.service_key,
    }
    return render(request, "submissions/sign_in_again.html", context)


def kept_after_session(request: HttpRequest, service_key: str, owner: int) -> OpenDraft:
    """Where a page goes that somebody sends whose session has ended: what this browser keeps for her already."""
    kept = _typed_after_session(request, service_key)
    if kept and kept.content.owner == owner:
        return kept
    return nothing(request, service_key)


def give_key_to_typed(request: HttpRequest, response: HttpResponse, kept: OpenDraft) -> None:
    assert kept.key is not None
    give_key(request, response, kept.service_key, kept.key, Kept.TYPED)


def _typed_after_session(request: HttpRequest, service_key: str) -> OpenDraft | None:
    key = read_key(request, service_key, Kept.TYPED)
    return opened_with(request, key, service_key) if key else None


def _tell_of_other_account(request: HttpRequest, service_key: str) -> None:
    """Once: what another account has begun here is not shown and not touched."""
    kept = _typed_after_session(request, service_key)
    citizen = signed_in_citizen(request)
    others = {request.session.get(returning.BEFORE), kept.content.owner if kept else None}
    others -= {None, citizen.pk if citizen else None, request.session.get(f"told_of_other:{service_key}")}
    if not others:
        return
    if Draft.objects.filter(citizen_id__in=others, service_key=service_key).exists() or (
        kept and kept.content.owner in others
    ):
        request.session[f"told_of_other:{service_key}"] = others.pop()
        messages.warning(
            request,
            _(
                "Dieser Entwurf gehört zu einem anderen Konto. Er bleibt dort gespeichert, und Sie sehen nichts davon. "
                "Möchten Sie ihn weiter ausfüllen, melden Sie sich ab und mit dem anderen Konto wieder an."
            ),
        )


def _without_key(request: HttpRequest, service_key: str, what: Kept) -> HttpResponse:
    """Once more the same page, after the browser has forgotten a key that opens nothing any more."""
    answer = redirect(request.get_full_path())
    take_key(answer, service_key, what)
    return answer
