"""Secrets of a town that the portal must know in plain: in the database they lie sealed.

The key comes from SECRET_KEY, the town and what the secret is for, so a dump alone opens nothing, and one town's
secret is nothing in another.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

from tenants.context import current_town


def seal(secret: str, *, purpose: str) -> str:
    """What may stand in the database instead; it opens in this town and deployment only, for the same purpose."""
    return _keys(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The secret. Raises KeyError if it was sealed with a SECRET_KEY that is not known here."""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as problem:
        raise KeyError("sealed with another key") from problem


def _keys(purpose: str) -> MultiFernet:
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([_key(secret, purpose) for secret in known])


def _key(secret: str, purpose: str) -> Fernet:
    digest = salted_hmac(purpose, current_town().schema_name, secret=secret, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(digest))
