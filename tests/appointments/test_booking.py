"""Booking an appointment: what is free, what is held, what is firm."""

import pytest
from django.core import mail
from django.core.cache import cache

from submissions.addresses import CHANGE
from submissions.appointments.actions import delete_run_out
from submissions.appointments.jobs import look_after_appointments
from submissions.appointments.models import Booking
from submissions.appointments.states import BookingState
from submissions.models import Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.appointments.office import CONTACT, RULE, SENT, TUESDAY, address, at, book, choose, later, make_calendar
from tests.conftest import Clock
from tests.jobs import run_jobs
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_oemer
from tests.submissions.filling import errors_of
from tests.townhall.town import close_on


@pytest.fixture(autouse=True)
def monday(clock: Clock, in_lage: Town) -> None:
    """Monday, half past nine; nobody has sent anything yet."""
    cache.clear()


def look_after() -> None:
    """What the worker does each hour."""
    look_after_appointments._task.func(town="lage")


def times_on(client: TownClient, query: str = "") -> list[str]:
    """The values that the page offers."""
    form = client.get(address("termin") + query).context["form"]
    return [value for _day, times in form.fields["termin"].choices for value, _label in times]


def test_somebody_without_an_account_books_an_appointment(visitor: TownClient) -> None:
    make_calendar()

    receipt = visitor.get(book(visitor))

    submission, booking = Submission.objects.get(), Booking.objects.get()
    assert (booking.submission, booking.state, booking.draft_id) == (submission, BookingState.BOOKED, None)
    assert (booking.begins, booking.ends) == (at(TUESDAY, 8), at(TUESDAY, 8, 15))
    assert (booking.matter, booking.persons) == ("Personalausweis", 1)
    told = text_of(receipt)
    for part in ("Ihr Termin ist gebucht", "Dienstag, 17. November 2026, 8 Uhr", "Passbild", RULE, submission.number):
        assert part in told.replace("\xa0", " ")


def test_a_town_without_a_calendar_asks_for_wishes_as_before(visitor: TownClient) -> None:
    answer = visitor.post(address("anliegen"), {"anliegen": "reisepass", "personen": "1", "standort": "rathaus"})

    assert answer["Location"] == address("zeit")


def test_a_calendar_that_is_switched_off_asks_for_wishes(visitor: TownClient) -> None:
    make_calendar(is_on=False)

    answer = visitor.post(address("anliegen"), {"anliegen": "reisepass", "personen": "1", "standort": "rathaus"})

    assert answer["Location"] == address("zeit")


def test_only_times_that_are_long_enough_are_offered(visitor: TownClient) -> None:
    make_calendar()
    choose(visitor, personen="3")  # 45 minutes

    assert times_on(visitor) == ["2026-11-17T08:00", "2026-11-17T08:15"]


def test_what_one_has_reserved_is_free_for_nobody_else(visitor: TownClient, lage: Town) -> None:
    make_calendar()
    choose(visitor)
    other = TownClient(lage)
    choose(other, "2026-11-17T08:15")

    assert times_on(other) == ["2026-11-17T08:15", "2026-11-17T08:30", "2026-11-17T08:45"]


def test_two_desks_see_two_people_at_once(visitor: TownClient, lage: Town) -> None:
    make_calendar(desks=2)
    book(visitor)
    book(TownClient(lage))

    third = TownClient(lage)
    answer = choose(third)

    assert errors_of(answer) == {
        "termin": ["Dieser Termin ist gerade vergeben worden. Bitte wählen Sie einen anderen."]
    }
    assert sorted(Booking.objects.values_list("desk", flat=True)) == [1, 2]


def test_a_reservation_ends_after_ten_minutes(visitor: TownClient, lage: Town, clock: Clock) -> None:
    make_calendar()
    choose(visitor)
    clock(later(minutes=11))

    book(TownClient(lage))

    assert Booking.objects.get().state == BookingState.BOOKED


