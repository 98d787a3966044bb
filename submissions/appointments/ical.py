"""An appointment as a file for calendars (iCalendar, RFC 5545)."""

from datetime import UTC, datetime

from django.utils.translation import gettext as _

from submissions.appointments.models import Booking
from tenants.context import current_town

LONGEST_LINE = 75  # octets


def ical_of(booking: Booking, *, now: datetime) -> str:
    """The file of an appointment. It holds no name and nothing that was answered but the matter."""
    town, office = current_town(), booking.calendar.office
    address = ", ".join(
        part
        for part in (office.name, office.street, f"{office.postal_code} {office.city}".strip(), office.room)
        if part
    )
    number = booking.submission.number if booking.submission else ""
    told = [_("Vorgangsnummer: %(number)s") % {"number": number}, booking.bring, booking.calendar.no_show_rule]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Stadttor//Termine//DE",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{number}@{town.slug}.stadttor",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(booking.begins)}",
        f"DTEND:{_utc(booking.ends)}",
        f"SUMMARY:{_text(_('Termin: %(town)s') % {'town': town.full_name})}",
        f"LOCATION:{_text(address)}",
        f"DESCRIPTION:{_text(chr(10).join(filter(None, [booking.matter, *told])))}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """Text as a value (RFC 5545, 3.3.11)."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """No line is longer than 75 octets (RFC 5545, 3.1)."""
    parts, part = [], ""
    for sign in line:
        if len((part + sign).encode()) > LONGEST_LINE - 1:
            parts.append(part)
            part = ""
        part += sign
    return "\r\n ".join([*parts, part])
