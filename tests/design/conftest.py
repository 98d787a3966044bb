from collections.abc import Iterator

import pytest

from tests.design.site import served


@pytest.fixture(autouse=True)
def site() -> Iterator[None]:
    """The design tests run on a small site of their own, without database and town."""
    with served():
        yield
