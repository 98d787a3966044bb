"""A town's own OpenID provider, where its staff may sign in (docs/adr/0034).

It says who somebody is, and nothing else: nobody comes in whom nobody has invited, and no role comes from it. The first
time she is found by the mail address that it has verified, from then on by issuer and subject.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import requests
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.db.models import Exists
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import AuditAction, Kind, Role, SecondFactor, StaffProvider, User
from accounts.openid import Claims, Provider, ProviderBackend, ProviderUnreachable
from tenants import network, sealing
from tenants.context import has_town

BACKEND = "accounts.staff_openid.TownAccountBackend"
ALGORITHMS = ("RS256", "ES256", "PS256")
PROVED_ELSEWHERE = "second_factor_of"  # in the session: whose second factor the provider has made sure of
_PURPOSE = "accounts.staff_provider"


def own_provider() -> StaffProvider | None:
    """What the town has entered, whether or not it is on."""
    return StaffProvider.objects.filter(pk=1).first() if has_town() else None


def working_provider() -> StaffProvider | None:
    """The provider at which staff of this town may sign in now."""
    found = own_provider()
    return found if found and found.is_on else None


def may_use_password(user: User) -> bool:
    """Whether somebody may sign in with a password. Administrators always may, so that no town is locked out."""
    if user.kind != Kind.STAFF or user.has_role(Role.ADMINISTRATOR):
        return True
    provider = working_provider()
    return provider is None or provider.allows_passwords


def client_of(issuer: str, client_id: str, client_secret: str) -> Provider:
    """The town's provider for the OpenID client. Its answers arrive at one address for all towns (docs/adr/0006)."""
    return Provider(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        backend=BACKEND,
        algorithms=ALGORITHMS,
        scopes="openid profile email",
        return_path="/rathaus/anmelden/zurueck/",
        signed_out_path="/rathaus/anmelden/",
        is_central=True,
        session=network.session,
    )


def client(provider: StaffProvider) -> Provider:
    """The same of what is stored. Raises ProviderUnreachable if its secret cannot be opened any more."""
    try:
        secret = sealing.unseal(provider.sealed_secret, purpose=_PURPOSE)
    except KeyError as problem:
        raise ProviderUnreachable("its secret is sealed with another key") from problem
    return client_of(provider.issuer, provider.client_id, secret)


# --- Who comes back ------------------------------------------------------------------------------------------


class Obstacle(StrEnum):
    """Why somebody whom the provider knows does not get in."""

    UNKNOWN = "unknown"
    UNVERIFIED = "unverified"
    LOCKED = "locked"
    OTHER_ACCOUNT = "other_account"


class NotLetIn(Exception):
    """The provider is right, and still she does not get in."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class TownAccountBackend(ProviderBackend):
    """Turns the answer of the town's own provider into a member of its staff."""

    def get_or_create_user(self, access_token: str, id_token: str, payload: Claims) -> User:
        """Somebody who was invited, never anybody new. Raises NotLetIn.

        Whether the provider has made sure of a second factor is left on the object.
        """
        told = self.get_userinfo(access_token, id_token, payload)
        provider = own_provider()
        if provider is None:
            raise SuspiciousOperation("the provider has gone")
        user = _known_or_linked(payload, told if "email" in told else payload, trusts=provider.trusts_addresses)
        user.proved_elsewhere = provider.proves_second_factor(payload)  # type: ignore[attr-defined]
        user.id_token = id_token  # type: ignore[attr-defined]
        return user

    def get_user(self, user_id: Any) -> User | None:
        """Sessions from the provider end when it is switched off."""
        is_on = Exists(StaffProvider.objects.filter(is_on=True))
        return User.objects.filter(is_on, pk=user_id, kind=Kind.STAFF, is_active=True).first()


@transaction.atomic
def _known_or_linked(payload: Claims, about: Claims, *, trusts: bool) -> User:
    """By issuer and subject; the first time by a verified address (`email` and `email_verified` of `about`)."""
    staff = User.objects.select_for_update().filter(kind=Kind.STAFF)
    known = staff.filter(issuer=payload["iss"], subject=payload["sub"]).first()
    if known is None:
        known = staff.filter(login=str(about.get("email") or "").strip().lower()).first()
        if known is None:
            raise NotLetIn(Obstacle.UNKNOWN)
        if not trusts and about.get("email_verified") is not True:
            raise NotLetIn(Obstacle.UNVERIFIED)
        if known.subject and known.issuer == payload["iss"]:  # the address belonged to somebody else before
            raise NotLetIn(Obstacle.OTHER_ACCOUNT)
    if not known.is_active:
        raise NotLetIn(Obstacle.LOCKED)
    if (known.issuer, known.subject) != (payload["iss"], payload["sub"]):
        known.issuer, known.subject = payload["iss"], payload["sub"]
        known.save(update_fields=["issuer", "subject"])
        audit.record(AuditAction.ACCOUNT_LINKED, by=known, now=timezone.now(), about=known)
    return known


