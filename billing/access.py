"""How a town gets into the payment service that it has a contract with. The secret lies sealed in the database."""

from billing.models import ServiceAccess
from billing.providers.xbezahldienste import Access, services
from tenants import sealing

_PURPOSE = "billing.access"


def access_of(account: str) -> Access:
    """How the current town gets into an account. Raises KeyError if it cannot any more."""
    row = ServiceAccess.objects.filter(account__stripe_account=account).first()
    if row is None:
        raise KeyError(account)
    return Access(
        service=services()[row.service],
        originator=row.originator,
        endpoint=row.endpoint,
        client_id=row.client_id,
        client_secret=unseal(row.sealed_secret),
        booking=row.booking,
    )


def seal(secret: str) -> str:
    """What may stand in the database instead; it opens in this town and deployment only."""
    return sealing.seal(secret, purpose=_PURPOSE)


def unseal(sealed: str) -> str:
    """The secret. Raises KeyError if it was sealed with a SECRET_KEY that is not known here."""
    return sealing.unseal(sealed, purpose=_PURPOSE)
