"""Where the parts of a chart stand. Plain SVG without scripts; its looks are in `static/css/figures.css`.

Sizes across are in percent and down in pixels, so a chart fits any screen and its letters stay as large as they are.
All numbers are texts: a template would write them with German commas.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

TOP, BOTTOM = 22.0, 150.0  # pixels: the highest column ends, all begin
HEIGHT = 176.0
LEFT = 8.0  # percent, for the numbers of the scale
FILLED = 0.72  # of the room that each column has
STUB = 5.0  # pixels: stands where there is a number that is not shown
LABELS = 6  # below the axis, at most


@dataclass(frozen=True)
class Column:
    """A number over time. `text` is how it is written, also where its value is not shown."""

    label: str
    tick: str  # the label in short, for the axis
    value: int | None
    text: str
    is_open: bool = False  # it goes on: the number will grow


@dataclass(frozen=True)
class Bar:
    """A column on the chart."""

    x: str
    y: str
    width: str
    height: str
    variant: str  # "", "open" (it goes on), "small" (its height says nothing)
    column: Column


@dataclass(frozen=True)
class Mark:
    """A text beside the chart, and its line."""

    x: str
    y: str
    text: str


@dataclass(frozen=True)
class ColumnChart:
    """All parts of a chart of columns."""

    bars: Sequence[Bar]
    scale: Sequence[Mark]
    labels: Sequence[Mark]


def column_chart(columns: Sequence[Column]) -> ColumnChart:
    """The parts of a chart that shows `columns` side by side."""
    top = _end_of_scale(max((column.value or 0 for column in columns), default=0))
    room = (100 - LEFT) / max(1, len(columns))
    bars = [_bar(column, LEFT + number * room, room, top) for number, column in enumerate(columns)]
    scale = [Mark("0", _px(_height_of(value, top)), _text(value)) for value in dict.fromkeys((0, top // 2, top))]
    each = -(-len(columns) // LABELS)
    labels = [
        Mark(_percent(LEFT + number * room), _px(HEIGHT - 6), columns[number].tick)
        for number in range(0, len(columns), each or 1)
    ]
    return ColumnChart(bars, scale, labels)


def _bar(column: Column, x: float, room: float, top: int) -> Bar:
    variant = "small" if column.value is None else "open" if column.is_open else ""
    y = BOTTOM - STUB if column.value is None else _height_of(column.value, top)
    gap = room * (1 - FILLED) / 2
    return Bar(_percent(x + gap), _px(y), _percent(room * FILLED), _px(BOTTOM - y), variant, column)


def _height_of(value: int, top: int) -> float:
    """Where a number is on the scale, in pixels from above."""
    return BOTTOM - (BOTTOM - TOP) * value / top


def _end_of_scale(largest: int) -> int:
    """A round even number that is not less than `largest`."""
    power = 10
    while True:
        for factor in (1, 2, 3, 4, 5, 6, 8):
            if factor * power >= largest:
                return factor * power
        power *= 10


def _text(value: int) -> str:
    return str(number_format(value, use_l10n=True, force_grouping=True))


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _px(value: float) -> str:
    return f"{value:.1f}"
