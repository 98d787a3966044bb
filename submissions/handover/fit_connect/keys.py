"""The keys of a destination: whether one may be used to encrypt for it, or to believe what it has signed.

Source: docs.fitko.de/fit-connect, "Vorgaben für kryptographische Verfahren" (RSA from 4096 bits, RSA-OAEP-256, PS512).
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import verification
from django.utils.translation import gettext as _
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

ENCRYPTING, SIGNING = "RSA-OAEP-256", "PS512"
SMALLEST = 4096  # bits
_CRL = b"-----BEGIN X509 CRL-----"


class KeyRefused(Exception):
    """The key must not be used; the message says why, in German."""


def encryption_key(told: Any, *, trust_store: str, now: datetime) -> RSAKey:
    """The key for whom we encrypt. With a trust store (a PEM file) it needs a certificate from there.

    Raises KeyRefused.
    """
    key, public = _key(told, ENCRYPTING, "wrapKey")
    if public.key_size < SMALLEST:
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts ist zu kurz: Er braucht mindestens 4096 Bit."))
    _check_certificate(told, public, trust_store, now)
    return key


def signature_key(told: Any) -> RSAKey:
    """The key with which an event was signed. Raises KeyRefused."""
    return _key(told, SIGNING, "verify")[0]


def _key(told: Any, algorithm: str, operation: str) -> tuple[RSAKey, RSAPublicKey]:
    if not isinstance(told, Mapping) or (told.get("kty"), told.get("alg")) != ("RSA", algorithm):
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts ist nicht von der Art, die FIT-Connect verlangt."))
    if told.get("key_ops") != [operation]:
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts ist für etwas anderes gedacht."))
    try:
        key = RSAKey.import_key({"kty": "RSA", "n": told["n"], "e": told["e"], "kid": str(told["kid"])})
    except (JoseError, KeyError, TypeError, ValueError) as problem:
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts ist unlesbar.")) from problem
    public = key.public_key
    if public.public_numbers().e < 65537:
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts ist unlesbar."))
    return key, public


# --- Certificates --------------------------------------------------------------------------------------------


def _check_certificate(told: Mapping[str, Any], public: RSAPublicKey, trust_store: str, now: datetime) -> None:
    chain = _chain(told.get("x5c") or [])
    if chain and chain[0].public_key() != public:
        raise KeyRefused(_("Das Zertifikat des Zustellpunkts gehört nicht zu seinem Schlüssel."))
    if any(not one.not_valid_before_utc <= now <= one.not_valid_after_utc for one in chain):
        raise KeyRefused(_("Das Zertifikat des Zustellpunkts ist abgelaufen oder noch nicht gültig."))
    if trust_store:
        _check_trust(chain, Path(trust_store).read_bytes(), now)


def _chain(told: Sequence[str]) -> list[x509.Certificate]:
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(one, validate=True)) for one in told]
    except (binascii.Error, TypeError, ValueError) as problem:
        raise KeyRefused(_("Das Zertifikat des Zustellpunkts ist unlesbar.")) from problem


def _check_trust(chain: list[x509.Certificate], store: bytes, now: datetime) -> None:
    """The chain leads to a certificate of the store, and no revocation list in it names one of the chain."""
    if not chain:
        raise KeyRefused(_("Der Schlüssel des Zustellpunkts hat kein Zertifikat."))
    builder = verification.PolicyBuilder().store(verification.Store(x509.load_pem_x509_certificates(store))).time(now)
    policies = {
        "ca_policy": verification.ExtensionPolicy.webpki_defaults_ca(),
        "ee_policy": verification.ExtensionPolicy.permit_all(),  # the administration's PKI is not that of browsers
    }
    try:
        found = builder.extension_policies(**policies).build_client_verifier().verify(chain[0], chain[1:]).chain
    except verification.VerificationError as problem:
        raise KeyRefused(_("Dem Zertifikat des Zustellpunkts vertraut das Portal nicht.")) from problem
    for certificate, issuer in pairwise(found):
        if _is_revoked(certificate, issuer, store):
            raise KeyRefused(_("Das Zertifikat des Zustellpunkts ist gesperrt."))


def _is_revoked(certificate: x509.Certificate, issuer: x509.Certificate, store: bytes) -> bool:
    for text in store.split(_CRL)[1:]:
        revoked = x509.load_pem_x509_crl(_CRL + text)
        if revoked.issuer != certificate.issuer or not _is_signed_by(revoked, issuer):
            continue
        if revoked.get_revoked_certificate_by_serial_number(certificate.serial_number):
            return True
    return False


def _is_signed_by(revoked: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return revoked.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # a CA's key signs
    except (InvalidSignature, TypeError):
        return False
