"""The cash office finds every payment, sees what it adds up to, and how each one went."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.queries import STATES_OF, Stack
from billing.states import PaymentState
from tests.desk import errors_of
from tests.pages import links_of, text_of
from tests.people import MONDAY, TownClient
from tests.treasury.conftest import MakePayment

LIST = "/rathaus/kasse/"


def references(client: TownClient, query: str = "") -> list[str]:
    return [payment.reference for payment in client.get(LIST + query).context["page"]]


def sums(client: TownClient, query: str = "") -> list[tuple[Stack, int, Decimal]]:
    return [(one.stack, one.count, one.amount) for one in client.get(LIST + query).context["sums"]]


def test_every_state_belongs_to_exactly_one_stack() -> None:
    stacked = [state for states in STATES_OF.values() for state in states]

    assert sorted(stacked) == sorted(PaymentState)


def test_the_newest_payment_stands_on_top(karin: TownClient, make_payment: MakePayment) -> None:
    old = make_payment(now=MONDAY - timedelta(days=3))
    new = make_payment(PaymentState.STARTED)

    assert references(karin) == [new.reference, old.reference]


def test_what_is_shown_is_added_up_by_what_it_means(karin: TownClient, make_payment: MakePayment) -> None:
    make_payment(amount="5.00")
    make_payment(amount="1230.50", name="Bauhof Nord")
    make_payment(PaymentState.REFUND_REQUESTED, amount="7.00")
    make_payment(PaymentState.EXPIRED, amount="9.00")

    assert sums(karin) == [
        (Stack.PAID, 2, Decimal("1235.50")),
        (Stack.TO_REFUND, 1, Decimal("7.00")),
        (Stack.FAILED, 1, Decimal("9.00")),
    ]
    assert sums(karin, "?q=bauhof") == [(Stack.PAID, 1, Decimal("1230.50"))]
    assert "Bezahlt 1.235,50 € 2 Zahlungen" in text_of(karin.get(LIST))


@pytest.mark.parametrize(
    ("stack", "state"),
    [
        ("bezahlt", PaymentState.PAID),
        ("offen", PaymentState.PROCESSING),
        ("zu-erstatten", PaymentState.REFUND_REQUESTED),
        ("zu-klaeren", PaymentState.UNKNOWN),
        ("fehlgeschlagen", PaymentState.CANCELLED),
    ],
)
def test_payments_are_filtered_by_how_they_stand(
    karin: TownClient, make_payment: MakePayment, stack: str, state: PaymentState
) -> None:
    made = {
        one: make_payment(one) for one in (*PaymentState,) if one not in (PaymentState.CREATED, PaymentState.STARTED)
    }

    assert made[state].reference in references(karin, f"?stand={stack}")
    assert all(row.state in STATES_OF[Stack(stack)] for row in karin.get(f"{LIST}?stand={stack}").context["page"])


def test_payments_are_filtered_by_day_with_both_ends(karin: TownClient, make_payment: MakePayment) -> None:
    made = [make_payment(now=MONDAY + timedelta(days=days)) for days in range(4)]

    assert references(karin, "?von=2026-11-17&bis=2026-11-18") == [made[2].reference, made[1].reference]
    assert references(karin, "?von=17.11.2026&bis=17.11.2026") == [made[1].reference]


def test_a_day_is_a_day_in_germany(karin: TownClient, make_payment: MakePayment) -> None:
    late = make_payment(now=MONDAY.replace(hour=23, minute=30))
    early = make_payment(now=MONDAY.replace(hour=0, minute=30))

    assert references(karin, "?von=2026-11-16&bis=2026-11-16") == [late.reference, early.reference]


def test_a_range_the_wrong_way_round_is_explained(karin: TownClient, make_payment: MakePayment) -> None:
    page = karin.get(f"{LIST}?von=2026-11-18&bis=2026-11-17")

    assert errors_of(page) == ["Der letzte Tag liegt vor dem ersten. Bitte tauschen Sie die beiden."]


def test_a_day_that_does_not_exist_is_explained(karin: TownClient, make_payment: MakePayment) -> None:
    page = karin.get(f"{LIST}?von=31.02.2026")

    assert errors_of(page) == ["Geben Sie den Tag so an: 28.09.2026."]


@pytest.mark.parametrize("query", ["?stand=quatsch", "?leistung=%00", "?seite=abc", "?q=%00", "?von=%00"])
def test_a_filter_that_does_not_exist_filters_nothing(karin: TownClient, make_payment: MakePayment, query: str) -> None:
    payment = make_payment()

    assert references(karin, query) == [payment.reference]


@pytest.mark.parametrize(
    "words", ["LAGE-2026-000001-1", "000001", "schröder", "Anna Schröder", "Ersatz", "12,30", "12,30 €", "12.30"]
)
def test_a_payment_is_found_by_reference_number_name_service_and_amount(
    karin: TownClient, make_payment: MakePayment, words: str
) -> None:
    wanted = make_payment(amount="12.30")

    assert references(karin, f"?q={words}") == [wanted.reference]


@pytest.mark.parametrize("words", ["Müller", "99,99", "%", "-5", "1e5", "99999999999999999999"])
def test_the_search_finds_nothing_else(karin: TownClient, make_payment: MakePayment, words: str) -> None:
    make_payment()

    page = karin.get(LIST, {"q": words})

    assert list(page.context["page"]) == []
    assert "Keine Zahlung gefunden" in text_of(page)


def test_payments_are_filtered_by_service(karin: TownClient, make_payment: MakePayment) -> None:
    payment = make_payment()

    assert references(karin, "?leistung=hundemarke-ersatz") == [payment.reference]
    assert [key for key, _title in karin.get(LIST).context["filter"].fields["leistung"].choices] == [
        "",
        "hundemarke-ersatz",
    ]


def test_a_payment_shows_its_whole_ledger(karin: TownClient, make_payment: MakePayment) -> None:
    payment = make_payment(intent_id="pi_4711")

    page = text_of(karin.get(f"{LIST}{payment.reference}/"))

    assert "Zahlung über 5,00 €" in page
    assert "Vorbereitet 16. November 2026, 9:30 Uhr, durch die Person selbst Zahlung vorbereitet" in page
    assert "Bezahlt 16. November 2026, 9:30 Uhr, gemeldet vom Zahlungsanbieter Gemeldet" in page
    assert "acct_probe_lage" in page
    assert "pi_4711" in page


def test_what_must_be_refunded_or_clarified_says_what_to_do(karin: TownClient, make_payment: MakePayment) -> None:
    twice, odd = make_payment(PaymentState.REFUND_REQUESTED, is_surplus=True), make_payment(PaymentState.UNKNOWN)

    assert "Dieser Betrag ist zu erstatten" in text_of(karin.get(f"{LIST}{twice.reference}/"))
    assert "Bitte klären Sie diese Zahlung" in text_of(karin.get(f"{LIST}{odd.reference}/"))
    assert [room.count for room in karin.get(LIST).context["navigation"]] == [2, 0, None, None]  # and no transfers


def test_the_receipt_is_there_as_a_pdf_once_it_is_paid(karin: TownClient, make_payment: MakePayment) -> None:
    paid, open_one = make_payment(), make_payment(PaymentState.STARTED)

    answer = karin.get(f"{LIST}{paid.reference}/quittung.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert karin.get(f"{LIST}{open_one.reference}/quittung.pdf").status_code == 404
    assert not [link for link in links_of(karin.get(f"{LIST}{open_one.reference}/")) if link.endswith(".pdf")]


def test_the_cash_office_sees_no_case(karin: TownClient, make_payment: MakePayment) -> None:
    payment = make_payment()

    assert not [link for link in links_of(karin.get(f"{LIST}{payment.reference}/")) if "/vorgang/" in link]


@pytest.mark.parametrize("reference", ["LAGE-2026-999999-1", "quatsch", "%00"])
def test_a_payment_that_nobody_made_is_a_404(karin: TownClient, reference: str) -> None:
    assert karin.get(f"{LIST}{reference}/").status_code == 404


def test_without_payments_the_page_says_so(karin: TownClient) -> None:
    assert "Noch keine Zahlung" in text_of(karin.get(LIST))


def test_the_number_of_statements_does_not_grow_with_the_rows(karin: TownClient, make_payment: MakePayment) -> None:
    payment = make_payment()
    karin.get(LIST)
    with CaptureQueriesContext(connection) as with_one:
        karin.get(LIST)
    with CaptureQueriesContext(connection) as table_with_one:
        karin.get(f"{LIST}zahlungen.csv")
    with CaptureQueriesContext(connection) as page:
        karin.get(f"{LIST}{payment.reference}/")
    make_payment()
    make_payment()
    karin.get(LIST)  # now she has seen them today

    with CaptureQueriesContext(connection) as with_three:
        karin.get(LIST)
    with CaptureQueriesContext(connection) as table_with_three:
        karin.get(f"{LIST}zahlungen.csv")

    assert len(with_three) == len(with_one)
    assert len(table_with_three) == len(table_with_one)
    assert len(page) <= len(with_one)
