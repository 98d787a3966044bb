"""An administrator tries out what somebody would pay."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenants.context import in_town
from tenants.models import Town
from tests.desk import is_not_there, is_sent_to_sign_in
from tests.factories import make_amount, make_payable
from tests.pages import links_of, text_of
from tests.people import TownClient, make_anna, make_bernd, make_karin

TAG = "/rathaus/verwaltung/leistungen/hundemarke-ersatz/beispiel/"
DOG = "/rathaus/verwaltung/leistungen/hund-anmelden/beispiel/"


def fees(page: Any) -> dict[str, Decimal | str | None]:
    return {
        result.title: result.fee.total if result.fee else result.missing for result, _label in page.context["results"]
    }


def test_the_first_example_is_made_up_and_can_be_changed(astrid: TownClient) -> None:
    make_payable()

    assert fees(astrid.get(TAG)) == {"Gebühr": Decimal("5.00")}
    page = astrid.get(TAG, {"anzahl": "3"})

    assert fees(page) == {"Gebühr": Decimal("15.00")}
    assert "3 × 5,00 € 15,00 €" in text_of(page)


def test_an_amount_that_is_missing_is_named_and_leads_to_where_it_is_entered(astrid: TownClient) -> None:
    page = astrid.get(TAG)

    assert fees(page) == {"Gebühr": "hundemarke.ersatz"}
    assert "Es fehlt ein Betrag" in text_of(page)
    assert "/rathaus/verwaltung/betraege/hundemarke.ersatz/" in links_of(page)


def test_it_is_told_with_the_amounts_of_today(astrid: TownClient) -> None:
    make_amount()
    make_amount(amount="6.50", valid_from=date(2099, 1, 1))

    assert fees(astrid.get(TAG)) == {"Gebühr": Decimal("5.00")}


def test_groups_are_counted_and_estimates_told(astrid: TownClient) -> None:
    for number, key in enumerate(("ein-hund", "zwei-hunde", "ab-drei-hunden"), start=1):
        make_amount(f"hundesteuer.{key}", f"{number}00.00")
    make_amount("grosser-hund.anzeige", "25.00")
    make_amount("hundesteuer.gefaehrlich-ein-hund", "500.00")
    make_amount("hundesteuer.gefaehrlich-weitere", "700.00")
    dog = {"vorhandene": "0", "rasse": "beagle", "hoehe": "38", "gewicht": "12"}
    tax = "Hundesteuer im Jahr, voraussichtlich"

    one = fees(astrid.get(DOG, {**dog, "anzahl-hunde": "1"}))
    two = fees(astrid.get(DOG, {**dog, "anzahl-hunde": "2"}))
    big = fees(astrid.get(DOG, {**dog, "anzahl-hunde": "2", "hoehe": "60"}))

    assert (one["Gebühr"], one[tax]) == (Decimal("0.00"), Decimal("100.00"))
    assert (two["Gebühr"], two[tax]) == (Decimal("0.00"), Decimal("400.00"))
    assert big["Gebühr"] == Decimal("50.00")


@pytest.mark.parametrize("typed", [{"anzahl": "-1"}, {"anzahl": "viele"}, {"anzahl": "9999999999"}, {"ausgabe": "x"}])
def test_a_wrong_example_is_explained_and_breaks_nothing(astrid: TownClient, typed: dict[str, str]) -> None:
    make_payable()

    page = astrid.get(TAG, typed)

    assert page.status_code == 200
    assert page.context["form"].errors or fees(page)


def test_a_service_without_a_form_has_no_example(astrid: TownClient) -> None:
    for key in ("quatsch", "personalausweis", "%00"):
        assert astrid.get(f"/rathaus/verwaltung/leistungen/{key}/beispiel/").status_code == 404


@pytest.mark.parametrize("make", [make_bernd, make_karin])
def test_other_roles_do_not_find_it(visitor: TownClient, in_lage: Town, make: Any) -> None:
    visitor.sign_in(make())

    assert is_not_there(visitor, [TAG, DOG]) == {TAG: True, DOG: True}


def test_citizens_and_strangers_are_sent_to_sign_in(visitor: TownClient, in_lage: Town) -> None:
    assert is_sent_to_sign_in(visitor, [TAG]) == {TAG: True}
    visitor.sign_in(make_anna())
    assert is_sent_to_sign_in(visitor, [TAG]) == {TAG: True}


def test_another_towns_amounts_are_not_told(astrid: TownClient, detmold: Town) -> None:
    with in_town(detmold):
        make_amount(amount="77.00")

    assert "77,00" not in text_of(astrid.get(TAG))
