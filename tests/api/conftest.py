from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tokens import actions
from accounts.tokens.models import ApiToken, Scope
from submissions.models import Submission
from tenants.models import Town
from tests.factories import make_submission
from tests.people import MONDAY, TownClient, make_anna, make_astrid


class System(TownClient):
    """A program of the town hall with a token, which speaks JSON."""

    def __init__(self, town: Town, token: ApiToken | None = None, written: str = "") -> None:
        headers = {"HTTP_AUTHORIZATION": f"Bearer {written}"} if written else {}
        super().__init__(town, raise_request_exception=False, **headers)
        self._token = token
        self.written = written
        self.keys = 0

    @property
    def token(self) -> ApiToken:
        assert self._token is not None
        return self._token

    def step(self, address: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """Take a step; each has a key of its own unless `key` says which."""
        self.keys += 1
        headers = {"Idempotency-Key": key or f"step-{self.keys}"}
        return self.post(f"/api/v1{address}", body or {}, content_type="application/json", headers=headers)

    def ask(self, address: str) -> Any:
        return self.get(f"/api/v1{address}")


# Makes a system: its scopes, and `units`, `services`, `expires_on`.
MakeSystem = Callable[..., System]


def issued(town: Town, by: User, *scopes: Scope, **values: Any) -> System:
    given: dict[str, Any] = {
        "name": "Steuerverfahren",
        "contact": "it@rathaus.example",
        "scopes": scopes or tuple(Scope),
        "units": (),
        "services": (),
        "expires_on": timezone.localdate() + timedelta(days=365),
        "by": by,
        "now": MONDAY,
    }
    return System(town, *actions.issue(**given | values))


@pytest.fixture
def astrid(in_lage: Town) -> User:
    return make_astrid()


@pytest.fixture
def make_system(lage: Town, astrid: User) -> MakeSystem:
    """A program that Astrid has let in; with all scopes unless some are named."""

    def make(*scopes: Scope, **values: Any) -> System:
        return issued(lage, astrid, *scopes, **values)

    return make


@pytest.fixture
def system(make_system: MakeSystem) -> System:
    """A program that may do all."""
    return make_system()


@pytest.fixture
def anna(in_lage: Town) -> User:
    return make_anna()


@pytest.fixture
def case(anna: User) -> Submission:
    """Anna has registered her dog; nobody works on it yet."""
    return make_submission(anna)


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)
