from collections.abc import Callable

import pytest
from django.core.cache import cache

from catalogue.current import forget_catalogues
from townhall import shopfront


@pytest.fixture
def cold_worker() -> Callable[[], None]:
    """Forgets all that a web worker holds in memory."""

    def forget() -> None:
        cache.clear()
        shopfront.forget()
        forget_catalogues()

    return forget
