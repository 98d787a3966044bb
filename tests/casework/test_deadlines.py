"""Deadlines end on working days of North Rhine-Westphalia."""

from datetime import date

import pytest

from submissions.casework.deadlines import days_after, month_after


@pytest.mark.parametrize(
    ("begins", "days", "ends"),
    [
        (date(2026, 11, 16), 14, date(2026, 11, 30)),
        (date(2026, 11, 14), 14, date(2026, 11, 30)),  # a Saturday: Monday counts
        (date(2026, 12, 11), 14, date(2026, 12, 28)),  # Christmas and a weekend
    ],
)
def test_a_deadline_of_days_ends_on_a_working_day(begins: date, days: int, ends: date) -> None:
    assert days_after(begins, days) == ends


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (date(2026, 11, 16), date(2026, 12, 16)),
        (date(2027, 1, 29), date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2026, 10, 1), date(2026, 11, 2)),  # All Saints' Day on a Sunday
        (date(2026, 12, 25), date(2027, 1, 25)),
    ],
)
def test_a_deadline_of_a_month_ends_on_the_day_with_that_number_or_the_last(begins: date, ends: date) -> None:
    assert month_after(begins) == ends
