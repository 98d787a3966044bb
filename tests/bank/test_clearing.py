"""What a person decides about lines that the portal could not book."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Role, User
from billing.bank import clearing
from billing.bank.clearing import ClearingRefused, Part
from billing.bank.models import Assignment, PayBack, StatementEntry
from billing.bank.states import EntryState, PayBackState
from billing.models import Movement, Payment, PaymentRequest, Refund
from billing.refunding import RefundRefused, made_by_hand, release_refund, request_refund
from billing.states import PaymentState, RefundReason, RefundState
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.bank.conftest import announce, bring, line, switch_on
from tests.factories import make_amount, make_submission
from tests.jobs import run_jobs
from tests.people import make_anna, make_bernd, make_karin, make_staff
from tests.threads import at_once

NOW = timezone.now


def unclear(by: User, amount: str, purpose: str = "Hundemarke", **values: object) -> StatementEntry:
    """A line that a person must look at."""
    bring([line(amount, purpose, **values)], by)
    return StatementEntry.objects.get(purpose=purpose, amount=Decimal(amount))


def assign(
    entry: StatementEntry, by: User, *parts: tuple[str, str], pay_back: str = "0.00", note: str = ""
) -> StatementEntry:
    named = [Part(reference, Decimal(amount)) for reference, amount in parts]
    return clearing.assign(entry=entry, parts=named, pay_back=Decimal(pay_back), note=note, by=by, now=NOW())


def state_of(payment: Payment) -> PaymentState:
    return PaymentState(Payment.objects.get(pk=payment.pk).state)


def test_money_without_a_reference_is_assigned_by_a_person(karin: User) -> None:
    payment = announce()
    entry = unclear(karin, "5.00")

    cleared = assign(entry, karin, (f" {payment.reference.lower()} ", "5.00"))

    assert (cleared.state, state_of(payment)) == (EntryState.CLEARED, PaymentState.PAID)
    assert Movement.objects.get().amount == Decimal("5.00")
    assert [(one.source, one.by) for one in payment.entries.order_by("pk")][-3:] == [
        ("staff", karin),
        ("statement", None),
        ("statement", karin),
    ]


def test_two_parts_together_pay_and_the_first_alone_does_not(karin: User) -> None:
    payment = announce()
    first = unclear(karin, "2.00", payment.reference)
    second = unclear(karin, "3.00", f"{payment.reference} Rest")

    assign(first, karin, (payment.reference, "2.00"))
    between = state_of(payment)
    assign(second, karin, (payment.reference, "3.00"))

    assert (between, state_of(payment)) == (PaymentState.STARTED, PaymentState.PAID)
    assert [one.amount for one in Movement.objects.all()] == [Decimal("5.00")]


def test_one_transfer_for_two_payments_is_split(karin: User) -> None:
    one, other = announce(), announce()
    entry = unclear(karin, "10.00", f"{one.reference} {other.reference}")

    cleared = assign(entry, karin, (one.reference, "5.00"), (other.reference, "5.00"))

    assert cleared.state == EntryState.CLEARED
    assert {state_of(one), state_of(other)} == {PaymentState.PAID}


def test_too_much_pays_and_the_rest_goes_back_once_a_second_person_has_released_it(karin: User, kim: User) -> None:
    payment = announce()
    entry = unclear(karin, "7.50", payment.reference)
    assign(entry, karin, (payment.reference, "5.00"), pay_back="2.50", note="zu viel")
    back = PayBack.objects.get()
    with pytest.raises(ClearingRefused, match="selbst beantragt"):
        clearing.release_pay_back(pay_back=back, by=karin, now=NOW())
    with pytest.raises(ClearingRefused, match="nicht mehr möglich"):
        clearing.pay_back_made(pay_back=back, on=timezone.localdate(), by=kim, now=NOW())

    clearing.release_pay_back(pay_back=back, by=kim, now=NOW())
    clearing.pay_back_made(pay_back=back, on=timezone.localdate(), by=kim, now=NOW())
    run_jobs()

    back.refresh_from_db()
    assert (back.state, back.done_on, back.decided_by) == (PayBackState.DONE, timezone.localdate(), kim)
    assert state_of(payment) == PaymentState.PAID
    assert any("Sie bekommen Geld zurück" in one.subject for one in mail.outbox)


def test_what_is_declined_is_to_be_clarified_again(karin: User, kim: User) -> None:
    entry = unclear(karin, "7.50")
    assign(entry, karin, pay_back="7.50")
    between = StatementEntry.objects.get().state

    clearing.decline_pay_back(pay_back=PayBack.objects.get(), by=kim, now=NOW())

    assert (between, StatementEntry.objects.get().state) == (EntryState.CLEARED, EntryState.TO_CLARIFY)
    assert assign(entry, karin, pay_back="7.50").state == EntryState.CLEARED


def test_the_database_refuses_one_and_the_same_person(karin: User) -> None:
    entry = unclear(karin, "7.50")
    assign(entry, karin, pay_back="7.50")

    with pytest.raises(IntegrityError), transaction.atomic():
        PayBack.objects.update(decided_by=karin)


@pytest.mark.parametrize("days", [1, -4000])
def test_the_day_of_a_pay_back_must_be_possible(karin: User, kim: User, days: int) -> None:
    assign(unclear(karin, "7.50"), karin, pay_back="7.50")
    back = clearing.release_pay_back(pay_back=PayBack.objects.get(), by=kim, now=NOW())

    with pytest.raises(ClearingRefused, match="Der Tag der Überweisung muss zwischen"):
        clearing.pay_back_made(pay_back=back, on=timezone.localdate() + timedelta(days=days), by=kim, now=NOW())


@pytest.mark.parametrize(
    ("parts", "pay_back", "sentence"),
    [
        ([], "0.00", "Geben Sie an, wozu das Geld gehört"),
        ([("SP00000001X", "5.00")], "0.00", "gibt es nicht"),
        ([("{reference}", "5.01")], "0.00", "fehlen nur noch 5,00"),
        ([("{reference}", "0.00")], "0.00", "größer als 0 €"),
        ([("{reference}", "-1.00")], "1.00", "größer als 0 €"),
        ([("{reference}", "5.00")], "3.00", "nur noch 7,50"),
        ([("{reference}", "2.00"), ("{reference}", "2.00")], "0.00", "steht zweimal da"),
    ],
)
def test_what_cannot_be_assigned_is_refused_with_a_sentence(
    karin: User, parts: list[tuple[str, str]], pay_back: str, sentence: str
) -> None:
    payment = announce()
    entry = unclear(karin, "7.50", "irgendwas")
    named = [(reference.format(reference=payment.reference), amount) for reference, amount in parts]

    with pytest.raises(ClearingRefused, match=sentence):
        assign(entry, karin, *named, pay_back=pay_back)

    assert (Assignment.objects.count(), PayBack.objects.count()) == (0, 0)
    assert StatementEntry.objects.get().state == EntryState.TO_CLARIFY


def test_what_is_paid_takes_no_more(karin: User) -> None:
    payment = announce()
    bring([line("5.00", payment.reference)], karin)

    with pytest.raises(ClearingRefused, match="schon bezahlt"):
        assign(unclear(karin, "5.00", "noch einmal"), karin, (payment.reference, "5.00"))


def test_an_assignment_is_taken_back_until_the_payment_is_whole(karin: User) -> None:
    payment = announce()
    entry = unclear(karin, "2.00", payment.reference)
    assign(entry, karin, (payment.reference, "2.00"))

    clearing.undo(assignment=Assignment.objects.get(), by=karin, now=NOW())
    assign(entry, karin, pay_back="2.00")

    assert (StatementEntry.objects.get().state, PayBack.objects.get().amount) == (EntryState.CLEARED, Decimal("2.00"))
    bring([line("5.00", f"{payment.reference} jetzt")], karin)
    assert state_of(payment) == PaymentState.PAID
    with pytest.raises(ClearingRefused, match="schon gebucht"):
        clearing.undo(assignment=Assignment.objects.latest("pk"), by=karin, now=NOW())


def test_what_is_none_of_ours_lies_aside_and_can_be_taken_up_again(karin: User) -> None:
    entry = unclear(karin, "5.00")

    clearing.put_aside(entry=entry, note="Grundsteuer", by=karin, now=NOW())
    aside = StatementEntry.objects.get()
    with pytest.raises(ClearingRefused, match="schon „Betrifft das Portal nicht“"):
        assign(entry, karin, pay_back="5.00")
    clearing.take_up(entry=entry, by=karin, now=NOW())

    assert (aside.state, aside.note, aside.decided_by) == (EntryState.ASIDE, "Grundsteuer", karin)
    assert StatementEntry.objects.get().state == EntryState.TO_CLARIFY


def test_a_transfer_that_was_fetched_back_is_owed_again(karin: User) -> None:
    payment = announce()
    bring([line("5.00", payment.reference)], karin)
    entry = unclear(karin, "-5.00", payment.reference, is_return=True)

    clearing.book_return(entry=entry, reference=payment.reference, by=karin, now=NOW())

    assert state_of(payment) == PaymentState.CHARGED_BACK
    assert PaymentRequest.objects.get().amount == Decimal("5.00")
    assert sum(one.amount for one in Movement.objects.all()) == 0
    with pytest.raises(ClearingRefused, match="schon „Geklärt“"):
        clearing.book_return(entry=entry, reference=payment.reference, by=karin, now=NOW())


def test_a_return_of_what_never_came_is_refused(karin: User) -> None:
    payment = announce()
    entry = unclear(karin, "-5.00", payment.reference, is_return=True)

    with pytest.raises(ClearingRefused, match="kein Geld in dieser Höhe"):
        clearing.book_return(entry=entry, reference=payment.reference, by=karin, now=NOW())


def test_a_refund_is_made_by_hand_and_may_come_back(karin: User, kim: User) -> None:
    payment = announce()
    bring([line("5.00", payment.reference)], karin)
    refund = request_refund(
        payment=payment, amount=Decimal("5.00"), reason=RefundReason.OTHER, note="", by=karin, now=NOW()
    )
    release_refund(refund=refund, by=kim, now=NOW())
    run_jobs(also_later=True)  # nobody asks a provider
    released = Refund.objects.get().state
    with pytest.raises(RefundRefused):
        made_by_hand(refund=refund, by=karin, now=NOW())
    made_by_hand(refund=refund, by=kim, now=NOW(), on=timezone.localdate())
    gone = state_of(payment)
    debit = "-5.00"
    bring([line(debit, f"Erstattung {payment.reference}")], karin)
    returned = unclear(karin, "5.00", f"Rueckgabe {payment.reference}", is_return=True)

    clearing.book_return(entry=returned, reference=payment.reference, by=karin, now=NOW())
    failed = (Refund.objects.get().state, state_of(payment))
    made_by_hand(refund=refund, by=kim, now=NOW())

    assert (released, gone) == (RefundState.APPROVED, PaymentState.REFUNDED)
    assert StatementEntry.objects.get(amount=Decimal(debit)).state == EntryState.ASIDE
    assert failed == (RefundState.FAILED, PaymentState.REFUND_FAILED)
    assert (Refund.objects.get().state, state_of(payment)) == (RefundState.DONE, PaymentState.REFUNDED)
    assert [str(one.amount) for one in Movement.objects.order_by("pk")] == ["5.00", "-5.00", "5.00", "-5.00"]


def test_only_the_cash_office_decides(karin: User) -> None:
    payment, bernd = announce(), make_bernd()
    entry = unclear(karin, "2.00", payment.reference)
    assign(entry, karin, (payment.reference, "2.00"))
    other = unclear(karin, "7.50")
    deeds: list[Callable[[], object]] = [
        lambda: assign(other, bernd, pay_back="7.50"),
        lambda: clearing.undo(assignment=Assignment.objects.get(), by=bernd, now=NOW()),
        lambda: clearing.put_aside(entry=other, note="", by=bernd, now=NOW()),
        lambda: clearing.book_return(entry=other, reference="x", by=bernd, now=NOW()),
        lambda: clearing.take_up(entry=other, by=bernd, now=NOW()),
    ]

    for deed in deeds:
        with pytest.raises(ClearingRefused, match="Das macht nur die Kasse"):
            deed()


@pytest.mark.django_db(transaction=True)
def test_two_people_who_spend_the_same_money_at_once_spend_it_once() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        karin, anna = make_karin(), make_anna()
        payments = [announce(make_submission(anna, paid=True)) for _one in range(4)]
        entry = unclear(karin, "5.00")
    chosen = iter(payments * 2)

    def run() -> str:
        with in_town(lage):
            return assign(entry, karin, (next(chosen).reference, "5.00")).state

    answers = at_once(8, run)

    with in_town(lage):
        assert sum(isinstance(answer, ClearingRefused) for answer in answers) == 7
        assert sum(state_of(payment) == PaymentState.PAID for payment in payments) == 1
        assert {one.submission.state for one in payments if one.submission} == {State.AWAITING_PAYMENT}


@pytest.mark.django_db(transaction=True)
def test_a_pay_back_is_released_once_by_many_at_once() -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        make_amount()
        switch_on()
        karin = make_karin()
        assign(unclear(karin, "7.50"), karin, pay_back="7.50")
        people = iter([make_staff(f"kasse{n}", "Kim", f"Kasse {n}", Role.CASH_OFFICE) for n in range(6)])
        back = PayBack.objects.get()

    def run() -> str:
        with in_town(lage):
            return clearing.release_pay_back(pay_back=back, by=next(people), now=NOW()).state

    answers = at_once(6, run)

    assert sum(isinstance(answer, ClearingRefused) for answer in answers) == 5
