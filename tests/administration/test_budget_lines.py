"""The administrator says where the cash office books an amount."""

from decimal import Decimal

import pytest

from tests.desk import errors_of
from tests.factories import make_payable
from tests.pages import text_of
from tests.people import TownClient
from townhall.models import BudgetLine

PAGE = "/rathaus/verwaltung/betraege/hundemarke.ersatz/"
SAVE = PAGE + "buchungsstelle/"
NO_LEVY = {"levy": "", "levy_percent": "", "levy_number": ""}


@pytest.fixture(autouse=True)
def payable(in_lage: object) -> None:
    make_payable()


def test_a_budget_line_is_kept_and_shown(astrid: TownClient) -> None:
    assert "Noch keine Buchungsstelle." in text_of(astrid.get(PAGE))

    astrid.post(SAVE, {"number": "12.02.01.431100", **NO_LEVY})

    row = BudgetLine.objects.get()
    assert (row.key, row.number, row.levy) == ("hundemarke.ersatz", "12.02.01.431100", "")
    assert 'value="12.02.01.431100"' in astrid.get(PAGE).content.decode()


def test_a_part_for_somebody_else_has_its_own(astrid: TownClient) -> None:
    astrid.post(SAVE, {"number": "1", "levy": "Land", "levy_percent": "12,5", "levy_number": "2"})

    row = BudgetLine.objects.get()
    assert (row.levy, row.levy_percent, row.levy_number) == ("Land", Decimal("12.50"), "2")


@pytest.mark.parametrize(
    ("typed", "sentences"),
    [
        ({"number": ""}, ["Geben Sie die Buchungsstelle an. Ihre Kasse kennt sie."]),
        (
            {"levy": "Land"},
            [
                "Geben Sie den Anteil an, zum Beispiel 50. Er muss größer als 0 sein.",
                "Geben Sie an, wo der Anteil gebucht wird.",
            ],
        ),
        ({"levy": "Land", "levy_percent": "-5", "levy_number": "2"}, ["Geben Sie mindestens 0 % ein."]),
        ({"levy": "Land", "levy_percent": "101", "levy_number": "2"}, ["Geben Sie höchstens 100 % ein."]),
        (
            {"levy": "Land", "levy_percent": "halb", "levy_number": "2"},
            ["Geben Sie den Anteil als Zahl an, zum Beispiel 50."],
        ),
    ],
)
def test_what_is_missing_or_wrong_is_explained(astrid: TownClient, typed: dict[str, str], sentences: list[str]) -> None:
    page = astrid.post(SAVE, {"number": "1", **NO_LEVY, **typed})

    assert page.status_code == 422
    assert errors_of(page) == sentences
    assert BudgetLine.objects.count() == 0


def test_an_amount_that_does_not_exist_has_no_budget_line(astrid: TownClient) -> None:
    assert astrid.post("/rathaus/verwaltung/betraege/quatsch/buchungsstelle/", {"number": "1"}).status_code == 404
