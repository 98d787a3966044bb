"""Two kinds of keys. Files are under a **town's key**, which stands in its schema; that one is under a **deployment's
key**, which the environment names (FILE_KEYS) and no database and no backup of one contains.

Who deletes a town's key makes all its files unreadable, also where copies of them are. Who changes the deployment's key
wraps the towns' keys anew and leaves the files alone.
"""

import hashlib
import os
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from tenants.context import current_town
from tenants.vault.cipher import KEY_SIZE
from tenants.vault.models import DataKey

_NONCE = 12  # bytes


class NoKey(Exception):
    """A town's key is missing, or FILE_KEYS does not have the one with which it was wrapped."""


@dataclass(frozen=True)
class DeploymentKey:
    value: bytes

    @classmethod
    def parse(cls, text: str) -> "DeploymentKey":
        """From 64 hexadecimal digits. Raises ValueError."""
        if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
            raise ValueError("a key has 64 hexadecimal digits")
        return cls(bytes.fromhex(text))

    @property
    def fingerprint(self) -> str:
        """Tells keys apart, and says nothing about them."""
        return hashlib.sha256(b"stadttor deployment key" + self.value).hexdigest()[:16]

    def wrap(self, key: bytes, number: int) -> DataKey:
        """A town's key as it may stand in the database. It is bound to town and number."""
        nonce = os.urandom(_NONCE)
        wrapped = nonce + AESGCM(self.value).encrypt(nonce, key, _bound_to(number))
        return DataKey(number=number, wrapped=wrapped, wrapped_by=self.fingerprint)

    def unwrap(self, row: DataKey) -> bytes:
        """Raises NoKey if it was changed, or is another town's."""
        wrapped = bytes(row.wrapped)
        try:
            return AESGCM(self.value).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], _bound_to(row.number))
        except InvalidTag:
            raise NoKey(f"data key {row.number} was changed, or is not this town's") from None


def _bound_to(number: int) -> bytes:
    return f"{current_town().schema_name} {number}".encode()


def deployment_keys() -> list[DeploymentKey]:
    """The first one wraps, all unwrap."""
    return [DeploymentKey.parse(text) for text in settings.FILE_KEYS]


# --- The key of the town at work --------------------------------------------------------------------------


def newest_key() -> tuple[int, bytes]:
    """Number and value of the key for new files; made if the town has none yet."""
    row = DataKey.objects.order_by("-number").first() or _make(1)
    return row.number, _unwrap(row)


def key_with(number: int) -> bytes:
    """Raises NoKey."""
    row = DataKey.objects.filter(number=number).first()
    if row is None:
        raise NoKey(f"there is no data key {number}")
    return _unwrap(row)


@transaction.atomic
def make_new_key() -> int:
    """A further key, for all files from now on; returns its number."""
    last = DataKey.objects.select_for_update().order_by("-number").first()
    return _make(last.number + 1 if last else 1).number


@transaction.atomic
def wrap_anew() -> int:
    """Put the town's keys under the first of the deployment's; returns how many were not. Raises NoKey."""
    first = deployment_keys()[0]
    rows = list(DataKey.objects.select_for_update().exclude(wrapped_by=first.fingerprint))
    for row in rows:
        first.wrap(_unwrap(row), row.number).save(update_fields=["wrapped", "wrapped_by"])
    return len(rows)


def _make(number: int) -> DataKey:
    """Whoever comes second takes the key of the first."""
    made = deployment_keys()[0].wrap(os.urandom(KEY_SIZE), number)
    values = {"wrapped": made.wrapped, "wrapped_by": made.wrapped_by}
    return DataKey.objects.get_or_create(number=number, defaults=values)[0]


def _unwrap(row: DataKey) -> bytes:
    for key in deployment_keys():
        if key.fingerprint == row.wrapped_by:
            return key.unwrap(row)
    raise NoKey(f"FILE_KEYS lacks the key {row.wrapped_by}, with which data key {row.number} was wrapped")
