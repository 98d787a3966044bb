"""The whole product as `./run` starts it, to be broken."""

import os
from collections.abc import Iterator

import pytest

from config.local.configuration import Ports
from config.local.stack import Stack
from tests.browser.conftest import *  # noqa: F403 -- how browsers are started
from tests.browser.journeys.conftest import NAMES_OF_TESTS

pytest.register_assert_rewrite("tests.fault.walk")


@pytest.fixture(scope="session")
def broken_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """All servers with the sample towns, on ports and with data of their own. The log says all that it can."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(NAMES_OF_TESTS)}
    data = tmp_path_factory.mktemp("stadttor-broken")
    with Stack(data, ports=Ports.free(), given=given | {"LOG_LEVEL": "DEBUG"}, fast=True, bank_seconds=0.5) as running:
        yield running
