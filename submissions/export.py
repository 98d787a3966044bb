"""Tables for people's own programs, and the history of cases as one."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from django.utils import timezone
from django.utils.translation import gettext as _

from submissions.models import Event
from submissions.states import State

BYTE_ORDER_MARK = "\ufeff"  # without it a German Excel takes UTF-8 for something else
# A cell that begins so is a formula to Excel (OWASP: CSV injection). Names come from citizens.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def german_table(headings: list[str], rows: Iterable[list[str]]) -> str:
    """A table as a German Excel opens it with a double click: semicolons, decimal commas, days before months."""
    table = StringIO()
    table.write(BYTE_ORDER_MARK)
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return table.getvalue()


def moment_in_table(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%d.%m.%Y %H:%M") if moment else ""


def history_table(events: Iterable[Event]) -> str:
    """Who did what to a case and when, a row each."""
    headings = [_("Zeit"), _("Vorgang"), _("Wer"), _("Was"), _("Text"), _("Sichtbar für die Person"), _("Stand danach")]
    return german_table(headings, (_cells(event) for event in events))


def _cells(event: Event) -> list[str]:
    return [
        moment_in_table(event.at),
        event.submission.number,
        event.by.name if event.by else _("Portal"),
        event.title,
        event.text,
        _("ja") if event.is_public else _("nein"),
        str(State(event.new_state).label) if event.new_state else "",
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
