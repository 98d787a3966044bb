"""Staff sign in with password and second factor (TOTP)."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, User

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class StaffBackend:
    """Password check for staff of a town and of the operator, locked for a while after five wrong ones."""

    def authenticate(
        self, request: HttpRequest | None, email: str | None = None, password: str | None = None
    ) -> User | None:
        if email is None or password is None:
            return None
        user = User.objects.filter(login=email.strip().lower(), is_active=True).exclude(kind=Kind.CITIZEN).first()
        if user is None:
            User().set_password(password)  # takes as long as a wrong password, so that nobody learns who exists
            return None
        now = timezone.now()
        if user.locked_until and user.locked_until > now:
            return None
        if user.check_password(password):
            User.objects.filter(pk=user.pk).update(failed_sign_ins=0, locked_until=None)
            return user
        failures = user.failed_sign_ins + 1
        User.objects.filter(pk=user.pk).update(
            failed_sign_ins=failures % MAX_FAILURES,
            locked_until=now + LOCKED_FOR if failures >= MAX_FAILURES else None,
        )
        return None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).exclude(kind=Kind.CITIZEN).first()


def second_factor(user: User) -> TOTPDevice | None:
    """The person's authenticator, once it has been set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def new_second_factor(user: User) -> TOTPDevice:
    """An authenticator that is being set up: the same one until it is confirmed."""
    device, _created = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})
    return device


# --- The link with which staff set their password --------------------------------------------------------

_tokens = PasswordResetTokenGenerator()


def password_path(user: User, prefix: str) -> str:
    """The address at which the person chooses a password; valid once and for some days."""
    return f"{prefix}/passwort/{urlsafe_base64_encode(force_bytes(user.pk))}/{_tokens.make_token(user)}/"


def user_of_link(uid: str, token: str) -> User | None:
    """The person to whom the link was sent, if it is still valid."""
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).exclude(kind=Kind.CITIZEN).first()
    return user if user and _tokens.check_token(user, token) else None
