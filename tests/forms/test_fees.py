from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalogue.fees import Fee, FeeLine, MissingAmount, compute, parse_fee_rule, round_to_cents
from tests.forms.library import shipped_form

TODAY = date(2026, 11, 16)
AMOUNTS = {"marke": Decimal("5.00"), "erste": Decimal("15.00"), "weitere": Decimal("7.50"), "satz": Decimal("0.335")}


def fee_of(lines: list[dict[str, Any]], answers: dict[str, Any]) -> Fee:
    return compute(parse_fee_rule({"pay": "submission", "lines": lines}), answers, AMOUNTS, today=TODAY)


def test_a_fixed_amount_is_charged_once() -> None:
    fee = fee_of([{"label": "Marke", "amount": "marke"}], {})

    assert fee.lines == (FeeLine("Marke", Decimal(1), Decimal("5.00"), Decimal("5.00"), "marke"),)


def test_an_amount_per_piece_is_multiplied() -> None:
    assert fee_of([{"label": "Marke", "amount": "marke", "times": ["anzahl"]}], {"anzahl": 3}).total == Decimal("15.00")


def test_nothing_is_charged_for_no_pieces() -> None:
    assert fee_of([{"label": "Marke", "amount": "marke", "times": ["anzahl"]}], {"anzahl": 0}).lines == ()


def test_the_first_piece_costs_more_than_the_others() -> None:
    line = {"label": "Urkunde", "first": "erste", "next": "weitere", "times": ["anzahl"]}

    assert fee_of([line], {"anzahl": 1}).total == Decimal("15.00")
    assert fee_of([line], {"anzahl": 3}).total == Decimal("30.00")


def test_a_line_with_a_condition_is_charged_only_when_it_holds() -> None:
    line = {"label": "Marke", "amount": "marke", "if": {"field": "frei", "filled": False}}

    assert fee_of([line], {"frei": True}).total == Decimal("0.00")
    assert fee_of([line], {}).total == Decimal("5.00")


def test_a_line_for_each_entry_looks_at_the_entry_and_equal_lines_become_one() -> None:
    line = {"label": "Groß", "amount": "marke", "for_each": "hunde", "if": {"field": "hoehe", "at_least": 40}}

    fee = fee_of([line], {"hunde": [{"hoehe": 50}, {"hoehe": 20}, {"hoehe": 60}]})

    assert fee.lines == (FeeLine("Groß", Decimal(2), Decimal("5.00"), Decimal("10.00"), "marke"),)


def test_a_product_is_rounded_half_up_once() -> None:
    fee = fee_of([{"label": "Fläche", "amount": "satz", "times": ["meter"]}], {"meter": "1.5"})

    assert fee.total == Decimal("0.50")
    assert round_to_cents(Decimal("0.125")) == Decimal("0.13")


def test_a_price_is_never_guessed() -> None:
    with pytest.raises(MissingAmount, match="unbekannt"):
        fee_of([{"label": "Marke", "amount": "unbekannt"}], {})


def test_a_fee_survives_being_stored() -> None:
    line = fee_of([{"label": "Marke", "amount": "marke", "times": ["anzahl"]}], {"anzahl": 2}).lines[0]

    assert FeeLine.from_plain(line.plain()) == line


def test_three_replacement_tags_cost_three_times_the_towns_amount() -> None:
    rule = shipped_form("hundemarke-ersatz").fee

    fee = compute(rule, {"anzahl": 3}, {"hundemarke.ersatz": Decimal("6.50")}, today=TODAY)

    assert fee.total == Decimal("19.50")


@pytest.mark.parametrize(
    ("existing", "dogs", "expected"),
    [
        (0, [{"rasse": "beagle"}], "75.00"),
        (1, [{"rasse": "beagle"}], "94.00"),
        (0, [{"rasse": "beagle"}, {"rasse": "pudel"}], "188.00"),
        (2, [{"rasse": "beagle"}], "117.00"),
        (0, [{"rasse": "rottweiler"}], "608.00"),
        (0, [{"rasse": "mischling", "kreuzung": ["alano"]}, {"rasse": "rottweiler"}], "1456.00"),
        (0, [{"rasse": "mischling", "kreuzung": []}], "75.00"),
    ],
)
def test_the_dog_tax_is_estimated_by_number_and_breed(existing: int, dogs: list[Any], expected: str) -> None:
    amounts = {
        "hundesteuer.ein-hund": Decimal(75),
        "hundesteuer.zwei-hunde": Decimal(94),
        "hundesteuer.ab-drei-hunden": Decimal(117),
        "hundesteuer.gefaehrlich-ein-hund": Decimal(608),
        "hundesteuer.gefaehrlich-weitere": Decimal(728),
    }
    estimate = shipped_form("hund-anmelden").estimates[0]

    fee = compute(estimate.rule, {"vorhandene": existing, "hunde": dogs}, amounts, today=TODAY)

    assert fee.total == Decimal(expected)
