from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalogue.current import forget_catalogues
from tests.people import MONDAY
from townhall import shopfront

Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the time of day; until then it is Monday morning, half past nine."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    set_to(MONDAY)
    return set_to


@pytest.fixture
def cold_worker() -> Callable[[], None]:
    """Forgets all that a web worker holds in memory."""

    def forget() -> None:
        cache.clear()
        shopfront.forget()
        forget_catalogues()

    return forget
