"""Who hands in without an account is not known, only how often something came from the same place."""

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.senders import network_of

MOST = 10  # a service, from one place, within an hour; by each process of ours
WITHIN = 60 * 60  # seconds


def may_send(request: HttpRequest, service_key: str) -> bool:
    """Whether this is not yet too much from the same place. Counts it.

    The address is neither stored nor logged: a keyed hash of it is held in memory for an hour.
    """
    place = salted_hmac("submissions.senders", network_of(request)).hexdigest()
    name = f"sent-{service_key}-{place}"
    cache.add(name, 0, WITHIN)
    try:
        return cache.incr(name) <= MOST
    except ValueError:  # forgotten between the two
        return True
