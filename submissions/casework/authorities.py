"""Who else may be responsible for a case: the county, other towns, and whom the town itself has named."""

from collections.abc import Iterator
from dataclasses import dataclass

from catalogue.content import Unit
from tenants.context import current_town
from tenants.municipalities import Municipality, all_municipalities
from townhall.shopfront import OfficeView, Shopfront, shopfront


@dataclass(frozen=True)
class OtherAuthority:
    """`address` is what the citizen reads, in lines; `ars` says that it is a town."""

    key: str
    name: str
    address: str
    ars: str = ""


def other_authorities() -> list[OtherAuthority]:
    """The county and others first, then the towns of the county, then all other towns of the Land."""
    here = current_town().municipality
    elsewhere = list(_offices_elsewhere(shopfront()))
    county = [] if elsewhere or not here.county else [OtherAuthority("kreis", here.county, here.county)]
    towns = sorted(all_municipalities(), key=lambda one: one.county != here.county)  # otherwise by name, as they are
    return [*elsewhere, *county, *(_town_hall(one) for one in towns if one != here)]


def _offices_elsewhere(front: Shopfront) -> Iterator[OtherAuthority]:
    """Those that the town has entered for tasks that are not its own."""
    for office in front.offices:
        units = [front.catalogue.units[key] for key in office.units if key in front.catalogue.units]
        if units and all(map(_is_elsewhere, units)):
            yield OtherAuthority(f"stelle-{office.pk}", office.name, _address_of(office))


def _is_elsewhere(unit: Unit) -> bool:
    return unit.county or unit.elsewhere


def _address_of(office: OfficeView) -> str:
    place = f"{office.postal_code} {office.city}".strip()
    return "\n".join(filter(None, (office.name, office.street, place, office.phone)))


def _town_hall(town: Municipality) -> OtherAuthority:
    address = f"{town.full_name}\n{town.street}\n{town.postal_code} {town.city}"
    return OtherAuthority(town.ars, town.full_name, address, ars=town.ars)
