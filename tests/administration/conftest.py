import pytest

from accounts.models import User
from tenants.models import Town
from tests.people import TownClient, make_astrid


@pytest.fixture
def astrid(lage: Town, in_lage: Town) -> TownClient:
    """Astrid at her desk, signed in with both factors."""
    return TownClient(lage).sign_in(make_astrid())


@pytest.fixture
def astrid_herself(astrid: TownClient) -> User:
    return User.objects.get(given_name="Astrid")
