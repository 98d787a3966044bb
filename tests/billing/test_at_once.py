from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Role
from billing import jobs, settling
from billing.actions import cancel, start_payment
from billing.models import LedgerEntry, Movement, Payment
from billing.providers import STRIPE
from billing.providers.contract import Standing
from billing.refunding import RefundRefused, release_refund, request_refund
from billing.states import MovementKind, PaymentState, RefundReason
from billing.webhooks.models import WebhookEvent
from submissions.models import Submission
from submissions.states import State
from tenants.context import at_operator, in_town
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.factories import make_payable, make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.people import MONDAY, TownClient, make_anna, make_karin, make_staff
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

BACK = "http://lage.localhost:8000/zahlung/{payment}/zurueck/"


@pytest.fixture
def submission() -> Submission:
    """An order for a tag that waits for its payment."""
    with in_town(Town.objects.get(slug="lage")):
        make_payable()
        return make_submission(make_anna(), paid=True)


def test_eight_clicks_at_once_begin_one_payment(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")

    def pay() -> str:
        with in_town(lage):
            return start_payment(
                submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now()
            ).session_url

    addresses = at_once(8, pay)

    with in_town(lage):
        assert len(set(addresses)) == 1
        assert Payment.objects.get().state == PaymentState.STARTED


def test_eight_webhooks_at_once_make_one_payment_and_one_submission(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
    provider.pay(payment.session_url)
    about_the_session = [hook for hook in provider.webhooks(times=8) if b"checkout.session.completed" in hook[0]]
    hooks = iter(about_the_session[:8])

    answers = at_once(8, lambda: provider.deliver(*next(hooks)).status_code)
    run_jobs()

    with in_town(lage):
        assert answers == [200] * 8
        assert Submission.objects.get().state == State.RECEIVED
        assert Submission.objects.get().events.filter(new_state=State.RECEIVED).count() == 1
        assert Payment.objects.get().state == PaymentState.PAID


def test_webhook_return_page_and_polling_at_once_settle_once(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
    provider.pay(payment.session_url)
    sources = iter(["webhook", "return", "polling"] * 3)

    def ask() -> str:
        with in_town(lage):
            return settling.ask(payment=payment, source=next(sources), now=MONDAY).state

    assert at_once(8, ask) == [PaymentState.PAID] * 8
    with in_town(lage):
        assert LedgerEntry.objects.filter(new_state=PaymentState.PAID).count() == 1
        assert queued_jobs().count("submissions.jobs.send_notice") == 1


def test_two_people_who_release_a_refund_at_once_release_it_once(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
        provider.pay(payment.session_url)
        settling.ask(payment=payment, source="return", now=timezone.now())
        refund = request_refund(
            payment=payment,
            amount=payment.amount,
            reason=RefundReason.OTHER,
            note="",
            by=make_karin(),
            now=timezone.now(),
        )
        colleagues = [make_staff(f"kasse{n}", "Kim", f"Kasse {n}", Role.CASH_OFFICE) for n in range(4)]
    people = iter(colleagues * 2)

    def release() -> str:
        with in_town(lage):
            return release_refund(refund=refund, by=next(people), now=timezone.now()).state

    answers = at_once(8, release)
    run_jobs()

    with in_town(lage):
        refused = [answer for answer in answers if isinstance(answer, RefundRefused)]
        assert len(refused) == 7
        assert all("hat schon" in str(refusal) for refusal in refused)
        assert Movement.objects.filter(kind=MovementKind.REFUND).count() == 1
        assert settling.ask(payment=payment, source="polling", now=timezone.now()).state == PaymentState.REFUNDED


def test_requests_for_refunds_at_once_never_exceed_what_was_paid(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
        provider.pay(payment.session_url)
        settling.ask(payment=payment, source="return", now=timezone.now())
        karin = make_karin()

    def ask_for() -> str:
        with in_town(lage):
            return request_refund(
                payment=payment,
                amount=Decimal("3.00"),
                reason=RefundReason.OTHER,
                note="",
                by=karin,
                now=timezone.now(),
            ).state

    answers = at_once(6, ask_for)

    assert sum(isinstance(answer, RefundRefused) for answer in answers) == 5


def test_a_payment_and_its_cancelling_at_once_agree_with_the_provider(
    submission: Submission, provider: Provider
) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
    acts = iter(["cancel", "pay", "cancel", "ask", "cancel", "pay"])

    def act() -> str:
        what = next(acts)
        with in_town(lage):
            if what == "pay":
                return provider.pay(payment.session_url)
            if what == "ask":
                return settling.ask(payment=payment, source="polling", now=timezone.now()).state
            return cancel(payment=payment, now=timezone.now()).state

    answers = at_once(6, act)
    run_jobs(also_later=True)

    with in_town(lage):
        payment.refresh_from_db()
        told = STRIPE.ask(account=payment.account, attempt=payment.session_id).standing
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert (payment.state, told) in (
            (PaymentState.PAID, Standing.PAID),
            (PaymentState.CANCELLED, Standing.EXPIRED),
            (PaymentState.EXPIRED, Standing.EXPIRED),
        )
        is_received = Submission.objects.get().state == State.RECEIVED
        assert is_received == (payment.state == PaymentState.PAID)


def test_two_webhooks_and_the_return_page_at_once_settle_once(submission: Submission, provider: Provider) -> None:
    lage = Town.objects.get(slug="lage")
    with in_town(lage):
        payment = start_payment(submission=submission, success_url=BACK, cancel_url=BACK, now=timezone.now())
    provider.pay(payment.session_url)
    hooks = provider.webhooks()
    for hook in hooks:
        provider.deliver(*hook)
    with at_operator():
        about = WebhookEvent.objects.get(kind="checkout.session.completed").pk
    acts = iter(["webhook", "return", "webhook", "return"])

    def act() -> int:
        if next(acts) == "webhook":
            with at_operator():
                jobs.process_event._task.func(event=about)
            return 0
        return TownClient(lage).get(f"/zahlung/{payment.pk}/zurueck/").status_code

    answers = at_once(4, act)

    with in_town(lage):
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert LedgerEntry.objects.filter(new_state=PaymentState.PAID).count() == 1
        assert Movement.objects.count() == 1
        assert Submission.objects.get().events.filter(new_state=State.RECEIVED).count() == 1
