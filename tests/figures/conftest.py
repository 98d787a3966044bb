from datetime import timedelta
from typing import Any

import pytest

from tenants.models import Town
from tests.browsers import BROWSER
from tests.people import MONDAY, TownClient
from townhall.figures.measures import Measure, week_of
from townhall.models import Figure

THIS_WEEK = week_of(MONDAY.date())
LAST_WEEK = THIS_WEEK - timedelta(days=7)


@pytest.fixture
def phone(lage: Town, clock: Any) -> TownClient:
    """A person's browser at Lage's host, on Monday."""
    return TownClient(lage, HTTP_USER_AGENT=BROWSER)


def figures() -> dict[tuple[str, str, str], int]:
    """All figures of the town at work, by measure, service and detail; the weeks together."""
    found: dict[tuple[str, str, str], int] = {}
    for one in Figure.objects.all():
        key = (one.measure, one.service_key, one.detail)
        found[key] = found.get(key, 0) + one.number
    return found


def of(measure: Measure) -> dict[tuple[str, str], int]:
    """The figures of one measure, by service and detail."""
    return {(service, detail): number for (name, service, detail), number in figures().items() if name == measure}
