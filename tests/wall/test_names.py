"""The names of roles are made of those of database and town: there must be room for both."""

import pytest
from django.conf import settings

from tenants.actions import create_town
from tenants.checks import check_name_of_database
from tenants.models import Town
from tenants.municipalities import all_municipalities, municipality
from tenants.wall import LONGEST_NAME, role_of
from tests.people import MONDAY


@pytest.mark.parametrize(("name", "problems"), [("stadttor", 0), ("x" * 22, 0), ("x" * 23, 1), ("ü" * 12, 1)])
def test_a_database_with_too_long_a_name_is_told_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, problems: int
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", name)

    found = check_name_of_database()

    assert [problem.id for problem in found] == ["tenants.E002"] * problems


def test_the_longest_short_name_has_a_role_in_the_longest_database(lage: Town) -> None:
    town = create_town(municipality=municipality("05766016"), slug="b" * 40, own_hosts=[], now=MONDAY)

    assert len(role_of(town.schema_name, "x" * 22)) == LONGEST_NAME


def test_every_town_of_the_state_has_room() -> None:
    assert max(len(one.slug) for one in all_municipalities()) <= 40
