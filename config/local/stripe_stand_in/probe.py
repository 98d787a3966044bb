"""What tests may do below /_probe/ and nobody can at Stripe: decide when and in which order things happen."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from config.local.stripe_stand_in import accounts, balance, checkout, disputes, payments, refunds
from config.local.stripe_stand_in.faults import Faults
from config.local.stripe_stand_in.refusals import Refused
from config.local.stripe_stand_in.store import PLATFORM, Entry, Store
from config.local.stripe_stand_in.webhooks import Courier


def blueprint(store: Store, courier: Courier, faults: Faults) -> Blueprint:
    """The routes. Bodies and answers are JSON."""
    probe = Blueprint("probe", __name__, url_prefix="/_probe")

    @probe.get("/ready")
    def ready() -> Response:
        return jsonify(ready=True)

    @probe.post("/webhooks/hold")
    def hold() -> Response:
        """Hold all webhooks back."""
        courier.hold()
        return jsonify(holding=True)

    @probe.post("/webhooks/release")
    def release() -> Response:
        """Deliver what was held back: `{"order": "as_created" | "reversed", "times": 1}`."""
        wanted = _body()
        reverse = wanted.get("order", "as_created") == "reversed"
        deliveries = courier.release(reverse=reverse, times=int(wanted.get("times", 1)))
        return jsonify(deliveries=[asdict(delivery) for delivery in deliveries])

    @probe.post("/sessions/<identifier>/expire")
    def expire(identifier: str) -> Response:
        """Let an open session expire now."""
        with store.transaction():
            session = _session(store, identifier)
            try:
                checkout.expire(store, session)
            except Refused as refusal:
                abort(409, str(refusal))
        return jsonify(session.body)

    @probe.post("/sessions/<identifier>/settle")
    def settle(identifier: str) -> Response:
        """Let the bank decide a direct debit now: `{"succeeded": true}`."""
        with store.transaction():
            session = _session(store, identifier)
            if not payments.is_pending(session):
                abort(409, "No direct debit of this session is pending.")
            payments.settle(store, session, succeeded=bool(_body().get("succeeded", True)))
        return jsonify(session.body)

    @probe.post("/sessions/expire")
    def expire_all() -> Response:
        """Let all open sessions expire now."""
        with store.transaction():
            open_sessions = [one for one in store.due("checkout.session", float("inf")) if one.body["status"] == "open"]
            for session in open_sessions:
                checkout.expire(store, session)
        return jsonify(expired=len(open_sessions))

    @probe.post("/sessions/<identifier>/fail_late")
    def fail_late(identifier: str) -> Response:
        """Let the bank take back what it had paid."""
        with store.transaction():
            payments.fail_late(store, _session(store, identifier))
        return jsonify(failed=True)

    @probe.post("/sessions/<identifier>/dispute")
    def dispute(identifier: str) -> Response:
        """Let somebody take the payment back, or decide that: `{"won": null | true | false}`."""
        with store.transaction():
            charge = _charge(store, _session(store, identifier))
            opened = disputes.of_charge(store, charge) or disputes.open_dispute(store, charge)
            if (won := _body().get("won")) is not None:
                disputes.decide(store, opened, won=bool(won))
        return jsonify(opened.body)

    @probe.post("/sessions/<identifier>/refund")
    def refund(identifier: str) -> Response:
        """Give money back in the provider's own dashboard, past the portal: `{"amount": cents}`."""
        with store.transaction():
            session = _session(store, identifier)
            charge = _charge(store, session)
            made = refunds.create(store, session.account, {"charge": charge.id, "amount": int(_body()["amount"])})
        return jsonify(made.body)

    @probe.post("/accounts/<identifier>/change")
    def change_account(identifier: str) -> Response:
        """Let the provider look at an account again: `{"charges_enabled", "disabled_reason", "inactive"}`."""
        wanted = _body()
        with store.transaction():
            account = store.get(PLATFORM, identifier, "account")
            accounts.change(
                store,
                account,
                charges_enabled=bool(wanted.get("charges_enabled", True)),
                disabled_reason=str(wanted.get("disabled_reason", "")),
                inactive=list(wanted.get("inactive", [])),
            )
        return jsonify(account.body)

    @probe.post("/accounts/<identifier>/pay_out")
    def pay_out(identifier: str) -> Response:
        """Send what the account holds to its bank."""
        with store.transaction():
            return jsonify(balance.pay_out(store, identifier).body)

    @probe.post("/storm")
    def storm() -> Response:
        """From now on go wrong by chance; shares from 0 to 1:

        `{"seed": 1, "fail": 0, "lose": 0, "slow": 0, "webhooks": {"lose": 0, "double": 0, "late": 0}}`.
        """
        wanted = _body()
        seed = int(wanted.get("seed", 0))
        faults.storm(seed=seed, **{name: float(wanted.get(name, 0)) for name in ("fail", "lose", "slow")})
        hooks = wanted.get("webhooks", {})
        courier.storm(seed=seed, **{name: float(hooks.get(name, 0)) for name in ("lose", "double", "late")})
        return jsonify(wanted)

    @probe.post("/faults")
    def plan_faults() -> Response:
        """Let the next requests of the API fail: `{"count": 2, "status": 503}`."""
        wanted = _body()
        faults.plan(count=int(wanted.get("count", 1)), status=int(wanted.get("status", 503)))
        return jsonify(planned=True)

    return probe


def _session(store: Store, identifier: str) -> Entry:
    return store.find_anywhere(identifier, "checkout.session") or abort(404)


def _charge(store: Store, session: Entry) -> Entry:
    intent = store.get(session.account, session.body["payment_intent"] or "", "payment_intent")
    return store.get(session.account, intent.body["latest_charge"], "charge")


def _body() -> dict[str, Any]:
    return request.get_json(silent=True) or {}
