"""What providers may report, at any time and in any order, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from billing.actions import PaymentRefused, come_back, rule_out
from billing.documents import receipt_pdf
from billing.models import Difference, Movement, Payment, Refund
from billing.providers.contract import Report, Standing
from billing.settling import learn
from billing.states import (
    ARRIVED,
    GIVEN_UP,
    OPEN,
    REFUND_TRANSITIONS,
    TRANSITIONS,
    PaymentState,
    RefundReason,
    RefundState,
)
from submissions.models import Submission
from submissions.states import State
from tenants.models import Town
from tests.billing.paying import history
from tests.factories import make_payable, make_submission
from tests.jobs import queued_jobs
from tests.people import MONDAY, make_anna, make_bernd, make_karin


@pytest.fixture
def submission(in_lage: Town) -> Submission:
    make_payable()
    return make_submission(make_anna(), paid=True)


def attempt(submission: Submission, number: int = 1, state: PaymentState = PaymentState.STARTED) -> Payment:
    return Payment.objects.create(
        submission=submission,
        reference=f"{submission.number}-{number}",
        amount=Decimal("5.00"),
        state=state,
        account="acct_probe_lage",
        session_id=f"cs_{number}",
        created_at=MONDAY,
    )


def report(payment: Payment, standing: Standing = Standing.PAID, **changes: Any) -> Report:
    told = Report(
        attempt=payment.session_id,
        account=payment.account,
        reference=payment.reference,
        amount=payment.amount,
        currency="eur",
        standing=standing,
        transaction=f"pi_{payment.session_id}",
        charge=f"ch_{payment.session_id}",
        method="card",
    )
    return replace(told, **changes)


def hear(payment: Payment, standing: Standing = Standing.PAID, **changes: Any) -> Payment:
    told = report(payment, standing, **changes)
    return learn(payment=payment, report=told, source="polling", now=timezone.now())


def test_every_state_has_a_row_and_what_is_here_never_gets_lost() -> None:
    assert set(TRANSITIONS) == set(PaymentState)
    assert set(REFUND_TRANSITIONS) == set(RefundState)
    assert set(PaymentState) == (ARRIVED | OPEN | GIVEN_UP)
    assert [state for state in ARRIVED if not TRANSITIONS[state] <= ARRIVED] == []
    assert [state for state in OPEN | GIVEN_UP if TRANSITIONS[state] & (ARRIVED - {PaymentState.PAID})] == []


@pytest.mark.parametrize("state", sorted(GIVEN_UP))
def test_money_that_comes_after_we_gave_up_hands_in_what_was_frozen(
    submission: Submission, state: PaymentState
) -> None:
    paid = hear(attempt(submission, state=state))

    submission.refresh_from_db()
    assert (paid.state, submission.state) == (PaymentState.PAID, State.RECEIVED)


def test_money_for_an_application_that_was_changed_is_proposed_to_go_back(submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(state=State.SUPERSEDED)

    paid = hear(attempt(submission, state=PaymentState.EXPIRED))

    assert (paid.state, paid.is_surplus) == (PaymentState.REFUND_REQUESTED, True)
    assert Refund.objects.get().reason == RefundReason.SURPLUS


def test_who_pays_twice_gets_the_second_payment_back_once_somebody_releases_it(submission: Submission) -> None:
    late = attempt(submission, 1, PaymentState.EXPIRED)
    first = hear(attempt(submission, 2))

    second = hear(hear(late))

    assert (first.state, second.state) == (PaymentState.PAID, PaymentState.REFUND_REQUESTED)
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.state) == (second, Decimal("5.00"), RefundState.REQUESTED)
    assert history(second)[0] == ("paid", "Doppelt bezahlt")
    assert Movement.objects.count() == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("4.99")},
        {"amount": Decimal("500.00")},
        {"currency": "usd"},
        {"account": "acct_probe_detmold"},
        {"reference": "LAGE-2026-999999-1"},
        {"attempt": "cs_other"},
    ],
)
def test_a_report_that_does_not_fit_is_an_alarm_and_no_payment(
    submission: Submission, changes: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    unknown = hear(attempt(submission), **changes)

    submission.refresh_from_db()
    assert (unknown.state, submission.state) == (PaymentState.UNKNOWN, State.AWAITING_PAYMENT)
    assert (Movement.objects.count(), Difference.objects.count()) == (0, 1)
    assert "does not fit" in caplog.text


def test_old_news_changes_nothing_after_the_money_came(submission: Submission) -> None:
    paid = hear(attempt(submission))

    for standing in (Standing.OPEN, Standing.PROCESSING, Standing.EXPIRED):
        paid = hear(paid, standing)

    assert (paid.state, history(paid)) == (PaymentState.PAID, [("paid", "Bezahlt")])


def test_who_comes_back_while_the_provider_is_silent_is_told_to_wait_until_it_speaks(submission: Submission) -> None:
    waiting = come_back(payment=attempt(submission), now=timezone.now())
    states = [waiting.state]
    for standing in (Standing.OPEN, Standing.PAID):
        states.append(hear(waiting, standing).state)

    assert states == [PaymentState.UNKNOWN, PaymentState.STARTED, PaymentState.PAID]


def test_a_debit_that_fails_is_told_to_the_citizen(submission: Submission) -> None:
    hear(attempt(submission), Standing.PROCESSING, method="sepa_debit")

    failed = hear(Payment.objects.get(), Standing.FAILED, method="sepa_debit")

    assert history(failed)[-1] == ("failed", "Die Bank hat die Lastschrift nicht eingelöst")
    assert submission.events.filter(title="Die Lastschrift hat nicht geklappt").count() == 1
    assert queued_jobs() == ["submissions.jobs.send_notice"]


def test_the_case_worker_hears_that_a_payment_was_taken_back(submission: Submission) -> None:
    paid = hear(attempt(submission))
    Submission.objects.filter(pk=submission.pk).update(case_worker=make_bernd())

    hear(paid, Standing.FAILED)

    assert "submissions.jobs.tell_case_worker" in queued_jobs()


def test_the_cash_office_may_rule_out_what_could_not_be_cleared_up(submission: Submission) -> None:
    unknown = hear(attempt(submission), amount=Decimal("1.00"))
    now, karin = timezone.now() + timedelta(days=1), make_karin()

    with pytest.raises(PaymentRefused, match="nur die Kasse"):
        rule_out(payment=unknown, why="Nichts angekommen", by=make_bernd(), now=now)
    ruled_out = rule_out(payment=unknown, why="Nichts angekommen", by=karin, now=now)
    with pytest.raises(PaymentRefused, match="nicht mehr möglich"):
        rule_out(payment=unknown, why="Nichts angekommen", by=karin, now=now)

    assert ruled_out.state == PaymentState.FAILED
    assert Difference.objects.get().resolved_at == now


def test_a_receipt_can_be_archived_and_read_aloud(submission: Submission) -> None:
    pdf = receipt_pdf(hear(attempt(submission)))

    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
