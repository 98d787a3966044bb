from collections.abc import Iterator
from typing import Any

import pytest

from config.local import sample
from config.local.configuration import Ports
from config.local.stack import Stack
from tests.accounts.portal import point_to, served
from tests.accounts.web import Web

ANNA, OEMER, DORDE = sample.load().citizens


@pytest.fixture(scope="session")
def identity_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The identity provider, independent software in a process of its own."""
    data = tmp_path_factory.mktemp("identity")
    given = {"DATABASE_URL": "postgresql:///nothing", "PATH": "/usr/bin:/bin"}
    with Stack(data, ports=Ports.free(), parts=frozenset({"identity"}), given=given) as stack:
        yield stack


@pytest.fixture(params=["central", "per-town"])
def callback(request: pytest.FixtureRequest) -> str:
    """How the provider's answers reach a town. Tests that use the portal run in both ways."""
    mode: str = request.param
    return mode


@pytest.fixture
def portal(db: None, identity_stack: Stack, callback: str, settings: Any) -> Iterator[str]:
    """The portal and the provider on real ports. Gives the port, such as `:8000`."""
    point_to(identity_stack.ports.web, settings)
    for name in identity_stack.environment:
        if name.startswith("OIDC_"):
            setattr(settings, name, identity_stack.environment[name])
    settings.OIDC_CALLBACK = callback
    with served(identity_stack.ports.web):
        yield settings.BASE_PORT


@pytest.fixture
def lage_url(portal: str) -> str:
    """Lage's address."""
    return f"http://lage.localhost{portal}"


@pytest.fixture
def detmold_url(portal: str) -> str:
    """Detmold's address."""
    return f"http://detmold.localhost{portal}"


@pytest.fixture
def web() -> Web:
    """A browser that nobody has used before."""
    return Web()
