"""Every change a town makes to itself. Each one raises the version of its pages, so that they change at once."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalogue.content import Catalogue, Online, Responsible, Service
from tenants.actions import pages_changed
from tenants.context import current_town
from townhall import theme, versions
from townhall.administration_presentation import reasons_against_online
from townhall.models import (
    BarrierReport,
    BudgetLine,
    FeeAmount,
    Offer,
    OfferState,
    Office,
    OpeningHours,
    PlannedSwitch,
    Profile,
    Setting,
    SpecialDay,
)
from townhall.shopfront import Shopfront, look_again


class ChangeRefused(Exception):
    """A change is not possible; the message says why, in German."""


def publish() -> None:
    """Let everybody see what has changed."""
    pages_changed()
    versions.changed()
    look_again()


@transaction.atomic
def furnish(*, catalogue: Catalogue, colour: str) -> Profile:
    """Fill the schema of a new town: profile from the official list, an office for each unit, all offers.

    What the town itself is responsible for goes online where there is a form; what the county or another body does is
    shown as information. Amounts are not filled in: a town's prices are its own.
    """
    theme.derive(colour)  # raises theme.BadColour
    town = current_town()
    municipality = town.municipality
    profile = Profile.objects.create(
        pk=1,
        colour=colour,
        street=municipality.street,
        postal_code=municipality.postal_code,
        city=municipality.city,
    )
    offices = [
        Office(
            name=unit.name,
            task=unit.task,
            units=[unit.key],
            is_main=unit.key == "buergerbuero",
            street=municipality.street,
            postal_code=municipality.postal_code,
            city=municipality.city,
            position=position,
        )
        for position, unit in enumerate(catalogue.units.values())
        if not unit.county and not unit.elsewhere
    ]
    Office.objects.bulk_create(offices)
    Offer.objects.bulk_create(
        Offer(
            service_key=service.key,
            state=OfferState.ONLINE
            if service.responsible(town.size) == Responsible.TOWN and service.online == Online.FULL
            else OfferState.INFO,
        )
        for service in catalogue.services.values()
    )
    return profile


@transaction.atomic
def set_payment_methods(*, labels: list[str]) -> None:
    """Say on the public pages how people can pay (billing decides it)."""
    Profile.objects.filter(pk=1).update(payment_methods=labels)
    publish()


@transaction.atomic
def change_offer(*, service_key: str, **changes: Any) -> Offer:
    """Give a service another office, another time, the town's own words. To switch it: `switch_offer`."""
    offer, _created = Offer.objects.select_for_update().get_or_create(
        service_key=service_key, defaults={"state": OfferState.HIDDEN}
    )
    for name, value in changes.items():
        setattr(offer, name, value)
    offer.full_clean()
    offer.save()
    publish()
    return offer


DRAFTS_GO_ON = timedelta(days=14)  # what was begun may usually be handed in so long after a service was switched off


@dataclass(frozen=True)
class Switch:
    """How a town offers a service. While it is not online, what was begun may be handed in until `drafts_until`."""

    state: OfferState
    pause_note: str = ""
    drafts_until: date | None = None  # None: not any more
    link: str = ""  # where it is done online instead

    @property
    def values(self) -> dict[str, Any]:
        """What counts in that state, as the fields of an offer."""
        return {
            "state": self.state,
            "pause_note": self.pause_note if self.state == OfferState.PAUSED else "",
            "drafts_until": None if self.state == OfferState.ONLINE else self.drafts_until,
            "link": self.link if self.state == OfferState.LINK else "",
        }


@transaction.atomic
def switch_offer(*, service: Service, switch: Switch, front: Shopfront, today: date) -> Offer:
    """Say how the town offers a service. Raises ChangeRefused, with the reasons, if it cannot go online."""
    _require_possible(service, switch, front, today)
    offer, _created = Offer.objects.select_for_update().get_or_create(
        service_key=service.key, defaults={"state": OfferState.HIDDEN}
    )
    for name, value in switch.values.items():
        setattr(offer, name, value)
    offer.save(update_fields=list(switch.values))
    publish()
    return offer


