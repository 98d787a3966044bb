"""Many towns as the operator's desk sees them: rows, hosts and numbers, without schemas."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from operations.models import TownSummary
from tenants import hosts, municipalities
from tenants.models import Host, Town, TownState

STATES = [*[TownState.LIVE] * 17, TownState.SUSPENDED, TownState.TEST, TownState.LEAVING]


@contextmanager
def many_towns(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """There are so many towns more; the official list, which has 396, has as many entries too."""
    known = municipalities.all_municipalities()
    further = [
        replace(known[n % len(known)], ars=f"99{n:010d}", ags=f"99{n:06d}", name=f"{known[n % len(known)].name} {n}")
        for n in range(number)
    ]
    everything = (*known, *further)
    keys = {entry.ars: entry for entry in everything} | {entry.ags: entry for entry in everything}
    with monkeypatch.context() as patch:
        patch.setattr(municipalities, "_by_key", lambda: keys)
        patch.setattr("operations.fleet.all_municipalities", lambda: everything)
        _fill(further)
        hosts.forget()
        yield


def _fill(entries: list[municipalities.Municipality]) -> None:
    now, dice = timezone.now(), random.Random(4711)  # noqa: S311 -- numbers to look at
    level = Town.objects.values_list("level", flat=True)[0]
    towns = Town.objects.bulk_create(
        Town(
            schema_name=f"many_{n}",
            slug=f"many-{n}",
            name=entry.name,
            ars=entry.ars,
            state=dice.choice(STATES),
            created_at=now - timedelta(days=dice.randrange(900)),
            level=level - (dice.random() < 0.02),
        )
        for n, entry in enumerate(entries)
    )
    Host.objects.bulk_create(Host(tenant=town, domain=f"{town.slug}.localhost", is_primary=True) for town in towns)
    TownSummary.objects.bulk_create(
        TownSummary(
            town=town,
            at=now,
            online=dice.randrange(25),
            received=dice.randrange(9000),
            received_lately=dice.randrange(300),
            received_this_week=dice.randrange(80),
            open_cases=dice.randrange(400),
            paid=dice.randrange(90),
            paid_sum=Decimal(dice.randrange(100_000)) / 100,
            failed_payments=dice.choice([0, 0, 0, 1, 5]),
            failed_jobs=dice.choice([0, 0, 0, 0, 3]),
            failed_mails=dice.choice([0, 0, 0, 0, 2]),
            stored_bytes=dice.randrange(2_000_000_000),
            staff_seen_at=now - timedelta(hours=dice.randrange(500)),
        )
        for town in towns
    )
