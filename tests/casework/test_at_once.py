"""Two case workers press the same button in the same moment."""

import pytest

from accounts.models import Role
from submissions.models import Event, Submission
from tenants.context import in_town
from tenants.models import Town
from tests.factories import make_submission
from tests.people import TownClient, make_anna, make_staff
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_case_at_once_one_gets_it() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        case = make_submission(make_anna())
        clients = [
            TownClient(lage).sign_in(make_staff(name, name.title(), "Test", Role.CASE_WORKER))
            for name in ("bernd", "sabine")
        ]

    answers = at_once(2, lambda: clients.pop().post(f"/rathaus/vorgang/{case.number}/uebernehmen/").status_code)

    assert sorted(map(str, answers)) == ["302", "422"]
    with in_town(lage):
        assert Submission.objects.get().case_worker is not None
        assert Event.objects.filter(title="Die Bearbeitung hat begonnen").count() == 1