def test_who_was_too_slow_is_told_and_loses_nothing(visitor: TownClient, lage: Town, clock: Clock) -> None:
    make_calendar()
    choose(visitor)
    clock(later(minutes=11))
    book(TownClient(lage))

    answer = visitor.post(address("kontakt"), CONTACT, follow=True)

    assert answer.redirect_chain[-1][0] == address("termin")
    told = text_of(answer).replace("\xa0", " ")
    assert "Der Termin am 17. November 2026 um 8 Uhr ist nicht mehr frei." in told
    assert "Ihre anderen Angaben sind noch da." in told
    assert visitor.get(address("kontakt")).context["form"]["vorname"].value() == "Łucja"
    assert visitor.post(address("termin"), {"termin": "2026-11-17T08:15"})["Location"] == address("kontakt")


def test_each_page_holds_the_time_for_ten_minutes_more(visitor: TownClient, lage: Town, clock: Clock) -> None:
    make_calendar()
    choose(visitor)
    clock(later(minutes=8))
    visitor.post(address("kontakt"), CONTACT)
    clock(later(minutes=16))

    answer = choose(TownClient(lage))

    assert list(errors_of(answer)) == ["termin"]


def test_what_ran_out_and_is_still_free_is_booked_all_the_same(visitor: TownClient, clock: Clock) -> None:
    make_calendar()
    choose(visitor)
    end = visitor.post(address("kontakt"), CONTACT)["Location"]
    clock(later(hours=2))
    delete_run_out(now=later(hours=2))

    visitor.post(end, SENT)

    assert Booking.objects.get().state == BookingState.BOOKED


def test_handing_in_what_was_taken_meanwhile_leads_back_to_the_times(
    visitor: TownClient, lage: Town, clock: Clock
) -> None:
    make_calendar()
    choose(visitor)
    end = visitor.post(address("kontakt"), CONTACT)["Location"]
    clock(later(minutes=11))
    book(TownClient(lage))

    answer = visitor.post(end, SENT)

    assert answer["Location"] == address("termin") + CHANGE
    assert Submission.objects.count() == 1


def test_another_matter_needs_another_time_if_it_takes_too_long(visitor: TownClient) -> None:
    make_calendar()
    choose(visitor, "2026-11-17T08:45")
    visitor.post(address("kontakt"), CONTACT)

    answer = visitor.post(address("anliegen"), {"anliegen": "reisepass", "personen": "2", "standort": "rathaus"})

    assert answer["Location"] == address("termin")


@pytest.mark.parametrize("wrong", ["", "gibt-es-nicht", "2026-11-17T07:00", "2026-11-18T08:00", "2036-01-01T08:00"])
def test_what_is_not_offered_cannot_be_taken(visitor: TownClient, wrong: str) -> None:
    make_calendar()

    answer = choose(visitor, wrong)

    assert answer.status_code == 422
    assert list(errors_of(answer)) == ["termin"]
    assert not Booking.objects.exists()


def test_weeks_are_turned_without_scripts(visitor: TownClient) -> None:
    make_calendar()
    choose(visitor, "")

    assert times_on(visitor, "?woche=2026-11-24")[0] == "2026-11-24T08:00"
    assert "woche=2026-11-23" in visitor.get(address("termin")).content.decode()
    assert times_on(visitor, "?woche=unsinn")[0] == "2026-11-17T08:00"
    last = visitor.get(address("termin") + "?woche=9999-12-31")  # leads to the last one that can be booked
    told = text_of(last).replace("\xa0", " ")
    assert "14. Dezember 2026 bis 20. Dezember 2026" in told
    assert "In dieser Woche ist nichts mehr frei." in told


def test_holidays_and_special_days_have_no_appointments(visitor: TownClient, clock: Clock) -> None:
    make_calendar(
        hours=[(1, at(TUESDAY, 8).time(), at(TUESDAY, 9).time()), (4, at(TUESDAY, 8).time(), at(TUESDAY, 9).time())]
    )
    close_on("buergerbuero", TUESDAY)
    choose(visitor, "")

    assert times_on(visitor) == [f"2026-11-20T08:{minute}" for minute in ("00", "15", "30", "45")]
    clock(at(TUESDAY.replace(month=12, day=21), 9, 30))
    assert all(not value.startswith("2026-12-25") for value in times_on(visitor, "?woche=2026-12-21"))


