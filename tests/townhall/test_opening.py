"""Opening hours in words."""

from datetime import date, datetime, time

import pytest

from tests.people import BERLIN
from townhall.hours import Special, Stretch, Week, week_of
from townhall.opening import Now, days_of, now_in_words

HOURS = [
    (0, time(8), time(12, 30)),
    (3, time(8), time(12)),
    (3, time(14), time(18)),
    (4, time(8, 30), time(12)),
]
WEEK = week_of(HOURS, [])
CLOSED_ON_THURSDAY = week_of(HOURS, [Special(date(2026, 11, 19), (), "Betriebsausflug")])


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (moment(16, 9), Now(True, "Jetzt geöffnet", "heute bis 12:30\u00a0Uhr")),
        (moment(16, 12, 30), Now(False, "Geschlossen", "wieder am Donnerstag ab 8\u00a0Uhr")),
        (moment(18, 23, 59), Now(False, "Geschlossen", "morgen ab 8\u00a0Uhr")),
        (moment(19, 7), Now(False, "Geschlossen", "heute ab 8\u00a0Uhr")),
        (moment(19, 13), Now(False, "Geschlossen", "heute ab 14\u00a0Uhr")),
        (moment(19, 17, 59), Now(True, "Jetzt geöffnet", "heute bis 18\u00a0Uhr")),
        (moment(20, 12), Now(False, "Geschlossen", "wieder am Montag ab 8\u00a0Uhr")),
    ],
)
def test_it_says_until_when_an_office_is_open_or_when_it_opens_again(now: datetime, expected: Now) -> None:
    assert now_in_words(WEEK, now) == expected


def test_a_special_day_counts_more_than_the_week() -> None:
    told = now_in_words(CLOSED_ON_THURSDAY, moment(19, 9))

    assert told == Now(False, "Geschlossen", "morgen ab 8:30\u00a0Uhr")


def test_an_opening_a_week_ahead_is_told_with_its_date() -> None:
    only_mondays = week_of([(0, time(8), time(12))], [])

    told = now_in_words(only_mondays, moment(16, 12))

    assert told == Now(False, "Geschlossen", "wieder am Montag, 23.\u00a0November 2026, ab 8\u00a0Uhr")


def test_an_office_closed_for_weeks_says_no_more_than_that() -> None:
    closed = week_of([(0, time(8), time(12))], [Special(date(2026, 11, day), (), "") for day in (16, 23, 30)])

    assert now_in_words(closed, moment(16, 9)) == Now(False, "Geschlossen", "")


def test_nothing_is_said_where_no_hours_are_known() -> None:
    assert now_in_words(week_of([], []), moment(16, 9)) is None


def test_the_week_shows_today_and_what_differs() -> None:
    days = days_of(CLOSED_ON_THURSDAY, date(2026, 11, 19))

    assert [(day.name, len(day.stretches), day.is_today) for day in days] == [
        ("Montag", 1, False),
        ("Dienstag", 0, False),
        ("Mittwoch", 0, False),
        ("Donnerstag", 0, True),
        ("Freitag", 1, False),
    ]
    assert days[3].special == Special(date(2026, 11, 19), (), "Betriebsausflug")


def test_on_a_weekend_without_hours_the_coming_week_is_shown() -> None:
    assert days_of(WEEK, date(2026, 11, 21))[0].day == date(2026, 11, 23)


def test_a_saturday_with_hours_belongs_to_the_week() -> None:
    with_saturday = Week((*WEEK.days[:5], (Stretch(time(9), time(12)),), ()))

    assert [day.name for day in days_of(with_saturday, date(2026, 11, 16))][-2:] == ["Freitag", "Samstag"]
