"""Days as the law counts them. Source: § 31 VwVfG NRW with §§ 187 to 193 BGB."""

import calendar
from datetime import date, timedelta

from catalogue.forms.days import is_working_day


def on_a_working_day(day: date) -> date:
    """When a deadline ends that falls on this day: then, or on the next working day (§ 193 BGB)."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def days_after(day: date, days: int) -> date:
    """The last day of a deadline of so many days that begins the day after `day`."""
    return on_a_working_day(day + timedelta(days=days))


def month_after(day: date) -> date:
    """The last day of a deadline of a month that begins the day after `day` (§ 188 BGB)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    last = calendar.monthrange(year, month)[1]
    return on_a_working_day(date(year, month, min(day.day, last)))
