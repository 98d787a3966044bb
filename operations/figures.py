"""What all towns together measure, for those who must report it (DIN SPEC 66336 § 5.12.2): counts, as a table."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from tenants.models import Town
from townhall.figures.measures import NOT_COUNTS, Measure, Period
from townhall.figures.queries import totals_of
from townhall.figures.sheet import decimal_text, mean
from townhall.figures.small_numbers import Sum, hidden_of, shown
from townhall.tables import german_table, moment_in_table

_COUNTED = [one for one in Measure if one not in {Measure.REACHED, *NOT_COUNTS}]
_TOGETHER = -1  # stands for all towns where others have their keys


def figures_for_the_operator(*, today: date) -> dict[str, int]:
    """What the town at work tells: of the 52 weeks that are over a number by measure, no service and no week."""
    return totals_of(Period.whole_weeks_until(today))


def towns_table(towns: Iterable[Town]) -> str:
    """A row for each town that has told its figures, and one for all together. Small numbers do not show."""
    rows = [town for town in towns if hasattr(town, "summary") and town.summary.figures]
    told = {town.pk: town.summary.figures or {} for town in rows}
    told[_TOGETHER] = {name: sum(one.get(name, 0) for one in told.values()) for name in (*Measure.values, "grades")}
    text_of = _texts(told)
    headings = [
        *(_("Stadt"), _("Kreis"), _("Schlüssel (ARS)"), _("Gezählt am")),
        *(str(measure.label) for measure in _COUNTED),
        *(_("Tage bis zur Entscheidung (Durchschnitt)"), _("Zufriedenheit (Durchschnitt)")),
    ]
    cells = [
        [town.name, town.municipality.county, town.ars, moment_in_table(town.summary.at), *text_of(town.pk)]
        for town in rows
    ]
    return german_table(headings, [*cells, [_("Alle Städte"), "", "", "", *text_of(_TOGETHER)]])


def _texts(told: Mapping[int, Mapping[str, int]]) -> Callable[[int], list[str]]:
    """The cells of a town, so that no column and its sum give a small number away."""
    counts = {(key, one): figures.get(one.value, 0) for one in _COUNTED for key, figures in told.items()}
    parts = [key for key in told if key != _TOGETHER]
    hidden = hidden_of(counts, [Sum((_TOGETHER, one), [(key, one) for key in parts]) for one in _COUNTED])

    def number(key: int, measure: Measure) -> int | None:
        return shown(counts[key, measure], is_hidden=(key, measure) in hidden).value

    def means(key: int) -> tuple[Decimal | None, Decimal | None]:
        days = mean(told[key].get(Measure.DECISION_DAYS.value, 0), number(key, Measure.DECIDED))
        return days, mean(told[key].get("grades", 0), number(key, Measure.RATED))

    return lambda key: [
        *(shown(counts[key, one], is_hidden=(key, one) in hidden).plain for one in _COUNTED),
        *map(decimal_text, means(key)),
    ]