@transaction.atomic
def plan_switch(
    *, service: Service, switch: Switch, starts_on: date, front: Shopfront, by: User | None, today: date
) -> PlannedSwitch:
    """Say how the town will offer a service from a later day on. Raises ChangeRefused if it cannot be online then."""
    if starts_on <= today:
        raise ChangeRefused(_("Planen können Sie frühestens ab morgen."))
    _require_possible(service, switch, front, starts_on)
    values = {**switch.values, "starts_on": starts_on, "planned_by": by, "trouble": ""}
    row, _created = PlannedSwitch.objects.update_or_create(service_key=service.key, defaults=values)
    return row


def drop_planned_switch(*, service_key: str) -> None:
    """It stays as it is. Pressing twice changes nothing."""
    PlannedSwitch.objects.filter(service_key=service_key).delete()


@transaction.atomic
def carry_out_planned_switch(*, service_key: str, front: Shopfront, today: date) -> PlannedSwitch | None:
    """The day has come. What is not possible any more stays planned, with the reason; returns it the first time."""
    row = PlannedSwitch.objects.select_for_update().filter(service_key=service_key, starts_on__lte=today).first()
    if row is None:
        return None  # taken back meanwhile
    service = front.catalogue.services.get(service_key)
    switch = Switch(OfferState(row.state), row.pause_note, row.drafts_until, row.link)
    try:
        if service is not None:  # else the catalogue has it no longer
            switch_offer(service=service, switch=switch, front=front, today=today)
    except ChangeRefused as refusal:
        is_known = bool(row.trouble)
        row.trouble = str(refusal)[:1000]
        row.save(update_fields=["trouble"])
        return None if is_known else row
    row.delete()
    return None


def _require_possible(service: Service, switch: Switch, front: Shopfront, day: date) -> None:
    if switch.state not in (OfferState.ONLINE, OfferState.PAUSED):
        return
    reasons = reasons_against_online(front, service, day)
    if reasons:
        raise ChangeRefused(
            " ".join([_("Online geht „%(service)s“ noch nicht.") % {"service": service.title}, *reasons])
        )


@transaction.atomic
def set_fee_amount(
    *,
    key: str,
    amount: Decimal,
    valid_from: date,
    by_law: str,
    by_law_url: str = "",
    by: User | None,
    now: datetime,
    released_by: User | None = None,
) -> FeeAmount:
    """Say what something costs from a day on (EUR, gross). The past cannot be changed.

    What administrators type comes by `proposing`, which sees to it that two people have looked at it.

    Raises ChangeRefused if the day lies in the past or has an amount already that counts.
    """
    today = timezone.localdate(now)
    if by is not None:
        require_day(key=key, valid_from=valid_from, today=today)
    existing = FeeAmount.objects.select_for_update().filter(key=key, valid_from=valid_from).first()
    if existing and valid_from <= today:
        raise ChangeRefused(_already_valid())
    if existing:
        existing.delete()  # not valid yet: a typing error may be mended
    row = FeeAmount.objects.create(
        key=key,
        amount=amount,
        valid_from=valid_from,
        by_law=by_law,
        by_law_url=by_law_url,
        entered_by=by,
        entered_at=now,
        released_by=released_by,
        released_at=now if released_by else None,
    )
    publish()
    return row


def require_day(*, key: str, valid_from: date, today: date) -> None:
    """An amount can count from that day on. Raises ChangeRefused."""
    if valid_from < today:
        raise ChangeRefused(
            _("Ein Betrag kann frühestens ab heute gelten. Für die Vergangenheit ist er festgeschrieben.")
        )
    if valid_from == today and FeeAmount.objects.filter(key=key, valid_from=today).exists():
        raise ChangeRefused(_already_valid())


def _already_valid() -> str:
    return _("Für diesen Tag gilt schon ein Betrag. Wählen Sie einen späteren Tag.")


@transaction.atomic
def withdraw_fee_amount(*, row: FeeAmount, now: datetime) -> None:
    """Take back an amount that does not count yet, such as a wrong date. Raises ChangeRefused."""
    if row.valid_from <= timezone.localdate(now):
        raise ChangeRefused(_("Dieser Betrag gilt schon. Tragen Sie einen neuen ein, der ihn ablöst."))
    row.delete()
    publish()


