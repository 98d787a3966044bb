"""Whether a service can be applied for online in a town today, and if not, why."""

from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalogue.content import Online, Responsible, Service
from catalogue.fees import PayAt
from townhall.models import OfferState
from townhall.shopfront import Shopfront


class Obstacle(models.TextChoices):
    """Why something cannot be done online. The labels are for administrators."""

    NOT_OFFERED = "not_offered", _("Die Stadt bietet diese Leistung nicht online an.")
    PAUSED = "paused", _("Die Stadt hat den Online-Antrag angehalten.")
    ELSEWHERE = "elsewhere", _("Dafür ist eine andere Stelle zuständig.")
    NO_FORM = "no_form", _("Für diese Leistung gibt es noch kein Online-Formular.")
    MISSING_AMOUNT = "missing_amount", _("Es fehlt ein Betrag in der Gebührentabelle.")
    LEAVING = "leaving", _("Die Stadt verlässt dieses Portal.")
    NO_PAYMENT = "no_payment", _("Es ist noch nicht eingerichtet, wie man online bezahlt.")


@dataclass(frozen=True)
class ApplicationState:
    """What stands in the way; nothing if it can be done online."""

    obstacles: tuple[Obstacle, ...]
    missing_amounts: tuple[str, ...] = ()  # keys of the fee table

    @property
    def is_open(self) -> bool:
        return not self.obstacles

    @property
    def is_paused(self) -> bool:
        """Whether the town has stopped it for a while."""
        return Obstacle.PAUSED in self.obstacles

    @property
    def is_switched_off(self) -> bool:
        """Whether nothing but the town's own switch stands in the way."""
        return bool(self.obstacles) and set(self.obstacles) <= {Obstacle.PAUSED, Obstacle.NOT_OFFERED}

    @property
    def is_over(self) -> bool:
        """Whether nothing new can be begun in this town."""
        return Obstacle.LEAVING in self.obstacles


def application_state(front: Shopfront, service: Service, today: date) -> ApplicationState:
    """Whether `service` can be applied for online, with everything that stands in the way.

    Asks the database nothing: lists of services call it for each of them. What is paid after the decision
    needs no amount yet.
    """
    obstacles: list[Obstacle] = []
    offer = front.offers.get(service.key)
    if offer is None or offer.state in (OfferState.HIDDEN, OfferState.INFO, OfferState.LINK):
        obstacles.append(Obstacle.NOT_OFFERED)
    elif offer.state == OfferState.PAUSED:
        obstacles.append(Obstacle.PAUSED)
    if front.town.is_leaving:
        obstacles.append(Obstacle.LEAVING)
    if front.responsible(service) != Responsible.TOWN or service.online == Online.EXTERNAL:
        obstacles.append(Obstacle.ELSEWHERE)
    form = front.forms.get(service.key)
    if service.online != Online.FULL or form is None:
        return ApplicationState((*obstacles, Obstacle.NO_FORM))
    needed = charged_first(front, service)
    missing = tuple(sorted(key for key in needed if front.price(key, today) is None))
    if missing:
        obstacles.append(Obstacle.MISSING_AMOUNT)
    if needed and not front.profile.payment_methods:
        obstacles.append(Obstacle.NO_PAYMENT)
    return ApplicationState(tuple(obstacles), missing)


def charged_first(front: Shopfront, service: Service) -> set[str]:
    """The keys of the amounts without which nobody can apply, because they are paid before it counts."""
    form = front.forms.get(service.key)
    if form is None or form.fee is None or form.fee.pay != PayAt.SUBMISSION:
        return set()
    return form.fee.keys_in(front.setting_values, only_needed=True)


def may_apply(front: Shopfront, service: Service, today: date) -> bool:
    """Whether somebody may begin an application today."""
    return application_state(front, service, today).is_open


def may_charge(front: Shopfront, service: Service, today: date) -> bool:
    """Whether its form may come to a fee in this town."""
    form = front.forms.get(service.key)
    keys = form.fee.keys_in(front.setting_values) if form and form.fee else ()
    return any(front.price(key, today) for key in keys)


def has_guide(front: Shopfront, service: Service) -> bool:
    """Whether a few questions show the way: also to what is done online elsewhere, or in person."""
    form, offer = front.forms.get(service.key), front.offers.get(service.key)
    is_shown = offer is not None and offer.state in (OfferState.INFO, OfferState.ONLINE)
    is_ours = front.responsible(service) == Responsible.TOWN and not front.town.is_leaving
    return form is not None and form.is_guide and is_shown and is_ours
