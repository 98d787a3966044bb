"""Services of a town in the words of its pages: who does it, what it costs here, how one gets it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _

from catalogue import content
from catalogue.content import FeeKind, LifeSituation, Online, Responsible, Service
from templates.components import euro, german_date
from townhall.models import OfferState
from townhall.offering import ApplicationState, application_state, has_guide, may_charge
from townhall.shopfront import Amount, OfficeView, Shopfront

_COUNTY = "Kreis"  # how the catalogue calls the county, whichever it is

# How the label of an amount begins that is only charged on top of another one.
_ON_TOP = ("Zuschlag", "Jede weitere")

# What people ask a town hall for most, until a town has figures of its own.
OFTEN_WANTED = (
    "wohnsitz-anmelden",
    "personalausweis",
    "hund-anmelden",
    "sperrmuell",
    "bewohnerparkausweis",
    "meldebescheinigung",
    "geburtsurkunde",
    "reisepass",
    "hundemarke-ersatz",
    "buechereiausweis",
    "fuehrungszeugnis",
    "maengelmelder",
)


# --- Who does it -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Provider:
    """Who does a service that is not the town's."""

    name: str  # "Kreis Lippe", "Amtsgericht"
    department: str = ""  # "Straßenverkehrsamt"


def provider_of(front: Shopfront, service: Service) -> Provider | None:
    """Who does it in place of the town; None if the town does it itself."""
    unit = front.catalogue.unit_of(service)
    match front.responsible(service):
        case Responsible.TOWN:
            return None
        case Responsible.COUNTY:
            department = unit.name.removeprefix(f"{_COUNTY} – ") if unit.county else ""
            return Provider(front.town.municipality.county, department)
        case _:
            named = service.elsewhere.name if service.elsewhere else _COUNTY
            return Provider(unit.name if named == _COUNTY else named)


def other_way_of(front: Shopfront, service: Service) -> content.Elsewhere | None:
    """Where it can be done online that is not ours: not the county for a town that does it itself."""
    offer = front.offers.get(service.key)
    if offer and offer.state == OfferState.LINK:
        host = urlsplit(offer.link).hostname or offer.link
        return content.Elsewhere(host, _("Sie verlassen dafür das Serviceportal."), offer.link)
    is_own = front.responsible(service) == Responsible.TOWN
    return None if is_own and service.elsewhere and service.elsewhere.name == _COUNTY else service.elsewhere


def is_elsewhere_online(front: Shopfront, service: Service) -> bool:
    """Whether it is done online at an address that is not ours."""
    offer, other = front.offers.get(service.key), other_way_of(front, service)
    is_linked = bool(offer and offer.state == OfferState.LINK)
    return bool((is_linked or service.online == Online.EXTERNAL) and other and other.url)


# --- What it costs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """On what ground an amount is charged."""

    text: str  # "Hundesteuersatzung der Stadt Lage, gilt seit 1. Januar 2026"
    url: str = ""


@dataclass(frozen=True)
class Cost:
    """One amount of a service."""

    key: str
    label: str
    amount: Decimal | None  # EUR, gross; None if the town has not said
    source: Source | None
    coming: Amount | None  # the next change that is known


@dataclass(frozen=True)
class Costs:
    """All that a service costs in a town today."""

    lines: tuple[Cost, ...]
    note: str
    basis: str  # what amounts are set by that the town has not entered

    @property
    def are_known(self) -> bool:
        """Whether there is an amount to show, now or soon."""
        return any(line.amount is not None or line.coming for line in self.lines)

    @property
    def common_source(self) -> Source | None:
        """The ground of all amounts, if it is one and the same."""
        sources = {line.source for line in self.lines}
        return sources.pop() if len(sources) == 1 else None


def costs_of(front: Shopfront, service: Service, today: date) -> Costs:
    """What it costs here. Of what others do only those amounts are told that are the same everywhere."""
    is_own = front.responsible(service) == Responsible.TOWN
    amounts = [amount for amount in service.fee.amounts if is_own or amount.federal is not None]
    return Costs(
        lines=tuple(_cost(front, service, amount, today) for amount in amounts),
        note=service.fee.note or "",
        basis=service.fee.basis or "",
    )


def price_in_words(front: Shopfront, service: Service, today: date) -> str:
    """What it costs, in two or three words: "kostenfrei", "5,00 €", "16,00 bis 48,00 €", "nach Satzung"."""
    fee = service.fee
    if fee.rule == FeeKind.NONE:
        return _("kostenfrei")
    if fee.rule == FeeKind.EXTERNAL:
        return _("unterschiedlich")
    whole = [amount for amount in fee.amounts if not amount.label.startswith(_ON_TOP)]
    prices = [front.price(amount.key, today) for amount in whole or fee.amounts]
    known = [price for price in prices if price is not None]
    if not prices or len(known) < len(prices):
        return _("nach Satzung")
    if not any(known):
        return _("kostenfrei")
    match fee.rule:
        case FeeKind.FORMULA:
            return _("je nach Umfang")
        case FeeKind.GRADUATED:
            return _("ab %(amount)s") % {"amount": euro(known[0])}
        case FeeKind.FRAME | FeeKind.CHOICE | FeeKind.TIERED if min(known) != max(known):
            return _("%(low)s bis %(high)s") % {"low": _number(min(known)), "high": euro(max(known))}
        case _:
            return euro(known[0])


