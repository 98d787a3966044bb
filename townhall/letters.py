"""Letters with which the town decides: what stands in all of them, and their document."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from tenants.models import Town
from townhall.courts import court_of
from townhall.models import Letters
from townhall.pdf import render_pdf
from townhall.shopfront import OfficeView


class Surroundings(TypedDict):
    """What stands around a decision in its letter; kept with it, so that it says the same for ever."""

    office: str
    phone: str
    email: str
    remedies: str
    closing: str
    note: str


class Letter(TypedDict):
    """A letter as its template takes it; all texts are plain."""

    recipient: Sequence[str]
    date: str
    facts: Sequence[tuple[str, str]]  # name, value
    title: str
    text: str
    sections: Sequence[tuple[str, str]]  # heading, text
    closing: str
    signed: Sequence[str]
    note: str


def surroundings(office: OfficeView | None) -> Surroundings:
    """As they are now, with the office that answers questions."""
    kept = Letters.objects.filter(pk=1).first()
    return Surroundings(
        office=office.name if office else "",
        phone=office.phone if office else "",
        email=office.email if office else "",
        remedies=kept.remedies if kept else "",
        closing=(kept.closing if kept else "") or _("Mit freundlichen Grüßen"),
        note=kept.note if kept else "",
    )


def usual_remedies(town: Town) -> str:
    """What a town could say about legal remedies: who, where, until when (§ 58 VwGO). Somebody has to confirm it."""
    court = court_of(town.municipality)
    return _(
        "Gegen diesen Bescheid können Sie innerhalb eines Monats nach seiner Bekanntgabe Klage erheben. "
        "Die Klage ist beim %(court)s, %(address)s, zu erheben."
    ) % {"court": court.name, "address": court.address}


@transaction.atomic
def confirm_letters(*, remedies: str, closing: str, note: str, by: User, now: datetime) -> None:
    """From now on letters say this. Those that were written stay as they are."""
    values: dict[str, Any] = {"remedies": remedies, "closing": closing, "note": note}
    Letters.objects.update_or_create(pk=1, defaults={**values, "confirmed_by": by, "confirmed_at": now})


def letters_pdf(title: str, letters: Sequence[Letter]) -> bytes:
    """One document with a letter after the other; each begins on a page of its own."""
    return render_pdf("decision", title=title, letters=letters)
