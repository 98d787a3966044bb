"""Filling in a form: page by page, with or without an account, with or without scripts."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import sign_in_address
from catalogue.forms.definition import Group, Page
from catalogue.forms.fields import Kind
from submissions import draft_actions
from submissions.addresses import (
    address,
    back_address,
    entry_address,
    next_address,
    place_address,
    step_after,
    step_before,
    unfinished_entry,
    where_it_stopped,
)
from submissions.appointments.holding import AppointmentLost, hold, reserved_now
from submissions.availability import refusal
from submissions.content import ChangedElsewhere, Copy
from submissions.documents import statement_pdf
from submissions.draft_actions import DraftIsGone
from submissions.drafts import OpenDraft
from submissions.filling import (
    account_token,
    entry_title,
    frame,
    handed_in_already,
    keep_for_owner,
    page_form,
    quit_address,
    says_nothing_new,
    session_has_ended,
    shown_form,
)
from submissions.hands import draft_in_hand, give_key_to_typed, with_key
from submissions.journey import Place
from submissions.open_pages import (
    autosaved,
    copy_of,
    entry_sent,
    is_autosave,
    lost_page,
    still_the_same,
    two_versions,
)
from submissions.page_form import PageForm
from submissions.presentation import entry_name
from submissions.senders import may_send
from submissions.telling import is_live, live_answer, page_told, read, told_on, ways_on, without_errors
from submissions.typed import typed
from submissions.uploads import actions as uploads
from submissions.uploads.draft_slots import slot_of
from submissions.uploads.intake import FileRefused
from submissions.uploads.slots import Slot
from templates.widgets import REMOVE_UPLOAD
from townhall.pdf import pdf_answer


@require_http_methods(["GET", "POST"])
@never_cache
def step(request: HttpRequest, service_key: str, step_key: str) -> HttpResponse:
    """A page, or the list of entries of a group."""
    draft = _entered(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
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
    """A page of one entry of a group, such as the second dog. What is sent says itself which entry it is about."""
    draft = _entered(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    journey = draft.journey()
    group, place = journey.step(step_key), None
    if isinstance(group, Group):
        sent = entry_sent(request)
        place = journey.place_of_entry(group, sent, page_key) if sent else journey.place(group, number, page_key)
    if place is None:
        return _elsewhere(request, draft)
    return _page(request, draft, place)


def _entered(request: HttpRequest, service_key: str) -> OpenDraft | HttpResponse:
    """The draft, or what comes before it. What is sent is kept, even if the town has stopped the service meanwhile."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    return (refusal(request, draft) if request.method == "GET" or draft.row is None else None) or draft


@require_safe
@never_cache
def document(request: HttpRequest, service_key: str, step_key: str) -> HttpResponse:
    """What a page offers to take along: a PDF of the answers, made now and kept nowhere."""
    draft = draft_in_hand(request, service_key)
    if isinstance(draft, HttpResponse):
        return draft
    journey = draft.journey()
    wanted = journey.first_open()
    if not isinstance(wanted, Page) or wanted.key != step_key or wanted.document is None:
        return _elsewhere(request, draft)
    return pdf_answer(statement_pdf(journey, wanted.document), f"{service_key}.pdf")


# --- A page -----------------------------------------------------------------------------------------------


