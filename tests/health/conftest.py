from collections.abc import Iterator

import pytest

from tests.health.capture import Log, captured


@pytest.fixture
def log() -> Iterator[Log]:
    """What is logged during the test, in both formats."""
    with captured() as kept:
        yield kept
