import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.http import HttpResponse

from billing.models import Payment
from billing.providers import STRIPE
from config.local.configuration import Ports
from config.local.stack import Stack
from config.local.stripe_stand_in.instruments import BANK_ACCOUNTS, CARDS
from tenants.models import Town
from tests.factories import make_payable
from tests.local.conftest import Portal
from tests.people import Browser, TownClient, make_anna


class Provider:
    """The payment provider as a person and the network see it. Its webhooks come when we let them."""

    def __init__(self, stack: Stack, portal: Portal) -> None:
        self.base = stack.environment["STRIPE_API_BASE"]
        self.portal = portal
        self.operator = Browser("betrieb.localhost")

    def pay(self, address: str, method: str = "card", **typed: str) -> str:
        """Fill in the payment page; returns where it sends the person."""
        fields = {"method": method, "card_number": CARDS[0].number, "iban": BANK_ACCOUNTS[0].number, "action": "pay"}
        answer = requests.post(address, fields | typed, allow_redirects=False, timeout=30)
        return answer.headers.get("Location", "")

    def probe(self, path: str, **body: Any) -> None:
        assert requests.post(f"{self.base}/_probe/{path}", json=body, timeout=30).status_code == 200

    def new_account(self) -> str:
        """An account that can be paid and has never been."""
        opened = STRIPE.open_account(name="Stadt Lage", email="", town=f"lage-{time.time_ns()}")
        link = STRIPE.account_link(opened, return_url="http://localhost/")
        requests.post(link, allow_redirects=False, timeout=30)
        return opened

    def charge_of(self, payment: Payment) -> str:
        """The provider's id of the money that was paid."""
        return STRIPE.ask(account=payment.account, attempt=payment.session_id).charge

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until the provider has done what takes it a moment."""
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "the provider does not do it"
            time.sleep(0.1)

    def webhooks(self, *, order: str = "as_created", times: int = 1) -> list[tuple[bytes, str]]:
        """What Stripe has to tell, as (body, signature)."""
        self.portal.received.clear()
        self.probe("webhooks/release", order=order, times=times)
        self.probe("webhooks/hold")
        return [(body, headers["Stripe-Signature"]) for body, headers in self.portal.received]

    def deliver(self, body: bytes, signature: str) -> HttpResponse:
        """Bring a webhook to the portal."""
        return self.operator.post(  # type: ignore[return-value]
            "/webhooks/stripe/", body, content_type="application/json", headers={"Stripe-Signature": signature}
        )


@pytest.fixture(scope="session")
def payment_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stand-in for Stripe as a process of its own."""
    data = tmp_path_factory.mktemp("payments")
    given = {"DATABASE_URL": "postgresql:///nothing", "PATH": "/usr/bin:/bin"}
    parts = frozenset({"stripe"})
    with Stack(data, ports=Ports.free(), parts=parts, given=given, bank_seconds=3600) as stack:
        yield stack


@pytest.fixture
def provider(payment_stack: Stack, settings: Any) -> Iterator[Provider]:
    """The payment provider; its webhooks are held back."""
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "STRIPE_API_BASE"):
        setattr(settings, name, payment_stack.environment[name])
    portal = Portal(payment_stack.ports.web)
    found = Provider(payment_stack, portal)
    found.probe("webhooks/hold")
    found.webhooks()  # whatever a test before this one has left
    yield found
    portal.close()


@pytest.fixture
def anna(visitor: TownClient, in_lage: Town) -> TownClient:
    """Anna's browser in a town that can be paid."""
    make_payable()
    return visitor.sign_in(make_anna())
