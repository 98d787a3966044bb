"""An account's balance: every movement of its money is a balance transaction, payouts to its bank among them."""

import time
from typing import Any

from config.local.stripe_stand_in import events
from config.local.stripe_stand_in.refusals import Refused
from config.local.stripe_stand_in.store import Body, Entry, Store

# What is kept of a payment: basis points of the amount, and cents. Made up, but of the usual size.
FEES = {"card": (150, 25), "paypal": (200, 30), "sepa_debit": (0, 35)}
DISPUTE_FEE = 2000  # cents


def fee_of(method: str, amount: int) -> int:
    """What a payment costs the town (cents)."""
    basis_points, fixed = FEES[method]
    return round(amount * basis_points / 10_000) + fixed


def book(store: Store, subject: Entry, kind: str, amount: int, *, fee: int = 0, category: str = "") -> Entry:
    """Keep a movement of `amount` cents, of which `fee` stays with the provider, because of `subject`."""
    now = int(time.time())
    moved = store.new(
        "balance_transaction",
        "txn",
        subject.account,
        amount=amount,
        fee=fee,
        net=amount - fee,
        currency="eur",
        type=kind,
        reporting_category=category or kind,
        source=subject.id,
        status="available",
        available_on=now,
        balance_type="payments",
        fee_details=_fee_details(fee),
    )
    store.save(moved)
    return moved


def balance(store: Store, account: str) -> Body:
    """What an account holds that was not paid out yet (cents)."""
    held = sum(moved.body["net"] for moved in store.all(account, "balance_transaction"))
    amount = {"amount": held, "currency": "eur", "source_types": {"card": held}}
    nothing = {"amount": 0, "currency": "eur", "source_types": {"card": 0}}
    return {"object": "balance", "livemode": False, "available": [amount], "pending": [nothing]}


def pay_out(store: Store, account: str) -> Entry:
    """Send all that the account holds to its bank. Raises Refused if there is nothing."""
    waiting = [moved for moved in store.all(account, "balance_transaction") if "payout" not in moved.private]
    amount = sum(moved.body["net"] for moved in waiting)
    if amount <= 0:
        raise Refused("There is nothing to pay out.", code="balance_insufficient")
    payout = store.new(
        "payout",
        "po",
        account,
        amount=amount,
        currency="eur",
        arrival_date=int(time.time()),
        automatic=True,
        method="standard",
        reconciliation_status="completed",
        source_type="card",
        status="paid",
        type="bank_account",
        metadata={},
    )
    moved = book(store, payout, "payout", -amount)
    payout.body["balance_transaction"] = moved.id
    for one in (*waiting, moved):
        one.private["payout"] = payout.id
        store.save(one)
    store.save(payout)
    events.record(store, account, "payout.paid", payout.body)
    return payout


def _fee_details(fee: int) -> list[dict[str, Any]]:
    told = {"application": None, "currency": "eur", "description": "Stripe processing fees", "type": "stripe_fee"}
    return [told | {"amount": fee}] if fee else []
