"""What applications cost, for each kind of rule."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from catalogue.content import InvalidContent
from catalogue.fees import NO_FEE, Fee, FeeLine, FeeRule, MissingAmount, PayAt, compute, round_to_cents
from catalogue.forms.choices import Choice
from catalogue.forms.context import Context
from tests.forms.library import context, shipped_form

TARIFFS = (
    Choice("erwachsene", "Erwachsene", amount="bib.erwachsene"),
    Choice("kind", "Kind", amount="bib.kind"),
    Choice("gast", "Gast"),
)
CONTEXT = Context(
    date(2026, 11, 16),
    settings={"markt.staffel": True, "bib.tarife": TARIFFS},
    choices={
        "tarif": TARIFFS,
        "format": (Choice("a4", "A4"), Choice("a5", "Stammbuch")),
        "moebel": (Choice("sofa", "Sofa", amount="sperr.sofa"), Choice("stuhl", "Stuhl", amount="sperr.stuhl")),
    },
)
AMOUNTS = {
    "marke": Decimal("5.00"),
    "erste": Decimal("15.00"),
    "weitere": Decimal("7.50"),
    "satz": Decimal("0.80"),
    "bruch": Decimal("0.335"),
    "verwaltung": Decimal("25.00"),
    "versand": Decimal("1.60"),
    "mindestens": Decimal("25.00"),
    "hoechstens": Decimal("200.00"),
    "bib.erwachsene": Decimal("10.00"),
    "bib.kind": Decimal("0.00"),
    "sperr.sofa": Decimal("3.00"),
    "sperr.stuhl": Decimal("0.50"),
}


def rule_of(*lines: dict[str, Any], **rest: Any) -> FeeRule:
    return FeeRule.parse_stored({"pay": "submission", "lines": list(lines), **rest})


def fee_of(lines: list[dict[str, Any]], answers: dict[str, Any], **rest: Any) -> Fee:
    return compute(rule_of(*lines, **rest), answers, AMOUNTS, CONTEXT)


def told(fee: Fee) -> list[tuple[str, str]]:
    """Labels and amounts."""
    return [(line.label, str(line.amount)) for line in fee.lines]


# --- fixed, choice, tiered, per_unit, graduated -----------------------------------------------------------


def test_a_fixed_amount_is_charged_once() -> None:
    fee = fee_of([{"label": "Marke", "amount": "marke"}], {})

    assert fee.lines == (FeeLine("Marke", Decimal(1), Decimal("5.00"), Decimal("5.00"), "marke"),)


@pytest.mark.parametrize(
    ("tariff", "expected"),
    [
        ("erwachsene", [("Ausweis: Erwachsene", "10.00")]),
        ("kind", [("Ausweis: Kind", "0.00")]),
        ("gast", []),
        (None, []),
    ],
)
def test_a_choice_costs_what_the_chosen_entry_names(tariff: str | None, expected: list[Any]) -> None:
    fields = {**shipped_form("hund-anmelden").fields_by_id}
    fields["tarif"] = replace(fields["rasse"], id="tarif")
    told_about = replace(CONTEXT, fields=fields)
    rule = rule_of({"label": "Ausweis: {answer:tarif}", "choice": "tarif"})

    assert told(compute(rule, {"tarif": tariff}, AMOUNTS, told_about)) == expected


@pytest.mark.parametrize(("value", "expected"), [(5, "0.80"), (50, "5.00"), (500, "15.00")])
def test_of_tiers_the_first_one_that_holds_is_charged(value: int, expected: str) -> None:
    tiers = [
        {"if": {"field": "wert", "at_most": 10}, "amount": "satz"},
        {"if": {"field": "wert", "at_most": 100}, "amount": "marke"},
        {"amount": "erste"},
    ]

    assert fee_of([{"label": "Fund", "tiers": tiers}], {"wert": value}).total == Decimal(expected)


def test_without_a_tier_that_holds_nothing_is_charged() -> None:
    tiers = [{"if": {"field": "wert", "at_most": 10}, "amount": "satz"}]

    assert fee_of([{"label": "Fund", "tiers": tiers}], {"wert": 11}) == NO_FEE


def test_an_amount_per_piece_is_multiplied() -> None:
    fee = fee_of([{"label": "Marke", "amount": "marke", "times": ["anzahl"]}], {"anzahl": 3})

    assert fee.lines == (FeeLine("Marke", Decimal(3), Decimal("5.00"), Decimal("15.00"), "marke"),)


def test_a_number_of_pieces_can_be_computed() -> None:
    further = [{"label": "Weitere", "amount": "marke", "times": [{"minus": ["vertreter", 1]}]}]

    assert fee_of(further, {"vertreter": [{}, {}, {}]}).total == Decimal("10.00")
    assert fee_of(further, {"vertreter": [{}]}) == NO_FEE
    assert fee_of(further, {}) == NO_FEE


def test_nothing_is_charged_for_no_pieces() -> None:
    assert fee_of([{"label": "Marke", "amount": "marke", "times": ["anzahl"]}], {"anzahl": 0}).lines == ()


def test_the_first_piece_costs_more_than_the_others() -> None:
    line = {"label": "Urkunde", "first": "erste", "next": "weitere", "times": ["anzahl"]}

    assert fee_of([line], {"anzahl": 1}).total == Decimal("15.00")
    assert fee_of([line], {"anzahl": 3}).total == Decimal("30.00")


def test_only_pieces_of_the_same_format_make_each_other_cheaper() -> None:
    line = {
        "label": "Urkunde",
        "first": "erste",
        "next": "weitere",
        "times": ["anzahl"],
        "for_each": "positionen",
        "same": "format",
    }
    entries = [{"format": "a4", "anzahl": 1}, {"format": "a5", "anzahl": 1}, {"format": "a4", "anzahl": 2}]

    fee = fee_of([line], {"positionen": entries})

    assert fee.lines == (
        FeeLine("Urkunde", Decimal(2), Decimal("15.00"), Decimal("30.00"), "erste"),
        FeeLine("Urkunde", Decimal(2), Decimal("7.50"), Decimal("15.00"), "weitere"),
    )


def test_of_counted_things_each_is_charged_by_itself() -> None:
    line = {"label": "Urkunde", "first": "erste", "next": "weitere", "for_each": "format"}

    assert fee_of([line], {"format": {"a4": 3, "a5": 1}}).total == Decimal("45.00")


def test_counted_things_cost_what_each_entry_names() -> None:
    fee = fee_of([{"label": "Abholung", "choice": "moebel", "for_each": "moebel"}], {"moebel": {"sofa": 2, "stuhl": 3}})

    assert fee.total == Decimal("7.50")


# --- formula, frame, none, external_amount ----------------------------------------------------------------

CONTAINER: dict[str, Any] = {
    "label": "Sondernutzung",
    "formula": {
        "plus": [
            {"times": ["anzahl", "laenge", "breite", {"days": ["von", "bis"]}, {"amount": "satz"}]},
            {"amount": "verwaltung"},
        ]
    },
}


def test_the_worked_example_of_a_container_comes_out() -> None:
    """Six square metres for three days at 0.80 EUR, and 25 EUR for the work."""
    answers = {"anzahl": 1, "laenge": "3", "breite": "2", "von": "2026-12-01", "bis": "2026-12-03"}

    assert fee_of([CONTAINER], answers).total == Decimal("39.40")


def test_a_formula_has_a_least_and_a_most() -> None:
    small = {"anzahl": 1, "laenge": "0.5", "breite": "0.5", "von": "2026-12-01", "bis": "2026-12-01"}
    large = small | {"laenge": "50", "breite": "50"}
    bounded = CONTAINER | {"min": "mindestens", "max": "hoechstens"}

    assert fee_of([bounded], small).total == Decimal("25.20")
    assert fee_of([bounded], large).total == Decimal("200.00")
    assert fee_of([{"label": "Wenig", "amount": "satz", "min": "mindestens"}], {}).total == Decimal("25.00")


def test_within_a_frame_somebody_decides_later() -> None:
    fee = fee_of([{"label": "Gestattung", "frame": {"from": "mindestens", "to": "hoechstens"}}], {})

    assert (fee.total, fee.is_open, fee.span) == (Decimal("0.00"), True, (Decimal("25.00"), Decimal("200.00")))


def test_a_frame_stands_beside_what_is_fixed() -> None:
    lines: list[dict[str, Any]] = [
        {"label": "Gestattung", "frame": {"from": "mindestens", "to": "hoechstens"}},
        {"label": "Verspätung", "amount": "marke"},
    ]

    assert fee_of(lines, {}).span == (Decimal("30.00"), Decimal("205.00"))


def test_without_a_rule_nothing_is_charged() -> None:
    assert compute(None, {}, {}, CONTEXT) == NO_FEE


def test_an_amount_from_a_notice_is_charged_as_it_was_typed() -> None:
    line = {"label": "Bescheid", "external": "betrag"}

    assert fee_of([line], {"betrag": "123.45"}).total == Decimal("123.45")
    assert fee_of([line], {}) == NO_FEE


# --- exempt_if, reduce_if, shipping, split, optional ------------------------------------------------------

PENSION: dict[str, Any] = {
    "exempt_if": {"field": "zweck", "in": ["rente"]},
    "exempt_text": "Gebührenfrei: für die Rente",
}
POSTAGE: dict[str, Any] = {"label": "Versand", "shipping": "versand", "if": {"field": "ausgabe", "in": ["post"]}}
HALF: dict[str, Any] = {"reduce_if": [{"label": "halbe Gebühr", "percent": 50, "if": {"field": "arm", "filled": True}}]}


def test_who_is_exempt_reads_why_and_pays_nothing() -> None:
    fee = fee_of([{"label": "Urkunde", "amount": "erste"}], {"zweck": "rente"}, **PENSION)

    assert told(fee) == [("Gebührenfrei: für die Rente", "0.00")]


def test_who_is_not_exempt_pays() -> None:
    assert fee_of([{"label": "Urkunde", "amount": "erste"}], {"zweck": "privat"}, **PENSION).total == Decimal("15.00")


def test_postage_is_paid_by_those_who_are_exempt_too() -> None:
    fee = fee_of([{"label": "Urkunde", "amount": "erste"}, POSTAGE], {"zweck": "rente", "ausgabe": "post"}, **PENSION)

    assert told(fee) == [("Gebührenfrei: für die Rente", "0.00"), ("Versand", "1.60")]


def test_a_reduction_halves_everything_but_postage_and_rounds_half_up() -> None:
    lines = [{"label": "Urkunde", "amount": "erste"}, {"label": "Marke", "amount": "bruch"}, POSTAGE]

    fee = fee_of(lines, {"arm": True, "ausgabe": "post"}, **HALF)

    assert told(fee) == [("Urkunde (halbe Gebühr)", "7.50"), ("Marke (halbe Gebühr)", "0.17"), ("Versand", "1.60")]


def test_no_postage_for_nothing() -> None:
    lines = [{"label": "Marke", "amount": "marke", "times": ["anzahl"]}, POSTAGE]

    assert fee_of(lines, {"anzahl": 0, "ausgabe": "post"}) == NO_FEE


def test_parts_of_an_amount_are_named_and_no_cent_is_lost() -> None:
    split = [{"label": "Gebühr Stadt", "share": 50}, {"label": "Fischereiabgabe Land", "share": 50}]

    assert told(fee_of([{"label": "Schein", "amount": "weitere", "split": split}], {})) == [
        ("Gebühr Stadt", "3.75"),
        ("Fischereiabgabe Land", "3.75"),
    ]
    thirds = [{"label": "a", "share": "33.3"}, {"label": "b", "share": "33.3"}, {"label": "c", "share": "33.4"}]
    assert told(fee_of([{"label": "Schein", "amount": "bib.erwachsene", "split": thirds}], {})) == [
        ("a", "3.33"),
        ("b", "3.33"),
        ("c", "3.34"),
    ]


def test_what_a_town_may_leave_open_is_not_charged_without_an_amount() -> None:
    late = {"label": "Verspätung", "amount": "zuschlag", "optional": True}

    assert fee_of([late], {}) == NO_FEE
    with pytest.raises(MissingAmount, match="zuschlag"):
        fee_of([late | {"optional": False}], {})


# --- Conditions, entries, rounding, storing ---------------------------------------------------------------


def test_a_line_with_a_condition_is_charged_only_when_it_holds() -> None:
    line = {"label": "Marke", "amount": "marke", "if": {"field": "frei", "filled": False}}

    assert fee_of([line], {"frei": True}).total == Decimal("0.00")
    assert fee_of([line], {}).total == Decimal("5.00")


def test_a_line_may_depend_on_a_switch_of_the_town() -> None:
    tiered = {"label": "Gestattung", "amount": "marke", "if": {"town": "markt.staffel"}}
    framed = {
        "label": "Gestattung",
        "frame": {"from": "mindestens", "to": "hoechstens"},
        "if": {"not": {"town": "markt.staffel"}},
    }

    assert told(fee_of([tiered, framed], {})) == [("Gestattung", "5.00")]


def test_a_line_for_each_entry_looks_at_the_entry_and_equal_lines_become_one() -> None:
    line = {"label": "Groß", "amount": "marke", "for_each": "hunde", "if": {"field": "hoehe", "at_least": 40}}

    fee = fee_of([line], {"hunde": [{"hoehe": 50}, {"hoehe": 20}, {"hoehe": 60}]})

    assert fee.lines == (FeeLine("Groß", Decimal(2), Decimal("5.00"), Decimal("10.00"), "marke"),)


def test_a_product_is_rounded_half_up_once() -> None:
    fee = fee_of([{"label": "Fläche", "amount": "bruch", "times": ["meter"]}], {"meter": "1.5"})

    assert fee.total == Decimal("0.50")
    assert round_to_cents(Decimal("0.125")) == Decimal("0.13")


def test_a_price_is_never_guessed() -> None:
    with pytest.raises(MissingAmount, match="unbekannt"):
        fee_of([{"label": "Marke", "amount": "unbekannt"}], {})


@pytest.mark.parametrize(
    "line",
    [
        {"label": "Marke", "amount": "marke", "times": ["anzahl"]},
        {"label": "Gestattung", "frame": {"from": "mindestens", "to": "hoechstens"}},
    ],
)
def test_a_fee_survives_being_stored(line: dict[str, Any]) -> None:
    stored = fee_of([line], {"anzahl": 2}).lines[0]

    assert FeeLine.from_plain(stored.plain()) == stored


def test_when_it_is_paid_may_depend_on_the_answers() -> None:
    rule = rule_of({"label": "Auskunft", "amount": "marke"}, decision_if={"field": "art", "in": ["erweitert"]})

    assert rule.pay_for({"art": "einfach"}, CONTEXT) == PayAt.SUBMISSION
    assert rule.pay_for({"art": "erweitert"}, CONTEXT) == PayAt.DECISION


def test_a_rule_names_the_amounts_that_a_town_needs() -> None:
    rule = rule_of(
        CONTAINER,
        {"label": "Spät", "amount": "zuschlag", "optional": True},
        {"label": "Ausweis", "choice": "tarif", "priced_by_town": ["bib.tarife"]},
        {"label": "Rahmen", "frame": {"from": "mindestens", "to": "hoechstens"}},
    )

    assert rule.keys_in(CONTEXT.settings) == {
        "satz",
        "verwaltung",
        "zuschlag",
        "bib.erwachsene",
        "bib.kind",
        "mindestens",
        "hoechstens",
    }
    assert "zuschlag" not in rule.keys_in(CONTEXT.settings, only_needed=True)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"label": "x"}, "genau eines"),
        ({"label": "x", "amount": "a", "frame": {"from": "a", "to": "b"}}, "genau eines"),
        ({"label": "x", "first": "a"}, "„next“"),
        ({"label": "x", "amount": "a", "split": [{"label": "b", "share": 60}, {"label": "c", "share": 60}]}, "100"),
        ({"label": "x", "frame": {"from": "a", "to": "b"}, "times": ["c"]}, "Rahmen"),
        ({"label": "x", "amount": "a", "egal": 1}, "nicht bekannt"),
        ({"amount": "a"}, "fehlt"),
    ],
)
def test_a_line_that_says_nothing_clear_is_refused(line: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidContent, match=reason):
        rule_of(line)


def test_an_exemption_needs_its_reason() -> None:
    with pytest.raises(InvalidContent, match="exempt_text"):
        rule_of({"label": "x", "amount": "marke"}, exempt_if={"field": "zweck", "filled": True})


# --- The shipped forms ------------------------------------------------------------------------------------


def test_three_replacement_tags_cost_three_times_the_towns_amount() -> None:
    form = shipped_form("hundemarke-ersatz")

    fee = compute(form.fee, {"anzahl": 3}, {"hundemarke.ersatz": Decimal("6.50")}, context(form))

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
    form = shipped_form("hund-anmelden")

    fee = compute(form.estimates[0].rule, {"vorhandene": existing, "hunde": dogs}, amounts, context(form))

    assert fee.total == Decimal(expected)
