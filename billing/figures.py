"""How many applications were paid, by week and service."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DateField, Exists, F, OuterRef
from django.db.models.functions import TruncWeek

from billing.models import Payment
from townhall.figures.actions import Key, count_anew
from townhall.figures.measures import Measure, beginning_of


def count(*, now: datetime) -> None:
    """Bring the figures of the town at work up to date. Done twice it changes nothing."""
    count_anew(room="billing", count=_count_paid, now=now)


def _count_paid(since: date | None) -> Mapping[Key, int]:
    """Applications by the first payment that arrived and counts, from a Monday on (None: all).

    What was asked for later does not make it another application, and what was refunded was paid all the same.
    """
    counting = Payment.objects.counting().filter(submission__isnull=False)
    before = counting.filter(submission=OuterRef("submission"), paid_at__lt=OuterRef("paid_at"))
    paid = counting.filter(~Exists(before))
    if since:
        paid = paid.filter(paid_at__gte=beginning_of(since))
    found: Any = (
        paid.order_by()
        .values(key=F("submission__service_key"), week=TruncWeek("paid_at", output_field=DateField()))
        .annotate(together=Count("pk"))
    )
    return {Key(row["week"], Measure.PAID, row["key"]): row["together"] for row in found}
