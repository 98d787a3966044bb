"""Sending to an address that a town has entered: to the internet, never into the operator's own network.

A name is looked up once, what it leads to is judged, and the connection goes to that very address: a name that leads
somewhere else a moment later changes nothing. Nothing is followed, and of what answers only so much is read as the
caller wants.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import certifi
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _

TIMEOUT = 10  # seconds
Address = IPv4Address | IPv6Address
_TRANSLATED = ip_network("64:ff9b::/96")  # IPv4 behind a gateway (RFC 6052)


class AddressRefused(Exception):
    """Nothing is sent there; the message says why, in German."""


class Unreachable(Exception):
    """Nobody answered; the message says how, in German."""


@dataclass(frozen=True)
class Place:
    """An address, taken apart and looked up."""

    is_https: bool
    host: str
    port: int
    path: str
    address: Address

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_https else 80) else f"{host}:{self.port}"


def looked_up(url: str) -> Place:
    """Where an address leads now. Raises AddressRefused, and Unreachable for a name that nobody knows."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as problem:
        raise AddressRefused(_("Das ist keine vollständige Adresse.")) from problem
    if parts.scheme not in ("https", "http") or not host:
        raise AddressRefused(_("Die Adresse muss mit https:// beginnen."))
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused(_("In der Adresse dürfen kein Benutzername, kein Passwort und kein # stehen."))
    is_https = parts.scheme == "https"
    port = port or (443 if is_https else 80)
    address = _one_of(host, port)
    if not is_https and not (address.is_loopback and _is_allowed(address)):
        raise AddressRefused(_("Die Adresse muss mit https:// beginnen."))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(is_https, host, port, path, address)


def _one_of(host: str, port: int) -> Address:
    """The first of the addresses of a name. All of them must be ones to which we send."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable(_("Diesen Namen kennt das Internet nicht.")) from problem
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not all(_may_be_reached(one) for one in addresses):
        raise AddressRefused(
            _("Diese Adresse führt in ein inneres Netz. Dorthin darf das Portal nur, wenn der Betreiber es erlaubt.")
        )
    return addresses[0]


def _may_be_reached(address: Address) -> bool:
    return _is_allowed(address) or _is_public(address)


def _is_allowed(address: Address) -> bool:
    """Whether the operator has named it."""
    return any(address in ip_network(network) for network in settings.HANDOVER_NETWORKS)


def _is_public(address: Address) -> bool:
    """Whether it belongs to the internet, and to no other address inside of it."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, IPv4Address):
        return True
    is_wrapped = address.ipv4_mapped or address.sixtofour or address.teredo or address in _TRANSLATED
    return not is_wrapped and not address.is_site_local


@dataclass(frozen=True)
class Answer:
    """What the other side says."""

    status: int  # of HTTP
    body: bytes


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send, and return the status of the answer. Raises AddressRefused, Unreachable."""
    return request("POST", url, body=body, headers=headers).status


def request(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str], largest: int = 0
) -> Answer:
    """Ask; of the answer's body at most `largest` bytes are read. Raises AddressRefused, Unreachable."""
    place = looked_up(url)
    try:
        with _pool(place) as pool:
            answer = pool.urlopen(
                method,
                place.path,
                body=body,
                headers={"Host": place.host_header, "User-Agent": "Stadttor", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            told = answer.read(largest) if largest else b""
            answer.close()
            return Answer(answer.status, told)
    except urllib3.exceptions.SSLError as problem:
        raise Unreachable(_("Das Zertifikat der Gegenstelle ist nicht in Ordnung.")) from problem
    except urllib3.exceptions.HTTPError as problem:
        is_refused = isinstance(problem, urllib3.exceptions.NewConnectionError)  # which counts as a timeout there
        if isinstance(problem, urllib3.exceptions.TimeoutError) and not is_refused:
            raise Unreachable(_("Die Gegenstelle hat nicht rechtzeitig geantwortet.")) from problem
        raise Unreachable(_("Die Gegenstelle ist nicht zu erreichen.")) from problem


def _pool(place: Place) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=TIMEOUT, read=TIMEOUT)
    if not place.is_https:
        return urllib3.HTTPConnectionPool(str(place.address), place.port, timeout=timeout)
    return urllib3.HTTPSConnectionPool(
        str(place.address),
        place.port,
        timeout=timeout,
        server_hostname=place.host,
        assert_hostname=place.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where(),
    )