def _page(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    if request.method == "POST":
        return _post_page(request, draft, place)
    return with_key(request, _show_page(request, draft, place, shown_form(request, draft, place)), draft)


def _post_page(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    if "live" in request.POST:
        return _live(request, draft, place)
    copy = copy_of(request, draft, place)
    if session_has_ended(request):
        return _keep_and_sign_in(request, draft, place, copy)
    if is_autosave(request):
        return autosaved(request, draft, place, copy)
    if not still_the_same(request, draft):
        return _show_page(request, draft, place, **lost_page(request, draft, place), status=422)
    try:
        return _save_page(request, draft, place, copy)
    except DraftIsGone:
        return _show_page(request, draft, place, **lost_page(request, draft, place), status=422)
    except ChangedElsewhere:
        latest = draft_in_hand(request, draft.service_key)
        assert isinstance(latest, OpenDraft)
        found = two_versions(request, latest, place)
        if not found["clash"]:  # both say the same
            return _save_page(request, latest, place, Copy.new(latest.content.last_copy(place)))
        return _show_page(request, latest, place, **found, status=422)


def _live(request: HttpRequest, draft: OpenDraft, place: Place) -> HttpResponse:
    """What the page asks and tells with what was just typed; nothing is known any more of whose session has ended."""
    if session_has_ended(request):
        return HttpResponse(status=401)
    return live_answer(request, page_form(request, draft, place, data=request.POST))


def _save_page(request: HttpRequest, draft: OpenDraft, place: Place, copy: Copy) -> HttpResponse:
    """Save what was sent and go where the button leads; if something is wrong with it, show it again."""
    form = page_form(request, draft, place, data=request.POST, files=request.FILES)
    removes = _upload_id(request.POST.get(REMOVE_UPLOAD))
    slot = next((one.id for one in form.asked if one.kind == Kind.SLOT), "")
    if slot and form.is_valid():
        _reserve(request, draft, place, form, slot)
    leaves_to, wants_to_see = _leaves_to(request, draft, place), "refresh" in request.POST
    is_complete = form.is_valid() and not removes and not wants_to_see and not leaves_to.startswith("/anmelden/")
    if is_complete or not (leaves_to or wants_to_see):
        raw = None if is_complete else typed(request.POST, place.field_ids)
        draft = draft_actions.save_page(
            draft=draft, place=place, copy=copy, values=form.values, raw=raw, now=timezone.now()
        )
    elif not says_nothing_new(request, draft, place):
        raw = typed(request.POST, place.field_ids)
        half = Copy(copy.name, copy.seen, copy.number - 1)  # nobody has asked what is wrong with it
        draft = draft_actions.keep_typed(draft=draft, place=place, copy=half, raw=raw, now=timezone.now())
    if draft.row and _store_files(draft, place, form, removes):  # there was no room for some
        is_complete, raw = False, typed(request.POST, place.field_ids)
        draft = draft_actions.save_page(
            draft=draft, place=place, copy=copy, values=form.values, raw=raw, now=timezone.now()
        )
    answer: HttpResponse
    if leaves_to:
        answer = redirect(leaves_to)
    elif is_complete:
        answer = redirect(_next(request, draft, place))
    elif removes:
        answer = redirect(request.get_full_path())
    elif wants_to_see:
        seen = page_form(request, draft, place, data=request.POST)
        answer = _show_page(request, draft, place, without_errors(seen))
    else:
        again = page_form(request, draft, place, data=request.POST, files=_refused_files(request, form))
        again.is_valid()
        for name, problems in form.errors.items():
            if name in again.fields and name not in again.errors:
                again.add_error(name, [str(problem) for problem in problems])
        answer = _show_page(request, draft, place, again, status=422)
    return with_key(request, answer, draft)


def _reserve(request: HttpRequest, draft: OpenDraft, place: Place, form: PageForm, slot: str) -> None:
    """Hold the appointment that was chosen on this page; somebody may have been a moment faster."""
    is_stranger = draft.citizen is None and reserved_now(draft) is None
    if is_stranger and not may_send(request, f"{draft.service_key}/{slot}"):
        form.add_error(slot, _("Von hier kam gerade sehr viel. Bitte versuchen Sie es in einer Stunde noch einmal."))
        return
    try:
        hold(draft, form.journey.with_values(place, form.values), now=timezone.now())
    except AppointmentLost as lost:
        form.add_error(slot, str(lost))


def _next(request: HttpRequest, draft: OpenDraft, place: Place) -> str:
    """Where a page leads that is complete: on, or back to choosing an appointment that is not to be had any more."""
    try:
        hold(draft, draft.journey(), now=timezone.now())
    except AppointmentLost as lost:
        messages.warning(request, str(lost))
        return place_address(draft.service_key, lost.place)
    return next_address(draft, place, is_change="pruefen" in request.GET)


def _leaves_to(request: HttpRequest, draft: OpenDraft, place: Place) -> str:
    """Where another button than „Weiter“ leads; it asks nothing of the page but to keep it."""
    if "sign_in" in request.POST and draft.citizen is None:
        return sign_in_address(request.get_full_path())
    if "quit" in request.POST:
        return quit_address(draft)
    return back_address(draft, place) if "back" in request.POST else ""


def _keep_and_sign_in(request: HttpRequest, draft: OpenDraft, place: Place, copy: Copy) -> HttpResponse:
    """The session has ended: what was typed stays in the browser, and she signs in and comes back to this page."""
    if is_autosave(request):
        return autosaved(request, draft, place, copy)
    kept = keep_for_owner(request, draft, place, copy)
    messages.info(request, _("Ihre Anmeldung war abgelaufen. Was Sie getippt haben, ist noch da."))
    answer = redirect(sign_in_address(request.get_full_path()))
    give_key_to_typed(request, answer, kept)
    return answer


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


def _store_files(draft: OpenDraft, place: Place, form: PageForm, removes: UUID | None) -> bool:
    """Files count at once, even if something else on the page is wrong. Returns whether there was no room for some."""
    is_full = False
    if removes:
        uploads.remove(slot=Slot("", draft=draft.row), number=removes)
    for field_id, accepted in form.accepted.items():
        for file in accepted:
            try:
                uploads.add(file=file, slot=slot_of(draft, place.field_place(field_id)), now=timezone.now())
            except FileRefused as refusal:
                is_full = True
                form.add_error(field_id, str(refusal))
    return is_full


def _show_page(
    request: HttpRequest, draft: OpenDraft, place: Place, form: PageForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    journey = draft.journey()
    standing = frame(request, draft, place.group or place.page)
    shown = {
        **standing,
        "form": form,
        "page": place.page,
        "texts": read(place.page, journey.scope(place), journey),
        "is_live": is_live(form),
        "told": page_told(form),
        "ways": ways_on(place.page, journey, standing["service"]),
        "place": place,
        "copy": Copy.new(draft.content.last_copy(place)),
        "draft_id": draft.row.pk if draft.row else "",
        "back_url": back_address(draft, place),
        "account": account_token(request),
        "entry_title": entry_title(journey, place),
        **context,
    }
    return render(request, "submissions/page.html", shown, status=status)


# --- A list of entries ------------------------------------------------------------------------------------


def _entry_list(request: HttpRequest, draft: OpenDraft, group: Group) -> HttpResponse:
    """The entries so far, with links to change, remove and add."""
    journey = draft.journey()
    entries = journey.entries(group)
    if request.method == "POST":
        return _post_entry_list(request, draft, group)
    if not entries and journey.least(group):
        return redirect(entry_address(draft.service_key, group, 1, group.pages[0]))
    context = {
        **frame(request, draft, group),
        "group": group,
        "journey": journey,
        "texts": read(group, journey.answers, journey),
        "told": told_on(group, journey),
        "entries": [
            {
                "id": one["_id"],
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
    return with_key(request, render(request, "submissions/entries.html", context), draft)


def _post_entry_list(request: HttpRequest, draft: OpenDraft, group: Group) -> HttpResponse:
    if session_has_ended(request):
        return redirect(sign_in_address(request.get_full_path()))
    if "quit" in request.POST:
        return redirect(quit_address(draft))
    removes = request.POST.get("remove")
    if removes is not None:
        draft = draft_actions.remove_entry(draft=draft, group_key=group.key, entry_id=removes, now=timezone.now())
        return with_key(request, redirect(address(draft.service_key, group)), draft)
    draft = draft_actions.finish_list(draft=draft, group_key=group.key, now=timezone.now())
    is_done = draft.journey().is_done(group)
    return with_key(request, redirect(step_after(draft, group) if is_done else unfinished_entry(draft, group)), draft)


# --- Somewhere else ---------------------------------------------------------------------------------------


def _elsewhere(request: HttpRequest, draft: OpenDraft) -> HttpResponse:
    """A page that these answers do not call for: to where the form is; nothing there at all is a 404.

    What was typed on it is kept: the answers may call for it again.
    """
    found = request.resolver_match.kwargs if request.resolver_match else {}
    step = next((one for one in draft.definition.steps if one.key == found.get("step_key")), None)
    if step is None:
        raise Http404
    place = Place(step) if isinstance(step, Page) else None
    if isinstance(step, Group) and entry_sent(request):
        place = draft.journey().place_of_entry(step, entry_sent(request), found.get("page_key", ""))
    if request.method == "POST" and place:
        if is_autosave(request) or "live" in request.POST or session_has_ended(request):
            return _post_page(request, draft, place)
        if not still_the_same(request, draft):
            return _show_page(request, draft, place, **lost_page(request, draft, place), status=422)
        raw, copy = typed(request.POST, place.field_ids), copy_of(request, draft, place)
        draft = draft_actions.keep_typed(draft=draft, place=place, copy=copy, raw=raw, now=timezone.now())
        messages.info(
            request,
            _("Nach Ihren anderen Angaben fragen wir das nicht mehr. Was Sie dort geschrieben haben, ist noch da."),
        )
    return with_key(request, handed_in_already(request, draft) or redirect(where_it_stopped(draft)), draft)
