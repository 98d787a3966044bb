"""Staff sign in with password and second factor (TOTP)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import WITH_PASSWORD, User
from accounts.staff_openid import PROVED_ELSEWHERE, may_use_password
from tenants.context import current_town, has_town

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)


class StaffBackend:
    """Password check for staff of a town and of the operator, locked for a while after five wrong ones."""

    @transaction.atomic
    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002 -- Django passes it
        email: str | None = None,
        password: str | None = None,
    ) -> User | None:
        if email is None or password is None:
            return None
        # Locked, so that guesses made at the same time are counted one by one.
        staff = User.objects.select_for_update().filter(kind__in=WITH_PASSWORD)
        user = staff.filter(login=email.strip().lower(), is_active=True).first()
        now = timezone.now()
        if user is None or (user.locked_until and user.locked_until > now):
            # Takes as long as looking at a wrong password, so that nobody learns who exists.
            User().set_password(password)
            return None
        if user.check_password(password) and may_use_password(user):
            User.objects.filter(pk=user.pk).update(failed_sign_ins=0, locked_until=None)
            return user
        failures = user.failed_sign_ins + 1
        User.objects.filter(pk=user.pk).update(
            failed_sign_ins=failures % MAX_FAILURES,
            locked_until=now + LOCKED_FOR if failures >= MAX_FAILURES else None,
        )
        return None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, kind__in=WITH_PASSWORD, is_active=True).first()


def split_name(name: str) -> tuple[str, str]:
    """Given name and family name of somebody who was named in one go; one of them alone is the given name."""
    given_name, _space, family_name = " ".join(name.split()).partition(" ")
    return given_name, family_name


# --- The second factor -----------------------------------------------------------------------------------


def has_both_factors(request: HttpRequest, user: User) -> bool:
    """Whether somebody has shown her second factor in this session, to us or to the town's own provider."""
    return user.is_verified() or request.session.get(PROVED_ELSEWHERE) == user.pk  # type: ignore[attr-defined]


class TooManyTries(Exception):
    """No code is looked at for a while."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


def second_factor(user: User) -> TOTPDevice | None:
    """The person's authenticator, once it has been set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def new_second_factor(user: User) -> TOTPDevice:
    """An authenticator that is being set up: the same one until it is confirmed."""
    begun = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return begun or TOTPDevice.objects.create(user=user, confirmed=False, name="app")


@transaction.atomic
def accepts(device: TOTPDevice, code: str) -> bool:
    """Whether `code` (six digits) is the authenticator's of about now and was not used before.

    The first right code confirms an authenticator that is being set up. Raises TooManyTries: after each wrong
    code the pause before the next one doubles.
    """
    # Locked, or a code would be good for two sign-ins at the same time.
    device = TOTPDevice.objects.select_for_update().get(pk=device.pk)
    may_try, reason = device.verify_is_allowed()
    if not may_try:
        raise TooManyTries(reason["locked_until"])
    is_right = bool(device.verify_token(code))
    if is_right and not device.confirmed:
        device.confirmed = True
        device.save(update_fields=["confirmed"])
    return is_right


# --- The link with which staff set their password --------------------------------------------------------

_tokens = PasswordResetTokenGenerator()


def password_link(user: User) -> str:
    """Where the person chooses a password: an address that works once, for PASSWORD_RESET_TIMEOUT seconds."""
    arguments = [urlsafe_base64_encode(force_bytes(user.pk)), _tokens.make_token(user)]
    if has_town():
        base, urlconf = current_town().url, settings.ROOT_URLCONF
    else:
        base, urlconf = settings.OPERATOR_URL, settings.OPERATOR_URLCONF
    return base + reverse("staff:choose_password", args=arguments, urlconf=urlconf)


def user_of_link(uid: str, token: str) -> User | None:
    """The person to whom the link was sent, if it is still valid."""
    try:
        pk = int(force_str(urlsafe_base64_decode(uid)))
    except (ValueError, OverflowError):
        return None
    user = User.objects.filter(pk=pk, kind__in=WITH_PASSWORD, is_active=True).first()
    return user if user and may_use_password(user) and _tokens.check_token(user, token) else None
