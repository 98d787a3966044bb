"""What every page of a town knows about the town."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from tenants import announcements
from tenants.context import current_town, has_town
from tenants.models import Announcement
from townhall import theme
from townhall.shopfront import Shopfront, shopfront


@dataclass(frozen=True)
class Address:
    street: str
    postal_code: str
    city: str


@dataclass(frozen=True)
class TownOnPage:
    """The town as templates see it."""

    name: str  # "Lage"
    full_name: str  # "Stadt Lage"
    kind: str  # "Stadt" or "Gemeinde"
    county: str  # "Kreis Lippe" or ""
    claim_line: str
    theme_url: str
    crest_url: str
    address: Address
    phone: str
    email: str
    website: str
    is_trial: bool  # nothing counts
    is_leaving: bool  # nothing new can be begun
    announcements: tuple[Announcement, ...]  # what citizens should know now
    shows_figures: bool


def town(_request: HttpRequest) -> dict[str, Any]:
    """Context processor: `town` on the hosts of towns; nothing on the operator's."""
    return {"town": SimpleLazyObject(_town_now)} if has_town() else {}


def _town_now() -> TownOnPage:
    return town_on_page(shopfront(), announcements=announced_now())


def announced_now() -> tuple[Announcement, ...]:
    """What the citizens of the town at work should know now; from memory."""
    return tuple(announcements.for_citizens(current_town(), now=timezone.now()))


def page_for_everybody(
    request: HttpRequest, front: Shopfront, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page that says the same to all: it knows the town and its own address, but no session and no user.

    Rendered without the context processors, so that none of them can bring in who is looking.
    """
    for_all = {"town": town_on_page(front, announcements=announced_now()), "request": request}
    return HttpResponse(render_to_string(template, for_all | context), status=status)


def town_on_page(front: Shopfront, *, announcements: tuple[Announcement, ...] = ()) -> TownOnPage:
    profile = front.profile
    municipality = front.town.municipality
    claim = _("Offizielle Website der %(town)s") % {"town": front.town.full_name}
    return TownOnPage(
        name=front.town.name,
        full_name=front.town.full_name,
        kind=municipality.kind,
        county=municipality.county,
        claim_line=claim if profile.shows_federal_line else "",
        theme_url=reverse("townhall:theme_css", args=[theme.digest(profile.colour)]),
        crest_url=reverse("townhall:crest") + f"?v={front.pages}",
        address=Address(profile.street, profile.postal_code, profile.city),
        phone=profile.phone,
        email=profile.email,
        website=profile.website,
        is_trial=front.town.is_trial,
        is_leaving=front.town.is_leaving,
        announcements=announcements,
        shows_figures=profile.shows_figures,
    )
