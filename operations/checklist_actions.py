"""What the operator notes on the way of a town to us: what is done, who is there for what, when it starts."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from operations.checklist import Item
from operations.history import record
from operations.models import Contact, EventKind, Onboarding, Tick
from tenants.models import Town


@transaction.atomic
def tick(*, town: Town, item: Item, note: str, by: User, now: datetime) -> None:
    """Say that an item is done. Whoever says the same again changes nothing."""
    if Tick.objects.filter(town=town, key=item.key, note=note).exists():
        return
    Tick.objects.update_or_create(town=town, key=item.key, defaults={"at": now, "by": by, "note": note})
    record(town, EventKind.TICKED, text=_with_note(item, note), by=by, now=now)


@transaction.atomic
def untick(*, town: Town, item: Item, note: str, by: User, now: datetime) -> None:
    """Say that an item is not done after all."""
    deleted, _rows = Tick.objects.filter(town=town, key=item.key).delete()
    if deleted:
        record(town, EventKind.UNTICKED, text=_with_note(item, note), by=by, now=now)


@transaction.atomic
def plan(*, town: Town, starts_on: date | None, note: str) -> None:
    """Say when a town is to go online, and what else is to be kept in mind."""
    Onboarding.objects.update_or_create(town=town, defaults={"starts_on": starts_on, "note": note})


@transaction.atomic
def save_contact(*, town: Town, contact: Contact | None, **details: Any) -> Contact:
    """Keep somebody in the town hall in mind, or change what is known of her."""
    kept = contact or Contact(town=town)
    for name, value in details.items():
        setattr(kept, name, value)
    kept.full_clean()
    kept.save()
    return kept


@transaction.atomic
def remove_contact(*, contact: Contact) -> None:
    """Forget somebody."""
    contact.delete()


def _with_note(item: Item, note: str) -> str:
    return f"{item.title}: {note}" if note else str(item.title)
