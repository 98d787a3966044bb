"""The pages of the cash office, and who may see them."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from billing.bank import urls
from billing.bank.clearing import Part, assign
from billing.bank.models import Assignment, PayBack, StatementEntry, Transfer
from billing.bank.references import grouped
from billing.bank.states import EntryState, PayBackState
from billing.models import Payment, Refund
from billing.refunding import request_refund
from billing.states import PaymentState, RefundReason, RefundState
from config.local.bank import camt_statement
from tenants.context import in_town
from tenants.models import Town
from tests.bank.conftest import IBAN, announce, bring, line
from tests.desk import addresses_of, errors_of, is_not_there, is_sent_to_sign_in, make_clara_of_all_trades
from tests.pages import text_of
from tests.people import TownClient, make_anna, make_astrid, make_bernd

PAGE = "/rathaus/kasse/ueberweisungen/"
LISTS = (PAGE, f"{PAGE}offen/", f"{PAGE}umsaetze/")


def upload(content: bytes, name: str = "kontoauszug.xml") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content)}


def test_a_statement_comes_in_on_the_page(karins_desk: TownClient) -> None:
    payment = announce()
    content = camt_statement(IBAN, [line("5.00", payment.reference), line("3.00", "wer?"), line("-1.00", "Entgelt")])

    first = text_of(karins_desk.post(PAGE, upload(content), follow=True))
    second = text_of(karins_desk.post(PAGE, upload(content), follow=True))

    assert "3 neue Umsätze: 1 gebucht, 1 zu klären, 1 ohne Bezug zum Portal." in first
    assert "In dieser Datei steht nichts Neues." in second
    assert "Kein bekanntes Kassenzeichen im Verwendungszweck" in first


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "Bitte wählen Sie eine Datei aus."),
        (upload(b""), "Die Datei ist leer. Bitte wählen Sie eine andere."),
        (upload(b"<xml"), "kein lesbares XML"),
        (upload(camt_statement("DE02120300000000202051", [])), "anderen Kontos"),
        (upload(camt_statement(IBAN, [line("1.00", "x", currency="USD")])), "Beträge in USD"),
        (upload(camt_statement(IBAN, [], version="001.99")), "001.99"),
    ],
)
def test_a_bad_file_gets_a_sentence(
    karins_desk: TownClient, files: dict[str, SimpleUploadedFile], sentence: str
) -> None:
    answer = karins_desk.post(PAGE, files)

    assert answer.status_code == 422
    assert len(errors_of(answer)) == 1
    assert sentence in errors_of(answer)[0]


def test_a_file_of_fifty_megabytes_gets_a_sentence(karins_desk: TownClient) -> None:
    answer = karins_desk.post(PAGE, upload(b"<" + b"x" * (50 * 1024 * 1024)))

    assert "größer als 10 MB" in errors_of(answer)[0]


def test_the_figures_say_what_is_open_overdue_unclear_and_to_pay_back(karins_desk: TownClient, karin: User) -> None:
    announce()
    late = announce()
    Transfer.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    bring([line("3.00", "wer?"), line("8.00", "zuviel")], karin)
    entry = StatementEntry.objects.get(purpose="zuviel")
    assign(entry=entry, parts=[], pay_back=Decimal("8.00"), note="", by=karin, now=timezone.now())

    page = text_of(karins_desk.get(PAGE))
    waiting = text_of(karins_desk.get(f"{PAGE}offen/"))

    assert "Offen 10,00 € 2 Überweisungen" in page
    assert "Davon überfällig 5,00 € 1 Überweisung" in page
    assert "Zu klären 3,00 € 1 Umsatz" in page
    assert "Zurückzuzahlen 8,00 € 1 Rückzahlung" in page
    assert grouped(late.reference) in waiting
    assert waiting.count("überfällig") == 1


def test_karin_assigns_splits_and_pays_back_on_the_page(karins_desk: TownClient, karin: User) -> None:
    payment = announce()
    bring([line("7.50", payment.reference)], karin)
    entry = StatementEntry.objects.get()
    page = f"{PAGE}{entry.pk}/"
    shown = karins_desk.get(page)

    wrong = karins_desk.post(f"{page}zuordnen/", {"reference_1": "quatsch", "amount_1": "5,00"})
    half = karins_desk.post(f"{page}zuordnen/", {"reference_1": payment.reference})
    done = karins_desk.post(
        f"{page}zuordnen/", {"reference_1": payment.reference, "amount_1": "5,00", "pay_back": "2,50"}
    )

    payment.refresh_from_db()
    assert "Mehr als der offene Betrag" in text_of(shown)
    assert f'value="{payment.reference}"' in shown.content.decode()
    assert (wrong.status_code, half.status_code, done.status_code) == (422, 422, 302)
    assert "gibt es nicht" in text_of(wrong)
    assert errors_of(half) == ["Geben Sie an, wie viel dazu gehört."]
    assert payment.state == PaymentState.PAID
    assert PayBack.objects.get().amount == Decimal("2.50")


def test_kim_releases_and_ticks_off_what_karin_has_asked_for(
    karins_desk: TownClient, karin: User, kim: User, lage: Town
) -> None:
    payment = announce()
    bring([line("5.00", payment.reference), line("8.00", "wer?", party="Xaver Zahler")], karin)
    entry = StatementEntry.objects.get(purpose="wer?")
    assign(entry=entry, parts=[], pay_back=Decimal("8.00"), note="", by=karin, now=timezone.now())
    refund = request_refund(
        payment=payment, amount=Decimal("2.00"), reason=RefundReason.OTHER, note="", by=karin, now=timezone.now()
    )
    addresses = [f"{PAGE}rueckzahlung/{PayBack.objects.get().pk}/", f"{PAGE}erstattung/{refund.pk}/"]
    kims_desk = TownClient(lage).sign_in(kim)
    for address in addresses:
        own = text_of(karins_desk.post(address, {"was": "freigeben"}, follow=True))
        assert "selbst beantragt" in own
        kims_desk.post(address, {"was": "freigeben"})
        assert "Geben Sie den Tag" in text_of(kims_desk.post(address, {"was": "erledigt"}, follow=True))
        kims_desk.post(address, {"was": "gold"})
    between = text_of(kims_desk.get(PAGE))
    today = timezone.localdate().isoformat()

    for address in addresses:
        kims_desk.post(address, {"was": "erledigt", "on": today})

    assert "Xaver Zahler" in between
    assert (PayBack.objects.get().state, Refund.objects.get().state) == (PayBackState.DONE, RefundState.DONE)
    assert "Zurückzuzahlen 0,00 €" in text_of(kims_desk.get(PAGE))


def test_aside_and_up_again_and_undone_by_a_button(karins_desk: TownClient, karin: User) -> None:
    payment = announce()
    bring([line("2.00", payment.reference)], karin)
    entry = StatementEntry.objects.get()
    page = f"{PAGE}{entry.pk}/"
    states = []
    for step in ("beiseite", "aufnehmen"):
        karins_desk.post(f"{page}{step}/")
        entry.refresh_from_db()
        states.append(entry.state)
    assign(
        entry=entry,
        parts=[Part(payment.reference, Decimal(2))],
        pay_back=Decimal(0),
        note="",
        by=karin,
        now=timezone.now(),
    )
    refused = text_of(karins_desk.post(f"{page}beiseite/", follow=True))

    karins_desk.post(f"{PAGE}zuordnung/{Assignment.objects.get().pk}/aufheben/")

    entry.refresh_from_db()
    assert states == [EntryState.ASIDE, EntryState.TO_CLARIFY]
    assert "schon „Geklärt“" in refused
    assert entry.state == EntryState.TO_CLARIFY


def test_a_return_is_booked_by_a_button(karins_desk: TownClient, karin: User) -> None:
    payment = announce()
    bring([line("5.00", payment.reference)], karin)
    bring([line("-5.00", payment.reference, is_return=True)], karin)
    entry = StatementEntry.objects.get(amount=Decimal("-5.00"))
    page = f"{PAGE}{entry.pk}/"
    shown = text_of(karins_desk.get(page))

    wrong = karins_desk.post(f"{page}rueckgabe/", {"reference": "SP1"})
    karins_desk.post(f"{page}rueckgabe/", {"reference": payment.reference})

    payment.refresh_from_db()
    assert "Als Rückgabe buchen" in shown
    assert wrong.status_code == 422
    assert payment.state == PaymentState.CHARGED_BACK


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?suche=zahler", 1),
        ("?suche=Bello+Marke", 1),
        ("?suche=8,00", 1),
        ("?suche=12,30", 1),
        ("?stand=aside", 1),
        ("?stand=gold", 3),
        ("?suche=xyzzy", 0),
    ],
)
def test_any_line_is_found(karins_desk: TownClient, karin: User, query: str, found: int) -> None:
    lines = [line("8.00", "Marke Bello", party="Xaver Zahler"), line("3.00", "wer?"), line("-12.30", "Entgelt")]
    bring(lines, karin)

    assert len(karins_desk.get(f"{PAGE}umsaetze/{query}").context["page"].object_list) == found


def test_the_number_of_questions_does_not_grow_with_the_list(karins_desk: TownClient, karin: User) -> None:
    counts = []
    for number in range(3):
        payment = announce()
        bring([line("7.00", f"{payment.reference} {number}")], karin)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for page in LISTS:
                karins_desk.get(page)
        counts.append(len(asked))

    assert counts[1] == counts[2]  # the first visit fills what is held in memory


# --- Who may enter -------------------------------------------------------------------------------------------


@pytest.fixture
def pages(karin: User) -> list[str]:
    """Every address, about something that exists in Lage."""
    payment = announce()
    bring([line("2.00", payment.reference), line("8.00", "wer?"), line("5.00", "SP")], karin)
    entry = StatementEntry.objects.get(purpose="wer?")
    assign(entry=entry, parts=[], pay_back=Decimal("8.00"), note="", by=karin, now=timezone.now())
    entry = StatementEntry.objects.get(amount=Decimal("2.00"))
    part = [Part(payment.reference, Decimal("2.00"))]
    assign(entry=entry, parts=part, pay_back=Decimal(0), note="", by=karin, now=timezone.now())
    assert Assignment.objects.count() == PayBack.objects.count() == 1
    return addresses_of(urls, pk=StatementEntry.objects.latest("pk").pk, refund_id=uuid.uuid4())


def test_clara_finds_nothing_of_another_town(pages: list[str], detmold: Town) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())
    single = [page for page in pages if page not in (PAGE, f"{PAGE}offen/", f"{PAGE}umsaetze/")]

    assert is_not_there(clara, single) == dict.fromkeys(single, True)
    for page in LISTS:
        shown = text_of(clara.get(page))
        assert [word for word in ("Schröder", "wer?", "SP0") if word in shown] == []


def test_claras_session_is_worth_nothing_in_lage(pages: list[str], detmold: Town, lage: Town) -> None:
    with in_town(detmold):
        clara = TownClient(detmold).sign_in(make_clara_of_all_trades())
    stranger = TownClient(lage)
    stranger.cookies = clara.cookies

    assert is_sent_to_sign_in(stranger, pages) == dict.fromkeys(pages, True)


@pytest.mark.parametrize("make", [make_astrid, make_bernd], ids=["administrator", "case worker"])
def test_other_roles_find_nothing(pages: list[str], visitor: TownClient, make: type[User]) -> None:
    visitor.sign_in(make())

    assert is_not_there(visitor, pages) == dict.fromkeys(pages, True)


def test_citizens_and_strangers_are_sent_to_the_sign_in_of_staff(pages: list[str], lage: Town) -> None:
    anna = TownClient(lage).sign_in(User.objects.filter(subject="anna").first() or make_anna())

    assert is_sent_to_sign_in(anna, pages) == dict.fromkeys(pages, True)
    assert is_sent_to_sign_in(TownClient(lage), pages) == dict.fromkeys(pages, True)


def test_the_refund_of_a_payment_by_card_is_not_decided_here(karins_desk: TownClient, kim: User, lage: Town) -> None:
    payment = announce()
    Payment.objects.filter(pk=payment.pk).update(provider="stripe", state=PaymentState.PAID, paid_at=timezone.now())
    refund = Refund.objects.create(
        payment=payment, amount=Decimal("1.00"), reason=RefundReason.OTHER, requested_at=timezone.now()
    )

    assert TownClient(lage).sign_in(kim).post(f"{PAGE}erstattung/{refund.pk}/", {"was": "freigeben"}).status_code == 404
