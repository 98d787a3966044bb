"""Who may open a page. What belongs to somebody else does not exist: 404."""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, cast

from django.db import InternalError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from psycopg.errors import ReadOnlySqlTransaction

from accounts import audit, guests
from accounts.models import Kind, OperatorRole, Role, User
from accounts.staff import has_both_factors
from accounts.trust import TrustLevel
from accounts.typed import keep_typed
from tenants.context import reading_only

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request that passed one of the guards below: somebody is signed in."""

    user: User


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
GuardedView = Callable[Concatenate[PersonRequest, P], HttpResponseBase]


def signed_in_citizen(request: HttpRequest) -> User | None:
    """The citizen whose session this is, if it is one's."""
    user = request.user
    return user if isinstance(user, User) and user.is_citizen and user.is_active else None


def trust_level(request: HttpRequest) -> TrustLevel:
    """How sure we are who signed in, in this session."""
    if signed_in_citizen(request) is None:
        return TrustLevel.NONE
    return TrustLevel(request.session.get("trust_level", TrustLevel.BASIC))


def sign_in_address(next_path: str, level: TrustLevel = TrustLevel.BASIC) -> str:
    """Where to send a citizen who must sign in and then come back to `next_path`."""
    return reverse("accounts:sign_in") + "?" + urlencode({"next": next_path, "level": level.name.lower()})


def citizen_required(view: "GuardedView[P]") -> "View[P]":
    """Only signed-in citizens; others sign in and come back."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if signed_in_citizen(request) is None:
            return redirect(sign_in_address(request.get_full_path()))
        return view(cast("PersonRequest", request), *args, **kwargs)

    return cast("View[P]", guarded)


def staff_required(*roles: Role) -> Callable[["GuardedView[P]"], "View[P]"]:
    """Only staff of this town with password and second factor, who have one of the roles."""

    def allowed(user: User) -> bool:
        return user.kind in (Kind.STAFF, Kind.GUEST) and (not roles or user.has_role(*roles))

    return _both_factors_and(allowed)


def operator_required(*roles: OperatorRole) -> Callable[["GuardedView[P]"], "View[P]"]:
    """Only the operator's staff with password and second factor, who have one of the roles; without any, all of it."""

    def allowed(user: User) -> bool:
        return user.kind == Kind.OPERATOR and (not roles or user.has_role(*roles))

    return _both_factors_and(allowed)


def may_open(user: User, address: str) -> bool:
    """Whether the guard of a page of this site lets somebody in, so that nobody is shown a way that ends at it."""
    allowed: Callable[[User], bool] | None = getattr(resolve(address).func, "lets_in", None)
    return allowed is None or allowed(user)


def _both_factors_and(allowed: Callable[[User], bool]) -> Callable[["GuardedView[P]"], "View[P]"]:
    def guard(view: "GuardedView[P]") -> "View[P]":
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) and guests.has_been_guest(request):
                return redirect("access:over")
            if not isinstance(user, User) or user.is_citizen:
                return _sign_in_first("staff:sign_in", request)
            if not user.is_guest and not has_both_factors(request, user):  # guests come with a link
                return _sign_in_first("staff:code", request)
            if not allowed(user):
                raise Http404
            if user.is_guest:
                return _shown_to_guest(request, user, lambda: view(cast("PersonRequest", request), *args, **kwargs))
            _stay_signed_in(request)
            return view(cast("PersonRequest", request), *args, **kwargs)

        guarded.lets_in = allowed  # type: ignore[attr-defined]  # for may_open
        return cast("View[P]", guarded)

    return guard


_SEEN = "seen_at"
SEEN_EACH = 60  # seconds


def _stay_signed_in(request: HttpRequest) -> None:
    """Who is at work stays signed in: the session is written again, though not with each click."""
    now = int(time.time())
    if now - request.session.get(_SEEN, 0) >= SEEN_EACH:
        request.session[_SEEN] = now


def _shown_to_guest(request: HttpRequest, guest: User, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """A page, written down before it is shown, and made in a transaction that can only read."""
    match = request.resolver_match
    assert match is not None  # views are reached through URLs
    about = next((str(value) for value in match.kwargs.values()), "")
    audit.record_page(view=match.view_name, key=about, by=guest, now=timezone.now(), via=guest.access)
    try:
        with reading_only():
            return view()
    except InternalError as problem:
        if isinstance(problem.__cause__, ReadOnlySqlTransaction):
            return guests.only_reading(request)
        raise


def _sign_in_first(name: str, request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST":
        keep_typed(request)
    return redirect(reverse(name) + "?" + urlencode({"next": request.get_full_path()}))
