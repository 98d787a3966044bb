"""What tests may do below /_probe/ and nobody can at Stripe: decide when and in which order things happen."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from config.local.stripe_stand_in import checkout, payments
from config.local.stripe_stand_in.faults import Faults
from config.local.stripe_stand_in.refusals import Refused
from config.local.stripe_stand_in.store import Entry, Store
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

    @probe.post("/faults")
    def plan_faults() -> Response:
        """Let the next requests of the API fail: `{"count": 2, "status": 503}`."""
        wanted = _body()
        faults.plan(count=int(wanted.get("count", 1)), status=int(wanted.get("status", 503)))
        return jsonify(planned=True)

    return probe


def _session(store: Store, identifier: str) -> Entry:
    return store.find_anywhere(identifier, "checkout.session") or abort(404)


def _body() -> dict[str, Any]:
    return request.get_json(silent=True) or {}
