"""Figures as tables for people's own programs: what may not be shown on a page is not in here either."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.utils.translation import gettext as _

from townhall.figures.measures import NOT_COUNTS, Measure
from townhall.figures.presentation import steps_of, title_of
from townhall.figures.sheet import Sheet, decimal_text
from townhall.shopfront import Shopfront
from townhall.tables import german_table

_COUNTED = [measure for measure in Measure if measure not in {Measure.REACHED, *NOT_COUNTS}]


def weeks_table(sheet: Sheet, front: Shopfront) -> str:
    """A row for each week and service. The first service of a week is the portal itself."""
    headings = [
        *(_("Woche ab"), _("Leistung"), _("Schlüssel")),
        *(str(measure.label) for measure in _COUNTED),
        *(_("Tage bis zur Entscheidung (Durchschnitt)"), _("Zufriedenheit (Durchschnitt)")),
    ]
    services = ["", *sorted(sheet.services(*Measure))]
    return german_table(
        headings,
        (_week_row(sheet, front, week, service) for week in sheet.period.weeks for service in services),
    )


def _week_row(sheet: Sheet, front: Shopfront, week: date, service: str) -> list[str]:
    return [
        *(f"{week:%d.%m.%Y}", title_of(front, service) if service else _("Portal"), service),
        *(sheet.number(one, service, week).plain if sheet.has(one, service) else "" for one in _COUNTED),
        *(decimal_text(sheet.mean_days(service, week)), decimal_text(sheet.mean_grade(service, week))),
    ]


def steps_table(sheet: Sheet, front: Shopfront) -> str:
    """A row for each page of each form, of the whole period."""
    headings = [_("Leistung"), _("Schlüssel"), _("Seite"), _("erreicht (%)"), _("dort abgebrochen")]
    return german_table(headings, _step_rows(sheet, front, sheet.services(Measure.STARTED, Measure.GIVEN_UP)))


def _step_rows(sheet: Sheet, front: Shopfront, services: Iterable[str]) -> Iterator[list[str]]:
    for service in services:
        for row in steps_of(sheet, service):
            share = "" if row.share is None else str(row.share)
            yield [title_of(front, service), service, row.title, share, row.given_up.plain]
