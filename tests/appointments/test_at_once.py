"""Two people, one last time: it is given once."""

from uuid import uuid4

import pytest
from django.db import IntegrityError

from submissions.appointments import actions
from submissions.appointments.models import Booking, Calendar
from submissions.appointments.states import BookingState
from tenants.context import in_town
from tenants.models import Town
from tests.appointments.office import make_calendar, wanted
from tests.factories import make_submission
from tests.people import MONDAY
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("desks", [1, 3])
def test_of_eight_people_as_many_get_the_last_time_as_there_are_desks(desks: int) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_calendar(desks=desks)

    def reserve() -> int:
        with in_town(lage):
            return actions.reserve(wanted=wanted(), key=uuid4(), now=MONDAY).pk

    found = at_once(8, reserve)

    got = [one for one in found if isinstance(one, int)]
    refused = [one for one in found if isinstance(one, actions.SlotTaken)]
    assert (len(got), len(refused)) == (desks, 8 - desks)
    with in_town(lage):
        assert sorted(Booking.objects.values_list("desk", flat=True)) == list(range(1, desks + 1))


def test_two_reservations_that_ran_out_are_made_firm_once() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_calendar()
        cases = [make_submission(None), make_submission(None)]

    def book() -> int:
        with in_town(lage):
            return actions.book(wanted=wanted(), key=uuid4(), submission=cases.pop(), now=MONDAY).pk

    found = at_once(2, book)

    assert sorted(type(one).__name__ for one in found) == ["SlotTaken", "int"]


def test_the_database_itself_refuses_a_desk_that_is_taken() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_calendar()
        first = actions.book(wanted=wanted(), key=uuid4(), submission=make_submission(None), now=MONDAY)

        with pytest.raises(IntegrityError, match="appointment_desk_taken_once"):
            Booking.objects.create(
                calendar=Calendar.objects.get(),
                desk=first.desk,
                begins=wanted(8, 5).begins,
                ends=first.ends,
                matter="-",
                state=BookingState.BOOKED,
                submission=make_submission(None),
                booked_at=MONDAY,
            )
