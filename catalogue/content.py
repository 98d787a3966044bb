"""What a release of the catalogue says: life situations, units and services. Frozen data without a database.

The fields are those of the files under `catalogue/library/`; one with a default may be left out there. A new
field needs a default, because workers also read the releases of yesterday.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.trust import TrustLevel
from catalogue import german
from tenants.municipalities import TownSize

Path = tuple[str | int, ...]  # a place in plain data, such as ("fee", "amounts", 0, "key")

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class InvalidContent(ValueError):
    """Content is not as it must be. `at` is the place, `reason` a German sentence."""

    def __init__(self, reason: str, *, at: Path = ()) -> None:
        super().__init__(f"{'/'.join(map(str, at))}: {reason}")
        self.reason = reason
        self.at = at


class EntryKind(models.TextChoices):
    """What a release consists of."""

    LIFE_SITUATION = "life_situation", gettext_lazy("Lebenslage")
    UNIT = "unit", gettext_lazy("Stelle")
    SERVICE = "service", gettext_lazy("Leistung")
    FORM = "form", gettext_lazy("Formular")


class Audience(models.TextChoices):
    CITIZEN = "citizen", gettext_lazy("Bürgerinnen und Bürger")
    BUSINESS = "business", gettext_lazy("Unternehmen und Vereine")


class Online(models.TextChoices):
    FULL = "full", gettext_lazy("online möglich")
    INFO = "info", gettext_lazy("Information und Termin")
    EXTERNAL = "external", gettext_lazy("online bei einer anderen Stelle")


class Launch(models.TextChoices):
    PAID = "paid", gettext_lazy("zum Start, mit Bezahlung")
    FREE = "free", gettext_lazy("zum Start, kostenfrei")
    LATER = "later", gettext_lazy("später")


class FeeKind(models.TextChoices):
    NONE = "none", gettext_lazy("gebührenfrei")
    FIXED = "fixed", gettext_lazy("fester Betrag")
    CHOICE = "choice", gettext_lazy("je nach Auswahl")
    TIERED = "tiered", gettext_lazy("gestaffelt")
    PER_UNIT = "per_unit", gettext_lazy("je Einheit")
    GRADUATED = "graduated", gettext_lazy("erstes und weitere Stücke")
    FORMULA = "formula", gettext_lazy("nach Ihren Angaben berechnet")
    FRAME = "frame", gettext_lazy("im Einzelfall festgesetzt")
    EXTERNAL = "external", gettext_lazy("Betrag aus einem Bescheid")


class Pay(models.TextChoices):
    """When a fee is paid."""

    SUBMISSION = "submission", gettext_lazy("vor dem Absenden")
    DECISION = "decision", gettext_lazy("nach der Entscheidung")
    NOT_HERE = "not_here", gettext_lazy("nicht in diesem Portal")


class Refunding(models.TextChoices):
    """What goes back of a fee that was paid, if the application is withdrawn before work on it began."""

    FULL = "full", gettext_lazy("alles")
    NONE = "none", gettext_lazy("nichts")
    AMOUNT = "amount", gettext_lazy("ein fester Betrag")


class Responsible(models.TextChoices):
    TOWN = "town", gettext_lazy("die Stadt oder Gemeinde")
    COUNTY = "county", gettext_lazy("der Kreis")
    OTHER = "other", gettext_lazy("eine andere Stelle")


class Authority(models.TextChoices):
    """Which kind of authority a service belongs to."""

    GEMEINDE = "gemeinde", gettext_lazy("jede Stadt und Gemeinde")
    GEMEINDE_AB_25K = "gemeinde_ab_25k", gettext_lazy("Städte ab 25.000 Einwohnern, sonst der Kreis")
    JUGENDAMT = "jugendamt", gettext_lazy("das Jugendamt der Stadt oder des Kreises")
    GEMEINDE_ODER_KREIS = "gemeinde_oder_kreis", gettext_lazy("die Stadt oder der Kreis")
    GEMEINDE_ODER_VERBAND = "gemeinde_oder_verband", gettext_lazy("die Stadt oder ein Zweckverband")
    KREIS = "kreis", gettext_lazy("der Kreis oder die kreisfreie Stadt")
    KREIS_ODER_GROSSE_STADT = "kreis_oder_grosse_stadt", gettext_lazy("der Kreis oder eine große Stadt")
    ANDERE = "andere", gettext_lazy("eine andere Behörde")


# The smallest towns that do it themselves; below them it is the county's. Where towns of one size differ (own
# youth office, road traffic authority, special-purpose association) this holds until the town says otherwise.
_TOWN_ITSELF_FROM = {
    Authority.GEMEINDE: TownSize.KLEIN,
    Authority.GEMEINDE_ODER_VERBAND: TownSize.KLEIN,
    Authority.GEMEINDE_AB_25K: TownSize.MITTEL,
    Authority.GEMEINDE_ODER_KREIS: TownSize.MITTEL,
    Authority.JUGENDAMT: TownSize.GROSS,
    Authority.KREIS_ODER_GROSSE_STADT: TownSize.GROSS,
    Authority.KREIS: TownSize.KREISFREI,
}


@dataclass(frozen=True)
class LifeSituation:
    """A tile of the start page."""

    key: str
    title: str
    teaser: str
    icon: str

    def __post_init__(self) -> None:
        _require_key(self.key)


@dataclass(frozen=True)
class Unit:
    """A part of an administration that services belong to. A town maps it to an office of its own."""

    key: str
    name: str
    task: str
    county: bool = False  # of the county, also for towns with county tasks of their own
    elsewhere: bool = False  # of neither town nor county

    def __post_init__(self) -> None:
        _require_key(self.key)


@dataclass(frozen=True)
class Document:
    """Something to bring or upload."""

    name: str
    note: str | None = None


@dataclass(frozen=True)
class Elsewhere:
    """Where a service can be done online that is not ours."""

    name: str
    note: str
    url: str | None


@dataclass(frozen=True)
class FeeAmount:
    """One amount of a fee, EUR gross. Its key means the same amount in the whole catalogue.

    `federal` is the same in all towns and locked, `suggestion` helps a town to set its own.
    """

    key: str
    label: str
    suggestion: Decimal | None = None
    federal: Decimal | None = None
    since: date | None = None

    def __post_init__(self) -> None:
        if self.suggestion is not None and self.federal is not None:
            reason = _("Ein Betrag ist entweder ein Vorschlag oder bundesweit fest.")
            raise InvalidContent(reason, at=("federal",))


@dataclass(frozen=True)
class FeeInformation:
    """How a service's fee comes about. What is charged follows from its form and the town's amounts."""

    rule: FeeKind
    basis: str | None
    amounts: tuple[FeeAmount, ...]
    note: str | None
    pay: Pay | None = None
    unit: str | None = None  # what is counted where the fee is per unit
    refund: Refunding = Refunding.FULL
    refund_amount: Decimal | None = None  # EUR; where `refund` is an amount

    def __post_init__(self) -> None:
        if (self.refund == Refunding.AMOUNT) != (self.refund_amount is not None):
            reason = _("Ein Betrag steht genau dann da, wenn ein fester Betrag zurückgeht.")
            raise InvalidContent(reason, at=("refund_amount",))

    def refund_of(self, paid: Decimal) -> Decimal:
        """EUR that go back of so many EUR, if the application is withdrawn before work on it began."""
        if self.refund == Refunding.NONE:
            return Decimal("0.00")
        return paid if self.refund_amount is None else min(self.refund_amount, paid)


@dataclass(frozen=True)
class LeikaEntry:
    """An entry of the Leistungskatalog of the public administration."""

    key: str
    name: str


@dataclass(frozen=True)
class Service:
    """A service of the public administration, as the catalogue tells it to everybody."""

    key: str
    title: str
    summary: str
    life_situations: tuple[str, ...]
    keywords: tuple[str, ...]
    audience: tuple[Audience, ...]
    unit: str
    authority: Authority
    online: Online
    trust_level: TrustLevel
    trust_reason: str | None
    minutes: int | None  # that filling in takes
    requirements: tuple[str, ...]
    documents: tuple[Document, ...]
    steps: tuple[str, ...]
    deadline: str | None
    processing_time: str | None
    fee: FeeInformation
    legal_basis: tuple[str, ...]
    leika: tuple[LeikaEntry, ...]
    hints: tuple[str, ...]
    related: tuple[str, ...]
    launch: Launch
    elsewhere: Elsewhere | None = None

    def __post_init__(self) -> None:
        _require_key(self.key)
        if not self.life_situations:
            reason = _("Eine Leistung gehört zu mindestens einer Lebenslage.")
            raise InvalidContent(reason, at=("life_situations",))

    def responsible(self, size: TownSize) -> Responsible:
        """Who does this for the people of a town of that size, unless the town says otherwise."""
        smallest = _TOWN_ITSELF_FROM.get(self.authority)
        if smallest is None:
            return Responsible.OTHER
        return Responsible.TOWN if size >= smallest else Responsible.COUNTY


@dataclass(frozen=True)
class FormReference:
    """The version of a form that a release offers. The key is the service's."""

    key: str
    version: int


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All of a release, by key. Life situations and units in their order, services by title."""

    number: int
    life_situations: Mapping[str, LifeSituation]
    units: Mapping[str, Unit]
    services: Mapping[str, Service]
    amounts: Mapping[str, FeeAmount]
    forms: Mapping[str, int]  # the version offered, by key

    @classmethod
    def of(
        cls,
        *,
        number: int,
        life_situations: Iterable[LifeSituation],
        units: Iterable[Unit],
        services: Iterable[Service],
        forms: Iterable[FormReference] = (),
    ) -> "Catalogue":
        by_title = sorted(services, key=lambda service: german.sort_key(service.title))
        amounts: dict[str, FeeAmount] = {}
        for amount in (amount for service in by_title for amount in service.fee.amounts):
            amounts.setdefault(amount.key, amount)
        return cls(
            number=number,
            life_situations=MappingProxyType({situation.key: situation for situation in life_situations}),
            units=MappingProxyType({unit.key: unit for unit in units}),
            services=MappingProxyType({service.key: service for service in by_title}),
            amounts=MappingProxyType(amounts),
            forms=MappingProxyType({form.key: form.version for form in forms}),
        )

    def services_in(self, situation: str, *, among: Container[str] | None = None) -> list[Service]:
        """The services of a life situation, by title; with `among` only those of these keys."""
        return [service for service in self._services(among) if situation in service.life_situations]

    def by_first_letter(self, *, among: Container[str] | None = None) -> dict[str, list[Service]]:
        """Services by the letter that they stand under, letters that have none left out."""
        letters: dict[str, list[Service]] = {}
        for service in self._services(among):
            letters.setdefault(german.first_letter(service.title), []).append(service)
        return letters

    def related_to(self, service: Service) -> list[Service]:
        return [self.services[key] for key in service.related]

    def unit_of(self, service: Service) -> Unit:
        return self.units[service.unit]

    def contradictions(self) -> Iterator[tuple[Service, InvalidContent]]:
        """What does not fit together: keys that nobody has, amounts that mean different things."""
        for service in self.services.values():
            for problem in (*self._dangling_references(service), *self._other_amounts(service)):
                yield service, problem

    def _dangling_references(self, service: Service) -> Iterator[InvalidContent]:
        named: list[tuple[Path, str, Container[str]]] = [
            *((("life_situations", n), key, self.life_situations) for n, key in enumerate(service.life_situations)),
            *((("related", n), key, self.services) for n, key in enumerate(service.related)),
            (("unit",), service.unit, self.units),
        ]
        for at, key, known in named:
            if key not in known:
                yield InvalidContent(_("„%(key)s“ gibt es nicht.") % {"key": key}, at=at)

    def _other_amounts(self, service: Service) -> Iterator[InvalidContent]:
        seen: set[str] = set()
        for position, amount in enumerate(service.fee.amounts):
            at: Path = ("fee", "amounts", position, "key")
            first = self.amounts[amount.key]
            if amount.key in seen:
                yield InvalidContent(_("Den Betrag „%(key)s“ gibt es hier schon.") % {"key": amount.key}, at=at)
            elif amount != first:
                reason = _("Der Betrag „%(key)s“ ist anderswo anders beschrieben: „%(label)s“.")
                yield InvalidContent(reason % {"key": amount.key, "label": first.label}, at=at)
            seen.add(amount.key)

    def _services(self, among: Container[str] | None) -> Iterator[Service]:
        return (service for service in self.services.values() if among is None or service.key in among)


def _require_key(key: str) -> None:
    if not _KEY.fullmatch(key):
        reason = _("„%(key)s“ kann kein Schlüssel sein: nur a bis z, Ziffern und Bindestriche.")
        raise InvalidContent(reason % {"key": key}, at=("key",))
