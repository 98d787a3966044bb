"""How a town gets into the payment service that it has a contract with. The secret lies sealed in the database."""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from billing.models import ServiceAccess
from billing.providers.xbezahldienste import Access, services
from tenants.context import current_town


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
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret. Raises KeyError if it was sealed with a SECRET_KEY that is not known here."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise KeyError("sealed with another key") from problem


def _keys() -> MultiFernet:
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([_key(secret) for secret in known])


def _key(secret: str) -> Fernet:
    digest = salted_hmac("billing.access", current_town().schema_name, secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
