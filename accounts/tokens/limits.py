"""How often a system may ask. Counted in the town's database, so that all processes count together."""

from datetime import datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.senders import network_of
from accounts.tokens.models import ApiToken

PER_TOKEN = 300  # requests a minute
PER_ADDRESS = 600


class TokenThrottle(BaseThrottle):
    """So many requests a minute with one token."""

    def allow_request(self, request: Request, view: Any) -> bool:  # noqa: ARG002 -- the framework passes it
        self.now = timezone.now()
        token = request.auth
        return not isinstance(token, ApiToken) or _counted(f"token {token.pk}", self.now) <= PER_TOKEN

    def wait(self) -> float:
        return _until_next_minute(self.now)


def limit_address(request: HttpRequest) -> None:
    """So many requests a minute from one address, with whatever token or none. Raises Throttled."""
    now = timezone.now()
    place = salted_hmac("accounts.tokens.limits", network_of(request), algorithm="sha256").hexdigest()
    if _counted(place, now) > PER_ADDRESS:
        raise Throttled(wait=_until_next_minute(now))


def _counted(key: str, now: datetime) -> int:
    """Count one more in this minute. Returns how many there are now, this one among them."""
    with connection.cursor() as cursor:  # no statement of the ORM counts on and tells how many
        cursor.execute(_COUNT, [key, int(now.timestamp()) // 60])
        (number,) = cursor.fetchone()
    return int(number)


def _until_next_minute(now: datetime) -> float:
    return 60 - now.timestamp() % 60


_COUNT = """
INSERT INTO tokens_usage (key, minute, number) VALUES (%s, %s, 1)
ON CONFLICT (key) DO UPDATE SET
    number = CASE WHEN tokens_usage.minute = EXCLUDED.minute THEN tokens_usage.number + 1 ELSE 1 END,
    minute = EXCLUDED.minute
RETURNING number
"""