def _cost(front: Shopfront, service: Service, amount: content.FeeAmount, today: date) -> Cost:
    own = front.amount(amount.key, today)
    source = None
    if amount.federal is not None:
        since = _since(amount.since) if amount.since else ""
        source = Source(_("%(law)s, bundesweit gleich") % {"law": service.fee.basis or _("Bundesrecht")} + since)
    elif own:
        source = Source(own.by_law + _since(own.valid_from), own.by_law_url)
    return Cost(
        key=amount.key,
        label=amount.label,
        amount=front.price(amount.key, today),
        source=source,
        coming=None if amount.federal is not None else front.coming_amount(amount.key, today),
    )


def _since(day: date) -> str:
    return _(", gilt seit %(day)s") % {"day": german_date(day)}


def _number(amount: Decimal) -> str:
    return euro(amount).removesuffix("€").strip()


# --- Lists -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A service in a list."""

    service: Service
    application: ApplicationState
    provider: Provider | None
    url: str
    badge: str  # "Online", "Kreis Lippe", or nothing
    tone: str  # of the badge, as the component wants it
    facts: tuple[str, ...]

    @property
    def is_online(self) -> bool:
        return self.application.is_open


def row_of(front: Shopfront, service: Service, today: date) -> Row:
    """A service as a line: whether it is done online, how long that takes, what it costs, or who does it."""
    application = application_state(front, service, today)
    provider = provider_of(front, service)
    badge, tone, facts = "", "", []
    if provider:
        badge = provider.name
        facts = [provider.department]
    elif application.is_open:
        badge, tone = _("Online"), "success"
        facts = [_minutes(service), price_in_words(front, service, today)]
    else:
        facts = [
            _("Online an anderer Adresse") if is_elsewhere_online(front, service) else _("Vor Ort"),
            price_in_words(front, service, today),
        ]
    return Row(
        service=service,
        application=application,
        provider=provider,
        url=reverse("townhall:service", args=[service.key]),
        badge=badge,
        tone=tone,
        facts=tuple(fact for fact in facts if fact),
    )


def rows_of(front: Shopfront, services: Iterable[Service], today: date) -> list[Row]:
    """Services as lines, in the order given."""
    return [row_of(front, service, today) for service in services]


def situations_of(front: Shopfront) -> list[LifeSituation]:
    """The life situations that hold at least one service of this town."""
    named = {key for service in front.services.values() for key in service.life_situations}
    return [situation for situation in front.catalogue.life_situations.values() if situation.key in named]


def often_wanted(front: Shopfront, today: date, limit: int) -> list[Row]:
    """What most people come for, what is done online before the rest."""
    known = [front.services[key] for key in OFTEN_WANTED if key in front.services]
    others = [service for service in front.services.values() if service not in known]
    rows = [
        *rows_of(front, known, today),
        *(row for row in rows_of(front, others, today) if row.is_online),
    ]
    own = [row for row in rows if row.provider is None]
    return sorted(own, key=lambda row: not row.is_online)[:limit]


def _minutes(service: Service) -> str:
    return _("etwa %(count)s Minuten") % {"count": service.minutes} if service.minutes else ""


# --- The page of a service -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ServicePage:
    """Everything that a town tells about one service."""

    row: Row
    costs: Costs
    price: str
    minutes: str
    processing_time: str
    addition: str  # the town's own words
    pause_note: str
    drafts_until: date | None  # switched off: what was begun can be handed in so long
    other_way: content.Elsewhere | None
    office: OfficeView | None
    situation: LifeSituation | None  # where one usually comes from
    related: tuple[Row, ...]
    retention: str  # how long answers are kept; empty if they are given at another address
    has_guide: bool  # a few questions show the way
    is_paid_here: bool  # so that it needs an account, whatever else the service asks for
    is_elsewhere_online: bool

    @property
    def service(self) -> Service:
        return self.row.service


def page_of(front: Shopfront, service: Service, today: date) -> ServicePage:
    """All that the page of a service shows; the service must be one that the town shows."""
    offer, form = front.offers[service.key], front.forms.get(service.key)
    is_elsewhere = is_elsewhere_online(front, service)
    related = [one for one in front.catalogue.related_to(service) if one.key in front.services]
    situations = front.catalogue.life_situations
    return ServicePage(
        row=row_of(front, service, today),
        costs=costs_of(front, service, today),
        price=price_in_words(front, service, today),
        minutes=_minutes(service),
        processing_time=offer.processing_time or service.processing_time or "",
        addition=offer.addition,
        pause_note=offer.pause_note,
        drafts_until=offer.drafts_until if offer.drafts_until and offer.drafts_until >= today else None,
        other_way=other_way_of(front, service),
        office=front.office_for(service),
        situation=next((situations[key] for key in service.life_situations if key in situations), None),
        related=tuple(rows_of(front, related, today)),
        retention=form.retention if form and not is_elsewhere else "",
        has_guide=has_guide(front, service),
        is_paid_here=may_charge(front, service, today),
        is_elsewhere_online=is_elsewhere,
    )
