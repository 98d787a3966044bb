"""The files of a draft over HTTP: sent piece by piece as soon as they are chosen, looked at, removed."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.guards import signed_in_citizen
from submissions import draft_actions
from submissions.availability import service_with_form
from submissions.drafts import OpenDraft, open_draft
from submissions.hands import with_key
from submissions.models import Transfer, Upload
from submissions.uploads import tus
from submissions.uploads.draft_slots import kept_in_fields, named_field, slot_of, transfer_address
from submissions.uploads.serving import file_answer, preview_answer
from templates.widgets import REMOVE_UPLOAD


@never_cache
@require_http_methods(["GET", "POST", "OPTIONS"])
def files(request: HttpRequest, service_key: str) -> HttpResponse:
    """POST: begin to send a file for a field. GET: the list of those that are there, as a part of a page."""
    service_with_form(service_key)
    draft = open_draft(request, service_key)
    if request.method == "GET":
        place, field = named_field(draft, request.GET)
        kept = kept_in_fields(draft, place).get(field.id, [])
        return render(request, "widgets/_uploads.html", {"kept": kept, "remove": REMOVE_UPLOAD})
    return tus.speaks(request) or _begin(request, draft)


@never_cache
@require_http_methods(["GET", "HEAD", "PATCH", "DELETE", "OPTIONS"])
def file(request: HttpRequest, service_key: str, number: UUID) -> HttpResponseBase:
    """GET: look at a file that has arrived. Otherwise tus: send it, and take it out."""
    draft = _open(request, service_key)
    if request.method == "GET":
        return file_answer(get_object_or_404(Upload, pk=number, draft=draft.row), key=draft.key)
    spoken = tus.speaks(request)
    if spoken:
        return spoken
    place = _place_of(draft, number)
    return with_key(request, tus.resource(request, slot_of(draft, place), number), draft)


@never_cache
@require_safe
def preview(request: HttpRequest, service_key: str, number: UUID) -> HttpResponseBase:
    """A small picture of a file."""
    draft = _open(request, service_key)
    return preview_answer(get_object_or_404(Upload, pk=number, draft=draft.row), key=draft.key)


def _begin(request: HttpRequest, draft: OpenDraft) -> HttpResponse:
    try:
        about = tus.metadata(request)
    except tus.BadRequest as problem:
        return tus.bad(problem)
    if about.get("account") and signed_in_citizen(request) is None:
        return HttpResponse(_("Ihre Anmeldung ist abgelaufen."), status=401)
    place, field = named_field(draft, about)
    draft = draft_actions.begin(draft=draft, place=place, now=timezone.now())
    slot = slot_of(draft, place.field_place(field.id))
    answer = tus.create(request, slot, about, lambda number: transfer_address(draft, number))
    return with_key(request, answer, draft)


def _open(request: HttpRequest, service_key: str) -> OpenDraft:
    """The draft in this person's hands. Raises Http404 if there is none."""
    service_with_form(service_key)
    draft = open_draft(request, service_key)
    if draft.row is None:
        raise Http404
    return draft


def _place_of(draft: OpenDraft, number: UUID) -> str:
    """Of a file on its way, or there. Raises Http404."""
    for model in (Transfer, Upload):
        found = model.objects.filter(pk=number, draft=draft.row).values_list("place", flat=True).first()
        if found is not None:
            return str(found)
    raise Http404
