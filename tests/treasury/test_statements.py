"""The cash office reads every day, month and year, and all of them say the same to the cent."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.closing import close_days
from billing.models import Movement, Payment
from billing.states import MovementKind
from tests.pages import links_of, text_of
from tests.people import MONDAY, TownClient
from tests.treasury.conftest import MakePayment
from townhall.models import BudgetLine

LIST = "/rathaus/kasse/abschluesse/"
DAY = LIST + "2026/11/16/"
NEXT_MORNING = (MONDAY + timedelta(days=1)).replace(hour=0, minute=5)


@pytest.fixture
def closed(make_payment: MakePayment) -> None:
    """Two people have paid on Monday; one has a part of it back, and the provider took its fee."""
    BudgetLine.objects.create(key="hundemarke.ersatz", number="12.02.01")
    for amount, back in (("5.00", ""), ("1230.50", "-30.50")):
        payment = make_payment(amount=amount)
        book(payment, MovementKind.PAYMENT, amount)
        if back:
            book(payment, MovementKind.REFUND, back)
    book(None, MovementKind.FEE, "-0.75")
    close_days(now=NEXT_MORNING)


def book(payment: Payment | None, kind: MovementKind, amount: str) -> None:
    Movement.objects.create(
        payment=payment,
        provider="stripe",
        account="acct_probe_lage",
        kind=kind,
        source=f"x_{Movement.objects.count()}",
        amount=Decimal(amount),
        at=MONDAY,
    )


def rows(client: TownClient, address: str) -> list[list[str]]:
    return list(csv.reader(StringIO(client.get(address).content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.usefixtures("closed")
def test_a_day_tells_what_it_began_and_ended_with_and_adds_up_in_every_way(karin: TownClient) -> None:
    page = karin.get(DAY)

    shown = text_of(page)
    assert "Tagesabschluss 1/2026" in shown
    assert "Anfangsbestand 0,00 € Veränderung 1.204,25 € Endbestand 1.204,25 €" in shown
    assert "Ersatz-Hundemarke bestellen 3 1.235,50 € -30,50 € 1.205,00 €" in shown
    assert "Karte 3 1.235,50 € -30,50 € 1.205,00 €" in shown
    assert "12.02.01 3 1.235,50 € -30,50 € 1.205,00 €" in shown
    assert "Entgelt des Anbieters 1 0,00 € -0,75 € -0,75 €" in shown
    period = page.context["period"]
    assert period.by_kind.amount == period.closing - period.opening
    assert {totals.amount for totals in period.of_fees} == {Decimal("1205.00")}


@pytest.mark.usefixtures("closed")
def test_month_and_year_lead_to_the_day_and_say_the_same(karin: TownClient) -> None:
    for address, leads_to in ((LIST, LIST + "2026/11/"), (LIST + "2026/", LIST + "2026/11/"), (LIST + "2026/11/", DAY)):
        page = karin.get(address)
        assert leads_to in links_of(page)
        assert page.context["period"].closing == Decimal("1204.25")
        assert "Bis 16. November 2026 abgeschlossen" in text_of(page)


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("part", ["2026/", "2026/11/", "2026/11/16/"])
def test_the_table_has_every_post_with_numbers_that_excel_can_add(karin: TownClient, part: str) -> None:
    headings, *posts = rows(karin, f"{LIST}{part}buchungen.csv")

    assert headings[-2:] == ["Buchungsstelle", "Betrag in Euro"]
    assert [(row[3], row[4], row[-2], row[-1]) for row in posts] == [
        ("Zahlung", "LAGE-2026-000001-1", "12.02.01", "5,00"),
        ("Zahlung", "LAGE-2026-000002-1", "12.02.01", "1230,50"),
        ("Erstattung", "LAGE-2026-000002-1", "12.02.01", "-30,50"),
        ("Entgelt des Anbieters", "", "", "-0,75"),
    ]
    assert [row[:3] for row in posts] == [["1/2026", "16.11.2026", "16.11.2026 09:30"]] * 4


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("part", ["2026/summen.pdf", "2026/11/summen.pdf", "2026/11/16/abschluss.pdf"])
def test_there_is_a_pdf_to_keep(karin: TownClient, part: str) -> None:
    answer = karin.get(LIST + part)

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert b"pdfuaid" in answer.content or b"StructTreeRoot" in answer.content


@pytest.mark.usefixtures("closed")
def test_no_name_stands_on_a_statement(karin: TownClient) -> None:
    for address in (DAY, f"{DAY}buchungen.csv"):
        assert "Schröder" not in karin.get(address).content.decode()


@pytest.mark.usefixtures("closed")
@pytest.mark.parametrize("part", ["2025/", "2026/10/", "2026/13/", "2026/11/17/", "2026/02/31/", "0/", "99999/1/1/"])
def test_a_time_without_statements_is_a_404(karin: TownClient, part: str) -> None:
    assert karin.get(LIST + part).status_code == 404


def test_before_the_first_one_the_page_says_when_it_comes(karin: TownClient) -> None:
    assert "Noch kein Tagesabschluss" in text_of(karin.get(LIST))


def test_the_number_of_questions_does_not_grow_with_the_posts(karin: TownClient, make_payment: MakePayment) -> None:
    book(make_payment(), MovementKind.PAYMENT, "5.00")
    close_days(now=NEXT_MORNING)
    karin.get(DAY)
    with CaptureQueriesContext(connection) as with_one:
        karin.get(DAY)
    for _number in range(3):
        book(make_payment(), MovementKind.PAYMENT, "5.00")
    close_days(now=NEXT_MORNING + timedelta(days=1))

    with CaptureQueriesContext(connection) as with_three:
        karin.get(LIST + "2026/11/17/")

    assert len(with_three) == len(with_one)
