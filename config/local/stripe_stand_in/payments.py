"""Paying a Checkout Session: its payment intent, its charges, and what becomes of them."""

from typing import Any

from config.local.stripe_stand_in import balance, disputes, events
from config.local.stripe_stand_in.instruments import Instrument, Outcome
from config.local.stripe_stand_in.refusals import Refused
from config.local.stripe_stand_in.store import Entry, Store

PENDING = (Outcome.PENDING_THEN_PAID, Outcome.PENDING_THEN_FAILED)


def attempt(store: Store, session: Entry, instrument: Instrument, *, now: float, bank_seconds: float) -> None:
    """Try to pay an open session. If it is declined, the session stays open.

    A direct debit is decided `bank_seconds` after `now` (seconds since 1970).
    """
    intent = _intent_of(store, session)
    charge = _charge(store, session, intent, instrument)
    charge.private = {"refund_fails": instrument.refund_fails, "is_disputed": instrument.is_disputed}
    if instrument.outcome is Outcome.DECLINED:
        _decline(store, intent, charge, instrument)
    else:
        session.body |= {"status": "complete", "url": None}
        if instrument.outcome in PENDING:
            session.private["fails"] = instrument.outcome is Outcome.PENDING_THEN_FAILED
            session.due = now + bank_seconds
            _wait(store, intent, charge)
        else:
            session.due = None
            session.body["payment_status"] = "paid"
            _succeed(store, intent, charge)
        events.record(store, session.account, "checkout.session.completed", session.body)
        _perhaps_dispute(store, charge)
    store.save(session)


def settle(store: Store, session: Entry, *, succeeded: bool) -> None:
    """Let the bank decide a pending direct debit."""
    intent = store.get(session.account, session.body["payment_intent"], "payment_intent")
    charge = store.get(session.account, intent.body["latest_charge"], "charge")
    session.due = None
    if succeeded:
        session.body["payment_status"] = "paid"
        _succeed(store, intent, charge)
        events.record(store, session.account, "checkout.session.async_payment_succeeded", session.body)
        _perhaps_dispute(store, charge)
    else:
        bounced = Instrument(
            "sepa_debit",
            Outcome.DECLINED,
            decline_code="insufficient_funds",
            decline_message="Die Bank hat die Lastschrift nicht eingelöst.",
        )
        _decline(store, intent, charge, bounced)
        events.record(store, session.account, "checkout.session.async_payment_failed", session.body)
    store.save(session)


def fail_late(store: Store, session: Entry) -> None:
    """The bank takes back what it had paid already. Raises Refused if there is nothing to take."""
    intent = store.get(session.account, session.body["payment_intent"] or "", "payment_intent")
    charge = store.get(session.account, intent.body["latest_charge"], "charge")
    if charge.body["status"] != "succeeded" or charge.body["amount_refunded"]:
        raise Refused("This charge has not succeeded.", code="charge_not_failing")
    moved = balance.book(store, charge, "payment_failure_refund", -charge.body["amount"])
    charge.body["failure_balance_transaction"] = moved.id
    returned = Instrument("sepa_debit", Outcome.DECLINED, decline_code="debit_not_authorized")
    _decline(store, intent, charge, returned)


def is_pending(session: Entry) -> bool:
    """Whether a direct debit of this session is not decided yet."""
    return session.body["status"] == "complete" and session.due is not None


def _intent_of(store: Store, session: Entry) -> Entry:
    """The session's payment intent; the first attempt makes it, as at Stripe."""
    if session.body["payment_intent"]:
        return store.get(session.account, session.body["payment_intent"], "payment_intent")
    wanted = session.private["payment_intent_data"]
    intent = store.new(
        "payment_intent",
        "pi",
        session.account,
        status="requires_payment_method",
        amount=session.body["amount_total"],
        amount_received=0,
        amount_capturable=0,
        currency=session.body["currency"],
        capture_method="automatic_async",
        confirmation_method="automatic",
        payment_method_types=session.body["payment_method_types"],
        metadata=wanted.get("metadata", {}),
        description=wanted.get("description"),
        application_fee_amount=wanted.get("application_fee_amount"),
        statement_descriptor=wanted.get("statement_descriptor"),
        statement_descriptor_suffix=wanted.get("statement_descriptor_suffix"),
        receipt_email=wanted.get("receipt_email"),
    )
    intent.body["client_secret"] = f"{intent.id}_secret_probe"
    session.body["payment_intent"] = intent.id
    store.save(intent)
    events.record(store, session.account, "payment_intent.created", intent.body)
    return intent


def _charge(store: Store, session: Entry, intent: Entry, instrument: Instrument) -> Entry:
    method = instrument.method
    details = store.specification.blank(f"payment_method_details_{method}") | instrument.details
    charge = store.new(
        "charge",
        "ch",
        session.account,
        status="pending",
        amount=intent.body["amount"],
        currency=intent.body["currency"],
        captured=True,
        description=intent.body["description"],
        metadata=intent.body["metadata"],
        payment_intent=intent.id,
        payment_method=f"pm_{intent.id[3:]}",
        payment_method_details={"type": method, method: details},
        application_fee_amount=intent.body["application_fee_amount"],
    )
    charge.body["billing_details"] |= {"email": session.body["customer_email"]}
    intent.body |= {"latest_charge": charge.id, "payment_method": charge.body["payment_method"]}
    intent.body["last_payment_error"] = None
    return charge


def _perhaps_dispute(store: Store, charge: Entry) -> None:
    if charge.private["is_disputed"] and charge.body["status"] == "succeeded":
        disputes.open_dispute(store, charge)


def _succeed(store: Store, intent: Entry, charge: Entry) -> None:
    method, amount = charge.body["payment_method_details"]["type"], charge.body["amount"]
    kind = "charge" if method == "card" else "payment"
    moved = balance.book(store, charge, kind, amount, fee=balance.fee_of(method, amount), category="charge")
    charge.body["balance_transaction"] = moved.id
    charge.body |= {"status": "succeeded", "paid": True, "amount_captured": charge.body["amount"]}
    intent.body |= {"status": "succeeded", "amount_received": intent.body["amount"]}
    _save_and_record(store, charge, "charge.succeeded")
    _save_and_record(store, intent, "payment_intent.succeeded")


def _wait(store: Store, intent: Entry, charge: Entry) -> None:
    intent.body["status"] = "processing"
    _save_and_record(store, charge, "charge.pending")
    _save_and_record(store, intent, "payment_intent.processing")


def _decline(store: Store, intent: Entry, charge: Entry, instrument: Instrument) -> None:
    code = "expired_card" if instrument.decline_code == "expired_card" else "card_declined"
    code = "payment_intent_payment_attempt_failed" if instrument.method == "sepa_debit" else code
    charge.body |= {"status": "failed", "paid": False, "captured": False, "failure_code": code}
    charge.body["failure_message"] = instrument.decline_message
    told: dict[str, Any] = {"type": "card_error", "code": code, "message": instrument.decline_message}
    told |= {
        "charge": charge.id,
        "decline_code": instrument.decline_code,
        "payment_method_type": instrument.method,
    }
    intent.body |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": told}
    _save_and_record(store, charge, "charge.failed")
    _save_and_record(store, intent, "payment_intent.payment_failed")


def _save_and_record(store: Store, entry: Entry, kind: str) -> None:
    store.save(entry)
    events.record(store, entry.account, kind, entry.body)
