"""What several tests do: order a tag, pay for it, let the provider tell."""

from django.utils import timezone

from billing import settling
from billing.actions import start_payment
from billing.models import Payment, PaymentRequest
from submissions.models import Submission
from tests.billing.conftest import Provider
from tests.factories import make_submission
from tests.jobs import run_jobs
from tests.people import make_anna

BACK = "http://lage.localhost:8000/zahlung/{payment}/zurueck/"


def order_tag() -> Submission:
    """Anna has ordered a tag; it waits for its payment of five euros."""
    return make_submission(make_anna(), paid=True)


def start(submission: Submission, request: PaymentRequest | None = None) -> Payment:
    """Go to the provider's page."""
    return start_payment(submission=submission, request=request, success_url=BACK, cancel_url=BACK, now=timezone.now())


def pay(
    provider: Provider,
    submission: Submission,
    method: str = "card",
    *,
    request: PaymentRequest | None = None,
    **typed: str,
) -> Payment:
    """Pay and come back."""
    payment = start(submission, request)
    provider.pay(payment.session_url, method, **typed)
    return ask(payment)


def ask(payment: Payment) -> Payment:
    """As polling does."""
    return settling.ask(payment=payment, source="polling", now=timezone.now())


def let_provider_tell(provider: Provider) -> None:
    """All webhooks arrive and are understood."""
    for body, signature in provider.webhooks():
        assert provider.deliver(body, signature).status_code == 200
    run_jobs()
    run_jobs()


def history(payment: Payment) -> list[tuple[str, str]]:
    """The states that a payment went through, each with its reason."""
    return [(entry.new_state, entry.reason) for entry in payment.entries.order_by("pk")]


def moved(payment: Payment) -> list[tuple[str, str]]:
    """What moved because of it."""
    return [(movement.kind, str(movement.amount)) for movement in payment.movements.order_by("pk")]
