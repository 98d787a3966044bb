"""The pages that people see: paying a session, and the onboarding of a town."""

import time

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.local.stripe_stand_in import accounts, payments
from config.local.stripe_stand_in.instruments import (
    BANK_ACCOUNTS,
    CARDS,
    Instrument,
    Outcome,
    Unusable,
    instrument,
)
from config.local.stripe_stand_in.store import PLATFORM, Entry, Store

METHOD_LABELS = {"card": "Karte", "paypal": "PayPal", "sepa_debit": "SEPA-Lastschrift"}


def blueprint(store: Store, *, bank_seconds: float) -> Blueprint:
    """The routes; a direct debit is decided after `bank_seconds`."""
    people = Blueprint("people", __name__)

    @people.get("/c/pay/<identifier>")
    def payment(identifier: str) -> AnyResponse | str:
        session = _session(store, identifier)
        return _closed_page(session) if session.body["status"] != "open" else _payment_page(store, session)

    @people.post("/c/pay/<identifier>")
    def pay(identifier: str) -> AnyResponse | str | tuple[str, int]:
        with store.transaction():
            session = _session(store, identifier)
            if session.body["status"] == "complete":  # a second click on the button
                return _leave(session, "success_url")
            if request.form.get("action") == "cancel" and session.body["cancel_url"]:
                return _leave(session, "cancel_url")
            if session.body["status"] == "expired":
                return _closed_page(session)
            try:
                chosen = _chosen_instrument(session)
            except Unusable as problem:
                return _payment_page(store, session, str(problem)), 422
            payments.attempt(store, session, chosen, now=time.time(), bank_seconds=bank_seconds)
        if chosen.outcome is Outcome.DECLINED:
            return _payment_page(store, session, chosen.decline_message), 402
        return _leave(session, "success_url")

    @people.get("/connect/<token>")
    def onboarding(token: str) -> AnyResponse | str:
        account = accounts.behind_link(store, token) or abort(404)
        link = account.private["link"]
        if link["expires_at"] < time.time() and link["refresh_url"]:
            return redirect(link["refresh_url"], 303)
        return render_template("payment/onboarding.html", account=account.body)

    @people.post("/connect/<token>")
    def finish_onboarding(token: str) -> AnyResponse:
        with store.transaction():
            account = accounts.behind_link(store, token) or abort(404)
            link = account.private.pop("link")
            accounts.complete(store, account)
        return redirect(link["return_url"] or "/", 303)

    return people


def _session(store: Store, identifier: str) -> Entry:
    return store.find_anywhere(identifier, "checkout.session") or abort(404)


def _chosen_instrument(session: Entry) -> Instrument:
    method = request.form.get("method", "")
    if method not in session.body["payment_method_types"]:
        raise Unusable("Wählen Sie bitte, wie Sie zahlen möchten.")
    return instrument(method, card_number=request.form.get("card_number", ""), iban=request.form.get("iban", ""))


def _payment_page(store: Store, session: Entry, problem: str = "") -> str:
    account = store.find(PLATFORM, session.account)
    methods = {method: METHOD_LABELS[method] for method in session.body["payment_method_types"]}
    return render_template(
        "payment/pay.html",
        session=session.body,
        items=session.private["items"],
        payee=account.body["business_profile"]["name"] if account else "",
        methods=methods,
        chosen=request.form.get("method", next(iter(methods))),
        card_number=request.form.get("card_number", CARDS[0].number),
        iban=request.form.get("iban", BANK_ACCOUNTS[0].number),
        cards=CARDS,
        bank_accounts=BANK_ACCOUNTS,
        problem=problem,
    )


def _closed_page(session: Entry) -> Response:
    way_on = "success_url" if session.body["status"] == "complete" else "cancel_url"
    page = render_template("payment/closed.html", session=session.body, way_on=_address(session, way_on))
    return Response(page, 410 if session.body["status"] == "expired" else 200)


def _leave(session: Entry, where: str) -> AnyResponse:
    return redirect(_address(session, where), 303)


def _address(session: Entry, where: str) -> str:
    return (session.body[where] or "").replace("{CHECKOUT_SESSION_ID}", session.id)
