"""Keeping an appointment for somebody while she fills in a form."""

from datetime import datetime

from django.utils import timezone

from catalogue.forms.fields import Kind
from submissions.appointments import actions
from submissions.appointments.models import Booking
from submissions.appointments.queries import reserved_for
from submissions.appointments.wanted import wanted_in
from submissions.drafts import OpenDraft
from submissions.journey import Journey, Place


class AppointmentLost(Exception):
    """The appointment that was chosen cannot be had any more; the message says so, `place` is where to choose anew."""

    def __init__(self, told: str, place: Place) -> None:
        super().__init__(told)
        self.place = place


def hold(draft: OpenDraft, journey: Journey, *, now: datetime) -> None:
    """Reserve what the answers ask for, for ten minutes from now. Raises AppointmentLost."""
    found = wanted_in(journey) if draft.row else None
    if found is None or draft.row is None:
        return
    place, wanted = found
    try:
        actions.reserve(wanted=wanted, key=draft.row.pk, now=now)
    except actions.SlotTaken as refusal:
        raise AppointmentLost(str(refusal), place) from refusal


def reserved_now(draft: OpenDraft) -> Booking | None:
    """What is held for a draft at the moment; forms without an appointment are not asked."""
    has_slot = any(one.kind == Kind.SLOT for one in draft.definition.all_fields())
    return reserved_for(draft.row.pk, now=timezone.now()) if has_slot and draft.row else None
