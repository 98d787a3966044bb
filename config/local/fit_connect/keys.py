"""The keys of the stand-in, made when they are first needed, and what is done with them."""

import base64
import json
import uuid
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BITS = 4096
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Keys:
    """Three key pairs, kept in a directory: two of the receiver, and the one with which the service signs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @cached_property
    def encryption(self) -> RSAPrivateKey:
        return self._kept("encryption")

    @cached_property
    def receiver(self) -> RSAPrivateKey:
        return self._kept("receiver")

    @cached_property
    def service(self) -> RSAPrivateKey:
        return self._kept("service")

    def _kept(self, name: str) -> RSAPrivateKey:
        file = self.directory / f"{name}.pem"
        if not file.exists():
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_bytes(new_key(BITS))
        found = serialization.load_pem_private_key(file.read_bytes(), None)
        assert isinstance(found, RSAPrivateKey)
        return found


def new_key(bits: int) -> bytes:
    """A private key (PEM)."""
    made = generate_private_key(65537, bits)
    no_password = serialization.NoEncryption()
    return made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)


def kid_of(key: RSAPrivateKey) -> str:
    """A name for a key that is the same each time."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(key.public_key().public_numbers().n)))


def public_jwk(key: RSAPrivateKey, *, algorithm: str, operation: str) -> dict[str, Any]:
    """The public half (RFC 7517)."""
    numbers = key.public_key().public_numbers()
    return {
        "kty": "RSA",
        "alg": algorithm,
        "key_ops": [operation],
        "kid": kid_of(key),
        "n": _encoded(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8)),
        "e": _encoded(numbers.e.to_bytes(3)),
    }


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWE in compact serialization. Raises ValueError if it is none."""
    parts = token.split(".")
    if len(parts) != 5:
        raise ValueError("a compact JWE has five parts")
    found = json.loads(_decoded(parts[0]))
    if not isinstance(found, dict):
        raise ValueError("the header is no object")
    return found


def decrypt(token: str, key: RSAPrivateKey) -> bytes:
    """What is in a JWE (RFC 7516: RSA-OAEP-256, A256GCM, maybe DEF). Raises ValueError or InvalidTag."""
    header, wrapped, vector, content, tag = token.split(".")
    opened = AESGCM(key.decrypt(_decoded(wrapped), _OAEP)).decrypt(
        _decoded(vector), _decoded(content) + _decoded(tag), header.encode()
    )
    return zlib.decompress(opened, -zlib.MAX_WBITS) if header_of(token).get("zip") == "DEF" else opened


def tag_of(token: str) -> str:
    """The last part of a JWE."""
    return token.rpartition(".")[2]


def signed(claims: dict[str, Any], key: RSAPrivateKey) -> str:
    """A security event token (RFC 8417)."""
    return jwt.encode(claims, key, "PS512", {"typ": "secevent+jwt", "kid": kid_of(key)})


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
