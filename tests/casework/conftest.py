import pytest

from accounts.models import User
from submissions.models import Submission
from tenants.models import Town
from tests.factories import make_submission
from tests.people import TownClient, make_anna, make_bernd


@pytest.fixture
def bernd(lage: Town, in_lage: Town) -> TownClient:
    """Bernd at his desk, signed in with both factors."""
    return TownClient(lage).sign_in(make_bernd())


@pytest.fixture
def bernd_himself(bernd: TownClient) -> User:
    return User.objects.get(given_name="Bernd")


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def case(anna: User) -> Submission:
    """Anna has registered her dog; nobody works on it yet."""
    return make_submission(anna)
