"""What conditions, days and formulas say about answers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.trust import TrustLevel
from catalogue.content import InvalidContent
from catalogue.forms.choices import Choice
from catalogue.forms.conditions import parse_condition
from catalogue.forms.context import Context
from catalogue.forms.days import Day, full_years, is_working_day
from catalogue.forms.formulas import Formula, MissingAmount

TODAY = date(2026, 11, 16)
ZONES = (
    Choice("a", "Zone A", words=("Lange Straße", "Am Markt")),
    Choice("b", "Zone B", words=("Bergstr.",)),
)
CONTEXT = Context(
    TODAY,
    postal_codes=frozenset({"32791"}),
    trust=TrustLevel.SUBSTANTIAL,
    settings={"buecherei.abholung": True, "markt.eis": False, "fest.viele": Decimal(500), "parken.zonen": ZONES},
    choices={
        "rasse": (Choice("alano", "Alano", marks=("listenhund",)), Choice("beagle", "Beagle")),
        "moebel": (Choice("sofa", "Sofa", number=Decimal("2.5")), Choice("stuhl", "Stuhl", number=Decimal("0.25"))),
        "tarif": (Choice("kind", "Kind", amount="bib.kind"), Choice("frei", "Frei")),
    },
)


def holds(plain: Any, answers: dict[str, Any]) -> bool:
    return parse_condition(plain).holds(answers, CONTEXT)


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        ({"field": "art", "in": ["neu"]}, {"art": "neu"}, True),
        ({"field": "art", "in": ["neu"]}, {"art": "alt"}, False),
        ({"field": "art", "in": ["neu"]}, {}, False),
        ({"field": "waren", "in": ["fisch"]}, {"waren": ["obst", "fisch"]}, True),
        ({"field": "moebel", "in": ["sofa"]}, {"moebel": {"sofa": 2}}, True),
        ({"field": "moebel", "in": ["sofa"]}, {"moebel": {"stuhl": 2}}, False),
        ({"field": "name", "filled": True}, {"name": ""}, False),
        ({"field": "name", "filled": False}, {}, True),
        ({"field": "ja", "filled": True}, {"ja": False}, False),
        ({"field": "zahl", "filled": True}, {"zahl": 0}, True),
        ({"field": "moebel", "filled": True}, {"moebel": {}}, False),
        ({"field": "rasse", "marked": "listenhund"}, {"rasse": "alano"}, True),
        ({"field": "rasse", "marked": "listenhund"}, {"rasse": "beagle"}, False),
        ({"field": "rasse", "marked": "listenhund"}, {"rasse": ["beagle", "alano"]}, True),
        ({"field": "rasse", "marked": "listenhund"}, {}, False),
        ({"field": "hoehe", "at_least": 40}, {"hoehe": 40}, True),
        ({"field": "hoehe", "at_least": 40}, {"hoehe": 39}, False),
        ({"field": "hoehe", "at_least": 40}, {}, False),
        ({"field": "hoehe", "at_most": 5}, {"hoehe": "4.5"}, True),
        ({"field": "hoehe", "at_most": 5}, {}, False),
        ({"field": "hoehe", "at_least": 5, "at_most": 10}, {"hoehe": 7}, True),
        ({"field": "hoehe", "at_least": 5, "at_most": 10}, {"hoehe": 11}, False),
        ({"field": "gaeste", "at_least": {"town": "fest.viele"}}, {"gaeste": 500}, True),
        ({"field": "gaeste", "at_least": {"town": "fest.viele"}}, {"gaeste": 499}, False),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-11-01"}, True),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-11-02"}, False),
        ({"field": "seit", "days_ago": 15}, {"seit": "2026-10"}, True),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "2008-11-16"}, True),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "2008-11-17"}, False),
        ({"field": "geboren", "years_ago": 18}, {"geboren": "kein Datum"}, False),
        ({"field": "geboren", "age_at_least": 18}, {"geboren": "2008"}, True),
        ({"field": "geboren", "age_below": 18}, {"geboren": "2008-11-17"}, True),
        ({"field": "geboren", "age_below": 18}, {}, False),
        ({"field": "geboren", "age_at_least": 10, "age_below": 16}, {"geboren": "2016-11-16"}, True),
        ({"field": "geboren", "age_at_least": 10, "age_below": 16}, {"geboren": "2010-11-16"}, False),
        (
            {"field": "geboren", "age_at_least": 16, "on": {"field": "beginn"}},
            {"geboren": "2011-01-01", "beginn": "2027-01-01"},
            True,
        ),
        ({"field": "geboren", "age_at_least": 16, "on": {"field": "beginn"}}, {"geboren": "2000-01-01"}, False),
        ({"field": "ehe", "from": "1958-01-01", "to": "2008-12-31"}, {"ehe": "2008-12-31"}, True),
        ({"field": "ehe", "from": "1958-01-01", "to": "2008-12-31"}, {"ehe": "2009-01-01"}, False),
        ({"field": "ehe", "to": "2008-12-31"}, {}, False),
        ({"field": "bis", "from": {"field": "von"}}, {"von": "2026-12-01", "bis": "2026-12-01"}, True),
        ({"field": "bis", "from": {"field": "von"}}, {"bis": "2026-12-01"}, False),
        ({"field": "schluss", "from": "22:00"}, {"schluss": "23:30"}, True),
        ({"field": "schluss", "from": "22:00"}, {"schluss": "21:59"}, False),
        ({"field": "plz", "in_town": True}, {"plz": "32791"}, True),
        ({"field": "plz", "in_town": True}, {"plz": "32657"}, False),
        ({"field": "plz", "in_town": False}, {"plz": "32657"}, True),
        ({"field": "plz", "in_town": False}, {}, False),
        ({"field": "ort", "same_as": "anderer"}, {"ort": "Lage", "anderer": "Lage"}, True),
        ({"field": "ort", "same_as": "anderer"}, {"ort": "Lage", "anderer": "Lemgo"}, False),
        ({"field": "ort", "same_as": "anderer"}, {}, False),
        ({"field": "strasse", "known_in": "parken.zonen"}, {"strasse": "lange str"}, True),
        ({"field": "strasse", "known_in": "parken.zonen"}, {"strasse": "Bergstraße"}, True),
        ({"field": "strasse", "known_in": "parken.zonen"}, {"strasse": "Talweg"}, False),
        ({"field": "strasse", "known_in": "parken.zonen"}, {}, False),
        ({"town": "buecherei.abholung"}, {}, True),
        ({"town": "markt.eis"}, {}, False),
        ({"trust": "basic"}, {}, True),
        ({"trust": "high"}, {}, False),
        ({"season": {"from": "10-01", "to": "12-31"}}, {}, True),
        ({"season": {"from": "11-17", "to": "12-31"}}, {}, False),
        ({"season": {"from": "11-01", "to": "02-28"}}, {}, True),
        ({"season": {"from": "12-01", "to": "02-28"}}, {}, False),
        ({"sum": ["alte", "neue"], "at_least": 3}, {"alte": 1, "neue": [{}, {}]}, True),
        ({"number": {"plus": ["alte", "neue"]}, "at_least": 3, "at_most": 3}, {"alte": 1, "neue": [{}, {}]}, True),
        ({"number": {"plus": ["alte", "neue"]}, "at_most": 2}, {"alte": 1, "neue": [{}, {}]}, False),
        ({"number": {"answered": ["a", "b", "c"]}, "at_least": 2}, {"a": "x", "c": False}, False),
        ({"number": {"answered": ["a", "b", "c"]}, "at_least": 2}, {"a": "x", "c": 0}, True),
        ({"day": {"field": "tag", "days": 14}, "from": "today"}, {"tag": "2026-11-02"}, True),
        ({"day": {"field": "tag", "days": 14}, "from": "today"}, {"tag": "2026-11-01"}, False),
        ({"day": {"field": "tag", "days": 14}, "from": "today"}, {}, False),
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
        {"field": "a", "in": "neu"},
        {"field": "a", "filled": "ja"},
        {"field": "a", "marked": 3},
        {"field": "a", "from": "bald"},
        {"field": "a", "at_least": {"import": "os"}},
        {"field": "a", "filled": True, "on": "today"},
        {"field": "a", "age_below": "achtzehn"},
        {"all": []},
        {"all": {"field": "a"}},
        {"all": [{"town": "x.y"}], "any": [{"town": "x.y"}]},
        {"season": {"from": "13-01", "to": "12-31"}},
        {"season": "immer"},
        {"trust": "sehr hoch"},
        {"some": "hunde"},
        {"number": 1},
        {"town": "x.y", "field": "a"},
        {"import": "os"},
    ],
)
def test_what_is_no_condition_is_refused(nonsense: Any) -> None:
    with pytest.raises(InvalidContent):
        parse_condition(nonsense)


def test_a_condition_names_all_that_it_looks_at() -> None:
    condition = parse_condition(
        {
            "all": [
                {
                    "some": "hunde",
                    "where": {"field": "hoehe", "at_least": {"plus": ["gewicht", {"town": "hund.gross"}]}},
                },
                {"field": "bis", "from": {"field": "von", "days": {"town": "fest.vorlauf"}}},
                {"field": "ort", "same_as": "anderer"},
                {"field": "strasse", "known_in": "parken.zonen"},
                {"not": {"town": "markt.eis"}},
            ]
        }
    )

    assert list(condition.named_fields()) == [
        "hunde",
        "hunde/hoehe",
        "hunde/gewicht",
        "bis",
        "von",
        "ort",
        "anderer",
        "strasse",
    ]
    assert list(condition.named_settings()) == ["hund.gross", "fest.vorlauf", "parken.zonen", "markt.eis"]


# --- Days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("today", date(2026, 11, 16)),
        ("1958-01-01", date(1958, 1, 1)),
        ({"days": 10}, date(2026, 11, 26)),
        ({"days": -16}, date(2026, 10, 31)),
        ({"working_days": 5}, date(2026, 11, 23)),
        ({"working_days": -11}, date(2026, 10, 30)),  # All Saints' Day lies on a Sunday
        ({"weeks": 2}, date(2026, 11, 30)),
        ({"months": 3}, date(2027, 2, 16)),
        ({"years": -110}, date(1916, 11, 16)),
        ({"months": 1, "days": 1}, date(2026, 12, 17)),
        ({"to_the": "first_of_month"}, date(2026, 11, 1)),
        ({"to_the": "first_of_next_month"}, date(2026, 12, 1)),
        ({"months": 3, "to_the": "last_of_month"}, date(2027, 2, 28)),
        ({"to_the": "last_of_year"}, date(2026, 12, 31)),
        ({"field": "tag"}, date(2026, 12, 24)),
        ({"field": "tag", "working_days": 1}, date(2026, 12, 28)),  # Christmas Day, then a weekend
        ({"field": "monat", "days": 1}, date(2027, 3, 2)),
        ({"field": "nichts", "days": 1}, None),
        ({"field": "tag", "years": 9000}, None),
    ],
)
def test_a_day_is_counted_from_an_answer_or_from_today(day: Any, expected: date | None) -> None:
    answers = {"tag": "2026-12-24", "monat": "2027-03"}

    assert Day.parse(day).of(answers, CONTEXT) == expected


def test_a_town_says_how_many_days() -> None:
    assert Day.parse({"days": {"town": "fest.viele"}}).of({}, CONTEXT) == date(2028, 3, 30)


@pytest.mark.parametrize(
    "nonsense",
    ["morgen", 3, [], {}, {"days": "zehn"}, {"days": True}, {"to_the": "moon"}, {"fields": "a"}, {"field": 3}],
)
def test_what_is_no_day_is_refused(nonsense: Any) -> None:
    with pytest.raises(InvalidContent):
        Day.parse(nonsense)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 27), True),  # a Friday
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 12, 24), True),
        (date(2026, 12, 25), False),
        (date(2027, 11, 1), False),  # All Saints' Day, a Monday; not in Berlin
        (date(2026, 6, 4), False),  # Corpus Christi
        (date(2027, 1, 6), True),  # Epiphany is a holiday elsewhere
    ],
)
def test_working_days_are_those_of_north_rhine_westphalia(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_somebody_is_a_year_older_on_the_birthday_and_not_before() -> None:
    assert full_years(date(2000, 2, 29), date(2018, 2, 28)) == 17
    assert full_years(date(2000, 2, 29), date(2018, 3, 1)) == 18


# --- Formulas ---------------------------------------------------------------------------------------------

ANSWERS: dict[str, Any] = {
    "laenge": "2.5",
    "breite": 4,
    "hunde": [{"beine": 4}, {"beine": 3}],
    "tage": ["mo", "di"],
    "moebel": {"sofa": 1, "stuhl": 4},
    "eines": "sofa",
    "von": "2026-12-01",
    "bis": "2026-12-03",
    "tarif": "kind",
    "ja": True,
}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (3, "3"),
        (0.8, "0.8"),
        ("0.80", "0.80"),
        ("laenge", "2.5"),
        ("hunde", "2"),
        ("tage", "2"),
        ("moebel", "5"),
        ("ja", "1"),
        ("fehlt", "0"),
        ({"town": "fest.viele"}, "500"),
        ({"amount": "satz"}, "0.80"),
        ({"amount_of": "tarif"}, "10.00"),
        ({"amount_of": "fehlt"}, "0"),
        ({"weight": "moebel"}, "3.50"),
        ({"weight": "eines"}, "0"),
        ({"answered": ["laenge", "fehlt", "ja"]}, "2"),
        ({"days": ["von", "bis"]}, "3"),
        ({"days": ["bis", "von"]}, "0"),
        ({"days": ["von", "fehlt"]}, "0"),
        ({"days": ["today", {"field": "von"}]}, "16"),
        ({"months": ["2026-01-15", "2026-02-15"]}, "2"),
        ({"each": "hunde", "sum": "beine"}, "7"),
        ({"each": "fehlt", "sum": "beine"}, "0"),
        ({"plus": ["laenge", "breite", 1]}, "7.5"),
        ({"minus": ["breite", 1]}, "3"),
        ({"times": ["laenge", "breite", {"days": ["von", "bis"]}, {"amount": "satz"}]}, "24.000"),
        ({"smallest": ["laenge", "breite"]}, "2.5"),
        ({"largest": ["laenge", "breite"]}, "4"),
        ({"round_up": "laenge"}, "3"),
    ],
)
def test_a_formula_computes_exactly(formula: Any, expected: str) -> None:
    amounts = {"satz": Decimal("0.80"), "bib.kind": Decimal("10.00")}

    assert Formula.parse(formula).value(ANSWERS, CONTEXT, amounts) == Decimal(expected)


def test_a_formula_never_guesses_an_amount() -> None:
    with pytest.raises(MissingAmount, match="satz"):
        Formula.parse({"times": [2, {"amount": "satz"}]}).value({}, CONTEXT, {})


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        True,
        [],
        {},
        "3x",
        "1e999x",
        float("nan"),
        {"import": "os"},
        {"plus": []},
        {"plus": "a"},
        {"minus": ["a"]},
        {"days": ["von"]},
        {"amount": 3},
        {"each": "hunde"},
        {"plus": ["a"], "times": ["b"]},
        "__import__('os')",
    ],
)
def test_what_is_no_formula_is_refused(nonsense: Any) -> None:
    with pytest.raises(InvalidContent):
        Formula.parse(nonsense)
