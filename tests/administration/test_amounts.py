"""Amounts count from a day on; what has counted cannot be changed."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.desk import errors_of
from tests.factories import make_amount, make_payable
from tests.pages import text_of
from tests.people import TownClient
from townhall.models import FeeAmount

PAGE = "/rathaus/verwaltung/betraege/hundemarke.ersatz/"
PUBLIC = "/leistungen/hundemarke-ersatz/"


def enter(client: TownClient, amount: str, day: date, **more: Any) -> Any:
    values = {"by_law": "Gebührensatzung vom 1. Oktober 2026", "by_law_url": "", **more}
    parts = {"valid_from_day": day.day, "valid_from_month": day.month, "valid_from_year": day.year}
    return client.post(PAGE, {"amount": amount, **parts, **values})


def rows() -> list[tuple[Decimal, date]]:
    return list(FeeAmount.objects.filter(key="hundemarke.ersatz").values_list("amount", "valid_from"))


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def test_an_amount_counts_at_once_on_the_public_page(astrid: TownClient, visitor: TownClient, today: date) -> None:
    make_payable()

    answer = enter(astrid, "7,50", today)

    assert answer["Location"] == PAGE
    page = text_of(visitor.get(PUBLIC))
    assert "7,50 €" in page
    assert "Gebührensatzung vom 1. Oktober 2026" in page


def test_a_coming_amount_is_announced_and_changes_nothing_yet(
    astrid: TownClient, visitor: TownClient, today: date
) -> None:
    make_amount()
    enter(astrid, "9", today + timedelta(days=40))

    page = text_of(astrid.get(PAGE))
    assert "Heute 5,00 €" in page
    assert "kommt" in page
    public = text_of(visitor.get(PUBLIC))
    assert "5,00 €" in public
    assert "9,00 €" in public  # announced


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("5", "5.00"), ("5,5", "5.50"), ("1.234,56 €", "1234.56"), ("0", "0.00"), (" 12,00€ ", "12.00")],
)
def test_amounts_are_written_the_german_way(astrid: TownClient, today: date, typed: str, amount: str) -> None:
    enter(astrid, typed, today)

    assert rows() == [(Decimal(amount), today)]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Geben Sie den Betrag ein, zum Beispiel 5,00. Kostet es nichts, schreiben Sie 0."),
        ("fünf", "Geben Sie den Betrag mit Komma ein, zum Beispiel 5,00."),
        ("5,005", "Geben Sie höchstens 2 Stellen nach dem Komma an."),
        ("-5", "Geben Sie mindestens 0 € ein."),
        ("99999999", "Geben Sie höchstens 9.999.999,99 € ein."),
        ("NaN", "Geben Sie den Betrag mit Komma ein, zum Beispiel 5,00."),
    ],
)
def test_a_wrong_amount_is_explained_and_everything_typed_stays(
    astrid: TownClient, today: date, typed: str, sentence: str
) -> None:
    answer = enter(astrid, typed, today, by_law="Meine Satzung")

    assert answer.status_code == 422
    assert errors_of(answer) == [sentence]
    assert 'value="Meine Satzung"' in answer.content.decode()
    assert rows() == []


def test_the_past_cannot_be_changed(astrid: TownClient, today: date) -> None:
    answer = enter(astrid, "5", today - timedelta(days=1))

    assert [error.startswith("Ein Betrag kann frühestens ab heute gelten") for error in errors_of(answer)] == [True]
    assert rows() == []


def test_what_counts_since_today_is_not_overwritten(astrid: TownClient, today: date) -> None:
    enter(astrid, "5", today)

    answer = enter(astrid, "6", today)

    assert errors_of(answer) == ["Für diesen Tag gilt schon ein Betrag. Wählen Sie einen späteren Tag."]
    assert rows() == [(Decimal("5.00"), today)]


def test_a_typing_error_in_a_coming_amount_is_mended(astrid: TownClient, today: date) -> None:
    tomorrow = today + timedelta(days=1)
    enter(astrid, "500", tomorrow)
    enter(astrid, "5", tomorrow)

    assert rows() == [(Decimal("5.00"), tomorrow)]


def test_a_coming_amount_is_taken_back(astrid: TownClient, today: date) -> None:
    enter(astrid, "9", today + timedelta(days=40))
    row = FeeAmount.objects.get()

    astrid.post(f"{PAGE}zuruecknehmen/", {"row": row.pk})

    assert rows() == []


@pytest.mark.parametrize("row", ["", "abc", "0", "99999999999999999999", "²"])
def test_taking_back_what_is_not_there_is_a_404(astrid: TownClient, row: str) -> None:
    assert astrid.post(f"{PAGE}zuruecknehmen/", {"row": row}).status_code == 404


def test_an_amount_that_counts_cannot_be_taken_back(astrid: TownClient) -> None:
    row = make_amount()

    page = astrid.post(f"{PAGE}zuruecknehmen/", {"row": row.pk}, follow=True)

    assert "Dieser Betrag gilt schon. Tragen Sie einen neuen ein, der ihn ablöst." in text_of(page)
    assert len(rows()) == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "satzung", "ftp://stadt.de/x", "https://"])
def test_the_address_of_the_by_law_is_one(astrid: TownClient, today: date, url: str) -> None:
    answer = enter(astrid, "5", today, by_law_url=url)

    assert errors_of(answer) == ["Geben Sie die ganze Adresse ein, zum Beispiel https://www.stadt.de."]


def test_the_history_names_who_entered_it(astrid: TownClient, today: date) -> None:
    enter(astrid, "5", today)

    assert "gilt Gebührensatzung vom 1. Oktober 2026 eingetragen von Astrid Althoff" in text_of(astrid.get(PAGE))


def test_a_suggestion_helps_as_long_as_nothing_is_entered(astrid: TownClient) -> None:
    assert "Üblich sind 5,00 €." in text_of(astrid.get(PAGE))

    make_amount()

    assert "Üblich sind" not in text_of(astrid.get(PAGE))


def test_a_federal_amount_has_no_form(astrid: TownClient) -> None:
    keys = [
        line.key
        for line in astrid.get("/rathaus/verwaltung/leistungen/personalausweis/").context["amounts"]
        if line.is_federal
    ]

    page = astrid.get(f"/rathaus/verwaltung/betraege/{keys[0]}/")
    forced = astrid.post(f"/rathaus/verwaltung/betraege/{keys[0]}/", {"amount": "1"})

    assert "Diesen Betrag legt der Bund fest" in text_of(page)
    assert "<textarea" not in page.content.decode()
    assert FeeAmount.objects.count() == 0
    assert forced.status_code in (200, 422)


@pytest.mark.parametrize("key", ["gibt.es.nicht", "%00", "..", "ä"])
def test_an_amount_that_nobody_needs_is_a_404(astrid: TownClient, key: str) -> None:
    assert astrid.get(f"/rathaus/verwaltung/betraege/{key}/").status_code == 404


def test_the_number_of_statements_does_not_grow_with_the_history(astrid: TownClient, today: date) -> None:
    enter(astrid, "1", today)
    astrid.get(PAGE)
    astrid.get(PAGE)
    with CaptureQueriesContext(connection) as with_one:
        astrid.get(PAGE)
    for days in (1, 2):
        enter(astrid, "2", today + timedelta(days=days))
    astrid.get(PAGE)

    with CaptureQueriesContext(connection) as with_three:
        astrid.get(PAGE)

    assert len(with_three) == len(with_one)
