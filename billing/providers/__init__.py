"""Payment providers, by name. Which one a town uses is its choice; each payment remembers its own."""

from billing.providers.contract import Provider
from billing.providers.stripe import Stripe

STRIPE = Stripe()
_PROVIDERS: dict[str, Provider] = {STRIPE.key: STRIPE}


def provider(key: str) -> Provider:
    """The provider with this name. Raises KeyError."""
    return _PROVIDERS[key]
