"""Who hands in without an account is not known, only how often something came from the same place."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

MOST = 10  # a service, from one place, within an hour; by each process of ours
WITHIN = 60 * 60  # seconds


def may_send(request: HttpRequest, service_key: str) -> bool:
    """Whether this is not yet too much from the same place. Counts it.

    The address is neither stored nor logged: a keyed hash of it is held in memory for an hour.
    """
    place = salted_hmac("submissions.senders", _network_of(request)).hexdigest()
    name = f"sent-{service_key}-{place}"
    cache.add(name, 0, WITHIN)
    try:
        return cache.incr(name) <= MOST
    except ValueError:  # forgotten between the two
        return True


def _network_of(request: HttpRequest) -> str:
    """The address that asks; of one of IPv6 the network, because each device there has many."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    named = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")  # the last: our own proxy's
    try:
        address = ip_address(named)
    except ValueError:
        return str(named)
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
