"""The certificates of our hosts, as browsers are shown them. We look once a day, never while somebody waits for a page.

Looking does what a first visit does: a proxy that orders certificates on demand orders one.
"""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from django.conf import settings
from django.db.models import Q

from operations.models import CertificateProblem, HostCertificate
from tenants.models import Host

EVERY = timedelta(hours=23)
AT_ONCE = 8
CONNECT_SECONDS = 10
ORDER_SECONDS = 30  # in which the proxy may order a certificate that it does not have yet
_EXPIRED, _OTHER_HOST = 10, 62  # X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_HOSTNAME_MISMATCH


class ProxyUnreachable(Exception):
    """Nobody answers where TLS should end."""


@dataclass(frozen=True)
class Certificate:
    """What was shown."""

    ends_at: datetime | None = None
    problem: CertificateProblem | None = None


def look_at_all(*, now: datetime) -> None:
    """Look at the certificates of all hosts that nobody has looked at for a day. Raises ProxyUnreachable."""
    if not settings.PROXY_ADDRESS:
        return
    due = Host.objects.filter(Q(certificate=None) | Q(certificate__looked_at__lte=now - EVERY))
    hosts = dict(due.order_by("pk").values_list("domain", "pk"))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        shown = dict(zip(hosts, pool.map(look_at, hosts), strict=True))
    still = set(Host.objects.filter(pk__in=hosts.values()).values_list("pk", flat=True))
    HostCertificate.objects.bulk_create(
        [
            HostCertificate(
                host_id=hosts[domain], looked_at=now, ends_at=certificate.ends_at, problem=certificate.problem or ""
            )
            for domain, certificate in shown.items()
            if hosts[domain] in still
        ],
        update_conflicts=True,
        unique_fields=["host"],
        update_fields=["looked_at", "ends_at", "problem"],
    )


def look_at(host: str) -> Certificate:
    """The certificate that a browser is shown at a host. Raises ProxyUnreachable."""
    try:
        return _end_of(_certificate(host, ssl.create_default_context()))
    except ssl.SSLCertVerificationError as problem:
        return _untrusted(host, problem.verify_code)
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return Certificate(problem=CertificateProblem.MISSING)


def _untrusted(host: str, code: int) -> Certificate:
    kinds = {_EXPIRED: CertificateProblem.EXPIRED, _OTHER_HOST: CertificateProblem.OTHER_HOST}
    anything = ssl.create_default_context()
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    ends_at = _end_of(_certificate(host, anything)).ends_at
    return Certificate(ends_at, kinds.get(code, CertificateProblem.UNTRUSTED))


def _end_of(certificate: bytes) -> Certificate:
    return Certificate(x509.load_der_x509_certificate(certificate).not_valid_after_utc)


def _certificate(host: str, context: ssl.SSLContext) -> bytes:
    """In DER. Raises ProxyUnreachable, SSLError, ConnectionError, TimeoutError."""
    name, _colon, port = settings.PROXY_ADDRESS.rpartition(":")
    try:
        connection = socket.create_connection((name.strip("[]"), int(port)), timeout=CONNECT_SECONDS)
    except OSError as problem:
        raise ProxyUnreachable(settings.PROXY_ADDRESS) from problem
    with connection:
        connection.settimeout(ORDER_SECONDS)
        with context.wrap_socket(connection, server_hostname=host) as shown:
            certificate = shown.getpeercert(binary_form=True)
            assert certificate is not None  # servers always show one
            return certificate
