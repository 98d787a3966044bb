"""What was done to a town, by whom and when: rows that are only added."""

from datetime import datetime

from accounts.models import User
from operations.models import LONGEST_TEXT, EventKind, TownEvent
from tenants.models import Town


def record(town: Town, kind: EventKind, *, by: User | None, now: datetime, text: str = "") -> None:
    """Add a row. `by`: None for a command or a job. Of a text that is too long the end is left out."""
    TownEvent.objects.create(town=town, at=now, by=by, kind=kind, text=text[:LONGEST_TEXT])
