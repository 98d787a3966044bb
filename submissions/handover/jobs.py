"""What the worker does: send, try again, and tell people when it does not work."""

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from submissions.casework.queries import colleagues
from submissions.handover import actions
from submissions.handover.fit_connect.events import ACCEPTED, REJECTED, Event
from submissions.handover.fit_connect.sending import what_happened
from submissions.handover.fit_connect.service import service
from submissions.handover.models import Handover, Target, Transmission
from submissions.handover.parcels import NotArrived, Parcel
from submissions.handover.sending import send
from submissions.handover.states import HandoverState, TransmissionState
from tenants.context import current_town
from tenants.jobs import periodic_in_every_town, town_job
from townhall.shopfront import shopfront

logger = logging.getLogger(__name__)

LOST_AFTER = timedelta(minutes=3)
ASKED_AT_ONCE = 200


@town_job(label=gettext_lazy("Antrag weitergeben"))
def deliver(*, handover: str) -> None:
    """Send one application to one target, unless that is done, or somebody is at it."""
    taken = actions.take(handover=UUID(handover), now=timezone.now())
    if taken is None:
        return
    parcel = Parcel(taken.pk, taken.target, taken.submission, timezone.now())
    try:
        status = send(parcel)
    except NotArrived as problem:
        actions.did_not_arrive(handover=taken, problem=problem, now=timezone.now())
    except Exception:
        # It is tried again and seen by people like any other that does not arrive.
        logger.exception("hand-over %s could not be sent", taken.pk)
        fault = NotArrived(_("Fehler im Portal. Der Betreiber sieht ihn im Protokoll."))
        actions.did_not_arrive(handover=taken, problem=fault, now=timezone.now())
    else:
        actions.has_arrived(handover=taken, status=status, now=timezone.now())


@town_job(label=gettext_lazy("Gescheiterte Weitergabe melden"))
def tell_of_failure(*, target: int) -> None:
    """Applications do not arrive: each of those who can see to it gets a mail of her own."""
    found = Target.objects.get(pk=target)
    people = {one.pk for one in User.objects.administrators() if one.email}
    office = _office_of(found)
    if office:
        tell_somebody.queue(target=target, user=0)
    else:
        people |= {one.pk for one in colleagues(_unit_of(found)) if one.email}
    for pk in sorted(people):
        tell_somebody.queue(target=target, user=pk)


@town_job(label=gettext_lazy("E-Mail über eine gescheiterte Weitergabe schicken"), sends_mail=True)
def tell_somebody(*, target: int, user: int) -> None:
    """Tell a person, or (0) the office that works on it, which target it is. The mail holds no personal details."""
    found, town = Target.objects.get(pk=target), current_town()
    to = User.objects.get(pk=user).email if user else _office_of(found)
    failed = found.handovers.filter(state=HandoverState.FAILED)
    waiting, is_tried = failed.count(), failed.filter(next_at__isnull=False).exists()
    link = town.url + reverse("handover:overview", urlconf=settings.ROOT_URLCONF)
    context = {"town": town, "name": found.name, "title": _title_of(found), "number": waiting, "link": link}
    context["is_tried"] = is_tried
    text = render_to_string("handover/mail/failed.txt", context)
    send_mail(_("Anträge kommen nicht an – %(town)s") % {"town": town.full_name}, text, None, [to])


def _unit_of(target: Target) -> str:
    service = shopfront().catalogue.services.get(target.service_key)
    return service.unit if service else ""


def _title_of(target: Target) -> str:
    service = shopfront().catalogue.services.get(target.service_key)
    return service.title if service else target.service_key


def _office_of(target: Target) -> str:
    """The mailbox of the office that works on the service, if the town has entered one."""
    front = shopfront()
    service = front.catalogue.services.get(target.service_key)
    office = front.office_for(service) if service else None
    return office.email if office else ""


@periodic_in_every_town(
    label=gettext_lazy("FIT-Connect fragen, was aus Anträgen geworden ist"),
    cron="*/15 * * * *",
    spread=timedelta(minutes=10),
)
def ask_fit_connect() -> None:
    """What receivers say of what lies at the delivery service: a part at a time, what was asked longest ago first."""
    waiting = Transmission.objects.filter(state=TransmissionState.SUBMITTED).order_by(
        F("asked_at").asc(nulls_first=True)
    )
    to = service()
    if to is None:
        return
    for one in waiting[:ASKED_AT_ONCE]:
        try:
            happened = what_happened(to, one)
        except NotArrived as problem:
            logger.warning("transmission %s could not be asked about: status %s", one.pk, problem.status)
            if problem.status is None:
                return  # nobody is there; next time
            happened = []
        _learn(one, happened)
        actions.asked_about(one, now=timezone.now())


def _learn(transmission: Transmission, happened: list[Event]) -> None:
    """The receiver has accepted it, or it was rejected: by the receiver, or by the service as nobody fetched it."""
    for event in happened:
        if event.name == ACCEPTED and event.is_of_receiver:
            if event.fits(transmission.tags):
                actions.was_accepted(transmission=transmission, now=timezone.now())
            else:
                why = _("Was dort ankam, ist nicht, was wir gesendet haben.")
                actions.was_rejected(transmission=transmission, why=why, now=timezone.now())
        elif event.name == REJECTED:
            why = "; ".join(event.problems) or _("ohne Begründung")
            actions.was_rejected(transmission=transmission, why=why, now=timezone.now())


@periodic_in_every_town(
    label=gettext_lazy("Liegengebliebene Weitergaben aufnehmen"), cron="*/10 * * * *", spread=timedelta(minutes=5)
)
def take_up_lost() -> None:
    """What should have been tried and was not, because its job is gone."""
    now = timezone.now()
    late = Handover.objects.exclude(state=HandoverState.DONE).filter(
        next_at__lt=now - LOST_AFTER - actions.BUSY, target__is_on=True
    )
    for pk in late.values_list("pk", flat=True):
        actions.look_after(handover=pk, now=now)
