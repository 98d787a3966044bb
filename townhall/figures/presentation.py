"""Figures as pages show them: at one glance, over time, by service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from catalogue.forms.current import form_definition
from templates.charts import Column
from templates.components import german_date
from townhall.figures.measures import PAYMENT, REVIEW, WEEK, Measure
from townhall.figures.sheet import Sheet, decimal_text
from townhall.figures.small_numbers import Number
from townhall.shopfront import Shopfront

APPLICATIONS = (
    Measure.STARTED,
    Measure.HANDED_IN,
    Measure.PAID,
    Measure.GIVEN_UP,
    Measure.WITHDRAWN,
    Measure.DECIDED,
)
VISITS = (Measure.VISITED, Measure.SEEN, Measure.SEARCHED, Measure.FRUITLESS)


FEWEST_COLUMNS = 12  # of a chart


# --- At one glance -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GlanceRow:
    """A measure: this week, the one before, what is usual, and all of the period. Texts; empty: nothing to say."""

    label: str
    this_week: str
    last_week: str
    usual: str
    period: str


@dataclass(frozen=True)
class Glance:
    """The most important things as sentences, and all measures as a table."""

    sentences: Sequence[str]
    rows: Sequence[GlanceRow]


def glance_of(sheet: Sheet, front: Shopfront, service: str | None = None) -> Glance:
    """The newest week of a sheet beside those before it; of one service, or of all."""
    week = sheet.period.last
    measures = APPLICATIONS if service else (*APPLICATIONS, *VISITS)
    if service:
        measures = (Measure.SEEN, *measures)
    rows = [_glance_row(sheet, one, service) for one in measures if sheet.has(one, service)]
    means = (
        (_("Tage bis zur Entscheidung (im Durchschnitt)"), sheet.mean_days, Measure.DECIDED),
        (_("Zufriedenheit (1 bis 5)"), sheet.mean_grade, Measure.RATED),
    )
    rows += [
        GlanceRow(
            label,
            this_week=decimal_text(mean(service, week)),
            last_week=decimal_text(mean(service, week - WEEK)),
            usual="",
            period=decimal_text(mean(service)),
        )
        for label, mean, measure in means
        if sheet.has(measure, service)
    ]
    return Glance([] if service else _sentences(sheet, front), rows)


def _glance_row(sheet: Sheet, measure: Measure, service: str | None) -> GlanceRow:
    week = sheet.period.last
    usual = sheet.usual(measure, service, before=week - WEEK)
    return GlanceRow(
        str(measure.label),
        this_week=str(sheet.number(measure, service, week)),
        last_week=str(sheet.number(measure, service, week - WEEK)),
        usual="" if usual is None else str(usual),
        period=str(sheet.number(measure, service)),
    )


def _sentences(sheet: Sheet, front: Shopfront) -> list[str]:
    """Such as "Diese Woche: 11 Anträge, davon 8 für „Hund anmelden“."."""
    spans = ((_("Diese Woche"), sheet.period.last), (_("In den letzten 12 Monaten"), None))
    return [text for name, week in spans if (text := _sentence(sheet, front, name, week))]


def _sentence(sheet: Sheet, front: Shopfront, span: str, week: date | None) -> str:
    together = sheet.number(Measure.HANDED_IN, None, week)
    if together.value is None:
        return _("%(span)s: weniger als 5 Anträge.") % {"span": span} if together.is_small else ""
    by_service = {
        service: number.value
        for service in sheet.services(Measure.HANDED_IN)
        if (number := sheet.number(Measure.HANDED_IN, service, week)).value
    }
    values = {"span": span, "number": together}
    if not by_service:
        return _("%(span)s: %(number)s Anträge.") % values
    first = max(by_service, key=lambda service: by_service[service] or 0)
    values |= {"part": Number(by_service[first]), "service": title_of(front, first)}
    return _("%(span)s: %(number)s Anträge, davon %(part)s für „%(service)s“.") % values


def title_of(front: Shopfront, service: str) -> str:
    """What a service is called; its key if the catalogue does not have it any more."""
    known = front.catalogue.services.get(service)
    return known.title if known else service


# --- Over time -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chart:
    """A chart of one measure by weeks, with its words."""

    name: str
    title: str
    description: str
    columns: Sequence[Column]


def chart_of(sheet: Sheet, measure: Measure, title: str, service: str | None = None) -> Chart:
    """How often something happened, week by week. The week that is going on is marked."""
    began = sheet.began(measure, service)
    first = min(began, sheet.period.last - (FEWEST_COLUMNS - 1) * WEEK)
    columns = [
        Column(
            label=german_date(week),
            tick=f"{week.day}.{week.month}.",
            value=(number := sheet.number(measure, service, week) if week >= began else Number(0)).value,
            text=str(number),
            is_open=sheet.period.goes_on and week == sheet.period.last,
        )
        for week in sheet.period.weeks
        if week >= first
    ]
    return Chart(measure.value, title, _description(columns), columns)


def _description(columns: Sequence[Column]) -> str:
    largest = max(columns, key=lambda column: column.value or 0)
    text = _("Eine Säule für jede Woche vom %(first)s bis zum %(last)s.") % {
        "first": columns[0].label,
        "last": columns[-1].label,
    }
    if largest.value:
        text += " " + _("Am meisten in der Woche ab %(week)s: %(number)s.") % {
            "week": largest.label,
            "number": largest.text,
        }
    return text + " " + _("Alle Zahlen stehen in der Tabelle darunter.")


# --- By service ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ServiceRow:
    """A service with its figures of the whole period, as texts; `handed_in` also for its bar."""

    key: str
    title: str
    seen: str
    started: str
    handed_in: Number
    paid: str
    given_up: str
    decided: str
    mean_days: str
    mean_grade: str


def applied_for(sheet: Sheet, front: Shopfront) -> list[ServiceRow]:
    """The services that somebody began to apply for, what was handed in most first."""
    return [_service_row(sheet, front, key) for key in sheet.services(Measure.HANDED_IN, Measure.STARTED)]


def only_seen(sheet: Sheet, front: Shopfront) -> list[tuple[str, Number]]:
    """Titles of all other services, with how often their pages were looked at."""
    applied = set(sheet.services(Measure.HANDED_IN, Measure.STARTED))
    return [
        (title_of(front, key), sheet.number(Measure.SEEN, key))
        for key in sheet.services(Measure.SEEN)
        if key not in applied
    ]


def _service_row(sheet: Sheet, front: Shopfront, key: str) -> ServiceRow:
    def text(measure: Measure) -> str:
        return str(sheet.number(measure, key)) if sheet.has(measure, key) else ""

    return ServiceRow(
        key,
        title_of(front, key),
        seen=text(Measure.SEEN),
        started=text(Measure.STARTED),
        handed_in=sheet.number(Measure.HANDED_IN, key),
        paid=text(Measure.PAID),
        given_up=text(Measure.GIVEN_UP),
        decided=text(Measure.DECIDED),
        mean_days=decimal_text(sheet.mean_days(key)),
        mean_grade=decimal_text(sheet.mean_grade(key)),
    )


# --- Pages of a form -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepRow:
    """A page of a form: how many of all reached it (%), how many went no further."""

    title: str
    share: int | None
    given_up: Number


def steps_of(sheet: Sheet, service: str) -> list[StepRow]:
    """The pages of a form that people have reached, in its order; those that it does not have any more come last."""
    titles = step_titles(service)
    places = {step: place for place, step in enumerate(titles)}
    return [
        StepRow(
            titles.get(step, step),
            sheet.share(service, step),
            sheet.number(Measure.GIVEN_UP, service, None, step),
        )
        for step in sorted(sheet.steps(service), key=lambda step: places.get(step, len(places)))
    ]


def step_titles(service: str) -> dict[str, str]:
    """The pages of a form by key, in order, with the two that come after them; nothing if there is no form."""
    try:
        definition = form_definition(service)
    except KeyError:
        return {}
    own = {step.key: step.short for step in definition.steps}
    return own | {REVIEW: _("Prüfen und absenden"), PAYMENT: _("Bezahlen")}
