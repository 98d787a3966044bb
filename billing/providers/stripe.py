"""Stripe: a payment is a Checkout Session (hosted page) on the town's own connected account."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

from billing.providers.contract import (
    CURRENCY,
    DisputeReport,
    DisputeStanding,
    EventRefused,
    Notice,
    Order,
    ProviderRefused,
    ProviderUnreachable,
    RefundOrder,
    RefundReport,
    RefundStanding,
    Report,
    Standing,
    Transaction,
    in_cents,
    in_euros,
)
from billing.states import MovementKind

# The version whose published description the stand-in checks our requests against.
API_VERSION = "2026-05-27.dahlia"
TIMEOUT = 10  # seconds; a person waits
RETRIES = 2  # of the library, with the same idempotency key
TOLERANCE = 300  # seconds that an event may be old when it arrives
CAPABILITY = "_payments"  # how the capabilities of an account end that are ways to pay

# Expanded where a session is read: one answer holds all that became of a payment, but disputes.
_EXPANDED = ["payment_intent.latest_charge.refunds"]
_DISPUTES = {
    "won": DisputeStanding.WON,
    "lost": DisputeStanding.LOST,
    "needs_response": DisputeStanding.OPEN,
    "under_review": DisputeStanding.OPEN,
}  # warnings and what was prevented move no money
_REFUNDS = {
    "succeeded": RefundStanding.DONE,
    "failed": RefundStanding.FAILED,
    "canceled": RefundStanding.FAILED,
}
_ABOUT_PAYMENTS = ("checkout.session.", "charge.dispute.", "charge.refund", "refund.", "charge.failed")
_MOVEMENTS = {
    "charge": MovementKind.PAYMENT,
    "payment": MovementKind.PAYMENT,
    "payment_failure_refund": MovementKind.PAYMENT_RETURNED,
    "refund": MovementKind.REFUND,
    "payment_refund": MovementKind.REFUND,
    "refund_failure": MovementKind.REFUND_RETURNED,
    "dispute": MovementKind.DISPUTE,
    "dispute_reversal": MovementKind.DISPUTE_WON,
    "payout": MovementKind.PAYOUT,
    "payout_failure": MovementKind.PAYOUT_RETURNED,
    "payout_cancel": MovementKind.PAYOUT_RETURNED,
    "stripe_fee": MovementKind.FEE,
}


@dataclass(frozen=True)
class AccountReport:
    """What Stripe says about a connected account. `methods` are the ways to pay that are switched on there."""

    account: str
    may_be_paid: bool
    methods: tuple[str, ...]
    disabled_reason: str
    details_submitted: bool


class Stripe:
    """The provider (billing.providers.contract), and what only Stripe has: the onboarding of accounts."""

    key = "stripe"
    smallest = Decimal("0.50")  # docs.stripe.com/currencies, minimum of a charge in euros

    # --- The four verbs ------------------------------------------------------------------------------------

    def start(self, order: Order) -> Report:
        """Open a Checkout Session."""
        about = {"town": order.town, "reference": order.reference}
        parameters: dict[str, Any] = {
            "mode": "payment",
            "client_reference_id": order.reference,
            "metadata": about,
            "payment_intent_data": {"description": order.reference, "metadata": about},
            "payment_method_types": list(order.methods),
            "locale": "de",
            "success_url": order.success_url,
            "cancel_url": order.cancel_url,
            "expires_at": int(order.expires_at.timestamp()),
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": CURRENCY,
                        "unit_amount": in_cents(amount),
                        "product_data": {"name": label},
                    },
                }
                for label, amount, _budget_line in order.lines
            ],
        }
        options = {"stripe_account": order.account, "idempotency_key": order.idempotency_key}
        return _report(_call(lambda api: api.checkout.sessions.create(parameters, options)), order.account)

    def ask(self, *, account: str, attempt: str, closing: bool = False) -> Report:
        """Read a Checkout Session with its charge, refunds and disputes; expire it first if it is to be closed."""
        options = {"stripe_account": account}
        if closing:
            once = options | {"idempotency_key": f"expire-{attempt}"}
            with contextlib.suppress(ProviderRefused):  # too late: what it says now counts
                _call(lambda api: api.checkout.sessions.expire(attempt, {}, once))
        expanded = {"expand": _EXPANDED}
        session = _call(lambda api: api.checkout.sessions.retrieve(attempt, expanded, options))
        return _report(session, account, disputes=_disputes(_charge(session), account))

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        """Verify and read a webhook."""
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE
            )
            return self.notice_of(body)
        except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError, AttributeError) as problem:
            raise EventRefused(type(problem).__name__) from problem

    def notice_of(self, body: bytes) -> Notice:
        """What a webhook says that was verified before."""
        event = json.loads(body)
        kind, subject = event["type"], event["data"]["object"]
        about = subject.get("metadata") or {}
        is_session = subject.get("object") == "checkout.session"
        return Notice(
            event_id=event["id"],
            kind=kind,
            account=event.get("account") or "",
            town=about.get("town", ""),
            attempt=subject["id"] if is_session else "",
            transaction=subject.get("payment_intent") or "",
            reference=about.get("reference", ""),
            is_about_payment=kind.startswith(_ABOUT_PAYMENTS),
            is_about_account=kind == "account.updated",
        )

    def refund(self, order: RefundOrder) -> RefundReport:
        """Give back a part of a payment, or all."""
        parameters = {
            "payment_intent": order.transaction,
            "amount": in_cents(order.amount),
            "metadata": {"refund": order.refund},
        }
        options = {"stripe_account": order.account, "idempotency_key": order.idempotency_key}
        return _refund_report(_call(lambda api: api.refunds.create(parameters, options)))

    def takes_real_money(self, account: str) -> bool:  # noqa: ARG002 -- the key is of all accounts
        """With a key for tests nothing is charged."""
        return not settings.STRIPE_SECRET_KEY.startswith(("sk_test_", "rk_test_"))

    # --- The statement -------------------------------------------------------------------------------------

    def statement(self, account: str, *, since: datetime) -> Iterator[Transaction]:
        """All balance transactions since then."""
        wanted = {"created": {"gte": int(since.timestamp())}, "expand": ["data.source"]}
        for moved in _pages(
            lambda api, page: api.balance_transactions.list(wanted | page, {"stripe_account": account})
        ):
            yield _transaction(moved)

    def paid_out(self, account: str, payout: str) -> Iterator[str]:
        """The charges in a payout."""
        wanted = {"payout": payout}
        for moved in _pages(
            lambda api, page: api.balance_transactions.list(wanted | page, {"stripe_account": account})
        ):
            if _MOVEMENTS.get(moved["type"]) == MovementKind.PAYMENT:
                yield moved["source"]

    # --- Accounts of towns ---------------------------------------------------------------------------------

    def open_account(self, *, name: str, email: str, town: str) -> str:
        """Open an account for a town, which cannot be paid yet; once for a town. Returns its id."""
        parameters: dict[str, Any] = {
            "type": "standard",
            "country": "DE",
            "business_profile": {"name": name},
            "metadata": {"town": town},
            **({"email": email} if email else {}),
        }
        options = {"idempotency_key": f"account-{town}"}
        return str(_call(lambda api: api.accounts.create(parameters, options))["id"])

    def account_link(self, account: str, *, return_url: str) -> str:
        """The page on which a town gives its details; good for some minutes."""
        parameters = {
            "account": account,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": return_url,
        }
        return str(_call(lambda api: api.account_links.create(parameters))["url"])

    def ask_account(self, account: str) -> AccountReport:
        """Whether an account may be paid, and how. Raises ProviderUnreachable, ProviderRefused."""
        plain = _call(lambda api: api.accounts.retrieve(account))
        switched_on = (name for name, state in (plain.get("capabilities") or {}).items() if state == "active")
        return AccountReport(
            account=plain["id"],
            may_be_paid=bool(plain.get("charges_enabled")),
            methods=tuple(sorted(name.removesuffix(CAPABILITY) for name in switched_on if name.endswith(CAPABILITY))),
            disabled_reason=(plain.get("requirements") or {}).get("disabled_reason") or "",
            details_submitted=bool(plain.get("details_submitted")),
        )


# --- Asking ------------------------------------------------------------------------------------------------


def _call(ask: Callable[[Any], Any]) -> dict[str, Any]:
    """The answer to a request, as plain data. Raises ProviderUnreachable, ProviderRefused."""
    client = stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )
    try:
        answer: dict[str, Any] = ask(client.v1).to_dict()
    except (stripe.InvalidRequestError, stripe.CardError, stripe.PermissionError) as problem:
        raise ProviderRefused(problem.code or type(problem).__name__) from problem
    except stripe.StripeError as problem:
        raise ProviderUnreachable(type(problem).__name__) from problem
    return answer


def _pages(list_page: Callable[[Any, dict[str, Any]], Any]) -> Iterator[dict[str, Any]]:
    """All objects of a list, page by page."""
    page: dict[str, Any] = {"limit": 100}
    while True:
        found = _call(lambda api, page=page: list_page(api, page))  # type: ignore[misc]
        yield from found["data"]
        if not found["has_more"]:
            return
        page = {"limit": 100, "starting_after": found["data"][-1]["id"]}


# --- Translating -------------------------------------------------------------------------------------------


def _report(session: dict[str, Any], account: str, *, disputes: tuple[DisputeReport, ...] = ()) -> Report:
    charge = _charge(session)
    return Report(
        attempt=session["id"],
        account=account,
        reference=session.get("client_reference_id") or "",
        amount=in_euros(session.get("amount_total") or 0),
        currency=session.get("currency") or "",
        standing=_standing(session, charge),
        transaction=_id(session.get("payment_intent")),
        charge=charge.get("id", ""),
        method=(charge.get("payment_method_details") or {}).get("type", ""),
        url=session.get("url") or "",
        refunds=tuple(_refund_report(one) for one in (charge.get("refunds") or {}).get("data", ())),
        disputes=disputes,
    )


def _standing(session: dict[str, Any], charge: dict[str, Any]) -> Standing:
    if session["status"] == "open":
        return Standing.OPEN
    if session["status"] == "expired":
        return Standing.EXPIRED
    if charge.get("status") == "failed":
        return Standing.FAILED
    return Standing.PAID if session["payment_status"] == "paid" else Standing.PROCESSING


def _charge(session: dict[str, Any]) -> dict[str, Any]:
    """The charge in an answer that was expanded; nothing in any other."""
    intent = session.get("payment_intent")
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    return charge if isinstance(charge, dict) else {}


def _disputes(charge: dict[str, Any], account: str) -> tuple[DisputeReport, ...]:
    if not charge.get("disputed"):
        return ()
    wanted, options = {"charge": charge["id"]}, {"stripe_account": account}
    found = _call(lambda api: api.disputes.list(wanted, options))["data"]
    return tuple(
        DisputeReport(one["id"], in_euros(one["amount"]), _DISPUTES[one["status"]])
        for one in found
        if one["status"] in _DISPUTES
    )


def _refund_report(refund: dict[str, Any]) -> RefundReport:
    return RefundReport(
        id=refund["id"],
        ours=(refund.get("metadata") or {}).get("refund", ""),
        amount=in_euros(refund["amount"]),
        standing=_REFUNDS.get(refund["status"], RefundStanding.PENDING),
    )


def _transaction(moved: dict[str, Any]) -> Transaction:
    source = moved["source"] if isinstance(moved.get("source"), dict) else {}
    name = moved["reporting_category"] if moved["type"] == "adjustment" else moved["type"]
    return Transaction(
        id=moved["id"],
        kind=_MOVEMENTS.get(name, MovementKind.OTHER),
        source=_id(moved.get("source")) or moved["id"],
        amount=in_euros(moved["amount"]),
        fee=in_euros(moved["fee"]),
        at=datetime.fromtimestamp(moved["created"], UTC),
        transaction=_id(source.get("payment_intent")),
        reference=(source.get("metadata") or {}).get("reference", ""),
    )


def _id(named: Any) -> str:
    """The id of what is named, whether it was expanded or not."""
    return str(named.get("id", "")) if isinstance(named, dict) else str(named or "")
