"""The cast. It is always the same and everybody knows it.

**Anna** is a citizen, **Bernd** a case worker of Lage, **Theresa** leads his team, **Astrid** is its administrator,
**Karin** sits in the cash office, **Edda** writes what citizens read. **Ömer** is another citizen of Lage. **Clara**,
a case worker in Detmold, must never see any of it. **Olga** works for the operator and may do all there, **Sven**
only supports towns.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Kind, OperatorRole, Role, User, citizen_login
from accounts.trust import TrustLevel
from tenants.context import current_town, enter, has_town, in_town, leave
from tenants.models import Town

ISSUER = "http://localhost:8080"
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 16, 9, 30, tzinfo=BERLIN)

ANNAS_ATTRIBUTES = {
    "given_name": "Anna",
    "family_name": "Schröder",
    "birth_date": "1961-03-14",
    "email": "anna@post.example",
    "street": "Lange Straße",
    "house_number": "72",
    "postal_code": "32791",
    "city": "Lage",
}


class Browser(Client):
    """A browser at some host. After each request the test is in its own town again."""

    def __init__(self, host: str, **kwargs: Any) -> None:
        super().__init__(headers={"host": host}, **kwargs)

    def request(self, **request: Any) -> Any:
        before = current_town() if has_town() else None
        try:
            return super().request(**request)
        finally:
            if before:
                enter(before)
            else:
                leave()


class TownClient(Browser):
    """A browser at a town's host."""

    def __init__(self, town: Town, **kwargs: Any) -> None:
        super().__init__(f"{town.slug}.localhost", **kwargs)
        self.town = town

    def sign_in(self, user: User, level: TrustLevel = TrustLevel.BASIC) -> "TownClient":
        """Be somebody: a citizen at a trust level, or staff with both factors."""
        with in_town(self.town):
            backend = "accounts.openid.CitizenBackend" if user.is_citizen else "accounts.staff.StaffBackend"
            self.force_login(user, backend=backend)
            session = self.session
            if user.is_citizen:
                session["trust_level"] = int(level)
            else:
                device, _created = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "app"})
                session[DEVICE_ID_SESSION_KEY] = device.persistent_id
            session.save()
        return self


def make_anna() -> User:
    return make_citizen("anna", "Anna", "Schröder", attributes=ANNAS_ATTRIBUTES)


def make_oemer() -> User:
    return make_citizen("oemer", "Ömer", "Şahin")


def make_bernd() -> User:
    return make_staff("bernd", "Bernd", "Brinkmann", Role.CASE_WORKER)


def make_clara() -> User:
    """A case worker; of the town in which she is made."""
    return make_staff("clara", "Clara", "Clausmeier", Role.CASE_WORKER)


def make_theresa() -> User:
    """Leads the team in which Bernd works."""
    return make_staff("theresa", "Theresa", "Thiele", Role.TEAM_LEAD)


def make_astrid() -> User:
    return make_staff("astrid", "Astrid", "Althoff", Role.ADMINISTRATOR)


def make_karin() -> User:
    return make_staff("karin", "Karin", "Köster", Role.CASH_OFFICE)


def make_edda() -> User:
    return make_staff("edda", "Edda", "Ehlers", Role.CONTENT_EDITOR)


def make_olga() -> User:
    """Of the operator, so made where no town is active."""
    return make_operator("olga", "Olga", "Ostmann", *OperatorRole)


def make_sven() -> User:
    """Of the operator; he looks, and may ask towns for access."""
    return make_operator("sven", "Sven", "Sander", OperatorRole.SUPPORT)


def make_operator(name: str, given_name: str, family_name: str, *roles: OperatorRole) -> User:
    email = f"{name}@betrieb.example"
    return User.objects.create(
        kind=Kind.OPERATOR,
        login=email,
        email=email,
        given_name=given_name,
        family_name=family_name,
        roles=[role.value for role in roles],
        created_at=MONDAY,
    )


def make_citizen(subject: str, given_name: str, family_name: str, *, attributes: dict[str, str] | None = None) -> User:
    return User.objects.create(
        kind=Kind.CITIZEN,
        login=citizen_login(ISSUER, subject),
        issuer=ISSUER,
        subject=subject,
        email=f"{subject}@post.example",
        given_name=given_name,
        family_name=family_name,
        attributes=attributes or {},
        created_at=MONDAY,
    )


def make_staff(name: str, given_name: str, family_name: str, *roles: Role, units: Sequence[str] = ()) -> User:
    email = f"{name}@rathaus.example"
    return User.objects.create(
        kind=Kind.STAFF,
        login=email,
        email=email,
        given_name=given_name,
        family_name=family_name,
        roles=[role.value for role in roles],
        units=list(units),
        created_at=MONDAY,
    )
