from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import jobs
from accounts.models import Kind, Role, User

LINK_PAUSE = timedelta(minutes=5)  # so that nobody can fill somebody's inbox


class InvitationRefused(Exception):
    """Somebody cannot be invited; the message says why, in German."""


@transaction.atomic
def invite_staff(
    *,
    email: str,
    given_name: str,
    family_name: str,
    roles: list[Role],
    now: datetime,
    units: Sequence[str] = (),
    by_mail: bool = True,
) -> User:
    """Add a member of the town's staff and send the link with which she chooses her password.

    `units` are keys of the catalogue's units whose cases she sees, none means all. Raises InvitationRefused if the
    mail address is none or known already.
    """
    user = _add(
        Kind.STAFF, email=email, given_name=given_name, family_name=family_name, roles=roles, units=units, now=now
    )
    if by_mail:
        send_password_link(user=user, now=now)
    return user


@transaction.atomic
def add_operator(*, email: str, given_name: str, family_name: str, now: datetime) -> User:
    """Add a member of the operator's staff, who still has to choose a password. Raises InvitationRefused."""
    return _add(Kind.OPERATOR, email=email, given_name=given_name, family_name=family_name, roles=[], now=now)


def _add(
    kind: Kind,
    *,
    email: str,
    given_name: str,
    family_name: str,
    roles: list[Role],
    now: datetime,
    units: Sequence[str] = (),
) -> User:
    login = email.strip().lower()
    try:
        validate_email(login)
    except ValidationError:
        raise InvitationRefused(_("„%(email)s“ ist keine E-Mail-Adresse.") % {"email": email}) from None
    if User.objects.filter(login=login).exists():
        raise InvitationRefused(_("Für diese E-Mail-Adresse gibt es schon einen Zugang."))
    user = User(
        kind=kind,
        login=login,
        email=login,
        given_name=given_name.strip(),
        family_name=family_name.strip(),
        roles=[str(role) for role in roles],
        units=list(units),
        created_at=now,
    )
    user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def set_password(*, user: User, password: str) -> None:
    """Give staff a new password; links sent before are worth nothing afterwards."""
    user.set_password(password)
    user.failed_sign_ins = 0
    user.locked_until = None
    user.save(update_fields=["password", "failed_sign_ins", "locked_until"])


@transaction.atomic
def request_password_link(*, email: str, now: datetime) -> None:
    """Send staff a link for a new password. Says nothing about whether the address is known.

    Whoever asks again within five minutes gets no second mail.
    """
    known = User.objects.select_for_update().exclude(kind=Kind.CITIZEN).filter(is_active=True)
    not_lately = Q(link_asked_at__isnull=True) | Q(link_asked_at__lte=now - LINK_PAUSE)
    user = known.filter(not_lately, login=email.strip().lower()).first()
    if user:
        send_password_link(user=user, now=now)


@transaction.atomic
def send_password_link(*, user: User, now: datetime) -> None:
    """Send a member of staff a link for a new password, such as an invitation once more."""
    User.objects.filter(pk=user.pk).update(link_asked_at=now)
    jobs.send_password_link.queue(user_pk=user.pk)


@transaction.atomic
def forget_second_factor(*, user: User) -> None:
    """Let somebody whose phone is lost connect a new app at the next sign-in; sessions that exist end."""
    TOTPDevice.objects.filter(user=user).delete()


class AccessRefused(Exception):
    """Somebody's access cannot be changed like that; the message says why, in German."""


@transaction.atomic
def change_access(*, user: User, roles: list[Role], units: Sequence[str], is_active: bool) -> User:
    """Say what a member of staff may do, or lock her out; sessions that exist end with her next click.

    `units` are keys of the catalogue's units whose cases she sees, none means all.

    Raises AccessRefused if nobody would be left to administrate the town.
    """
    staff = User.objects.select_for_update().filter(kind=Kind.STAFF)
    others = [one for one in staff if one.pk != user.pk and one.is_active and one.has_role(Role.ADMINISTRATOR)]
    if not others and not (is_active and Role.ADMINISTRATOR in roles):
        raise AccessRefused(_("Jemand muss das Portal verwalten können. Geben Sie das zuerst einer anderen Person."))
    user.roles = [str(role) for role in roles]
    user.units = list(units)
    user.is_active = is_active
    user.save(update_fields=["roles", "units", "is_active"])
    return user
