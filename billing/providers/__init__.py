"""Payment providers, by name. Which one a town uses is its choice; each payment remembers its own."""

from billing.access import access_of
from billing.providers.contract import Provider
from billing.providers.stripe import Stripe
from billing.providers.xbezahldienste import XBezahldienste

STRIPE = Stripe()
XBEZAHLDIENSTE = XBezahldienste(access_of)
_PROVIDERS: dict[str, Provider] = {STRIPE.key: STRIPE, XBEZAHLDIENSTE.key: XBEZAHLDIENSTE}


def provider(key: str) -> Provider:
    """The provider with this name. Raises KeyError."""
    return _PROVIDERS[key]
