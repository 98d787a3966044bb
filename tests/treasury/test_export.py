"""The table opens in a German Excel with a double click, and does nothing there."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from billing.states import PaymentState
from tests.people import MONDAY, TownClient
from tests.treasury.conftest import MakePayment

TABLE = "/rathaus/kasse/zahlungen.csv"


def rows(client: TownClient, query: str = "") -> list[list[str]]:
    content = client.get(TABLE + query).content.decode("utf-8-sig")
    return list(csv.reader(StringIO(content), delimiter=";"))


def test_it_is_a_table_as_excel_wants_it_in_germany(karin: TownClient, make_payment: MakePayment) -> None:
    make_payment(amount="1230.50", name="Đorđe Yıldız")

    answer = karin.get(TABLE)

    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    today = timezone.localdate().isoformat()
    assert answer["Content-Disposition"] == f'attachment; filename="zahlungen-lage-{today}.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Kassenzeichen;Vorgang;Leistung;Name;Betrag in Euro;Stand;Zahlweg;Begonnen;Bezahlt",
        "LAGE-2026-000001-1;LAGE-2026-000001;Ersatz-Hundemarke bestellen;Đorđe Yıldız;"
        "1230,50;Bezahlt;Karte;16.11.2026 09:30;16.11.2026 09:30",
    ]
    assert b"\r\n" in answer.content


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_name_that_is_a_formula_stays_a_name(karin: TownClient, make_payment: MakePayment, start: str) -> None:
    make_payment(name=f"{start}HYPERLINK(A1)")

    assert rows(karin)[1][3] == f"'{start}HYPERLINK(A1)"


def test_semicolons_quotes_and_lines_stay_in_their_cell(karin: TownClient, make_payment: MakePayment) -> None:
    make_payment(name='Bau; "Hof"\nNord')

    assert rows(karin)[1][3] == 'Bau; "Hof"\nNord'


def test_it_holds_what_the_list_shows_on_all_its_pages(karin: TownClient, make_payment: MakePayment) -> None:
    for days in range(26):
        make_payment(now=MONDAY - timedelta(days=days))
    make_payment(PaymentState.EXPIRED)

    assert len(rows(karin)) == 1 + 27
    assert len(rows(karin, "?stand=bezahlt")) == 1 + 26
    assert len(rows(karin, "?stand=bezahlt&von=2026-11-15&seite=2")) == 1 + 2


def test_the_list_leads_to_the_table_of_its_filter(karin: TownClient, make_payment: MakePayment) -> None:
    make_payment()

    page = karin.get("/rathaus/kasse/?stand=bezahlt&seite=1").content.decode()

    assert 'href="/rathaus/kasse/zahlungen.csv?stand=bezahlt"' in page
