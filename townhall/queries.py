"""What the administrators of a town read beside the shopfront."""

from django.db.models import QuerySet

from townhall.models import BarrierReport, FeeAmount


def amount_history(key: str) -> QuerySet[FeeAmount]:
    """Everything that an amount was, is and will be, newest first, with who entered it."""
    return FeeAmount.objects.filter(key=key).select_related("entered_by").order_by("-valid_from")


def count_unanswered_reports() -> int:
    """Barriers that people have reported and nobody has answered."""
    return BarrierReport.objects.filter(answered_at=None).count()
