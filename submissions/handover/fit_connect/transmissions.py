"""Every write about what the delivery service knows of our hand-overs, each in a transaction of its own.

They are written between the calls, so that whoever goes on after a crash knows how far it got.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from submissions.handover.models import Transmission
from submissions.handover.states import LIVE, TRANSMISSION_STEPS, TransmissionState


def live(handover: UUID) -> Transmission | None:
    """The one that counts; none if there was none yet, or it came to nothing."""
    return Transmission.objects.filter(handover=handover, state__in=LIVE).first()


@transaction.atomic
def announced(
    *,
    handover: UUID,
    submission: UUID,
    case: UUID,
    destination: UUID,
    attachments: Mapping[str, str],
    now: datetime,
) -> Transmission:
    """The service knows that something comes. Raises IntegrityError if somebody else has announced it meanwhile."""
    return Transmission.objects.create(
        pk=submission,
        case_id=case,
        handover_id=handover,
        destination=destination,
        attachments=dict(attachments),
        announced_at=now,
    )


def about_to_submit(transmission: Transmission, *, tags: Mapping[str, Any]) -> None:
    """What is sent now has these authentication tags."""
    Transmission.objects.filter(pk=transmission.pk).update(tags=dict(tags))


@transaction.atomic
def move(transmission: Transmission, target: TransmissionState) -> bool:
    """Take one step. False if it cannot be taken, because somebody else has taken one."""
    current = Transmission.objects.select_for_update().get(pk=transmission.pk)
    if target not in TRANSMISSION_STEPS[TransmissionState(current.state)]:
        return False
    current.state = transmission.state = target
    current.save(update_fields=["state"])
    return True
