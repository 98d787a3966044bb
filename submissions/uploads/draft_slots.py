"""The files of a draft: to which field they belong, and where they are."""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.http import urlencode

from catalogue.forms.definition import Group
from catalogue.forms.fields import Field, Kind
from submissions.drafts import OpenDraft
from submissions.journey import Place
from submissions.models import Upload
from submissions.uploads import limits
from submissions.uploads.presentation import kept_files
from submissions.uploads.slots import Slot
from templates.widgets import AtOnce, KeptFile

PAGE, FIELD = "seite", "feld"  # how a field is named in addresses and along with a file


def slot_of(draft: OpenDraft, place: str) -> Slot:
    """Where the files of a field go; `place` is that of `Place.field_place`."""
    field = draft.definition.field(place.rsplit("/", 1)[-1])
    most = field.most if field and field.most else limits.MOST
    keeps_location = field is not None and field.keeps_location
    return Slot(place, draft=draft.row, key=draft.key, most=most, keeps_location=keeps_location)


def named_field(draft: OpenDraft, named: Mapping[str, str]) -> tuple[Place, Field]:
    """The page and the field that somebody names. Raises Http404."""
    step_key, _slash, rest = named.get(PAGE, "").partition("/")
    entry_id, _slash, page_key = rest.partition("/")
    journey = draft.journey()
    step = journey.step(step_key)
    place = None
    if isinstance(step, Group):
        place = journey.place_of_entry(step, entry_id, page_key)
    elif step:
        place = Place(step)
    field = next((one for one in place.page.fields if one.id == named.get(FIELD)), None) if place else None
    if place is None or field is None or field.kind != Kind.FILE:
        raise Http404
    return place, field


def kept_in_fields(draft: OpenDraft, place: Place) -> dict[str, list[KeptFile]]:
    """The files of a page, by field."""
    fields = [one for one in place.page.fields if one.kind == Kind.FILE]
    if draft.row is None or not fields:
        return {}
    uploads, transfers = list(draft.row.uploads.all()), list(draft.row.transfers.all())
    found = {}
    for one in fields:
        here = place.field_place(one.id)
        found[one.id] = list(
            kept_files(
                [upload for upload in uploads if upload.place == here],
                [transfer for transfer in transfers if transfer.place == here],
                file=partial(_address, "submissions:draft_file", draft),
                picture=partial(_address, "submissions:draft_preview", draft),
            )
        )
    return found


def at_once(draft: OpenDraft, place: Place, account: str) -> Callable[[Field], AtOnce]:
    """How a script sends the files of a field; `account` marks whose page it is."""
    send_to = reverse("submissions:draft_files", args=[draft.service_key])

    def of_field(one: Field) -> AtOnce:
        named = {PAGE: place.key, FIELD: one.id}
        return AtOnce(send_to, f"{send_to}?{urlencode(named)}", named | ({"account": account} if account else {}))

    return of_field


def transfer_address(draft: OpenDraft, number: UUID) -> str:
    return reverse("submissions:draft_file", args=[draft.service_key, number])


def _address(view: str, draft: OpenDraft, upload: Upload) -> str:
    return reverse(view, args=[draft.service_key, upload.pk])
