"""A town's amounts: for charging from the database, for telling from what pages show."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from catalogue.content import Catalogue
from townhall.models import BudgetLine, FeeAmount
from townhall.shopfront import Shopfront


@dataclass(frozen=True)
class Prices(Mapping[str, Decimal]):
    """What each key costs on a day (EUR, gross), as the town's pages tell it. Asks the database nothing."""

    front: Shopfront
    day: date

    def __getitem__(self, key: str) -> Decimal:
        price = self.front.price(key, self.day)
        if price is None:
            raise KeyError(key)
        return price

    def __iter__(self) -> Iterator[str]:
        keys = dict.fromkeys([*self.front.amounts, *self.front.catalogue.amounts])
        return (key for key in keys if self.front.price(key, self.day) is not None)

    def __len__(self) -> int:
        return sum(1 for _key in self)


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


@dataclass(frozen=True)
class Ground:
    """Why an amount is what it is."""

    by_law: str
    since: date | None


def ground_of(key: str, day: date, *, catalogue: Catalogue) -> Ground | None:
    """The ground of an amount on that day; None if it is not known."""
    federal = catalogue.amounts.get(key)
    if federal and federal.federal is not None:
        laws = (service.fee.basis for service in catalogue.services.values() if federal in service.fee.amounts)
        return Ground(next((law for law in laws if law), ""), federal.since)
    row = FeeAmount.objects.filter(key=key, valid_from__lte=day).order_by("-valid_from").first()
    return Ground(row.by_law, row.valid_from) if row else None


@dataclass(frozen=True)
class Booking:
    """Where the cash office books an amount. `levy` names the part, so many percent, that the town only collects."""

    number: str
    levy: str = ""
    levy_percent: Decimal = Decimal(0)
    levy_number: str = ""


def bookings() -> dict[str, Booking]:
    """Where each amount is booked, by its key."""
    return {
        row.key: Booking(row.number, row.levy, row.levy_percent, row.levy_number) for row in BudgetLine.objects.all()
    }
