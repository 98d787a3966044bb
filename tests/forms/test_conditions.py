from datetime import date
from typing import Any

import pytest

from catalogue.forms.conditions import ConditionError, full_years, parse_condition, resolve_marks

TODAY = date(2026, 11, 16)


def holds(plain: Any, answers: dict[str, Any]) -> bool:
    return parse_condition(plain).holds(answers, today=TODAY)


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ({"field": "art", "in": ["neu"]}, {"art": "neu"}, True),
        ({"field": "art", "in": ["neu"]}, {"art": "alt"}, False),
        ({"field": "art", "in": ["neu"]}, {}, False),
        ({"field": "waren", "in": ["fisch"]}, {"waren": ["obst", "fisch"]}, True),
        ({"field": "name", "filled": True}, {"name": ""}, False),
        ({"field": "name", "filled": False}, {}, True),
        ({"field": "ja", "filled": True}, {"ja": False}, False),
        ({"field": "zahl", "filled": True}, {"zahl": 0}, True),
        ({"field": "hoehe", "at_least": 40}, {"hoehe": 40}, True),
        ({"field": "hoehe", "at_least": 40}, {"hoehe": 39}, False),
        ({"field": "hoehe", "at_least": 40}, {}, False),
        ({"field": "hoehe", "at_most": 5}, {"hoehe": "4.5"}, True),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-11-01"}, True),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-11-02"}, False),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-10"}, True),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "2008-11-16"}, True),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "2008-11-17"}, False),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "kein Datum"}, False),
        ({"sum": ["alte", "neue"], "at_least": 3}, {"alte": 1, "neue": [{}, {}]}, True),
        ({"sum": ["alte", "neue"], "at_most": 2}, {"alte": 1, "neue": [{}, {}]}, False),
        (
            {"some": "hunde", "where": {"field": "rasse", "in": ["x"]}},
            {"hunde": [{"rasse": "y"}, {"rasse": "x"}]},
            True,
        ),
        ({"some": "hunde", "where": {"field": "rasse", "in": ["x"]}}, {"hunde": []}, False),
        ({"all": [{"field": "a", "in": [1]}, {"field": "b", "in": [2]}]}, {"a": 1, "b": 3}, False),
        ({"any": [{"field": "a", "in": [1]}, {"field": "b", "in": [2]}]}, {"a": 1, "b": 3}, True),
        ({"not": {"field": "a", "in": [1]}}, {"a": 2}, True),
    ],
)
def test_a_condition_says_what_it_says(condition: Any, answers: dict[str, Any], expected: bool) -> None:
    assert holds(condition, answers) is expected


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        {},
        {"field": "a"},
        {"field": "a", "is": 1},
        {"all": []},
        {"all": {"field": "a"}},
        {"field": "a", "in": [1], "at_least": 2},
        {"import": "os"},
    ],
)
def test_what_is_no_condition_is_refused(nonsense: Any) -> None:
    with pytest.raises(ConditionError):
        parse_condition(nonsense)


def test_a_mark_becomes_the_values_that_carry_it() -> None:
    marked = {"rasse": {"listenhund": ["alano", "rottweiler"]}}

    resolved = resolve_marks({"not": {"field": "rasse", "marked": "listenhund"}}, marked)

    assert resolved == {"not": {"field": "rasse", "in": ["alano", "rottweiler"]}}


def test_a_mark_that_no_choice_carries_is_refused() -> None:
    with pytest.raises(ConditionError, match="listenhund"):
        resolve_marks({"field": "rasse", "marked": "listenhund"}, {"rasse": {}})


def test_somebody_is_a_year_older_on_the_birthday_and_not_before() -> None:
    assert full_years(date(2000, 2, 29), date(2018, 2, 28)) == 17
    assert full_years(date(2000, 2, 29), date(2018, 3, 1)) == 18
