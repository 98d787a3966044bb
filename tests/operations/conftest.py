from collections.abc import Iterator

import pytest
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User
from operations.actions import FirstAdministrator, bring_town_live
from tenants.context import at_operator, in_town
from tenants.models import Town, TownState
from tenants.municipalities import Municipality, municipality
from tests.operations.full_town import drop, fill
from tests.people import MONDAY, Browser, make_olga

BLOMBERG = municipality("05766016")
BERTA = FirstAdministrator("berta@blomberg.example", "Berta", "Blum")


class Desk(Browser):
    """A browser at the operator's host."""

    def __init__(self) -> None:
        super().__init__("betrieb.localhost")

    def sign_in(self, user: User) -> "Desk":
        """Be somebody, with both factors."""
        with at_operator():
            self.force_login(user, backend="accounts.staff.StaffBackend")
            device, _created = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "app"})
            session = self.session
            session[DEVICE_ID_SESSION_KEY] = device.persistent_id
            session.save()
        return self


@pytest.fixture
def olga(db: None) -> User:
    """Somebody who works for the operator."""
    return make_olga()


@pytest.fixture
def desk(olga: User) -> Desk:
    """Olga's browser."""
    return Desk().sign_in(olga)


@pytest.fixture
def blomberg(olga: User) -> Town:
    """A new town, with an administrator who was invited."""
    return live(BLOMBERG, by=olga)


@pytest.fixture
def full_town() -> Iterator[Town]:
    """Blomberg, with cases, a payment, drafts and files. Nothing is left of it afterwards."""
    made = live(BLOMBERG, own_hosts=["portal.blomberg.example"])
    with in_town(made):
        fill()
    yield made
    drop("blomberg")
    drop("blomberg_zwei")


def live(
    entry: Municipality,
    *,
    slug: str = "",
    own_hosts: list[str] | None = None,
    administrator: FirstAdministrator | None = BERTA,
    by: User | None = None,
    state: TownState = TownState.LIVE,
) -> Town:
    """Bring a town live, with all the rest as usual."""
    return bring_town_live(
        municipality=entry,
        slug=slug or entry.slug,
        own_hosts=own_hosts or [],
        administrator=administrator,
        now=MONDAY,
        by=by,
        state=state,
    )
