"""Stripe: translates and verifies, never touches our tables.

A payment is a Checkout Session (hosted page) on the town's own connected account. The API version is the one pinned
by the library.
"""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

CURRENCY = "eur"


class ProviderUnreachable(Exception):
    """Stripe does not answer, or not as it should. Nothing is known; ask again."""


class WebhookRefused(Exception):
    """Not from Stripe: the signature is missing, wrong or too old."""


@dataclass(frozen=True)
class Report:
    """What Stripe says about a Checkout Session."""

    session_id: str
    account: str
    reference: str
    amount: int  # cents
    currency: str
    status: str  # open, complete, expired
    payment_status: str  # paid, unpaid
    intent_id: str = ""
    method: str = ""
    url: str = ""
    has_failed: bool = False  # a debit was returned


@dataclass(frozen=True)
class Notice:
    """A verified webhook: which payment of which town it is about."""

    event_id: str
    kind: str
    account: str
    town: str
    session_id: str


def in_cents(amount: Decimal) -> int:
    """EUR to cents. Raises ValueError if a fraction of a cent is left."""
    cents = amount * 100
    if cents != cents.to_integral_value():
        raise ValueError(f"not whole cents: {amount}")
    return int(cents)


@dataclass(frozen=True)
class Order:
    """What is to be paid."""

    reference: str
    lines: tuple[tuple[str, Decimal], ...]  # label, EUR gross
    methods: tuple[str, ...]
    email: str
    success_url: str
    cancel_url: str
    town: str
    idempotency_key: str


def open_account(*, name: str, email: str, town: str, idempotency_key: str) -> str:
    """Open an account for a town, which cannot be paid yet; returns its id. Raises ProviderUnreachable."""
    parameters: dict[str, Any] = {
        "type": "standard",
        "country": "DE",
        "business_profile": {"name": name},
        "metadata": {"town": town},
        **({"email": email} if email else {}),
    }
    options: Any = {"idempotency_key": idempotency_key}
    account = _ask(lambda client: client.v1.accounts.create(parameters, options))
    return str(account.id)


def account_link(account: str, *, return_url: str) -> str:
    """The provider's page on which a town gives its details; good for some minutes. Raises ProviderUnreachable."""
    parameters: Any = {
        "account": account,
        "type": "account_onboarding",
        "return_url": return_url,
        "refresh_url": return_url,
    }
    return str(_ask(lambda client: client.v1.account_links.create(parameters)).url)


def may_be_paid(account: str) -> bool:
    """Whether the provider lets an account be paid. Raises ProviderUnreachable."""
    return bool(_ask(lambda client: client.v1.accounts.retrieve(account)).charges_enabled)


def start(order: Order, *, account: str) -> Report:
    """Open a Checkout Session. The same idempotency key gives the same session. Raises ProviderUnreachable."""
    parameters: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": order.reference,
        "metadata": {"town": order.town, "reference": order.reference},
        "payment_intent_data": {"description": order.reference, "metadata": {"reference": order.reference}},
        "payment_method_types": list(order.methods),
        "locale": "de",
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": CURRENCY,
                    "unit_amount": in_cents(amount),
                    "product_data": {"name": label},
                },
            }
            for label, amount in order.lines
        ],
    }
    options: Any = {"stripe_account": account, "idempotency_key": order.idempotency_key}
    return _report(_ask(lambda client: client.v1.checkout.sessions.create(parameters, options)), account)


def read(session_id: str, *, account: str) -> Report:
    """Ask Stripe how a session stands. Raises ProviderUnreachable."""
    options: Any = {"stripe_account": account}
    parameters: Any = {"expand": ["payment_intent.latest_charge"]}
    return _report(_ask(lambda client: client.v1.checkout.sessions.retrieve(session_id, parameters, options)), account)


def expire(session_id: str, *, account: str) -> Report:
    """Close a session so that nobody can pay with it; says how it stands if that is too late."""
    options: Any = {"stripe_account": account, "idempotency_key": f"expire-{session_id}"}
    try:
        return _report(_ask(lambda client: client.v1.checkout.sessions.expire(session_id, {}, options)), account)
    except stripe.InvalidRequestError:
        return read(session_id, account=account)


def read_webhook(body: bytes, signature: str) -> Notice:
    """Verify and read a webhook. Raises WebhookRefused."""
    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=300)
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as problem:
        raise WebhookRefused(str(problem)) from problem
    return notice_of(body)


def notice_of(body: bytes) -> Notice:
    """What a stored webhook says."""
    event = json.loads(body)
    subject = event.get("data", {}).get("object", {})
    is_session = subject.get("object") == "checkout.session"
    return Notice(
        event_id=event["id"],
        kind=event["type"],
        account=event.get("account") or "",
        town=(subject.get("metadata") or {}).get("town", "") if is_session else "",
        session_id=subject["id"] if is_session else "",
    )


def takes_real_money() -> bool:
    """Whether what people pay with our key is money; with a key for tests nothing is charged."""
    return not settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_"))


def _ask(call: Any) -> Any:
    client = stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=2,
    )
    try:
        return call(client)
    except (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError, stripe.AuthenticationError) as problem:
        raise ProviderUnreachable(type(problem).__name__) from problem


def _report(session: Any, account: str) -> Report:
    plain = session.to_dict()
    intent = plain.get("payment_intent") or {}
    intent = {"id": intent} if isinstance(intent, str) else intent
    charge = intent.get("latest_charge") or {}
    charge = {} if isinstance(charge, str) else charge
    return Report(
        session_id=plain["id"],
        account=account,
        reference=plain.get("client_reference_id") or "",
        amount=plain.get("amount_total") or 0,
        currency=plain.get("currency") or "",
        status=plain.get("status") or "",
        payment_status=plain.get("payment_status") or "",
        intent_id=intent.get("id", ""),
        method=(charge.get("payment_method_details") or {}).get("type", ""),
        url=plain.get("url") or "",
        has_failed=plain.get("payment_status") == "unpaid"
        and plain.get("status") == "complete"
        and intent.get("status") in ("requires_payment_method", "canceled"),
    )
