"""Who was signed in with this browser last.

A session ends after two hours without a click. A page that somebody opens afterwards would otherwise look as if she had
never been here; with this it can ask her to sign in again. It opens nothing: it only says which account it was.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

BEFORE = "account_before"  # in the session: another account that was signed in with this browser before
_KEPT_FOR = 7 * 24 * 60 * 60  # seconds
_SALT = "accounts.returning"


def remember(request: HttpRequest, response: HttpResponse, citizen: User) -> None:
    """Let the browser say who was here; tell this session if that was somebody else until now."""
    before = last_citizen(request)
    if before not in (None, citizen.pk):
        request.session[BEFORE] = before
    response.set_cookie(
        settings.LAST_ACCOUNT_COOKIE,
        signing.dumps(citizen.pk, salt=_SALT),
        max_age=_KEPT_FOR,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def last_citizen(request: HttpRequest) -> int | None:
    """The key of the citizen who was signed in with this browser last, and has not signed out."""
    try:
        known = signing.loads(request.COOKIES.get(settings.LAST_ACCOUNT_COOKIE, ""), salt=_SALT, max_age=_KEPT_FOR)
    except signing.BadSignature:
        return None
    return known if isinstance(known, int) else None


def forget(response: HttpResponse) -> None:
    """The browser says nothing any more: she has signed out, or goes on without an account."""
    response.delete_cookie(settings.LAST_ACCOUNT_COOKIE, samesite="Lax")
