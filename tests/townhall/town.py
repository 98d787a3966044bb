"""A town as the tests of its pages want it: changes through the same actions as the administration's."""

from datetime import date, time
from decimal import Decimal
from typing import Any

from catalogue.content import Catalogue, FeeAmount
from catalogue.current import released_catalogue
from townhall.actions import (
    OfficeDetails,
    change_offer,
    change_profile,
    save_office,
    set_payment_methods,
    set_special_day,
)
from townhall.models import Offer, OfferState, Office, SpecialDay

MORNING = (time(8), time(12, 30))
AFTERNOON = (time(14), time(18))


def hide_all_but(*keys: str) -> None:
    """Show only these services."""
    Offer.objects.exclude(service_key__in=keys).update(state=OfferState.HIDDEN)
    change_profile()


def change(service_key: str, **changes: Any) -> None:
    change_offer(service_key=service_key, **changes)


def office_of(unit: str) -> Office:
    return Office.objects.get(units__contains=[unit])


def change_office(unit: str, *hours: tuple[int, time, time], **values: Any) -> Office:
    """Give the office of a unit hours: weekday (Monday 0), opens, closes."""
    return save_office(office=office_of(unit), details=OfficeDetails(values, list(hours)))


def close_on(unit: str, day: date, reason: str = "") -> SpecialDay:
    return set_special_day(office=office_of(unit), day=day, opens=None, closes=None, reason=reason)


def take_payments(*labels: str) -> None:
    set_payment_methods(labels=list(labels))


def amount_of(key: str) -> FeeAmount:
    return catalogue().amounts[key]


def catalogue() -> Catalogue:
    return released_catalogue()


def euros(text: str) -> Decimal:
    return Decimal(text)
