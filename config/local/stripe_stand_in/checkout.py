"""Checkout Sessions: what is to be paid, for how long, and where the person goes afterwards."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

from config.local.stripe_stand_in import events, payments
from config.local.stripe_stand_in.instruments import METHODS
from config.local.stripe_stand_in.refusals import Refused, not_handled
from config.local.stripe_stand_in.specification import Parameters
from config.local.stripe_stand_in.store import PLATFORM, Entry, Store

DAY = 24 * 60 * 60  # seconds
SHORTEST_LIFE = 30 * 60  # seconds; docs.stripe.com/api/checkout/sessions/create (expires_at)
SMALLEST_TOTAL = 50  # cents
LARGEST_TOTAL = 99_999_999  # cents

COPIED = (
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "locale",
    "submit_type",
    "success_url",
    "currency",
)
HANDLED = {*COPIED, "expand", "expires_at", "line_items", "metadata", "mode", "payment_intent_data"}
HANDLED |= {"payment_method_types", "ui_mode"}
HANDLED_OF_INTENT = {"application_fee_amount", "description", "metadata", "receipt_email"}
HANDLED_OF_INTENT |= {"statement_descriptor", "statement_descriptor_suffix"}
HANDLED_OF_ITEM = {"metadata", "price_data", "quantity"}
HANDLED_OF_PRICE = {"currency", "product_data", "unit_amount", "tax_behavior"}


def create(store: Store, account: str, parameters: Parameters, *, page: str) -> Entry:
    """Open a session; `page` is the address below which people pay. Raises Refused."""
    _refuse_unhandled(parameters, HANDLED, "")
    intent_data = parameters.get("payment_intent_data", {})
    _refuse_unhandled(intent_data, HANDLED_OF_INTENT, "payment_intent_data")
    _check_purpose(store, account, parameters)
    items = [_line_item(store, number, item) for number, item in enumerate(parameters["line_items"])]
    currency, total = _total(items)
    now = int(time.time())
    session = store.new(
        "checkout.session",
        "cs_test",
        account,
        mode="payment",
        status="open",
        payment_status="unpaid",
        ui_mode="hosted_page",
        amount_subtotal=total,
        amount_total=total,
        metadata=parameters.get("metadata", {}),
        payment_method_types=_payment_methods(parameters, currency),
        expires_at=_expiry(parameters, now),
    )
    session.body |= {name: parameters[name] for name in COPIED if name in parameters} | {"currency": currency}
    session.body["url"] = f"{page}/{session.id}"
    session.private = {"items": items, "payment_intent_data": intent_data}
    session.due = session.body["expires_at"]
    store.save(session)
    return session


def line_items(session: Entry) -> dict[str, Any]:
    """What is paid for, as Stripe's list."""
    url = f"/v1/checkout/sessions/{session.id}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": session.private["items"]}


def expire(store: Store, session: Entry) -> None:
    """Close a session that nobody may pay any more. Raises Refused if it is not open."""
    if session.body["status"] != "open":
        status = session.body["status"]
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This Session is {status}.'
        raise Refused(message, code="checkout_session_not_open")
    session.body |= {"status": "expired", "url": None}
    session.due = None
    store.save(session)
    events.record(store, session.account, "checkout.session.expired", session.body)


def let_time_pass(store: Store, now: float) -> None:
    """Expire what is too old at `now` (seconds since 1970) and let the bank decide direct debits."""
    for session in store.due("checkout.session", now):
        if session.body["status"] == "open":
            expire(store, session)
        else:
            payments.settle(store, session, succeeded=not session.private["fails"])


def _check_purpose(store: Store, account: str, parameters: Parameters) -> None:
    if account != PLATFORM and not store.get(PLATFORM, account, "account").body["charges_enabled"]:
        raise Refused("Your account cannot currently make charges: its onboarding is not complete.")
    if "mode" not in parameters:
        raise Refused("Missing required param: mode.", code="parameter_missing", param="mode")
    if parameters["mode"] != "payment" or parameters.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_handled("anything but one-off payments on the hosted page")
    if not parameters.get("line_items"):
        message = "The `line_items` parameter is required in payment mode."
        raise Refused(message, code="parameter_missing", param="line_items")
    if "success_url" not in parameters:
        raise Refused("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        if name in parameters and not _is_url(parameters[name]):
            raise Refused("Not a valid URL", code="url_invalid", param=name)
    email = parameters.get("customer_email")
    if email and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise Refused(f"Invalid email address: {email}", code="email_invalid", param="customer_email")


def _line_item(store: Store, number: int, item: Parameters) -> dict[str, Any]:
    path = f"line_items[{number}]"
    _refuse_unhandled(item, HANDLED_OF_ITEM, path)
    if "price_data" not in item:
        raise Refused(f"Missing required param: {path}[price].", code="parameter_missing", param=path)
    price = item["price_data"]
    _refuse_unhandled(price, HANDLED_OF_PRICE, f"{path}[price_data]")
    for name in ("product_data", "unit_amount"):
        if name not in price:
            inner = f"{path}[price_data][{name}]"
            raise Refused(f"Missing required param: {inner}.", code="parameter_missing", param=inner)
    quantity = item.get("quantity", 1)
    if quantity < 1 or price["unit_amount"] < 0:
        inner = f"{path}[quantity]" if quantity < 1 else f"{path}[price_data][unit_amount]"
        raise Refused("This value must not be negative or zero.", code="parameter_invalid_integer", param=inner)
    amount = quantity * price["unit_amount"]
    described = {"id": f"li_{number + 1}", "object": "item", "description": price["product_data"]["name"]}
    amounts = {"amount_subtotal": amount, "amount_total": amount, "currency": price["currency"].lower()}
    return store.specification.blank("item") | described | amounts | {"quantity": quantity}


def _total(items: list[dict[str, Any]]) -> tuple[str, int]:
    """Currency and sum (cents)."""
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise Refused("All line items must have the same currency.", param="line_items")
    total = sum(item["amount_total"] for item in items)
    if total < SMALLEST_TOTAL:
        message = "The Checkout Session's total amount must convert to at least 50 cents."
        raise Refused(message, code="amount_too_small")
    if total > LARGEST_TOTAL:
        raise Refused("The Checkout Session's total amount is too large.", code="amount_too_large")
    return currencies.pop(), total


def _payment_methods(parameters: Parameters, currency: str) -> list[str]:
    asked: list[str] = parameters.get("payment_method_types") or list(METHODS)
    for method in asked:
        if method not in METHODS or (method == "sepa_debit" and currency != "eur"):
            message = (
                f"The payment method type provided: {method} is invalid. "
                "Please ensure the provided type is activated for this account and currency."
            )
            raise Refused(message, code="payment_method_type_invalid", param="payment_method_types")
    return asked


def _expiry(parameters: Parameters, now: int) -> int:
    expires_at: int = parameters.get("expires_at", now + DAY)
    if not now + SHORTEST_LIFE <= expires_at <= now + DAY:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
        raise Refused(message, code="parameter_invalid_integer", param="expires_at")
    return expires_at


def _refuse_unhandled(given: Parameters, handled: set[str], path: str) -> None:
    for name in given.keys() - handled:
        raise not_handled(f"{path}[{name}]" if path else name)


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)
