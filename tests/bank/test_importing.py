"""The bank's statement comes in: every line once, every cent where it belongs."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from billing.bank import jobs
from billing.bank.importing import import_statement
from billing.bank.models import Assignment, Statement, StatementEntry
from billing.bank.references import grouped
from billing.bank.statements import StatementRefused
from billing.bank.states import Doubt, EntryState
from billing.models import LedgerEntry, Movement, Payment, Refund
from billing.states import MovementKind, PaymentState, RefundReason
from config.local.bank import camt_statement, csv_camt_statement, plain_table
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.bank.conftest import DAY, IBAN, announce, bring, entry_of, line, switch_on
from tests.factories import make_amount, make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.people import make_anna, make_astrid, make_karin
from tests.threads import at_once


def state_of(payment: Payment) -> PaymentState:
    return PaymentState(Payment.objects.get(pk=payment.pk).state)


def test_the_right_amount_with_its_reference_is_booked(karin: User) -> None:
    payment = announce()

    statement = bring([line("5.00", f"Hundemarke {grouped(payment.reference).lower()}")], karin)

    payment.refresh_from_db()
    entry = StatementEntry.objects.get()
    assert (payment.state, payment.method, payment.is_surplus) == (PaymentState.PAID, "transfer", False)
    assert payment.submission is not None
    assert payment.submission.state == State.RECEIVED
    assert (entry.state, entry.payment, statement.new_lines) == (EntryState.BOOKED, payment, 1)
    assert [(one.amount, one.by) for one in Assignment.objects.all()] == [(Decimal("5.00"), None)]
    assert [(one.kind, one.amount, one.provider, one.account) for one in Movement.objects.all()] == [
        (MovementKind.PAYMENT, Decimal("5.00"), "transfer", IBAN)
    ]
    assert [(one.new_state, one.source) for one in payment.entries.order_by("pk")] == [
        ("created", "person"),
        ("started", "person"),
        ("paid", "statement"),
        ("paid", "statement"),
    ]


def test_the_same_file_twice_changes_nothing(karin: User) -> None:
    payment = announce()
    lines = [line("5.00", payment.reference), line("9.99", "ohne alles")]

    first, second = bring(lines, karin), bring(lines, karin)

    assert (first, Statement.objects.count()) == (second, 1)
    assert (StatementEntry.objects.count(), Movement.objects.count()) == (2, 1)


def test_files_that_overlap_and_files_of_other_layouts_tell_each_line_once(karin: User) -> None:
    payment = announce()
    monday = [line("5.00", f"Marke {payment.reference}", bank_reference="A1"), line("8.00", "x", bank_reference="A2")]
    tuesday = [line("3.00", "y", booked_on=DAY + timedelta(days=1), bank_reference="A3")]
    for content in (
        camt_statement(IBAN, monday),
        camt_statement(IBAN, [*monday, *tuesday], version="001.02"),
        csv_camt_statement(IBAN, [*monday, *tuesday]),
        plain_table(IBAN, monday),
    ):
        import_statement(content=content, by=karin, now=timezone.now())

    assert [one.new_lines for one in Statement.objects.order_by("pk")] == [2, 1, 0, 0]
    assert StatementEntry.objects.count() == 3


def test_two_lines_that_look_the_same_are_two(karin: User) -> None:
    bring([line("8.00", "x"), line("8.00", "x")], karin)
    bring([line("8.00", "x"), line("8.00", "x"), line("8.00", "x")], karin)
    bring([line("8.00", "x", bank_reference="B1"), line("8.00", "x", bank_reference="B2")], karin)

    assert StatementEntry.objects.count() == 3


def test_the_same_look_with_another_id_of_the_bank_is_another_line(karin: User) -> None:
    bring([line("8.00", "x", bank_reference="B1")], karin)
    bring([line("8.00", "x", bank_reference="B2")], karin)

    assert StatementEntry.objects.count() == 2


@pytest.mark.parametrize(
    ("amount", "purpose", "doubt"),
    [
        ("4.99", "{reference}", Doubt.LESS),
        ("5.01", "{reference}", Doubt.MORE),
        ("5.00", "Hundemarke", Doubt.UNKNOWN),
        ("5.00", "{reference} {other}", Doubt.SEVERAL),
        ("-5.00", "{reference}", Doubt.DEBIT),
    ],
)
def test_what_is_not_plain_is_left_to_a_person(karin: User, amount: str, purpose: str, doubt: Doubt) -> None:
    payment, other = announce(), announce()
    text = purpose.format(reference=payment.reference, other=other.reference)

    bring([line(amount, text)], karin)

    entry = StatementEntry.objects.get()
    assert (entry.state, entry.doubt) == (EntryState.TO_CLARIFY, doubt)
    assert (state_of(payment), Movement.objects.count()) == (PaymentState.STARTED, 0)


def test_letters_are_not_taken_for_digits(karin: User) -> None:
    payment = announce()

    bring([line("5.00", payment.reference.replace("0", "O"))], karin)

    assert StatementEntry.objects.get().doubt == Doubt.UNKNOWN
    assert state_of(payment) == PaymentState.STARTED


def test_money_that_comes_twice_is_left_to_a_person(karin: User) -> None:
    payment = announce()

    bring([line("5.00", payment.reference), line("5.00", f"{payment.reference} noch einmal")], karin)

    assert entry_of(f"{payment.reference} noch einmal").doubt == Doubt.TWICE
    assert Movement.objects.count() == 1


def test_a_returned_transfer_is_left_to_a_person(karin: User) -> None:
    payment = announce()
    bring([line("5.00", payment.reference)], karin)

    bring([line("-5.00", payment.reference, is_return=True)], karin)

    entry = StatementEntry.objects.get(amount=Decimal("-5.00"))
    assert (entry.state, entry.doubt, entry.return_reason) == (EntryState.TO_CLARIFY, Doubt.RETURNED, "AC04")
    assert state_of(payment) == PaymentState.PAID


def test_debits_that_name_nothing_of_ours_lie_aside(karin: User) -> None:
    bring([line("-12.30", "Entgelt")], karin)

    assert StatementEntry.objects.get().state == EntryState.ASIDE


def test_on_a_shared_account_other_money_lies_aside_but_not_what_may_be_meant_for_us(karin: User) -> None:
    switch_on(is_shared=True)

    bring([line("120.00", "Grundsteuer B"), line("5.00", "SP 00000 99"), line("7.00", "Spende")], karin)

    states = {one.purpose: one.state for one in StatementEntry.objects.all()}
    assert states == {"Grundsteuer B": "aside", "SP 00000 99": "to_clarify", "Spende": "aside"}


def test_money_that_comes_late_still_counts(karin: User) -> None:
    payment = announce()
    Payment.objects.filter(pk=payment.pk).update(state=PaymentState.EXPIRED)

    bring([line("5.00", payment.reference)], karin)

    assert state_of(payment) == PaymentState.PAID


def test_money_for_what_was_paid_otherwise_goes_back_by_the_rule(karin: User) -> None:
    first = announce()
    Payment.objects.filter(pk=first.pk).update(state=PaymentState.CANCELLED)
    assert first.submission is not None
    second = announce(first.submission)

    bring([line("5.00", second.reference), line("5.00", first.reference)], karin)

    first.refresh_from_db()
    assert (first.state, first.is_surplus) == (PaymentState.REFUND_REQUESTED, True)
    assert Refund.objects.get().reason == RefundReason.SURPLUS


def test_the_statement_of_another_account_is_refused(karin: User) -> None:
    with pytest.raises(StatementRefused, match=r"anderen Kontos .*9890"):
        bring([line("5.00", "x")], karin, iban="DE12500105170648489890")
    assert not StatementEntry.objects.exists()


def test_without_an_account_nothing_is_imported(in_lage: Town) -> None:
    with pytest.raises(StatementRefused, match="Zuerst muss die Verwaltung"):
        bring([line("5.00", "x")], make_karin())


def test_only_the_cash_office_imports(payable: None) -> None:
    with pytest.raises(StatementRefused, match="nur die Kasse"):
        bring([line("5.00", "x")], make_astrid())


def test_the_statement_of_the_account_before_is_still_read(karin: User) -> None:
    payment = announce()
    switch_on(iban="DE02120300000000202051")

    bring([line("5.00", payment.reference)], karin)

    assert state_of(payment) == PaymentState.PAID


def test_a_statement_without_lines_is_kept(karin: User) -> None:
    assert bring([], karin).lines == 0


def test_what_was_kept_and_not_booked_is_booked_by_the_job(karin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = announce()
    monkeypatch.setattr("billing.bank.importing.book_new", lambda **_options: 0)  # the process dies here
    bring([line("5.00", payment.reference)], karin)
    monkeypatch.undo()
    before = state_of(payment)

    run_jobs()

    assert (before, state_of(payment)) == (PaymentState.STARTED, PaymentState.PAID)


@pytest.mark.parametrize("change", ["amount = 6", "purpose = 'y'", "raw = ''", "occurrence = 9"])
def test_what_the_bank_has_said_cannot_be_changed(karin: User, change: str) -> None:
    bring([line("5.00", "x")], karin)

    for statement in (f"UPDATE bank_statemententry SET {change}", "DELETE FROM bank_statemententry"):  # noqa: S608 -- a test's own words
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_large_file_is_booked_by_the_job(karin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = announce()
    monkeypatch.setattr("billing.bank.importing.BOOKED_AT_ONCE", 1)
    bring([line("5.00", payment.reference), line("1.00", "x")], karin)
    before = state_of(payment)

    run_jobs()

    assert (before, state_of(payment)) == (PaymentState.STARTED, PaymentState.PAID)


def test_old_lines_that_are_none_of_ours_are_forgotten_and_no_others(karin: User) -> None:
    switch_on(is_shared=True)
    payment = announce()
    long_ago, lately = timezone.localdate() - timedelta(days=91), timezone.localdate() - timedelta(days=80)
    bring(
        [
            line("120.00", "Grundsteuer", booked_on=long_ago),
            line("121.00", "Grundsteuer", booked_on=lately),
            line("5.00", payment.reference, booked_on=long_ago),
            line("6.00", "SP0000", booked_on=long_ago),
        ],
        karin,
    )

    jobs.forget_strangers.queue()
    run_jobs()

    assert sorted(str(one.amount) for one in StatementEntry.objects.all()) == ["121.00", "5.00", "6.00"]


@pytest.mark.parametrize("seed", range(6))
def test_every_cent_of_any_statement_is_somewhere(karin: User, seed: int) -> None:
    """Statements by chance: what came in is what was booked, what is to be clarified and what lies aside."""
    chance = random.Random(seed)  # noqa: S311 -- no secret
    payments = [announce() for _one in range(12)]
    lines = []
    for number in range(60):
        named = chance.choice([*(one.reference for one in payments), "", "Grundsteuer", "SP000000000"])
        amount = chance.choice(["5.00", "5.00", "5.00", "4.99", "0.01", "10.00", "-5.00", "123456.78"])
        spaced = grouped(named) if chance.random() < 0.5 else named
        lines.append(line(amount, f"{spaced} {number if chance.random() < 0.8 else ''}", booked_on=DAY))
    files = [lines[: chance.randrange(1, 60)], lines, lines[chance.randrange(60) :]]
    chance.shuffle(files)

    for part in files:
        bring(part, karin, version=chance.choice(["001.02", "001.08"]))

    def total(**which: object) -> Decimal:
        return sum((one.amount for one in StatementEntry.objects.filter(**which)), Decimal("0.00"))

    booked = sum((one.amount for one in Payment.objects.filter(state=PaymentState.PAID)), Decimal("0.00"))
    assert StatementEntry.objects.count() == 60
    assert total() == sum(one.amount for one in lines)
    assert total() == total(state="booked") + total(state="to_clarify") + total(state="aside")
    assert total(state="booked") == booked == sum(one.amount for one in Movement.objects.all())
    assert booked == Assignment.objects.aggregate(all=Sum("amount", default=Decimal("0.00")))["all"]
    assert LedgerEntry.objects.filter(new_state="paid").exclude(old_state="paid").count() * 5 == booked


@pytest.mark.django_db(transaction=True)
def test_eight_imports_of_overlapping_files_at_once_book_each_line_once() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        karin, anna = make_karin(), make_anna()
        payments = [announce(make_submission(anna, paid=True)) for _one in range(6)]
        lines = [line("5.00", payment.reference) for payment in payments]
    files = iter([lines, lines, lines[:3], lines[2:], lines, lines[1:5], lines[::-1], lines])

    def run() -> int:
        with in_town(lage):
            return bring(next(files), karin).lines

    answers = at_once(8, run)

    with in_town(lage):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert StatementEntry.objects.filter(state=EntryState.BOOKED).count() == 6
        assert {state_of(payment) for payment in payments} == {PaymentState.PAID}
        assert (Movement.objects.count(), Assignment.objects.count()) == (6, 6)
        assert queued_jobs().count("submissions.jobs.send_notice") == 12  # announced, received: once each


@pytest.mark.django_db(transaction=True)
def test_a_transfer_and_its_cancelling_at_once_lose_no_money() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        karin, payment = make_karin(), announce()
    acts = iter(["import", "choose"] * 4)

    def run() -> object:
        with in_town(lage):
            if next(acts) == "import":
                return bring([line("5.00", payment.reference)], karin)
            try:
                return announce(payment.submission)
            except Exception as refusal:
                if type(refusal).__name__ == "PaymentRefused":
                    return None
                raise

    answers = at_once(8, run)

    with in_town(lage):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert (state_of(payment), Payment.objects.count()) == (PaymentState.PAID, 1)
