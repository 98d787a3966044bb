"""From where somebody asks."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def network_of(request: HttpRequest) -> str:
    """The address that asks; of one of IPv6 the network, because each device there has many."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    named = forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")  # the last: our own proxy's
    try:
        address = ip_address(named)
    except ValueError:
        return str(named)
    return str(ip_network(f"{address}/64", strict=False)) if address.version == 6 else str(address)
