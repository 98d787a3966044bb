from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import jobs
from accounts.models import Kind, Role, User


class InvitationRefused(Exception):
    """Somebody cannot be invited; the message says why, in German."""


@transaction.atomic
def invite_staff(
    *, email: str, given_name: str, family_name: str, roles: list[Role], now: datetime, by_mail: bool = True
) -> User:
    """Add a member of the town's staff and send the link with which she chooses her password.

    Raises InvitationRefused if the mail address is known already.
    """
    login = email.strip().lower()
    if User.objects.filter(login=login).exists():
        raise InvitationRefused(_("Für diese E-Mail-Adresse gibt es schon einen Zugang."))
    user = User(
        kind=Kind.STAFF,
        login=login,
        email=login,
        given_name=given_name,
        family_name=family_name,
        roles=[str(role) for role in roles],
        created_at=now,
    )
    user.set_unusable_password()
    user.save()
    if by_mail:
        jobs.send_password_link.queue(user_pk=user.pk)
    return user


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Give staff a new password; links sent before are worth nothing afterwards."""
    user.set_password(password)
    user.failed_sign_ins = 0
    user.locked_until = None
    user.save(update_fields=["password", "failed_sign_ins", "locked_until"])


@transaction.atomic
def request_password_link(*, email: str) -> None:
    """Send staff a link for a new password. Says nothing about whether the address is known."""
    user = User.objects.filter(kind=Kind.STAFF, login=email.strip().lower(), is_active=True).first()
    if user:
        jobs.send_password_link.queue(user_pk=user.pk)
