"""The API below /v1/: who asks, what is asked, and the answer; once for each idempotency key."""

import base64
import binascii
import copy
import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, jsonify, request

from config.local.stripe_stand_in import accounts, balance, checkout, refunds
from config.local.stripe_stand_in.faults import Faults
from config.local.stripe_stand_in.lists import page_of
from config.local.stripe_stand_in.refusals import Refused, not_handled
from config.local.stripe_stand_in.specification import Operation, Parameters
from config.local.stripe_stand_in.store import PLATFORM, Body, Store

Handler = Callable[[str, Operation, Parameters], Body]

# The kind of object behind each path, for reading it, listing it and changing its metadata.
KINDS = {
    "/v1/accounts": "account",
    "/v1/balance_transactions": "balance_transaction",
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/payment_intents": "payment_intent",
    "/v1/payouts": "payout",
    "/v1/refunds": "refund",
}
CHANGEABLE = {"metadata", "expand"}


class Api:
    """Answers the requests of the `stripe` library."""

    def __init__(self, store: Store, *, api_key: str, base: str, faults: Faults) -> None:
        """`base` is the address under which people reach the stand-in's pages."""
        self.store = store
        self.specification = store.specification
        self.api_key = api_key
        self.base = base
        self.faults = faults
        self.handlers: dict[tuple[str, str], Handler] = {
            ("post", "/v1/checkout/sessions"): self._create_session,
            ("post", "/v1/checkout/sessions/{session}/expire"): self._expire_session,
            ("post", "/v1/refunds"): self._create_refund,
            ("post", "/v1/accounts"): self._create_account,
            ("post", "/v1/account_links"): self._create_account_link,
            ("get", "/v1/balance"): lambda account, _operation, _parameters: balance.balance(self.store, account),
        }

    def blueprint(self) -> Blueprint:
        """The routes."""
        blueprint = Blueprint("api", __name__)
        blueprint.add_url_rule("/v1/<path:path>", "answer", self.answer, methods=["GET", "POST", "DELETE"])
        return blueprint

    def answer(self, path: str) -> Response:
        """Answer one request, or refuse it as Stripe would."""
        replayed = False
        try:
            self.faults.perhaps_fail()
            self._check_version()
            account = self._account()
            with self.store.transaction():
                status, body, replayed = self._once(account, f"/v1/{path}")
            self.faults.perhaps_lose_answer()
        except Refused as refusal:
            status, body = refusal.status, refusal.body
        response = jsonify(body)
        response.status_code = status
        response.headers["Request-Id"] = f"req_{secrets.token_hex(7)}"
        response.headers["Stripe-Version"] = self.specification.version
        if replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    # --- Who asks ------------------------------------------------------------------------------------------

    def _account(self) -> str:
        """The account for which the request is made. Raises Refused."""
        if self._given_key() != self.api_key:
            given = "Invalid API Key provided." if self._given_key() else "You did not provide an API key."
            raise Refused(given, status=401)
        account = request.headers.get("Stripe-Account", PLATFORM)
        if account != PLATFORM and not self.store.find(PLATFORM, account):
            message = f"The key does not have access to account '{account}', or that account does not exist."
            raise Refused(message, code="account_invalid", status=403)
        return account

    def _check_version(self) -> None:
        """Only the version that the description is of. Raises Refused."""
        version = request.headers.get("Stripe-Version", self.specification.version)
        if version != self.specification.version:
            raise Refused(f"The local stand-in speaks {self.specification.version}, not {version}.")

    def _given_key(self) -> str:
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                return base64.b64decode(value).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                return ""
        return value.strip() if scheme.lower() == "bearer" else ""

    # --- Once for each idempotency key ---------------------------------------------------------------------

    def _once(self, account: str, path: str) -> tuple[int, Body, bool]:
        """Status and body, and whether they are those of an earlier request with the same key."""
        method = request.method.lower()
        raw = request.get_data(as_text=True) if method == "post" else request.query_string.decode()
        key = request.headers.get("Idempotency-Key", "") if method == "post" else ""
        this_request = json.dumps([path, sorted(parse_qsl(raw, keep_blank_values=True))])
        earlier = self.store.answered(account, key) if key else None
        if earlier and earlier[0] != this_request:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request."
            )
            raise Refused(message, kind="idempotency_error")
        if earlier:
            return earlier[1], earlier[2], True
        operation = self.specification.operation(method, path)
        parameters = self.specification.check(parse_qsl(raw, keep_blank_values=True), operation.schema)
        try:
            body = self._execute(account, operation, parameters)
            status, body = 200, self._expanded(account, body, parameters.get("expand", []))
        except Refused as refusal:  # nothing is written before a refusal; it is an answer like any other
            status, body = refusal.status, refusal.body
        if key:
            self.store.keep_answer(account, key, this_request, status, body)
        return status, body, False

    def _execute(self, account: str, operation: Operation, parameters: Parameters) -> Body:
        handler = self.handlers.get((operation.method, operation.path))
        if handler:
            return handler(account, operation, parameters)
        collection = operation.path.partition("/{")[0]
        kind = KINDS.get(collection)
        owner = PLATFORM if kind == "account" else account
        if kind and operation.method == "get" and operation.identifier is None:
            return self._list(owner, kind, parameters, collection)
        if kind and operation.method == "get" and operation.identifier is not None:
            return self.store.get(owner, operation.identifier, kind).body
        if kind and operation.method == "post" and operation.identifier is not None:
            return self._change_metadata(owner, kind, operation.identifier, parameters)
        raise not_handled(f"{operation.method.upper()} {operation.path}")

    def _list(self, owner: str, kind: str, parameters: Parameters, url: str) -> Body:
        entries = self.store.all(owner, kind)
        if kind == "balance_transaction" and "payout" in parameters:
            entries = [entry for entry in entries if entry.private.get("payout") == parameters["payout"]]
        return page_of(entries, parameters, url)

    # --- What is asked -------------------------------------------------------------------------------------

    def _create_session(self, account: str, _operation: Operation, parameters: Parameters) -> Body:
        return checkout.create(self.store, account, parameters, page=f"{self.base}/c/pay").body

    def _expire_session(self, account: str, operation: Operation, _parameters: Parameters) -> Body:
        session = self.store.get(account, operation.identifier or "", "checkout.session")
        checkout.expire(self.store, session)
        return session.body

    def _create_refund(self, account: str, _operation: Operation, parameters: Parameters) -> Body:
        return refunds.create(self.store, account, parameters).body

    def _create_account(self, _account: str, _operation: Operation, parameters: Parameters) -> Body:
        return accounts.create(self.store, parameters).body

    def _create_account_link(self, _account: str, _operation: Operation, parameters: Parameters) -> Body:
        return accounts.create_link(self.store, parameters, page=f"{self.base}/connect")

    def _change_metadata(self, account: str, kind: str, identifier: str, parameters: Parameters) -> Body:
        for name in parameters.keys() - CHANGEABLE:
            raise not_handled(f"changing {name}")
        entry = self.store.get(account, identifier, kind)
        merged = (entry.body.get("metadata") or {}) | (parameters.get("metadata") or {})
        entry.body["metadata"] = {name: value for name, value in merged.items() if value}
        self.store.save(entry)
        return entry.body

    # --- Expanding -----------------------------------------------------------------------------------------

    def _expanded(self, account: str, body: Body, paths: list[str]) -> Body:
        """The answer with the named ids replaced by the objects they stand for."""
        body = copy.deepcopy(body)
        for path in paths:
            self._expand(account, body, path.split("."), path)
        return body

    def _expand(self, account: str, body: Any, names: list[str], path: str) -> None:
        if isinstance(body, list):
            for entry in body:
                self._expand(account, entry, names, path)
            return
        name, rest = names[0], names[1:]
        value = body.get(name)
        if isinstance(value, str) and (found := self.store.find(account, value)):
            value = body[name] = copy.deepcopy(found.body)
        elif name == "line_items" and body.get("object") == "checkout.session":
            value = checkout.line_items(self.store.get(account, body["id"], "checkout.session"))
            body[name] = value
        elif name == "refunds" and body.get("object") == "charge":
            found_refunds = refunds.of_charge(self.store, self.store.get(account, body["id"], "charge"))
            value = body[name] = page_of(found_refunds, {"limit": 10}, f"/v1/charges/{body['id']}/refunds")
        elif name not in body or isinstance(value, str):
            raise Refused(f"This property cannot be expanded ({path}).", param="expand")
        if rest and value is not None:
            self._expand(account, value, rest, path)
