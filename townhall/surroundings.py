"""What a town's forms can look at besides the answers."""

from datetime import date

from accounts.trust import TrustLevel
from catalogue.forms.context import Surroundings
from townhall.fees import Prices
from townhall.shopfront import Shopfront


def surroundings_in(front: Shopfront, *, today: date, trust: TrustLevel) -> Surroundings:
    """The surroundings of a form that somebody fills in here and now."""
    return Surroundings(
        today=today,
        town=front.town.name,
        full_town=front.town.full_name,
        postal_codes=frozenset(front.town.municipality.postal_codes),
        trust=trust,
        settings=front.own_settings,
        prices=Prices(front, today),
    )
