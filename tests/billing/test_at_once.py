import pytest
from django.utils import timezone

from billing import settling
from billing.actions import start_payment
from billing.models import LedgerEntry, Payment
from billing.states import PaymentState
from submissions.models import Submission
from submissions.states import State
from tenants.context import in_town
from tenants.models import Town
from tests.billing.conftest import Provider
from tests.factories import make_payable, make_submission
from tests.jobs import queued_jobs, run_jobs
from tests.people import MONDAY, make_anna
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