def test_the_mail_holds_number_and_link_and_nothing_else(visitor: TownClient) -> None:
    make_calendar()
    link = book(visitor).removesuffix("eingang/")

    run_jobs()

    [message] = mail.outbox
    assert message.subject == "Ihr Termin ist gebucht – Stadt Lage"
    assert link in message.body
    assert Submission.objects.get().number in message.body
    for personal in ("Łucja", "Personalausweis", "17. November"):
        assert personal not in message.body


def test_cancelling_frees_the_time_at_once(visitor: TownClient, lage: Town) -> None:
    make_calendar()
    link = book(visitor).removesuffix("eingang/")
    assert "Termin absagen" in text_of(visitor.get(link))

    answer = TownClient(lage).post(f"{link}zurueckziehen/", {"sure": "on"}, follow=True)

    assert "Ihr Termin ist abgesagt." in text_of(answer)
    assert Submission.objects.get().state == State.WITHDRAWN
    book(TownClient(lage))
    assert Booking.objects.filter(state=BookingState.BOOKED).count() == 1


def test_what_is_over_cannot_be_cancelled(visitor: TownClient, clock: Clock) -> None:
    make_calendar()
    link = book(visitor).removesuffix("eingang/")
    clock(at(TUESDAY, 10))

    answer = visitor.post(f"{link}zurueckziehen/", {"sure": "on"})

    assert "Der Termin ist schon vorbei." in text_of(answer)
    assert Submission.objects.get().state == State.RECEIVED


def test_the_appointment_goes_into_a_calendar(visitor: TownClient) -> None:
    make_calendar()
    link = book(visitor).removesuffix("eingang/")

    answer = visitor.get(f"{link}termin.ics")

    lines = answer.content.decode().split("\r\n")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "DTSTART:20261117T070000Z" in lines
    assert "DTEND:20261117T071500Z" in lines
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "Łucja" not in answer.content.decode()


def test_a_day_before_comes_one_reminder(visitor: TownClient, clock: Clock) -> None:
    make_calendar()
    book(visitor, "2026-11-24T08:00")
    run_jobs()
    mail.outbox.clear()

    for moment in (later(days=3), at(TUESDAY.replace(day=23), 8, 30), at(TUESDAY.replace(day=23), 9, 30)):
        clock(moment)
        look_after()
        run_jobs(also_later=True)

    assert [message.subject for message in mail.outbox] == ["Erinnerung an Ihren Termin – Stadt Lage"]


def test_who_books_for_tomorrow_is_not_reminded(visitor: TownClient, clock: Clock) -> None:
    make_calendar()
    book(visitor)
    run_jobs()
    mail.outbox.clear()

    clock(at(TUESDAY, 7))
    look_after()
    run_jobs(also_later=True)

    assert mail.outbox == []


def test_with_an_account_it_stands_among_her_own(visitor: TownClient, lage: Town) -> None:
    make_calendar()
    anna, oemer = make_anna(), make_oemer()
    visitor.sign_in(anna)
    visitor.get("/antrag/termin-buergerbuero/")
    book(visitor)
    number = Submission.objects.get().number

    assert "Ihr Termin" in text_of(visitor.get(f"/meine-antraege/{number}/"))
    assert visitor.get(f"/meine-antraege/{number}/termin.ics").status_code == 200
    assert TownClient(lage).sign_in(oemer).get(f"/meine-antraege/{number}/termin.ics").status_code == 404


def test_another_town_sees_nothing_of_it(visitor: TownClient, visitor_of_detmold: TownClient, detmold: Town) -> None:
    make_calendar()
    link = book(visitor).removesuffix("eingang/")

    assert visitor_of_detmold.get(f"{link}termin.ics").status_code == 404
    with in_town(detmold):
        assert not Booking.objects.exists()


def test_one_place_cannot_hold_all_times(visitor: TownClient, lage: Town) -> None:
    make_calendar(hours=[(1, at(TUESDAY, 8).time(), at(TUESDAY, 16).time())])
    for number in range(10):
        assert choose(TownClient(lage), f"2026-11-17T{8 + number // 4:02d}:{number % 4 * 15:02d}").status_code == 302

    answer = choose(visitor, "2026-11-17T15:00")

    assert "Von hier kam gerade sehr viel" in text_of(answer)
