"""A payment service that speaks XBezahldienste, as ePayBL and pmPayment do: for trials, no money flows.

It remembers transactions in one SQLite file. Whoever asks again with the same `requestId` gets the same transaction,
and is refused if it is about something else.
"""

import json
import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.local.client_credentials import Client

PREFIX = "/xbezahldienste"
API = "/api/v1.0.0"
CLIENT_ID, CLIENT_SECRET = "stadttor-probe", "probe-geheimnis"  # known to everybody here
METHODS = {"CREDITCARD": "Karte", "PAYPAL": "PayPal", "OTHER": "Zahlung über die Bank"}
REQUIRED = ("requestId", "requestTimestamp", "currency", "grosAmount", "purpose", "redirectUrl", "items")
TABLE = """
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,       -- originator and endpoint
    request_id TEXT NOT NULL,
    request TEXT NOT NULL,     -- JSON
    status TEXT NOT NULL,
    method TEXT NOT NULL,
    UNIQUE (owner, request_id)
)
"""
Body = dict[str, Any]


def entry(base: str) -> dict[str, object]:
    """How the portal's setting XBEZAHLDIENSTE names it. `base` is its address without a path."""
    return {
        "key": "probe",
        "name": "Bezahldienst zur Probe",
        "base": f"{base}{PREFIX}{API}/",
        "token": f"{base}{PREFIX}/token",
        "pages": f"{base}{PREFIX}/",
        "is_trial": True,
    }


class Transactions:
    """All that were begun. One request after the other."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute(TABLE)

    def begin(self, owner: str, body: Body) -> str | None:
        """The id of the transaction; None if there is another one with this request's id."""
        known = json.dumps(_without_time(body), sort_keys=True)
        with self._lock:
            self._connection.execute(
                "INSERT INTO payment VALUES (?, ?, ?, ?, 'INITIAL', '') ON CONFLICT DO NOTHING",
                (secrets.token_hex(12), owner, body["requestId"], known),
            )
            identifier, stored = self._connection.execute(
                "SELECT id, request FROM payment WHERE owner = ? AND request_id = ?", (owner, body["requestId"])
            ).fetchone()
        return identifier if stored == known else None

    def find(self, identifier: str) -> sqlite3.Row | None:
        """A row: owner, request, status, method."""
        with self._lock:
            found = self._connection.execute(
                "SELECT owner, request, status, method FROM payment WHERE id = ?", (identifier,)
            )
            row: sqlite3.Row | None = found.fetchone()
            return row

    def end(self, identifier: str, status: str, method: str = "") -> None:
        """The person has paid, or not; only the first time counts."""
        with self._lock:
            self._connection.execute(
                "UPDATE payment SET status = ?, method = ? WHERE id = ? AND status = 'INITIAL'",
                (status, method, identifier),
            )


def blueprint(file: Path, *, base: str) -> Blueprint:
    """The routes. `base` is our own address without a path."""
    service, transactions = Blueprint("payment_service", __name__), Transactions(file)
    client = Client(CLIENT_ID, CLIENT_SECRET)

    @service.post(f"{PREFIX}/token")
    def token() -> AnyResponse | tuple[Response, int]:
        return client.token()

    @service.post(f"{PREFIX}{API}/paymenttransaction/<originator>/<endpoint>")
    def begin(originator: str, endpoint: str) -> AnyResponse | tuple[Response, int]:
        if not client.may_ask():
            return _refused("FORBIDDEN", 401)
        body: Any = request.get_json(silent=True)
        problem = _problem(body)
        if problem:
            return _refused(problem, 400)
        identifier = transactions.begin(f"{originator}/{endpoint}", body)
        if identifier is None:
            return _refused("PAYMENT_EXISTS", 409)
        return _told(identifier), 201

    @service.get(f"{PREFIX}{API}/paymenttransaction/<originator>/<endpoint>/<identifier>")
    def ask(originator: str, endpoint: str, identifier: str) -> AnyResponse | tuple[Response, int]:
        if not client.may_ask():
            return _refused("FORBIDDEN", 401)
        row = transactions.find(identifier)
        if row is None or row[0] != f"{originator}/{endpoint}":
            return _refused("NO_VALID_ORIGINATOR_OR_ENDPOINT", 404)
        return _told(identifier)

    @service.get(f"{PREFIX}/bezahlen/<identifier>")
    def page(identifier: str) -> AnyResponse | str:
        row = transactions.find(identifier) or abort(404)
        if row[2] != "INITIAL":
            return redirect(json.loads(row[1])["redirectUrl"], 303)
        return _page(row)

    @service.post(f"{PREFIX}/bezahlen/<identifier>")
    def pay(identifier: str) -> AnyResponse | tuple[str, int]:
        row = transactions.find(identifier) or abort(404)
        action, method = request.form.get("action", "pay"), request.form.get("method", "")
        if action == "pay" and method not in METHODS:
            return _page(row, "Wählen Sie bitte, wie Sie zahlen möchten."), 422
        if action == "pay":
            transactions.end(identifier, "PAYED", method)
        else:
            transactions.end(identifier, "FAILED" if action == "fail" else "CANCELED")
        return redirect(json.loads(row[1])["redirectUrl"], 303)

    def _told(identifier: str) -> Response:
        row = transactions.find(identifier)
        assert row
        page = f"{base}{PREFIX}/bezahlen/{identifier}"
        about = {
            "transactionId": identifier,
            "transactionUrl": f"{base}{PREFIX}{API}/paymenttransaction/{row[0]}/{identifier}",
            "transactionRedirectUrl": page,
            "transactionReference": json.loads(row[1])["purpose"],
            "transactionTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "status": row[2],
        }
        if row[3]:
            about["paymentMethod"] = row[3]
        return jsonify(paymentInformation=about, paymentRequest=json.loads(row[1]))

    return service


# --- What is asked for --------------------------------------------------------------------------------


def _problem(body: Any) -> str:
    """The code of what is wrong with a request; nothing if it is fine."""
    if not isinstance(body, dict) or any(name not in body for name in REQUIRED) or body["currency"] != "EUR":
        return "VALIDATION_ERROR"
    items = body["items"]
    try:
        sums = sum(_cents(item["totalNetAmount"]) + _cents(item["totalTaxAmount"]) for item in items)
        fits = all(_cents(i["totalNetAmount"]) == i["quantity"] * _cents(i["singleNetAmount"]) for i in items)
    except (TypeError, KeyError, ValueError):
        return "VALIDATION_ERROR"
    if not fits or sums != _cents(body["grosAmount"]):
        return "CALCULATION_ERROR"
    return "" if all(item.get("bookingData") for item in items) else "BOOKING_DATA_MISSING"


def _cents(amount: float) -> int:
    return round(float(amount) * 100)


def _without_time(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "requestTimestamp"}


def _refused(code: str, status: int) -> tuple[Response, int]:
    return jsonify(functionalCode=code, message=code), status


def _page(row: sqlite3.Row, problem: str = "") -> str:
    asked = json.loads(row[1])
    items = [(item["description"], _cents(item["totalNetAmount"])) for item in asked["items"]]
    return render_template(
        "payment/service.html",
        purpose=asked["purpose"],
        total=_cents(asked["grosAmount"]),
        items=items,
        methods=METHODS,
        problem=problem,
    )
