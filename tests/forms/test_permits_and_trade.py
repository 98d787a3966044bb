"""What is particular about permits, festivals, markets and trades: fees, branches, cases from life."""

from decimal import Decimal
from typing import Any

import pytest

from catalogue.fees import Fee, compute
from catalogue.forms.conditions import parse_condition
from catalogue.forms.texts import Reader
from tests.forms.library import context, shipped_form


def fee(key: str, answers: dict[str, Any], amounts: dict[str, str], **settings: Any) -> Fee:
    """What these answers cost at these amounts in a town that has set this; keys of settings with _ for . and -."""
    form = shipped_form(key)
    prices = {f"{key}.{name}": Decimal(amount) for name, amount in amounts.items()}
    rule = form.fee
    assert rule
    return compute(rule, answers, prices, context(form, settings=_named(key, settings)))


def told(of: Fee) -> list[tuple[str, str]]:
    return [(line.label, str(line.amount)) for line in of.lines]


def pages(key: str, answers: dict[str, Any], **settings: Any) -> list[str]:
    """The pages that these answers call for, in order, to the one that ends the form."""
    form = shipped_form(key)
    found: list[str] = []
    for step in form.steps_for(answers, context(form, settings=_named(key, settings))):
        found.append(step.key)
        if getattr(step, "stop", False):
            break
    return found


def asked(key: str, page: str, answers: dict[str, Any], **settings: Any) -> set[str]:
    """What is asked or said on a page."""
    form = shipped_form(key)
    found = next(one for one in form.all_pages() if one.key == page)
    return {one.id for one in found.visible_fields(answers, context(form, settings=_named(key, settings)))}


def said(key: str, field_id: str, answers: dict[str, Any]) -> str:
    """What a hint says to these answers."""
    form = shipped_form(key)
    hint = form.fields_by_id[field_id]
    return Reader(answers, context(form)).fill(hint.text, hint.computed).replace("\xa0", " ")


def _named(key: str, settings: dict[str, Any]) -> dict[str, Any]:
    known = {name.replace(".", "_").replace("-", "_"): name for name in shipped_form(key).settings}
    return {known[name]: value for name, value in settings.items()}


# --- What a town's switches rule out ----------------------------------------------------------------------

ON, OFF, ANSWERED = {"town": "x.an"}, {"town": "x.aus"}, {"field": "art", "filled": True}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ON, True),
        (OFF, False),
        (ANSWERED, None),
        ({"not": OFF}, True),
        ({"not": ANSWERED}, None),
        ({"all": [ON, ANSWERED]}, None),
        ({"all": [OFF, ANSWERED]}, False),
        ({"all": [ON, ON]}, True),
        ({"any": [ON, ANSWERED]}, True),
        ({"any": [OFF, ANSWERED]}, None),
        ({"any": [OFF, OFF]}, False),
        ({"some": "hunde", "where": OFF}, None),
    ],
)
def test_a_condition_is_known_before_anything_is_answered_if_the_town_decides_it(
    condition: dict[str, Any], expected: bool | None
) -> None:
    assert parse_condition(condition).known_from({"x.an": True, "x.aus": False}) is expected


# --- Bewohnerparkausweis ----------------------------------------------------------------------------------

PARKING = {"ein-jahr": "25.00", "aenderung": "10.20"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"vorgang": "neu", "laufzeit": "12"}, [("Bewohnerparkausweis: 12 Monate", "25.00")]),
        ({"vorgang": "verlaengerung", "laufzeit": "12"}, [("Bewohnerparkausweis: 12 Monate", "25.00")]),
        ({"vorgang": "kennzeichen"}, [("Änderung oder Ersatz", "10.20")]),
        ({"vorgang": "umzug"}, [("Änderung oder Ersatz", "10.20")]),
        ({"vorgang": "ersatz"}, [("Änderung oder Ersatz", "10.20")]),
    ],
)
def test_a_parking_permit_costs_what_its_time_costs_and_a_change_less(answers: Any, expected: Any) -> None:
    assert told(fee("bewohnerparkausweis", answers, PARKING)) == expected


def test_a_town_says_how_long_a_parking_permit_is_valid_and_what_that_costs() -> None:
    times = [
        {"value": "6", "label": "6 Monate", "amount": "bewohnerparkausweis.halb"},
        {"value": "24", "label": "24 Monate", "amount": "bewohnerparkausweis.doppelt"},
    ]

    for chosen, expected in (("6", "14.00"), ("24", "48.00")):
        answers = {"vorgang": "neu", "laufzeit": chosen}
        amounts = {"halb": "14.00", "doppelt": "48.00"}
        assert fee("bewohnerparkausweis", answers, amounts, bewohnerparken_laufzeiten=times).total == Decimal(expected)


def test_who_lives_in_no_zone_is_told_so_before_paying() -> None:
    zones = [{"value": "mitte", "label": "Mitte", "words": ["Lange Straße"]}]
    elsewhere = {"vorgang": "neu", "strasse": "Feldweg", "in_zone": "nein"}

    assert pages("bewohnerparkausweis", elsewhere, bewohnerparken_zonen=zones)[-1] == "keine-zone"
    assert pages("bewohnerparkausweis", elsewhere | {"in_zone": "ja"}, bewohnerparken_zonen=zones)[-1] == "ausgabe"
    at_home = elsewhere | {"strasse": "lange str."}
    assert pages("bewohnerparkausweis", at_home, bewohnerparken_zonen=zones)[-1] == "ausgabe"
    assert asked("bewohnerparkausweis", "zone", at_home, bewohnerparken_zonen=zones) == {"zone"}


def test_the_parents_of_a_young_driver_agree() -> None:
    assert "eltern" in pages("bewohnerparkausweis", {"geburtsdatum": "2009-01-01"})
    assert "eltern" not in pages("bewohnerparkausweis", {"geburtsdatum": "2008-11-16"})


def test_papers_of_the_car_are_asked_for_only_where_they_tell_something_new() -> None:
    for kind, papers in (("neu", True), ("kennzeichen", True), ("verlaengerung", False), ("ersatz", False)):
        assert ("schein" in asked("bewohnerparkausweis", "fahrzeug", {"vorgang": kind, "halter": "mich"})) is papers
    for keeper, statement in (("mich", False), ("andere", True), ("firma", True), ("carsharing", True)):
        found = asked("bewohnerparkausweis", "fahrzeug", {"vorgang": "ersatz", "halter": keeper})
        assert ("ueberlassung" in found) is statement


def test_an_extension_begins_the_day_after_the_old_permit_ends() -> None:
    answers = {"vorgang": "verlaengerung", "altes_ende": "2026-12-31"}

    assert asked("bewohnerparkausweis", "gueltigkeit", answers) == {"anschluss", "laufzeit"}
    assert "ab dem 1. Januar 2027" in said("bewohnerparkausweis", "anschluss", answers)
