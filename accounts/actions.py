from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import audit, jobs
from accounts.models import WITH_PASSWORD, AnyRole, AuditAction, Kind, OperatorRole, Role, User
from accounts.staff_openid import may_use_password

LINK_PAUSE = timedelta(minutes=5)  # so that nobody can fill somebody's inbox


def forget_citizen(*, citizen: User) -> None:
    """Nobody can be recognised by this account any more: an empty shell stays, for what refers to it.

    If she signs in again she gets a new one.
    """
    nobody = uuid4().hex
    User.objects.filter(pk=citizen.pk, kind=Kind.CITIZEN).update(
        login=f"forgotten:{nobody}",
        issuer="forgotten",
        subject=nobody,
        email="",
        given_name="",
        family_name="",
        attributes={},
        is_active=False,
    )


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
    by: User | None = None,
    by_mail: bool = True,
) -> User:
    """Add a member of the town's staff and send the link with which she chooses her password.

    `units` are keys of the catalogue's units whose cases she sees, none means all. `by` is a colleague of hers; nobody
    if the operator invites. Raises InvitationRefused if the mail address is none or known already.
    """
    return _invite(
        User(kind=Kind.STAFF, email=email, given_name=given_name, family_name=family_name, units=list(units)),
        roles=roles,
        by=by,
        now=now,
        by_mail=by_mail,
    )


@transaction.atomic
def invite_operator(
    *,
    email: str,
    given_name: str,
    family_name: str,
    roles: list[OperatorRole],
    by: User | None,
    now: datetime,
    by_mail: bool = True,
) -> User:
    """Add a member of the operator's staff and send the link for her password. `by`: nobody if a command does it.

    Raises InvitationRefused if the mail address is none or known already.
    """
    return _invite(
        User(kind=Kind.OPERATOR, email=email, given_name=given_name, family_name=family_name),
        roles=roles,
        by=by,
        now=now,
        by_mail=by_mail,
    )


def _invite(user: User, *, roles: Sequence[AnyRole], by: User | None, now: datetime, by_mail: bool) -> User:
    _add(user, roles=roles, now=now)
    audit.record(AuditAction.INVITED, by=by, now=now, about=user, text=", ".join(user.role_labels))
    if by_mail:
        send_password_link(user=user, now=now)
    return user


def _add(user: User, *, roles: Sequence[AnyRole], now: datetime) -> None:
    email = user.email
    login = email.strip().lower()
    try:
        validate_email(login)
    except ValidationError:
        raise InvitationRefused(_("„%(email)s“ ist keine E-Mail-Adresse.") % {"email": email}) from None
    if User.objects.filter(login=login).exists():
        raise InvitationRefused(_("Für diese E-Mail-Adresse gibt es schon einen Zugang."))
    user.login = user.email = login
    user.given_name, user.family_name = user.given_name.strip(), user.family_name.strip()
    user.roles = [str(role) for role in roles]
    user.created_at = now
    user.set_unusable_password()
    user.save()


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
    known = User.objects.select_for_update().filter(kind__in=WITH_PASSWORD, is_active=True)
    not_lately = Q(link_asked_at__isnull=True) | Q(link_asked_at__lte=now - LINK_PAUSE)
    user = known.filter(not_lately, login=email.strip().lower()).first()
    if user and may_use_password(user):
        send_password_link(user=user, now=now)


@transaction.atomic
def send_password_link(*, user: User, now: datetime) -> None:
    """Send a member of staff a link for a new password, such as an invitation once more."""
    User.objects.filter(pk=user.pk).update(link_asked_at=now)
    jobs.send_password_link.queue(user_pk=user.pk)


@transaction.atomic
def forget_second_factor(*, user: User, by: User | None, now: datetime) -> None:
    """Let somebody whose phone is lost connect a new app at the next sign-in; sessions that exist end."""
    TOTPDevice.objects.filter(user=user).delete()
    audit.record(AuditAction.APP_FORGOTTEN, by=by, now=now, about=user)


class AccessRefused(Exception):
    """Somebody's access cannot be changed like that; the message says why, in German."""


# One of each kind must always be left who can let others in, and what to say if there were none.
_KEEPERS: dict[str, tuple[AnyRole, Promise]] = {
    Kind.STAFF: (
        Role.ADMINISTRATOR,
        gettext_lazy("Jemand muss das Portal verwalten können. Geben Sie das zuerst einer anderen Person."),
    ),
    Kind.OPERATOR: (
        OperatorRole.PEOPLE,
        gettext_lazy("Jemand muss die Mitarbeitenden verwalten können. Geben Sie das zuerst einer anderen Person."),
    ),
}


@transaction.atomic
def change_access(
    *, user: User, roles: Sequence[AnyRole], units: Sequence[str] = (), is_active: bool, by: User | None, now: datetime
) -> User:
    """Say what a member of staff may do, or lock her out; sessions that exist end with her next click.

    `units` are keys of the catalogue's units whose cases she sees, none means all. Raises AccessRefused if nobody
    would be left to let others in.
    """
    keeper, sentence = _KEEPERS[user.kind]
    staff = User.objects.select_for_update().filter(kind=user.kind)
    others = [one for one in staff if one.pk != user.pk and one.is_active and one.has_role(keeper)]
    if not others and not (is_active and keeper in roles):
        raise AccessRefused(str(sentence))
    user.roles = [str(role) for role in roles]
    user.units = list(units)
    user.is_active = is_active
    user.save(update_fields=["roles", "units", "is_active"])
    rights = user.role_labels if is_active else [_("gesperrt"), *user.role_labels]
    audit.record(AuditAction.RIGHTS_CHANGED, by=by, now=now, about=user, text=", ".join(rights))
    return user
