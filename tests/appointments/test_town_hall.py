"""Appointments in the town hall: the list of a day, and the administrators' calendar."""

from datetime import time

import pytest
from django.core.cache import cache

from accounts.models import Role
from submissions.appointments.models import Booking, Calendar
from submissions.appointments.states import BookingState
from submissions.models import Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.appointments.office import RULE, TUESDAY, address, at, book, make_calendar
from tests.conftest import Clock
from tests.pages import text_of
from tests.people import TownClient, make_astrid, make_bernd, make_clara, make_karin, make_staff
from townhall.models import Office

DESK = "/rathaus/termine/"


@pytest.fixture(autouse=True)
def monday(clock: Clock, in_lage: Town) -> None:
    """Monday, half past nine; nobody has sent anything yet."""
    cache.clear()


@pytest.fixture
def bernd(lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_bernd())


@pytest.fixture
def astrid(lage: Town) -> TownClient:
    return TownClient(lage).sign_in(make_astrid())


def booked(visitor: TownClient) -> Booking:
    make_calendar()
    book(visitor)
    return Booking.objects.get()


def calendar_address() -> str:
    office = Office.objects.get(units__contains=["buergerbuero"])
    return f"/rathaus/verwaltung/aemter/{office.pk}/termine/"


FILLED = {
    "is_on": "on", "place": "rathaus", "desks": "2", "step": "20", "lead_days": "0", "weeks_ahead": "3",
    "no_show_rule": RULE, "day_0_0_opens": "8", "day_0_0_closes": "10",
}  # fmt: skip


def test_a_case_worker_sees_who_comes(visitor: TownClient, bernd: TownClient) -> None:
    booked(visitor)

    told = text_of(bernd.get(DESK))

    number = Submission.objects.get().number
    for part in ("Dienstag, 17.", "8:00–8:15", "Łucja Őzdemir", "Personalausweis", number):
        assert part in told.replace("\xa0", " ")
    assert "Keine Termine." in text_of(bernd.get(f"{DESK}?tag=2026-11-23"))


def test_a_day_list_asks_the_database_no_more_for_three_people(
    visitor: TownClient, bernd: TownClient, lage: Town, django_assert_max_num_queries: object
) -> None:
    make_calendar()
    for slot in ("08:00", "08:15", "08:30"):
        book(TownClient(lage), f"2026-11-17T{slot}")

    with django_assert_max_num_queries(30):  # type: ignore[operator]
        bernd.get(DESK)


@pytest.mark.parametrize(("sent", "state"), [("1", BookingState.CAME), ("0", BookingState.MISSED)])
def test_marking_settles_the_case(
    visitor: TownClient, lage: Town, clock: Clock, sent: str, state: BookingState
) -> None:
    booking = booked(visitor)
    clock(at(TUESDAY, 8, 20))
    bernd = TownClient(lage).sign_in(make_bernd())

    bernd.post(f"{DESK}{booking.pk}/", {"came": sent})

    booking.refresh_from_db()
    assert booking.state == state
    assert Submission.objects.get().state == State.CLOSED


def test_nobody_can_be_marked_before_the_day(visitor: TownClient, bernd: TownClient) -> None:
    booking = booked(visitor)

    answer = bernd.post(f"{DESK}{booking.pk}/", {"came": "1"}, follow=True)

    assert "Dieser Termin ist erst an einem anderen Tag." in text_of(answer)
    booking.refresh_from_db()
    assert booking.state == BookingState.BOOKED


def test_who_works_for_another_unit_sees_nothing_of_it(visitor: TownClient, lage: Town) -> None:
    booking = booked(visitor)
    other = TownClient(lage).sign_in(make_staff("stefan", "Stefan", "Steuer", Role.CASE_WORKER, units=["steueramt"]))

    assert "Łucja" not in text_of(other.get(DESK))
    assert other.post(f"{DESK}{booking.pk}/", {"came": "1"}).status_code == 404


def test_clara_and_the_cash_office_see_nothing_of_it(
    visitor: TownClient, visitor_of_detmold: TownClient, detmold: Town, lage: Town
) -> None:
    booking = booked(visitor)
    with in_town(detmold):
        clara = visitor_of_detmold.sign_in(make_clara())

    assert "Łucja" not in text_of(clara.get(DESK))
    assert clara.post(f"{DESK}{booking.pk}/", {"came": "1"}).status_code == 404
    karin = TownClient(lage).sign_in(make_karin())
    assert karin.get(DESK).status_code in (403, 404)


def test_nobody_enters_without_signing_in(visitor: TownClient) -> None:
    for page in (DESK, calendar_address()):
        assert visitor.get(page)["Location"].startswith("/rathaus/anmelden/")


def test_an_administrator_sets_a_calendar_and_sees_what_is_free(astrid: TownClient, visitor: TownClient) -> None:
    page = astrid.post(calendar_address(), FILLED, follow=True)

    calendar = Calendar.objects.get()
    assert (calendar.desks, calendar.step, calendar.place) == (2, 20, "rathaus")
    assert list(calendar.hours.values_list("weekday", "opens", "closes")) == [(0, time(8), time(10))]
    assert "Montag, 16. November 2026, 9:40 Uhr" in text_of(page).replace("\xa0", " ")
    answer = visitor.post(address("anliegen"), {"anliegen": "reisepass", "personen": "1", "standort": "rathaus"})
    assert answer["Location"] == address("termin")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"desks": "0"}, "desks"),
        ({"step": "1"}, "step"),
        ({"place": "mond"}, "place"),
        ({"day_0_0_opens": "11"}, "day_0_0_closes"),
        ({"day_0_0_opens": "", "day_0_0_closes": ""}, "__all__"),
    ],
)
def test_what_makes_no_sense_is_told(astrid: TownClient, wrong: dict[str, str], field: str) -> None:
    answer = astrid.post(calendar_address(), FILLED | wrong)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Calendar.objects.exists()


def test_a_place_belongs_to_one_calendar(astrid: TownClient) -> None:
    make_calendar()
    other = Office.objects.exclude(units__contains=["buergerbuero"]).first()
    assert other is not None

    answer = astrid.post(f"/rathaus/verwaltung/aemter/{other.pk}/termine/", FILLED)

    assert list(answer.context["form"].errors) == ["place"]


def test_an_office_with_appointments_stays(visitor: TownClient, astrid: TownClient) -> None:
    booking = booked(visitor)
    office = booking.calendar.office
    Office.objects.filter(pk=office.pk).update(is_main=False)

    answer = astrid.post(f"/rathaus/verwaltung/aemter/{office.pk}/entfernen/", follow=True)

    assert "Bei dieser Stelle sind Termine gebucht." in text_of(answer)
    assert Office.objects.filter(pk=office.pk).exists()


def test_case_workers_set_no_calendar(bernd: TownClient) -> None:
    assert bernd.get(calendar_address()).status_code in (403, 404)
