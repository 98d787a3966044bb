"""Pages that lie open: what a script saves while somebody types, and what is shown when two windows disagree."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.guards import sign_in_address
from catalogue.forms.fields import Field
from submissions import draft_actions
from submissions.content import SENT, ChangedElsewhere, Copy, Overtaken, belongs_to
from submissions.draft_actions import DraftIsGone
from submissions.drafts import OpenDraft
from submissions.filling import keep_for_owner, page_form, says_nothing_new, session_has_ended, typed_form
from submissions.hands import give_key_to_typed, with_key
from submissions.journey import Place
from submissions.models import Submission
from submissions.presentation import raw_in_words
from submissions.states import State
from submissions.typed import as_typed, typed, without_blanks

# What a page sends about itself beside the answers. Ids of fields never begin like that.
COPY, SAVE, DRAFT, ENTRY = "_copy", "_save", "_draft", "_entry"


def copy_of(request: HttpRequest, draft: OpenDraft, place: Place) -> Copy:
    """Which copy of the page this comes from, and which of its saves this is.

    A page that does not say so was shown by the version before this one; it is believed to have seen all.
    """
    if COPY not in request.POST:
        return Copy.new(draft.content.last_copy(place))
    number = request.POST.get(SAVE, "")
    return Copy.read(request.POST.get(COPY, ""), int(number) if number.isdecimal() and len(number) < 9 else SENT)


def is_autosave(request: HttpRequest) -> bool:
    """Whether nobody has pressed a button: the script saves what is being typed."""
    return SAVE in request.POST


def entry_sent(request: HttpRequest) -> str:
    """Which entry of a group the page is about."""
    return request.POST.get(ENTRY, "")


def still_the_same(request: HttpRequest, draft: OpenDraft) -> bool:
    """Whether the draft is the one that the page was shown with; one that was shown without any does not mind."""
    shown_with = request.POST.get(DRAFT, "")
    return not shown_with or (draft.row is not None and str(draft.row.pk) == shown_with)


def autosaved(request: HttpRequest, draft: OpenDraft, place: Place, copy: Copy) -> HttpResponse:
    """What the script is told: `outcome`, and with it `time`, `draft` or `url`."""
    time = timezone.localtime().strftime("%H:%M")
    if session_has_ended(request):
        kept = keep_for_owner(request, draft, place, copy)
        answer = JsonResponse({"outcome": "signed_out", "url": sign_in_address(request.get_full_path()), "time": time})
        give_key_to_typed(request, answer, kept)
        return answer
    if not still_the_same(request, draft):
        return JsonResponse({"outcome": "gone"})
    raw = None if says_nothing_new(request, draft, place) else typed(request.POST, place.field_ids)
    try:
        if raw is not None or draft.row is not None:
            draft = draft_actions.keep_typed(draft=draft, place=place, copy=copy, raw=raw, now=timezone.now())
    except ChangedElsewhere:
        return JsonResponse({"outcome": "elsewhere"})
    except Overtaken:
        return JsonResponse({"outcome": "overtaken"})
    except DraftIsGone:
        return JsonResponse({"outcome": "gone"})
    saved = {"outcome": "saved", "time": time, "draft": str(draft.row.pk) if draft.row else ""}
    return with_key(request, JsonResponse(saved), draft)


def two_versions(request: HttpRequest, latest: OpenDraft, place: Place) -> dict[str, Any]:
    """The page with what was sent from here, and what stands there by now, for all that differs."""
    theirs = latest.content.typed.get(place.key)
    form = page_form(request, latest, place, data=None)
    there = without_blanks(theirs if theirs is not None else dict(as_typed(form).lists()))
    raw = typed(request.POST, place.field_ids)
    here = without_blanks(raw)
    clash = [
        (form.maker.fill(one.label), raw_in_words(one, there, form.context) or _("nichts"))
        for one in place.page.fields
        if one.id in form.fields and not form.fields[one.id].disabled and _part(one, here) != _part(one, there)
    ]
    return {"form": typed_form(request, latest, place, raw), "clash": clash}


def lost_page(request: HttpRequest, draft: OpenDraft, place: Place) -> dict[str, Any]:
    """The page with what was sent, where the draft that it belonged to is not there any more, and why that is."""
    form = typed_form(request, draft, place, typed(request.POST, place.field_ids))
    handed_in = None
    if draft.citizen:
        before = Submission.objects.filter(citizen=draft.citizen, service_key=draft.service_key)
        handed_in = before.exclude(state=State.SUPERSEDED).order_by("-frozen_at").first() if not draft.row else None
    return {"form": form, "is_lost": True, "handed_in": handed_in}


def _part(one: Field, raw: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in raw.items() if belongs_to(name, [one.id])}
