"""A town's amounts, read for charging: from the database, not from what pages show."""

from datetime import date
from decimal import Decimal

from catalogue.content import Catalogue
from townhall.models import FeeAmount


def amounts_on(day: date, *, catalogue: Catalogue) -> dict[str, Decimal]:
    """What each key costs on that day (EUR, gross). Federal amounts win: no town can change them."""
    rows = FeeAmount.objects.filter(valid_from__lte=day).order_by("key", "valid_from")
    local = {row.key: row.amount for row in rows}  # the newest comes last
    return local | federal_amounts(catalogue, day)


def federal_amounts(catalogue: Catalogue, day: date) -> dict[str, Decimal]:
    """What costs the same everywhere."""
    return {
        amount.key: amount.federal
        for service in catalogue.services.values()
        for amount in service.fee.amounts
        if amount.federal is not None and (amount.since is None or amount.since <= day)
    }
