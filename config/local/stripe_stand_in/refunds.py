"""Refunds: never more than was paid, all at once or in parts."""

import time

from config.local.stripe_stand_in import balance, events
from config.local.stripe_stand_in.refusals import Refused, not_handled
from config.local.stripe_stand_in.specification import Parameters
from config.local.stripe_stand_in.store import Entry, Store

FAILS_AFTER = 1.0  # seconds
HANDLED = {"amount", "charge", "expand", "metadata", "payment_intent", "reason", "refund_application_fee"}


def create(store: Store, account: str, parameters: Parameters) -> Entry:
    """Give money back. Raises Refused."""
    for name in parameters.keys() - HANDLED:
        raise not_handled(name)
    charge = _charge_of(store, account, parameters)
    left = charge.body["amount"] - charge.body["amount_refunded"]
    amount = parameters.get("amount", left)
    if left == 0:
        raise Refused(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount <= 0:
        message = "This value must be greater than or equal to 1."
        raise Refused(message, code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Refused(message, code="amount_too_large", param="amount")
    refund = store.new(
        "refund",
        "re",
        account,
        amount=amount,
        currency=charge.body["currency"],
        charge=charge.id,
        payment_intent=charge.body["payment_intent"],
        reason=parameters.get("reason"),
        metadata=parameters.get("metadata") or {},
        status="pending" if charge.private.get("refund_fails") else "succeeded",
    )
    kind = "refund" if charge.body["payment_method_details"]["type"] == "card" else "payment_refund"
    moved = balance.book(store, refund, kind, -amount, category="refund")
    refund.body["balance_transaction"] = moved.id
    if refund.body["status"] == "pending":
        refund.due = time.time() + FAILS_AFTER
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    store.save(refund)
    store.save(charge)
    events.record(store, account, "refund.created", refund.body)
    events.record(store, account, "charge.refunded", charge.body)
    return refund


def let_time_pass(store: Store, now: float) -> None:
    """Fail what was due to fail at `now` (seconds since 1970)."""
    for refund in store.due("refund", now):
        fail(store, refund)


def fail(store: Store, refund: Entry) -> None:
    """The money does not reach the person and comes back to the account."""
    charge = store.get(refund.account, refund.body["charge"], "charge")
    moved = balance.book(store, refund, "refund_failure", refund.body["amount"])
    refund.body |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    refund.body["failure_balance_transaction"] = moved.id
    refund.due = None
    charge.body["amount_refunded"] -= refund.body["amount"]
    charge.body["refunded"] = False
    store.save(refund)
    store.save(charge)
    events.record(store, refund.account, "refund.failed", refund.body)


def of_charge(store: Store, charge: Entry) -> list[Entry]:
    """All refunds of a charge, the newest first."""
    return [refund for refund in store.all(charge.account, "refund") if refund.body["charge"] == charge.id]


def _charge_of(store: Store, account: str, parameters: Parameters) -> Entry:
    if "charge" in parameters:
        charge = store.get(account, parameters["charge"], "charge")
    elif "payment_intent" in parameters:
        intent = store.get(account, parameters["payment_intent"], "payment_intent")
        if intent.body["status"] != "succeeded":
            message = f"This PaymentIntent ({intent.id}) does not have a successful charge to refund."
            raise Refused(message, code="payment_intent_unexpected_state", param="payment_intent")
        charge = store.get(account, intent.body["latest_charge"], "charge")
    else:
        raise Refused("One of the following params should be provided: payment_intent or charge.")
    if charge.body["status"] != "succeeded":
        raise Refused(f"Charge {charge.id} has not succeeded and cannot be refunded.", code="charge_not_refundable")
    return charge
