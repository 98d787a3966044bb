"""Figures of a town that nobody has counted, to show what they look like: for the local stack."""

import random
from collections import Counter
from datetime import date
from typing import Any

from django.utils.crypto import get_random_string

from townhall.figures.actions import Key, add
from townhall.figures.measures import WEEK, Measure, week_of
from townhall.models import FruitlessSearch, Remark

Plain = dict[str, Any]
MADE_UP = "Probe"  # the detail of what is counted from cases: so it does not stand in the way of real ones


def make_up_figures(plain: Plain, *, today: date) -> None:
    """Weeks of figures as `config/local/sample.yaml` describes them; always the same ones."""
    dice = random.Random("Stadttor")  # noqa: S311 -- made-up numbers
    counts: Counter[Key] = Counter()
    for age in range(plain["weeks"]):
        week, newest = week_of(today) - age * WEEK, age == 0
        season = 1.1 - 0.6 * age / plain["weeks"]  # more and more people know the portal
        _make_up_visits(counts, dice, week, plain, season * (0.6 if newest else 1))
        for service, usual in plain["services"].items():
            number = plain["newest"].get(service, 0) if newest else None
            _make_up_service(counts, dice, week, service, usual, plain["stops"].get(service, {}), season, number)
    add(counts)
    FruitlessSearch.objects.bulk_create(
        FruitlessSearch(fingerprint=get_random_string(64), text=text, days=3, number=number, last_on=today)
        for text, number in plain["searches"].items()
    )
    Remark.objects.bulk_create(
        Remark(service_key=service, text=text, month=today.replace(day=1))
        for service, texts in plain["remarks"].items()
        for text in texts
    )


def _make_up_visits(counts: Counter[Key], dice: random.Random, week: date, plain: Plain, season: float) -> None:
    for page, usual in plain["pages"].items():
        counts[Key(week, Measure.SEEN, "", page)] = _about(dice, usual * season)
    counts[Key(week, Measure.VISITED)] = _about(dice, plain["pages"]["home"] * 1.4 * season)
    counts[Key(week, Measure.SEARCHED)] = counts[Key(week, Measure.SEEN, "", "search")]
    counts[Key(week, Measure.FRUITLESS)] = _about(dice, plain["fruitless"] * season)


def _make_up_service(
    counts: Counter[Key],
    dice: random.Random,
    week: date,
    service: str,
    usual: Plain,
    stops: dict[str, int],
    season: float,
    number: int | None,
) -> None:
    counts[Key(week, Measure.SEEN, service)] = _about(dice, usual["seen"] * season)
    if "started" not in usual:
        return
    handed_in = _about(dice, usual["handed_in"] * season) if number is None else number
    given_up = _about(dice, (usual["started"] - usual["handed_in"]) * season)
    decided = max(0, handed_in - dice.choice((0, 0, 1)))
    rated = handed_in // 2
    counts[Key(week, Measure.HANDED_IN, service, MADE_UP)] = handed_in
    counts[Key(week, Measure.STARTED, service)] = handed_in + given_up
    counts[Key(week, Measure.PAID, service, MADE_UP)] = handed_in if usual.get("paid") else 0
    counts[Key(week, Measure.DECIDED, service, MADE_UP)] = decided
    counts[Key(week, Measure.DECISION_DAYS, service, MADE_UP)] = sum(
        _about(dice, usual["days"]) for _ in range(decided)
    )
    for _person in range(rated):
        grade = min(5, max(1, round(dice.gauss(usual["grade"], 0.8))))
        counts[Key(week, Measure.RATED, service, str(grade))] += 1
    steps = list(stops)
    ends = dice.choices(steps, list(stops.values()), k=given_up) if steps else []
    for end in [*ends, *([None] * handed_in if steps else [])]:
        reached = steps[: steps.index(end) + 1] if end else steps
        counts.update(Key(week, Measure.REACHED, service, step) for step in reached)
        if end:
            counts[Key(week, Measure.GIVEN_UP, service, end)] += 1
    if not steps:
        counts[Key(week, Measure.GIVEN_UP, service)] = given_up


def _about(dice: random.Random, usual: float) -> int:
    """A number near by, as weeks differ."""
    return max(0, round(dice.gauss(usual, usual**0.5 * 0.8)))
