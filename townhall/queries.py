"""What the administrators of a town read beside the shopfront."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet, Sum

from tenants.context import current_town
from tenants.models import Town, TownState
from townhall.models import AddressVisits, BarrierReport, FeeAmount, ProposedAmount


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


def neighbours() -> list[Town]:
    """The other towns whose pages everybody can see, by name."""
    return list(Town.objects.filter(state=TownState.LIVE).exclude(pk=current_town().pk).order_by("name"))


def count_amounts_to_release() -> int:
    """How many amounts wait for somebody: to be completed or released."""
    return ProposedAmount.objects.count()
