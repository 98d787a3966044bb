"""Disputes: a cardholder or a bank takes a payment back, and the town wins or loses."""

from config.local.stripe_stand_in import balance, events
from config.local.stripe_stand_in.refusals import Refused
from config.local.stripe_stand_in.store import Entry, Store

DECIDED = ("won", "lost")


def open_dispute(store: Store, charge: Entry) -> Entry:
    """The money goes back at once. With a direct debit that is final: the town has lost. Raises Refused."""
    if charge.body["status"] != "succeeded" or charge.body["disputed"]:
        raise Refused("This charge cannot be disputed.", code="charge_not_disputable")
    is_debit = charge.body["payment_method_details"]["type"] == "sepa_debit"
    amount = charge.body["amount"] - charge.body["amount_refunded"]
    dispute = store.new(
        "dispute",
        "dp",
        charge.account,
        amount=amount,
        currency=charge.body["currency"],
        charge=charge.id,
        payment_intent=charge.body["payment_intent"],
        reason="debit_not_authorized" if is_debit else "fraudulent",
        status="lost" if is_debit else "needs_response",
        is_charge_refundable=False,
        enhanced_eligibility_types=[],
        metadata={},
    )
    moved = balance.book(store, dispute, "adjustment", -amount, fee=balance.DISPUTE_FEE, category="dispute")
    dispute.body["balance_transactions"] = [moved.body]
    charge.body["disputed"] = True
    store.save(charge)
    store.save(dispute)
    events.record(store, charge.account, "charge.dispute.created", dispute.body)
    events.record(store, charge.account, "charge.dispute.funds_withdrawn", dispute.body)
    if is_debit:
        events.record(store, charge.account, "charge.dispute.closed", dispute.body)
    return dispute


def decide(store: Store, dispute: Entry, *, won: bool) -> None:
    """The bank has decided. Raises Refused if it had before."""
    if dispute.body["status"] in DECIDED:
        raise Refused("This dispute is closed.", code="dispute_closed")
    dispute.body["status"] = "won" if won else "lost"
    if won:
        amount = dispute.body["amount"]
        category = "dispute_reversal"
        moved = balance.book(store, dispute, "adjustment", amount, fee=-balance.DISPUTE_FEE, category=category)
        dispute.body["balance_transactions"].append(moved.body)
        events.record(store, dispute.account, "charge.dispute.funds_reinstated", dispute.body)
    store.save(dispute)
    events.record(store, dispute.account, "charge.dispute.closed", dispute.body)


def of_charge(store: Store, charge: Entry) -> Entry | None:
    """The dispute about a charge, if there is one."""
    return next((one for one in store.all(charge.account, "dispute") if one.body["charge"] == charge.id), None)
