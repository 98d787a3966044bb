"""Tables for people's own programs, as a German Excel opens them with a double click."""

import csv
import re
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from django.utils import timezone

BYTE_ORDER_MARK = "\ufeff"  # without it a German Excel takes UTF-8 for something else
# A cell that begins so is a formula to Excel (OWASP: CSV injection). Names come from citizens.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NEGATIVE_NUMBER = re.compile(r"-[0-9]+(,[0-9]+)?")  # begins like a formula and is none


def german_table(headings: list[str], rows: Iterable[list[str]]) -> str:
    """Semicolons between cells; the cells hold decimal commas, and days before months."""
    table = StringIO()
    table.write(BYTE_ORDER_MARK)
    writer = csv.writer(table, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return table.getvalue()


def moment_in_table(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%d.%m.%Y %H:%M") if moment else ""


def _harmless(cell: str) -> str:
    is_formula = cell.startswith(FORMULA_STARTS) and not NEGATIVE_NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell
