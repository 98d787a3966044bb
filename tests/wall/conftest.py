"""Where attacks begin: in Lage, and at the desk. The one who must be safe from them is Detmold."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.people import make_clara
from tests.wall.places import Stand, where


@pytest.fixture
def clara_in_detmold(detmold: Town) -> None:
    """Somebody in Detmold whom an attack could find."""
    with in_town(detmold):
        make_clara()


@pytest.fixture(params=["in Lage", "at the desk"])
def stand(request: pytest.FixtureRequest, lage: Town, clara_in_detmold: None) -> Iterator[Stand]:
    """Somewhere from where Detmold is attacked; afterwards we still stand there."""
    database = connection.settings_dict["NAME"]
    is_in_lage = request.param == "in Lage"
    schema, path = ("lage", "lage, public") if is_in_lage else ("public", "public")
    with in_town(lage) if is_in_lage else at_operator():
        yield Stand(f"{database}.{schema}", path)
        assert where() == Stand(f"{database}.{schema}", path)
