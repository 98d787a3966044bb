"""What the administrators of a town read beside the shopfront."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from townhall.models import AddressVisits, BarrierReport, FeeAmount


def amount_history(key: str) -> QuerySet[FeeAmount]:
    """Everything that an amount was, is and will be, newest first, with who entered it."""
    return FeeAmount.objects.filter(key=key).select_related("entered_by").order_by("-valid_from")


def count_unanswered_reports() -> int:
    """Barriers that people have reported and nobody has answered."""
    return BarrierReport.objects.filter(answered_at=None).count()


@dataclass(frozen=True)
class Visits:
    """How many people came by one short address."""

    word: str  # empty: the portal
    letter: str  # of the QR code; empty: typed by hand
    count: int


def visits_by_address(*, since: date, until: date) -> list[Visits]:
    """How many people came by each short address in those days (both included), most first.

    The numbers are exact: pages show those under 5 as "<5" (`templates.components.coarse_count`).
    """
    rows = (
        AddressVisits.objects.filter(day__range=(since, until))
        .values("word", "letter")
        .annotate(total=Sum("count"))
        .order_by("-total", "word", "letter")
    )
    return [Visits(row["word"], row["letter"], row["total"]) for row in rows]
