"""Guests: somebody of the operator who looks into a town hall, as long as the town lets her (docs/adr/0018).

A guest can sign in nowhere: she comes with a link that works once. She reads, and nothing else.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY
from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import OperatorAccess, User
from accounts.states import AccessState

BACKEND = "accounts.guests.GuestBackend"
TOLD_FOR = timedelta(hours=1)  # after its end a session still knows that it was a guest's
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class GuestBackend(BaseBackend):
    """Keeps a guest signed in while her access is granted; that is looked up with each request."""

    def get_user(self, user_id: Any) -> User | None:
        granted = OperatorAccess.objects.filter(state=AccessState.GRANTED, ends_at__gt=timezone.now())
        access = granted.select_related("guest").filter(guest=user_id).first()
        return access.guest if access else None


class GuestsOnlyRead:
    """Middleware: what a guest sends is refused, on every page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READING and getattr(request.user, "is_guest", False):
            return only_reading(request)
        return self.get_response(request)


def only_reading(request: HttpRequest) -> HttpResponse:
    """The page that tells a guest so."""
    return render(request, "accounts/only_reading.html", status=403)


def has_been_guest(request: HttpRequest) -> bool:
    """Whether this session was a guest's; her access may have ended."""
    return bool(request.session.get(BACKEND_SESSION_KEY) == BACKEND)