@transaction.atomic
def book_at(*, key: str, number: str, levy: str, levy_percent: Decimal, levy_number: str) -> BudgetLine:
    """Say where the cash office books an amount. It counts from the next daily statement on."""
    values = {"number": number, "levy": levy, "levy_percent": levy_percent, "levy_number": levy_number}
    row, _created = BudgetLine.objects.update_or_create(key=key, defaults=values)
    return row


@transaction.atomic
def change_setting(*, key: str, value: Any, by: User | None, now: datetime) -> Setting:
    """Say something in the town's forms in its own way. Drafts go on with it; what was handed in stays as it was."""
    row, _created = Setting.objects.update_or_create(
        key=key, defaults={"value": value, "entered_by": by, "entered_at": now}
    )
    publish()
    return row


@transaction.atomic
def reset_setting(*, key: str) -> None:
    """Go back to what the catalogue proposes."""
    Setting.objects.filter(key=key).delete()
    publish()


@dataclass(frozen=True)
class OfficeDetails:
    """An office as the administrator enters it."""

    values: dict[str, Any]
    hours: list[tuple[int, time, time]] = field(default_factory=list)  # weekday (Monday 0), opens, closes


@transaction.atomic
def save_office(*, office: Office | None, details: OfficeDetails) -> Office:
    """Add or change an office with its weekly hours. Raises ChangeRefused if no main office would be left."""
    changed = office or Office()
    if changed.is_main and not details.values.get("is_main", True):
        raise ChangeRefused(
            _(
                "Eine Stelle steht immer auf der Startseite. "
                "Wählen Sie das bei einer anderen Stelle aus, dann wechselt es."
            )
        )
    for name, value in details.values.items():
        setattr(changed, name, value)
    if changed.is_main:
        Office.objects.filter(is_main=True).exclude(pk=changed.pk).update(is_main=False)
    changed.save()
    changed.hours.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(office=changed, weekday=day, opens=opens, closes=closes) for day, opens, closes in details.hours
    )
    publish()
    return changed


@transaction.atomic
def remove_office(*, office: Office) -> None:
    """Take an office away; its services go back to the office of their unit. The main office stays."""
    if office.is_main:
        raise ChangeRefused(_("Diese Stelle steht auf der Startseite. Wählen Sie zuerst eine andere dafür aus."))
    try:
        office.delete()
    except ProtectedError:  # a room to the right keeps something there
        raise ChangeRefused(
            _("Bei dieser Stelle sind Termine gebucht. Deshalb kann sie nicht entfernt werden.")
        ) from None
    publish()


@transaction.atomic
def set_special_day(*, office: Office, day: date, opens: time | None, closes: time | None, reason: str) -> SpecialDay:
    """A day on which an office is closed or open at other hours."""
    special, _created = SpecialDay.objects.update_or_create(
        office=office, day=day, defaults={"opens": opens, "closes": closes, "reason": reason}
    )
    publish()
    return special


@transaction.atomic
def remove_special_day(*, special: SpecialDay) -> None:
    special.delete()
    publish()


@transaction.atomic
def change_profile(**changes: Any) -> Profile:
    """Change the town's address, colour, crest or legal details. Raises theme.BadColour."""
    if "colour" in changes:
        theme.derive(changes["colour"])
    Profile.objects.filter(pk=1).update(**changes)
    publish()
    return Profile.objects.get(pk=1)


@transaction.atomic
def report_barrier(*, text: str, page: str, email: str, now: datetime) -> BarrierReport:
    """Somebody cannot use a page. The town hall sees it in its administration."""
    return BarrierReport.objects.create(text=text, page=page, email=email, reported_at=now)


@transaction.atomic
def answer_barrier(*, report: BarrierReport, now: datetime) -> None:
    """The town has answered a report. Pressing twice changes nothing."""
    BarrierReport.objects.filter(pk=report.pk, answered_at=None).update(answered_at=now)
