"""Asking an address that a town has entered: on the internet, never in the operator's own network.

A name is looked up once, what it leads to is judged, and the connection goes to that very address: a name that leads
somewhere else a moment later changes nothing. Nothing is followed, and of what answers only so much is read as the
caller wants.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter

TIMEOUT = 10  # seconds
LARGEST = 1024 * 1024  # bytes of an answer
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
    try:
        with session() as http:
            given = {"User-Agent": "Stadttor", **headers}
            answer = http.request(
                method, url, data=body, headers=given, timeout=TIMEOUT, allow_redirects=False, stream=True
            )
            return Answer(answer.status_code, answer.raw.read(largest, decode_content=True) if largest else b"")
    except requests.exceptions.SSLError as problem:
        raise Unreachable(_("Das Zertifikat der Gegenstelle ist nicht in Ordnung.")) from problem
    except requests.Timeout as problem:
        raise Unreachable(_("Die Gegenstelle hat nicht rechtzeitig geantwortet.")) from problem
    except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:  # the latter while it is read
        raise Unreachable(_("Die Gegenstelle ist nicht zu erreichen.")) from problem


def session() -> requests.Session:
    """Asks addresses that a town has entered. On top of what requests raises: AddressRefused, Unreachable."""
    http = _FollowingNothing()
    http.trust_env = False  # a proxy would look up the name once more
    http.verify = os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
    http.headers.clear()
    for scheme in ("https://", "http://"):
        http.mount(scheme, _Judged())
    return http


class _FollowingNothing(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 -- as requests calls it
        return None


class _Judged(HTTPAdapter):
    """Connects to the very address that was judged, under the name that was asked for."""

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: str | tuple[str, str] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        place = looked_up(str(request.url))
        request.headers["Host"] = place.host_header
        if place.is_https:
            pool |= {"server_hostname": place.host, "assert_hostname": place.host}
        return host | {"host": str(place.address)}, pool

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        answer = super().send(request, *args, **options | {"stream": True})
        if not options.get("stream"):
            try:
                answer._content = answer.raw.read(LARGEST + 1, decode_content=True)  # as requests itself does
            except urllib3.exceptions.HTTPError as problem:
                raise requests.ConnectionError(type(problem).__name__) from problem
            if len(answer.content) > LARGEST:
                raise requests.ConnectionError("the answer is too large")
        return answer