# --- What administrators set ---------------------------------------------------------------------------------


class ProviderRefused(Exception):
    """The provider cannot be used like that; the message says why, in German."""


@dataclass(frozen=True)
class ProviderDetails:
    """What an administrator fills in."""

    issuer: str
    client_id: str
    client_secret: str  # empty: as before
    label: str
    trusts_addresses: bool
    second_factor: SecondFactor
    acr: str


def save_provider(*, details: ProviderDetails, by: User, now: datetime) -> StaffProvider:
    """Keep what an administrator has entered, once the provider has answered. Raises ProviderRefused.

    With another issuer, client or secret it is off until somebody has tried it.
    """
    known = own_provider()
    secret = details.client_secret or (client(known).client_secret if known else "")
    asked = client_of(details.issuer.rstrip("/"), details.client_id, secret)
    _try_to_reach(asked)
    with transaction.atomic():
        row = StaffProvider.objects.select_for_update().filter(pk=1).first() or StaffProvider(pk=1)
        is_another = (row.issuer, row.client_id) != (asked.issuer, asked.client_id) or bool(details.client_secret)
        row.issuer, row.client_id = asked.issuer, asked.client_id
        if is_another:
            row.sealed_secret = sealing.seal(secret, purpose=_PURPOSE)
            row.is_on, row.probed_at, row.probed_by = False, None, None
        row.label, row.trusts_addresses = details.label, details.trusts_addresses
        row.second_factor, row.acr = details.second_factor, details.acr
        row.save()
        audit.record(AuditAction.PROVIDER_CHANGED, by=by, now=now, about=row, text=asked.issuer)
    return row


def _try_to_reach(asked: Provider) -> None:
    """Raises ProviderRefused unless it describes itself and has keys that we can use."""
    try:
        found = asked.fetch_discovery()
        keys = asked.fetch(found["jwks_uri"])["keys"]
    except network.AddressRefused as problem:
        raise ProviderRefused(str(problem)) from problem
    except (
        ProviderUnreachable,
        network.Unreachable,
        requests.RequestException,
        ValueError,
        TypeError,
        KeyError,
    ) as problem:
        raise ProviderRefused(
            _("Unter dieser Adresse meldet sich kein OpenID-Anbieter. Prüfen Sie die Adresse mit Ihrer IT.")
        ) from problem
    if not any(one.get("alg", ALGORITHMS[0]) in ALGORITHMS for one in keys):
        raise ProviderRefused(
            _("Der Anbieter unterschreibt nicht mit RS256, ES256 oder PS256. Bitten Sie Ihre IT darum.")
        )


@transaction.atomic
def mark_as_tried(*, by: User, now: datetime) -> None:
    """An administrator has signed in there herself."""
    row = StaffProvider.objects.select_for_update().get(pk=1)
    row.probed_at, row.probed_by = now, by
    row.save(update_fields=["probed_at", "probed_by"])
    audit.record(AuditAction.PROVIDER_TRIED, by=by, now=now, about=row)


@transaction.atomic
def switch_provider(*, is_on: bool, by: User, now: datetime) -> None:
    """Let staff sign in there, or no longer; sessions from there end. Raises ProviderRefused before it was tried."""
    row = StaffProvider.objects.select_for_update().filter(pk=1).first()
    if row is None or (is_on and row.probed_at is None):
        raise ProviderRefused(_("Melden Sie sich zuerst selbst einmal zur Probe dort an."))
    row.is_on = is_on
    row.save(update_fields=["is_on"])
    text = _("eingeschaltet") if is_on else _("ausgeschaltet")
    audit.record(AuditAction.PROVIDER_CHANGED, by=by, now=now, about=row, text=text)


@transaction.atomic
def allow_passwords(*, are_allowed: bool, by: User, now: datetime) -> None:
    """Say whether staff other than administrators may sign in with a password while the provider is on."""
    row = StaffProvider.objects.select_for_update().get(pk=1)
    row.allows_passwords = are_allowed
    row.save(update_fields=["allows_passwords"])
    text = _("Passwörter erlaubt") if are_allowed else _("Passwörter nur für die Verwaltung")
    audit.record(AuditAction.PROVIDER_CHANGED, by=by, now=now, about=row, text=text)


@transaction.atomic
def unlink(*, user: User, by: User, now: datetime) -> None:
    """Let somebody be found by her address once more, because she has a new account there."""
    user.issuer = user.subject = ""
    user.save(update_fields=["issuer", "subject"])
    audit.record(AuditAction.ACCOUNT_UNLINKED, by=by, now=now, about=user)
