"""What is read of the register, by everybody and by the office."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from accounts.models import User
from catalogue.forms.current import form_definition
from submissions.found.models import FoundItem
from submissions.found.states import KEPT
from submissions.models import Submission
from submissions.states import State
from townhall.shopfront import Shopfront

SEARCH, REPORT = "fundsache-suchen", "fundsache-melden"  # services
NUMBER = "fundnummer"  # the field in which somebody says which item is hers
OWN_LIST = "fundsachen.eigene"  # the town's switch


def has_own_list(front: Shopfront) -> bool:
    """Whether the town keeps its list here."""
    return SEARCH in front.services and bool(front.setting_values.get(OWN_LIST))


def keeps_items(user: User, front: Shopfront) -> bool:
    """Whether somebody works for the unit that keeps what was found, in a town that keeps its list here."""
    return has_own_list(front) and (not user.units or front.catalogue.services[SEARCH].unit in user.units)


def categories() -> list[tuple[str, str]]:
    """What people lose and find: value and label, as the form asks for it."""
    field = form_definition(SEARCH).field("kategorie")
    return [(choice.value, choice.label) for choice in field.choices] if field else []


@dataclass(frozen=True)
class Wanted:
    """Which items are meant. What is left out filters nothing."""

    category: str = ""
    days: int = 0  # found within so many
    place: str = ""


def public_items(wanted: Wanted, *, today: date) -> QuerySet[FoundItem]:
    """What lies in the office, what was found last first; only what everybody may see of it is read."""
    items = FoundItem.objects.filter(state__in=KEPT)
    if wanted.category:
        items = items.filter(category=wanted.category)
    if wanted.days:
        items = items.filter(found_on__gte=today - timedelta(days=wanted.days))
    if wanted.place:
        items = items.filter(place__icontains=wanted.place)
    return items.only("number", "category", "description", "place", "found_on")


def known_number(typed: str) -> str | None:
    """The number of something that lies in the office, as it is written; None if there is none like that."""
    number = typed.strip().upper()
    return number if FoundItem.objects.filter(number=number, state__in=KEPT).exists() else None


def claims_on(item: FoundItem, cases: QuerySet[Submission]) -> list[Submission]:
    """Who says that it is hers, the first first; of those `cases` that somebody may see."""
    claims = cases.filter(service_key=SEARCH, **{f"answers__{NUMBER}": item.number})
    return list(claims.exclude(state__in=[State.WITHDRAWN, State.SUPERSEDED]).order_by("frozen_at"))
