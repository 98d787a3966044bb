"""An office with appointments, and people who book them."""

from datetime import date, datetime, time, timedelta
from typing import Any

from submissions.appointments.actions import save_calendar
from submissions.appointments.models import Calendar
from submissions.appointments.wanted import Errand, Wanted
from tests.people import BERLIN, MONDAY, TownClient
from tests.submissions.filling import errors_of
from townhall.models import Office

SERVICE = "termin-buergerbuero"
TUESDAY = date(2026, 11, 17)
MATTER = {"anliegen": "personalausweis", "personen": "1", "standort": "rathaus"}
CONTACT = {"vorname": "Łucja", "nachname": "Őzdemir", "email": "lucja@post.example"}
SENT = {"complete": "on", "seen_fee": "0.00"}
RULE = "Wer nicht kommt, muss neu buchen."


def make_calendar(
    *, desks: int = 1, hours: list[tuple[int, time, time]] | None = None, is_on: bool = True, **values: Any
) -> Calendar:
    """The citizens' office sees people on Tuesdays from 8 to 9, every 15 minutes."""
    given = {"place": "rathaus", "desks": desks, "step": 15, "lead_days": 1, "weeks_ahead": 4, "no_show_rule": RULE}
    return save_calendar(
        office=Office.objects.get(units__contains=["buergerbuero"]),
        values=given | values,
        hours=hours or [(1, time(8), time(9))],
        is_on=is_on,
        by=None,
        now=MONDAY,
    )


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BERLIN)


def wanted(hour: int = 8, minute: int = 0, *, day: date = TUESDAY, minutes: int = 15) -> Wanted:
    return Wanted(Errand(minutes, place="rathaus", matter="Personalausweis"), at(day, hour, minute))


def address(page: str) -> str:
    return f"/antrag/{SERVICE}/{page}/"


def choose(client: TownClient, slot: str = "2026-11-17T08:00", **matter: str) -> Any:
    """Say what for, and take a time; returns the answer to the latter."""
    answer = client.post(address("anliegen"), MATTER | matter)
    assert answer.status_code == 302, errors_of(answer)
    assert answer["Location"] == address("termin")
    return client.post(address("termin"), {"termin": slot})


def book(client: TownClient, slot: str = "2026-11-17T08:00", **matter: str) -> str:
    """Book an appointment without an account; returns the address that only this person has."""
    assert choose(client, slot, **matter).status_code == 302
    answer = client.post(address("kontakt"), CONTACT)
    assert answer.status_code == 302, errors_of(answer)
    sent = client.post(answer["Location"], SENT)
    assert sent.status_code == 302, errors_of(sent)
    return str(sent["Location"])


def later(**span: int) -> datetime:
    return MONDAY + timedelta(**span)
