"""Cases from life: library card, fishing licence, certificates of the register of residents and of the registry office.

What each form asks, where it stops and what it costs.
"""

from decimal import Decimal
from typing import Any

import pytest

from accounts.trust import TrustLevel
from catalogue.fees import Fee, compute
from catalogue.forms.definition import Page
from submissions.journey import Journey
from tests.forms.library import context, shipped_form

Answers = dict[str, Any]


def pages(key: str, answers: Answers, **changes: Any) -> list[str]:
    """The pages and groups that somebody comes to with these answers; a page that ends the form is the last."""
    form = shipped_form(key)
    found: list[str] = []
    for step in Journey(form, answers, frozenset(), context(form, **changes)).steps:
        found.append(step.key)
        if isinstance(step, Page) and step.stop:
            break
    return found


def page(key: str, name: str) -> Page:
    return next(one for one in shipped_form(key).all_pages() if one.key == name)


def asked(key: str, name: str, answers: Answers, **changes: Any) -> list[str]:
    """The fields on a page with these answers."""
    return [one.id for one in page(key, name).visible_fields(answers, context(shipped_form(key), **changes))]


def complaints(key: str, name: str, answers: Answers) -> list[str]:
    here = context(shipped_form(key))
    return [check.error for check in page(key, name).checks if check.condition.holds(answers, here)]


def fee(key: str, answers: Answers, amounts: dict[str, str], **changes: Any) -> Fee:
    form = shipped_form(key)
    prices = {f"{key}.{name}": Decimal(amount) for name, amount in amounts.items()}
    return compute(form.fee, answers, prices, context(form, **changes))


def told(found: Fee) -> list[tuple[str, str]]:
    return [(line.label, str(line.amount)) for line in found.lines]


# --- Library card -----------------------------------------------------------------------------------------

LIBRARY = {
    "erwachsene": "10.00",
    "ermaessigt": "5.00",
    "familie": "15.00",
    "vierteljahr": "4.00",
    "kinder-und-jugendliche": "0.00",
    "ersatz": "3.50",
}
YOUNG = {"vorgang": "neu", "fuer": "kind", "kind_geburtsdatum": "2021-05-04"}
SEVEN = YOUNG | {"kind_geburtsdatum": "2019-11-16"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"vorgang": "neu", "tarif": "erwachsene"}, [("Büchereiausweis: Erwachsene für ein Jahr", "10.00")]),
        ({"vorgang": "verlaengern", "tarif": "ermaessigt"}, [("Büchereiausweis: Ermäßigt für ein Jahr", "5.00")]),
        ({"vorgang": "neu", "tarif": "familie"}, [("Büchereiausweis: Familie für ein Jahr", "15.00")]),
        (
            {"vorgang": "neu", "tarif": "vierteljahr"},
            [("Büchereiausweis: Erwachsene für ein Vierteljahr", "4.00")],
        ),
        ({"vorgang": "neu", "tarif": "kinder"}, [("Büchereiausweis: Kinder und Jugendliche für ein Jahr", "0.00")]),
        ({"vorgang": "ersatz"}, [("Ersatz für den Büchereiausweis", "3.50")]),
    ],
)
def test_a_library_card_costs_what_its_tariff_says(answers: Answers, expected: list[tuple[str, str]]) -> None:
    assert told(fee("buechereiausweis", answers, LIBRARY)) == expected


def test_a_towns_own_tariff_is_charged() -> None:
    own = {"buecherei.tarife": [{"value": "tag", "label": "Für einen Tag", "amount": "buechereiausweis.tag"}]}

    found = fee("buechereiausweis", {"vorgang": "neu", "tarif": "tag"}, {"tag": "3.00"}, settings=own)

    assert told(found) == [("Büchereiausweis: Für einen Tag", "3.00")]


def test_only_a_new_library_card_asks_for_a_passport_and_only_with_a_simple_account() -> None:
    new = {"vorgang": "neu"}

    assert "identitaet" in pages("buechereiausweis", new)
    assert "identitaet" not in pages("buechereiausweis", new, trust=TrustLevel.SUBSTANTIAL)
    assert "identitaet" not in pages("buechereiausweis", new, settings={"buecherei.identitaet-bei-abholung": True})
    assert "identitaet" not in pages("buechereiausweis", {"vorgang": "verlaengern"})


def test_who_extends_a_library_card_keeps_it() -> None:
    assert "ausgabe" not in pages("buechereiausweis", {"vorgang": "verlaengern"})
    assert "tarif" not in pages("buechereiausweis", {"vorgang": "ersatz"})
    assert asked("buechereiausweis", "vorgang", {"vorgang": "verlaengern"}) == [
        "vorgang",
        "ausweisnummer",
        "offene_gebuehren",
    ]


def test_a_reduced_tariff_wants_a_reason_and_a_proof() -> None:
    assert asked("buechereiausweis", "tarif", {"tarif": "ermaessigt"}) == [
        "tarif",
        "ermaessigung_grund",
        "nachweis",
        "nachweis_later",
    ]
    assert asked("buechereiausweis", "tarif", {"tarif": "erwachsene"}) == ["tarif"]


def test_with_a_child_under_seven_a_parent_comes_along_where_the_town_wants_it() -> None:
    strict = {"buecherei.kinder-unter-7-persoenlich": True}

    assert "persoenlich" in asked("buechereiausweis", "ausgabe", YOUNG, settings=strict)
    assert "persoenlich" not in asked("buechereiausweis", "ausgabe", SEVEN, settings=strict)
    assert "persoenlich" not in asked("buechereiausweis", "ausgabe", YOUNG)
    form = shipped_form("buechereiausweis")
    assert [one.key for one in form.flags if one.condition.holds(YOUNG, context(form, settings=strict))] == [
        "in_person_required"
    ]


def test_a_parent_agrees_for_a_child_and_no_minor_applies_alone() -> None:
    alone = {"fuer": "selbst", "geburtsdatum": "2010-01-01"}

    assert "haftung" in asked("buechereiausweis", "regeln", YOUNG)
    assert asked("buechereiausweis", "regeln", alone) == ["benutzungsordnung"]
    assert complaints("buechereiausweis", "person", alone) == [
        "Sind Sie noch nicht 18, stellt bitte ein Elternteil den Antrag für Sie."
    ]
    assert complaints("buechereiausweis", "person", alone | {"geburtsdatum": "2008-11-16"}) == []
    assert complaints("buechereiausweis", "kind", YOUNG | {"kind_geburtsdatum": "2008-11-16"}) == [
        "Wer 18 Jahre oder älter ist, stellt den Antrag selbst oder gibt Ihnen eine Vollmacht."
    ]
