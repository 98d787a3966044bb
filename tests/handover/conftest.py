from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from config.local.fit_connect.keys import Keys
from submissions.handover import actions
from submissions.handover.actions import TargetDetails
from submissions.handover.models import Target
from submissions.handover.states import Kind
from tenants.models import Town
from tests.handover.fit_connect import DESTINATION, StandIn, quick_keys, standing_in
from tests.handover.receiver import Receiver, receiving
from tests.people import MONDAY, TownClient, make_anna, make_astrid

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture(autouse=True)
def _morning(clock: Callable[[datetime], None], settings: Any) -> None:
    """Monday, half past nine. Nothing is sent into inner networks."""
    settings.HANDOVER_NETWORKS = []


@pytest.fixture
def astrid_herself(in_lage: Town) -> User:
    return make_astrid()


@pytest.fixture
def astrid(lage: Town, astrid_herself: User) -> TownClient:
    return TownClient(lage).sign_in(astrid_herself)


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A program on this machine, into whose network the operator lets towns send."""
    settings.HANDOVER_NETWORKS = LOOPBACK
    with receiving() as found:
        yield found


@pytest.fixture
def webhook_with_secret(receiver: Receiver, astrid_herself: User) -> tuple[Target, str]:
    """Dogs that are registered go to that program; with its secret."""
    details = TargetDetails("Hundesteuer-Programm", receiver.url, is_whole=False)
    return actions.add_target(
        service_key="hund-anmelden", kind=Kind.WEBHOOK, details=details, by=astrid_herself, now=MONDAY
    )


@pytest.fixture
def webhook(webhook_with_secret: tuple[Target, str]) -> Target:
    """The same without its secret."""
    return webhook_with_secret[0]


@pytest.fixture
def mailbox(astrid_herself: User) -> Target:
    """They go to a mailbox, as a notice."""
    details = TargetDetails("Postfach Steueramt", "steueramt@lage.example", is_whole=False)
    target, _secret = actions.add_target(
        service_key="hund-anmelden", kind=Kind.EMAIL, details=details, by=astrid_herself, now=MONDAY
    )
    return target


# --- FIT-Connect ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def fit_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The keys of the stand-in."""
    return quick_keys(tmp_path_factory.mktemp("fit-keys"))


@pytest.fixture
def fit(settings: Any, tmp_path: Path, fit_keys: Keys) -> Iterator[StandIn]:
    """The delivery service on this machine, with which the portal is configured."""
    settings.HANDOVER_NETWORKS = LOOPBACK
    with standing_in(tmp_path / "fit-connect", fit_keys) as found:
        for name, value in found.settings().items():
            setattr(settings, name, value)
        yield found


@pytest.fixture
def fit_target(fit: StandIn, astrid_herself: User) -> Target:
    """Dogs that are registered go through FIT-Connect."""
    details = TargetDetails("Hundesteuer-Programm", DESTINATION, is_whole=True)
    target, _secret = actions.add_target(
        service_key="hund-anmelden", kind=Kind.FIT_CONNECT, details=details, by=astrid_herself, now=MONDAY
    )
    return target
