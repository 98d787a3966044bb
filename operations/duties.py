"""Who does what for the people of a town, by the tasks that the law gives it, in numbers."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogue.content import Online, Responsible, Service
from catalogue.current import NotReleased, released_catalogue
from tenants.municipalities import Municipality, TownSize


@dataclass(frozen=True)
class Duties:
    """How many services of the catalogue whose task is."""

    size: TownSize
    town: int
    county: int  # of a kreisfreie Stadt: none
    other: int  # bodies that are neither
    online: int  # of the town's those for which there is a form

    @property
    def shown(self) -> int:
        return self.town + self.county + self.other

    def sentence(self, municipality: Municipality) -> str:
        """Such as "118 Leistungen selbst, Kreis Lippe 21, andere Stellen 12."."""
        own = ngettext("Eine Leistung selbst", "%(number)d Leistungen selbst", self.town) % {"number": self.town}
        others = {municipality.county: self.county, _("andere Stellen"): self.other}
        return ", ".join([own, *(f"{name} {number}" for name, number in others.items() if number)]) + "."


def duties_of(size: TownSize) -> Duties:
    """With the released catalogue; all numbers are 0 if there is none."""
    services = _services()
    counts = Counter(service.responsible(size) for service in services)
    return Duties(
        size=size,
        town=counts[Responsible.TOWN],
        county=counts[Responsible.COUNTY],
        other=counts[Responsible.OTHER],
        online=sum(service.responsible(size) == Responsible.TOWN for service in services if _has_form(service)),
    )


def possible_duties(municipality: Municipality) -> list[Duties]:
    """For each class that it may belong to."""
    return [duties_of(size) for size in municipality.possible_sizes]


def moving(before: TownSize, after: TownSize) -> int:
    """How many services somebody else does once the class has changed."""
    return sum(service.responsible(before) != service.responsible(after) for service in _services())


def _services() -> list[Service]:
    try:
        return list(released_catalogue().services.values())
    except NotReleased:
        return []


def _has_form(service: Service) -> bool:
    return service.online == Online.FULL and service.key in released_catalogue().forms
