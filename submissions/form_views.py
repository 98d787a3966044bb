"""Filling in a form: page by page, with or without an account."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.guards import sign_in_address, signed_in_citizen
from catalogue.forms.definition import Group, Page
from submissions import actions
from submissions.addresses import (
    address,
    back_address,
    entry_address,
    next_address,
    step_after,
    step_before,
    unfinished_entry,
    where_it_stopped,
)
from submissions.documents import statement_pdf
from submissions.drafts import OpenDraft, browser_draft, open_draft
from submissions.filling import (
    account_token,
    adopt_first,
    entry_title,
    frame,
    handed_in_already,
    keep_and_sign_in,
    not_online,
    page_form,
    service_with_form,
    session_has_ended,
    with_key,
)
from submissions.journey import Place
from submissions.page_form import PageForm
from submissions.presentation import entry_name
from submissions.sealing import take_key
from submissions.telling import is_live, live_answer, page_told, read, told_on, ways_on, without_errors
from submissions.typed import as_query, typed
from templates.widgets import REMOVE_UPLOAD
from townhall.offering import has_guide, may_apply
from townhall.shopfront import shopfront

# --- Beginning --------------------------------------------------------------------------------------------


@never_cache
def start(request: HttpRequest, service_key: str) -> HttpResponse:
    """Begin, or go on where somebody stopped."""
    service = service_with_form(service_key)
    front = shopfront()
    if not (has_guide(front, service) or may_apply(front, service, timezone.localdate())):
        return not_online(request, service)
    adopted = adopt_first(request, service_key)
    if adopted:
        return adopted
    draft = open_draft(request, service_key)
    if draft.row is None:
        return redirect(address(service_key, draft.journey().steps[0]))
    return render(
        request,
        "submissions/continue.html",
        {
            "service": service,
            "draft": draft,
            "continue_url": where_it_stopped(draft),
            "is_browser": draft.key is not None,
        },
    )


@require_POST
def restart(request: HttpRequest, service_key: str) -> HttpResponse:
    """Throw away what was begun and begin anew."""
    service_with_form(service_key)
    draft = open_draft(request, service_key)
    actions.discard(draft=draft)
    answer = redirect("submissions:start", service_key)
    take_key(answer, service_key)
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
            actions.discard(draft=own)
            actions.adopt(draft=from_browser, citizen=citizen, now=timezone.now())
        else:
            actions.discard(draft=from_browser)
        answer = redirect("submissions:start", service_key)
        take_key(answer, service_key)
        return answer
    return render(request, "submissions/choose.html", {"service": service, "own": own, "from_browser": from_browser})


# --- Pages ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@never_cache
def step(request: HttpRequest, service_key: str, step_key: str) -> HttpResponse:
    """A page, or the list of entries of a group."""
    service_with_form(service_key)
    adopted = adopt_first(request, service_key)
    if adopted:
        return adopted
    draft = open_draft(request, service_key)
    journey = draft.journey()
    wanted = journey.step(step_key)
    has_not_begun = draft.row is None and wanted != journey.steps[0]
    if wanted is None or (has_not_begun and request.method == "GET"):
        return _elsewhere(request, draft)
    if isinstance(wanted, Group):
        return _entry_list(request, draft, wanted)
    return _page(request, draft, Place(wanted))


@require_http_methods(["GET", "POST"])
@never_cache
def entry(request: HttpRequest, service_key: str, step_key: str, number: int, page_key: str) -> HttpResponse:
    """A page of one entry of a group, such as the second dog."""
    service_with_form(service_key)
    adopted = adopt_first(request, service_key)
    if adopted:
        return adopted
    draft = open_draft(request, service_key)
    journey = draft.journey()
    group = journey.step(step_key)
    place = journey.place(group, number, page_key) if isinstance(group, Group) else None
    if place is None:
        return _elsewhere(request, draft)
    return _page(request, draft, place)


@require_safe
@never_cache
def document(request: HttpRequest, service_key: str, step_key: str) -> HttpResponse:
    """What a page offers to take along: a PDF of the answers, made now and kept nowhere."""
    service_with_form(service_key)
    draft = open_draft(request, service_key)
    journey = draft.journey()
    wanted = journey.first_open()
    if not isinstance(wanted, Page) or wanted.key != step_key or wanted.document is None:
        return _elsewhere(request, draft)
    answer = HttpResponse(statement_pdf(journey, wanted.document), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{service_key}.pdf"'
    return answer


def _page(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    if request.method == "POST":
        return _post_page(request, draft, place)
    kept = draft.content.typed.get(place.key)
    form = page_form(request, draft, place, data=as_query(kept) if kept else None)
    return _show_page(request, draft, place, form, status=200)


def _post_page(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    if session_has_ended(request):
        return keep_and_sign_in(request, draft, place)
    form = page_form(request, draft, place, data=request.POST, files=request.FILES)
    if "live" in request.POST:
        return live_answer(request, form)
    removes = _upload_id(request.POST.get(REMOVE_UPLOAD))
    wants_to_sign_in = "sign_in" in request.POST and draft.citizen is None
    wants_to_see = "refresh" in request.POST
    is_complete = form.is_valid() and not removes and not wants_to_sign_in and not wants_to_see
    draft = actions.save_page(
        draft=draft,
        place=place,
        values=form.values,
        typed=None if is_complete else typed(request.POST),
        now=timezone.now(),
    )
    if draft.row and draft.citizen:
        _store_files(draft, place, form, removes)
    answer: HttpResponse
    if is_complete:
        answer = redirect(next_address(draft, place, is_change="pruefen" in request.GET))
    elif wants_to_sign_in:
        answer = redirect(sign_in_address(request.get_full_path()))
    elif removes:
        answer = redirect(request.get_full_path())
    elif wants_to_see:
        seen = page_form(request, draft, place, data=request.POST)
        answer = _show_page(request, draft, place, without_errors(seen), status=200)
    else:
        again = page_form(request, draft, place, data=request.POST, files=_refused_files(request, form))
        again.is_valid()
        answer = _show_page(request, draft, place, again, status=422)
    return with_key(request, answer, draft)


def _upload_id(sent: str | None) -> UUID | None:
    try:
        return UUID(sent) if sent else None
    except ValueError:
        return None


def _refused_files(request: HttpRequest, form: PageForm) -> "MultiValueDict[str, UploadedFile[Any]]":
    """The files of fields with errors, to say so again; the others are kept by now."""
    refused: MultiValueDict[str, UploadedFile[Any]] = MultiValueDict()
    for name in form.errors:
        for file in request.FILES.getlist(name):
            file.seek(0)
            refused.appendlist(name, file)
    return refused


def _store_files(draft: OpenDraft, place: Place, form: PageForm, removes: UUID | None) -> None:
    """Files count at once, even if something else on the page is wrong."""
    assert draft.row is not None
    for field_id, accepted in form.accepted.items():
        for file in accepted:
            actions.add_file(file=file, place=place.field_place(field_id), draft=draft.row, now=timezone.now())
    if removes:
        actions.remove_file(draft=draft.row, upload_id=removes)


def _show_page(request: HttpRequest, draft: OpenDraft, place: Place, form: PageForm, *, status: int) -> HttpResponse:
    journey = draft.journey()
    current: Page | Group = place.group or place.page
    standing = frame(draft, current)
    context = {
        **standing,
        "form": form,
        "page": place.page,
        "texts": read(place.page, journey.scope(place), journey),
        "is_live": is_live(form),
        "told": page_told(form),
        "ways": ways_on(place.page, journey, standing["service"]),
        "place": place,
        "back_url": back_address(draft, place),
        "account": account_token(request),
        "entry_title": entry_title(journey, place),
    }
    return render(request, "submissions/page.html", context, status=status)


def _entry_list(request: HttpRequest, draft: OpenDraft, group: Group) -> HttpResponse:
    """The entries so far, with links to change, remove and add."""
    journey = draft.journey()
    entries = journey.entries(group)
    if request.method == "POST":
        if session_has_ended(request):
            return redirect(sign_in_address(request.get_full_path()))
        if "remove" in request.POST and request.POST["remove"].isdigit():
            draft = actions.remove_entry(
                draft=draft, group_key=group.key, number=int(request.POST["remove"]), now=timezone.now()
            )
            answer = redirect(address(draft.service_key, group))
        else:
            draft = actions.finish_list(draft=draft, group_key=group.key, now=timezone.now())
            journey = draft.journey()
            is_done = journey.is_done(group)
            answer = redirect(step_after(draft, group) if is_done else unfinished_entry(draft, group))
        return with_key(request, answer, draft)
    if not entries and journey.least(group):
        return redirect(entry_address(draft.service_key, group, 1, group.pages[0]))
    context = {
        **frame(draft, group),
        "group": group,
        "journey": journey,
        "texts": read(group, journey.answers, journey),
        "told": told_on(group, journey),
        "entries": [
            {
                "number": number,
                "name": entry_name(group, one, number, journey.context),
                "change_url": entry_address(draft.service_key, group, number, group.pages[0]),
                "is_complete": all(
                    place.key in journey.done for place in journey.places_of(group) if place.number == number
                ),
            }
            for number, one in enumerate(entries, start=1)
        ],
        "add_url": entry_address(draft.service_key, group, len(entries) + 1, group.pages[0])
        if len(entries) < journey.most(group)
        else "",
        "account": account_token(request),
        "back_url": step_before(draft, group),
    }
    return render(request, "submissions/entries.html", context)


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


def _elsewhere(request: HttpRequest, draft: OpenDraft) -> HttpResponse:
    """A page that these answers do not call for: to where the form is; nothing there at all is a 404."""
    keys = {step.key for step in draft.definition.steps}
    asked = request.resolver_match.kwargs["step_key"] if request.resolver_match else ""
    if asked not in keys:
        raise Http404
    return handed_in_already(request, draft) or redirect(where_it_stopped(draft))
